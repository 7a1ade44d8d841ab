/* Names to numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/names.h"

static void test_names(void **state _unused_)
{
        static char text[5000][16];
        struct names names;

        assert_int_equal(names_init(&names, 0), 0);
        assert_int_equal(names_find(&names, ""), NAMES_NONE);
        names_deinit(&names);
        assert_int_equal(names_init(&names, 5000), 0);
        for (size_t i = 0; i < 5000; i++) {
                snprintf(text[i], sizeof(text[i]), "n%zu", i);
                assert_int_equal(names_add(&names, text[i], i), NAMES_NONE);
        }
        for (size_t i = 0; i < 5000; i++) {
                char copy[16];

                snprintf(copy, sizeof(copy), "n%zu", i);
                assert_int_equal(names_add(&names, copy, 7), i);
                assert_int_equal(names_find(&names, copy), i);
        }
        assert_int_equal(names_find(&names, "n5000"), NAMES_NONE);
        names_deinit(&names);
        names_deinit(&names);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
