/* Multiword tokens, as the shipped model has them. */
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_multi),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
