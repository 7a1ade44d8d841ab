/* Multiword tokens, as the shipped model has them. */
#include "fixture.h"

#include <string.h>

#include "modules/read/model.h"
#include "modules/read/multi.h"

static void multi_is(void **state, const char *form, const char *first, const char *second)
{
        struct fixture *f = *state;
        const char *words[MULTI_WORDS];
        size_t n = multi_split(f->model, &f->arena, form, strlen(form), words);

        assert_int_equal(n, second == NULL ? 1 : 2);
        if (second != NULL) {
                assert_string_equal(words[0], first);
                assert_string_equal(words[1], second);
        }
}

static void test_multi(void **state)
{
        multi_is(state, "don't", "do", "n't");
        multi_is(state, "DON'T", "DO", "N'T");
        multi_is(state, "Russia's", "Russia", "'s");
        multi_is(state, "Russia\xE2\x80\x99s", "Russia", "\xE2\x80\x99s");
        multi_is(state, "cannot", "can", "not");
        multi_is(state, "house", NULL, NULL);
        multi_is(state, "'s", NULL, NULL);
        multi_is(state, "", NULL, NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_multi),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
