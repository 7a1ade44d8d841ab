/* Lemmas, multiword tokens and the learnt splitter, as the shipped model has them; and the rules by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/lemma.h"
#include "modules/read/model.h"
#include "modules/read/multi.h"
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

static void test_lemma_rules(void **unused)
{
        char out[2 * LEMMA_FORM_MAX + 8];
        uint32_t keys[LEMMA_KEYS];

        (void)unused;
        assert_int_equal(lemma_apply("Cities", 6, CASE_LOWER, 3, "y", out), 4);
        assert_string_equal(out, "city");
        assert_int_equal(lemma_apply("RUSSIA", 6, CASE_TITLE, 0, "", out), 6);
        assert_string_equal(out, "Russia");
        assert_int_equal(lemma_apply("ab", 2, CASE_KEEP, 3, "x", out), 0);
        assert_int_equal(lemma_apply("\xC3\xA9", 2, CASE_KEEP, 1, "x", out), 0);
        assert_int_equal(lemma_keys("ab", 2, 7, keys), LEMMA_WHOLE + 3);
        assert_int_equal(lemma_keys("abcdefgh", 8, 7, keys), LEMMA_KEYS);
}

static void multi_is(const char *form, const char *first, const char *second)
{
        const char *words[MULTI_WORDS];
        size_t n = multi_split(model, &arena, form, strlen(form), words);

        assert_int_equal(n, second == NULL ? 1 : 2);
        if (second != NULL) {
                assert_string_equal(words[0], first);
                assert_string_equal(words[1], second);
        }
}

static void test_multi(void **unused)
{
        (void)unused;
        multi_is("don't", "do", "n't");
        multi_is("DON'T", "DO", "N'T");
        multi_is("Russia's", "Russia", "'s");
        multi_is("Russia\xE2\x80\x99s", "Russia", "\xE2\x80\x99s");
        multi_is("cannot", "can", "not");
        multi_is("house", NULL, NULL);
        multi_is("'s", NULL, NULL);
        multi_is("", NULL, NULL);
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
                cmocka_unit_test(test_lemma_rules), cmocka_unit_test(test_multi), cmocka_unit_test(test_news),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
