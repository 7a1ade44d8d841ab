/* What was left lying is said once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "watch/left.h"

static void test_once(void **state)
{
        struct left left = { 0 };

        (void)state;
        assert_true(left_add(&left, "a", 1, 10));
        assert_false(left_add(&left, "a", 1, 10));
        assert_true(left_add(&left, "b", 2, 10));
        assert_true(left_add(&left, "a", 1, 11));       /* changed */
        assert_true(left_add(&left, "a", 3, 11));       /* another file */
        assert_false(left_add(&left, "a", 3, 11));
        assert_int_equal(left.n, 2);
        left_deinit(&left);
        left_deinit(&left);
}

static void test_forgotten(void **state)
{
        struct left left = { 0 };

        (void)state;
        left_add(&left, "a", 1, 10);
        left_add(&left, "b", 2, 10);
        left_scan_begin(&left);
        assert_false(left_add(&left, "b", 2, 10));
        left_scan_end(&left);
        assert_int_equal(left.n, 1);
        assert_false(left_add(&left, "b", 2, 10));
        assert_true(left_add(&left, "a", 1, 10));
        left_scan_begin(&left);
        left_scan_end(&left);
        assert_int_equal(left.n, 0);
        assert_true(left_add(&left, "b", 2, 10));
        left_deinit(&left);
}

static void test_bounded(void **state)
{
        struct left left = { 0 };
        char name[32];
        int n_said = 0;

        (void)state;
        for (int round = 0; round < 2; round++)
                for (int i = 0; i < 3 * LEFT_MAX; i++) {
                        snprintf(name, sizeof(name), "file-%d", i);
                        n_said += left_add(&left, name, 1, 1);
                }
        assert_int_equal(n_said, LEFT_MAX);
        assert_int_equal(left.n, LEFT_MAX);
        left_deinit(&left);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_once),
                cmocka_unit_test(test_forgotten),
                cmocka_unit_test(test_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
