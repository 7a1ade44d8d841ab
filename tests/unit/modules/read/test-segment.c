/* The learnt splitter, as the shipped model has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/model.h"
#include "modules/read/read.h"

static struct read_model *model;
static struct arena arena;

static int load(void **unused)
{
        const char *top = getenv("top_srcdir");
        _cleanup_free_ char *path = NULL, *error = NULL;

        (void)unused;
        return asprintf(&path, "%s/data/en.model", top == NULL ? "." : top) < 0 ? -1
                                                                                : read_model_open(&model, path, &error);
}

static int unload(void **unused)
{
        (void)unused;
        read_model_freep(&model);
        arena_deinit(&arena);
        return 0;
}

/* Sentences and tokens with the model, one sentence a line. */
static void check(const char *text, const char *expected)
{
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct reading *r;
        char seen[2048] = "";
        size_t s, i;

        assert_int_equal(reader_new(&reader, model), 0);
        assert_int_equal(reader_read(reader, &arena, text, strlen(text), &r), 0);
        for (s = 0; s < r->n_sentences; s++)
                for (i = 0; i < r->sentences[s].n_tokens; i++)
                        snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%s",
                                 r->tokens[r->sentences[s].first + i].form,
                                 i + 1 < r->sentences[s].n_tokens ? " " : "\n");
        assert_string_equal(seen, expected);
}

static void test_news(void **unused)
{
        (void)unused;
        check("The president met Mr. Smith and Gen. Lee in the U.S. on Monday. They didn't talk.",
              "The president met Mr. Smith and Gen. Lee in the U.S. on Monday .\nThey did n't talk .\n");
        check("\"We will not go,\" he said. \"Never!\"", "\" We will not go , \" he said .\n\" Never ! \"\n");
        check("It cost $5.50, or 10%.\nTROOPS LEAVE CITY", "It cost $ 5.50 , or 10 % .\nTROOPS LEAVE CITY\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_news),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
