/* The growing buffer: its bound above all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void test_append(void **state)
{
        struct buf b = BUF_NULL;

        (void)state;
        assert_int_equal(buf_append_string(&b, "one"), 0);
        assert_int_equal(buf_append(&b, "\0two", 4), 0);
        assert_int_equal(buf_append(&b, NULL, 0), 0);
        assert_int_equal(b.n, 7);
        assert_memory_equal(b.data, "one\0two", 8);
        for (int i = 0; i < 10000; i++) {
                assert_int_equal(buf_append(&b, "0123456789", 10), 0);
                assert_int_equal(b.data[b.n], 0);
        }
        assert_int_equal(b.n, 100007);
        assert_memory_equal(b.data + 99997, "0123456789", 11);
        buf_deinit(&b);
        buf_deinit(&b);
}

static void test_bound(void **state)
{
        struct buf b = BUF_BOUNDED(10);

        (void)state;
        assert_int_equal(buf_append(&b, "0123456789", 10), 0);
        assert_int_equal(buf_append(&b, "", 0), 0);
        assert_int_equal(buf_append(&b, "x", 1), BUF_E_FULL);
        assert_int_equal(buf_printf(&b, "%d", 7), BUF_E_FULL);
        assert_int_equal(buf_reserve(&b, 1), BUF_E_FULL);
        assert_int_equal(buf_reserve(&b, SIZE_MAX), BUF_E_FULL);
        assert_string_equal(b.data, "0123456789");
        buf_consume(&b, 4);
        assert_int_equal(buf_append(&b, "12345", 5), BUF_E_FULL);
        assert_int_equal(buf_append(&b, "abcd", 4), 0);
        assert_string_equal(b.data, "456789abcd");
        buf_deinit(&b);
        /* The bound outlives the contents. */
        assert_int_equal(buf_append(&b, "0123456789x", 11), BUF_E_FULL);
        assert_int_equal(b.n, 0);
        buf_deinit(&b);
}

static void test_unbounded_sizes(void **state)
{
        struct buf b = BUF_NULL;

        (void)state;
        assert_int_equal(buf_reserve(&b, SIZE_MAX), BUF_E_FULL);
        assert_int_equal(buf_reserve(&b, SIZE_MAX / 2), BUF_E_FULL);
        assert_null(b.data);
        assert_int_equal(buf_reserve(&b, 0), 0);
        assert_string_equal(b.data, "");
        buf_deinit(&b);
}

static void test_reserve_moves_nothing(void **state)
{
        struct buf b = BUF_NULL;
        char *data;

        (void)state;
        assert_int_equal(buf_append_string(&b, "x"), 0);
        assert_int_equal(buf_reserve(&b, 1000), 0);
        data = b.data;
        assert_string_equal(data, "x");
        for (int i = 0; i < 1000; i++)
                assert_int_equal(buf_append(&b, "y", 1), 0);
        assert_ptr_equal(b.data, data);
        buf_deinit(&b);
}

static void test_printf(void **state)
{
        struct buf b = BUF_NULL;

        (void)state;
        assert_int_equal(buf_printf(&b, "%s", ""), 0);
        assert_string_equal(b.data, "");
        assert_int_equal(buf_printf(&b, "%s %d", "a", 1), 0);
        assert_int_equal(buf_printf(&b, "%*d", 1000, 7), 0);
        assert_int_equal(b.n, 1003);
        assert_memory_equal(b.data, "a 1 ", 4);
        assert_string_equal(b.data + 1001, " 7");
        buf_deinit(&b);
}

static void test_consume_and_clear(void **state)
{
        struct buf b = BUF_NULL;

        (void)state;
        buf_clear(&b);
        buf_consume(&b, 0);
        assert_null(b.data);
        assert_int_equal(buf_append_string(&b, "abcdef"), 0);
        buf_consume(&b, 2);
        assert_string_equal(b.data, "cdef");
        assert_int_equal(b.n, 4);
        buf_consume(&b, 4);
        assert_string_equal(b.data, "");
        assert_int_equal(buf_append_string(&b, "xy"), 0);
        buf_clear(&b);
        assert_int_equal(b.n, 0);
        assert_string_equal(b.data, "");
        buf_deinit(&b);
}

static void test_steal(void **state)
{
        struct buf b = BUF_NULL;
        char *s = buf_steal(&b);

        (void)state;
        assert_string_equal(s, "");
        free(s);
        assert_int_equal(buf_append_string(&b, "mine"), 0);
        s = buf_steal(&b);
        assert_string_equal(s, "mine");
        assert_null(b.data);
        assert_int_equal(b.n, 0);
        assert_int_equal(buf_append_string(&b, "new"), 0);
        assert_string_equal(s, "mine");
        assert_string_equal(b.data, "new");
        free(s);
        buf_deinit(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_append),          cmocka_unit_test(test_bound),
                cmocka_unit_test(test_unbounded_sizes), cmocka_unit_test(test_reserve_moves_nothing),
                cmocka_unit_test(test_printf),          cmocka_unit_test(test_consume_and_clear),
                cmocka_unit_test(test_steal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
