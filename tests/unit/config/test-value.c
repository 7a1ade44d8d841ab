/* The small formats: what is taken, what is refused, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "config/value.h"

static void test_bool(void **state)
{
        static const char *const yes[] = { "true", "yes", "on" }, *const no[] = { "false", "no", "off" };
        static const char *const neither[] = { "", "1", "0", "y", "True", "yess", "nope" };
        bool value;

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(yes); i++) {
                value = false;
                assert_true(value_bool(yes[i], &value) && value);
                value = true;
                assert_true(value_bool(no[i], &value) && !value);
        }
        for (size_t i = 0; i < N_ELEMENTS(neither); i++)
                assert_false(value_bool(neither[i], &value));
}

struct row {
        const char *text;
        bool good;
        int64_t value;
};

static void check(bool (*parse)(const char *, int64_t *), const struct row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                int64_t value = -77;

                if (parse(rows[i].text, &value) != rows[i].good || (rows[i].good && value != rows[i].value))
                        fail_msg("'%s' gives %lld", rows[i].text, (long long)value);
        }
}

static void test_int(void **state)
{
        static const struct row rows[] = {
                { "0", true, 0 },
                { "42", true, 42 },
                { "-42", true, -42 },
                { "+7", true, 7 },
                { "0042", true, 42 },
                { "9223372036854775807", true, INT64_MAX },
                { "-9223372036854775808", true, INT64_MIN },
                { "9223372036854775808", false, 0 },
                { "", false, 0 },
                { "-", false, 0 },
                { " 1", false, 0 },
                { "- 1", false, 0 },
                { "1 ", false, 0 },
                { "1.5", false, 0 },
                { "0x10", false, 0 },
                { "1e3", false, 0 },
        };

        (void)state;
        check(value_int, rows, N_ELEMENTS(rows));
}

static void test_size(void **state)
{
        static const struct row rows[] = {
                { "0", true, 0 },
                { "512", true, 512 },
                { "8K", true, 8192 },
                { "8M", true, 8 << 20 },
                { "1G", true, 1 << 30 },
                { "2T", true, INT64_C(2) << 40 },
                { "8388607T", true, INT64_C(8388607) << 40 },
                { "8388608T", false, 0 },
                { "99999999999999999999", false, 0 },
                { "", false, 0 },
                { "M", false, 0 },
                { "-1K", false, 0 },
                { "8m", false, 0 },
                { "8MB", false, 0 },
                { "8 M", false, 0 },
                { "1.5M", false, 0 },
        };

        (void)state;
        check(value_size, rows, N_ELEMENTS(rows));
}

static void test_mode(void **state)
{
        static const struct row rows[] = {
                { "0660", true, 0660 },
                { "660", true, 0660 },
                { "0", true, 0 },
                { "07777", true, 07777 },
                { "0680", false, 0 },
                { "", false, 0 },
                { "-1", false, 0 },
                { "00000660", false, 0 },
                { "rw-rw----", false, 0 },
        };

        (void)state;
        check(value_mode, rows, N_ELEMENTS(rows));
}

static void test_fraction(void **state)
{
        static const struct {
                const char *text;
                bool good;
                double value;
        } rows[] = {
                { "0.5", true, 0.5 },   { "1", true, 1 },          { "-2.25", true, -2.25 }, { "1e3", true, 1000 },
                { ".5", true, 0.5 },    { "", false, 0 },          { "nan", false, 0 },      { "inf", false, 0 },
                { "1e999", false, 0 },  { "0x1p3", false, 0 },     { "1,5", false, 0 },      { "1.5.2", false, 0 },
                { " 1", false, 0 },     { "-", false, 0 },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                double value = -77;

                if (value_fraction(rows[i].text, &value) != rows[i].good)
                        fail_msg("'%s'", rows[i].text);
                if (rows[i].good)
                        assert_true(value >= rows[i].value && value <= rows[i].value);
        }
}

static void test_bytes(void **state)
{
        static const struct {
                const char *text, *bytes;
                int n;                  /* -1: refused */
        } rows[] = {
                { "abc", "abc", 3 },         { "", "", 0 },               { "\\n\\r\\t\\0\\\\", "\n\r\t\0\\", 5 },
                { "\\x03", "\3", 1 },        { "\\xFf\\xe9", "\xFF\xE9", 2 }, { "a\\x00b", "a\0b", 3 },
                { "\\", NULL, -1 },          { "a\\", NULL, -1 },         { "\\q", NULL, -1 },
                { "\\x", NULL, -1 },         { "\\x1", NULL, -1 },        { "\\xg1", NULL, -1 },
                { "\\x1g", NULL, -1 },
        };
        struct arena arena = ARENA_NULL;

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                const char *bytes = NULL;
                size_t n = 0;
                bool good = value_bytes(&arena, rows[i].text, strlen(rows[i].text), &bytes, &n);

                if (good != (rows[i].n >= 0))
                        fail_msg("'%s'", rows[i].text);
                if (!good)
                        continue;
                assert_int_equal(n, rows[i].n);
                assert_memory_equal(bytes, rows[i].bytes, n);
                assert_int_equal(bytes[n], 0);
        }
        /* A NUL that is there already, and one behind a backslash. */
        {
                const char *bytes;
                size_t n;

                assert_true(value_bytes(&arena, "a\0b", 3, &bytes, &n));
                assert_int_equal(n, 3);
                assert_false(value_bytes(&arena, "\\\0", 2, &bytes, &n));
        }
        arena_deinit(&arena);
}

static void test_show(void **state)
{
        static const struct {
                int64_t value;
                const char *size, *span;
        } rows[] = {
                { 0, "0", "0us" },
                { 1, "1", "1us" },
                { 1000, "1000", "1ms" },
                { 1024, "1K", "1024us" },
                { 1536, "1536", "1536us" },
                { 8 << 20, "8M", "8388608us" },
                { 90 * CLOCK_SECOND, "90000000", "90s" },
                { 60 * CLOCK_SECOND, "60000000", "1m" },
                { 36 * 3600 * CLOCK_SECOND, "126562500K", "36h" },
                { 365 * 86400 * CLOCK_SECOND, "30796875000K", "365d" },
        };
        char out[VALUE_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                int64_t back;

                assert_string_equal(value_show_size(rows[i].value, out), rows[i].size);
                assert_true(value_size(out, &back));
                assert_int_equal(back, rows[i].value);
                assert_string_equal(value_show_span(rows[i].value, out), rows[i].span);
                assert_int_equal(clock_parse_span(out, &back), 0);
                assert_int_equal(back, rows[i].value);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bool),  cmocka_unit_test(test_int),      cmocka_unit_test(test_size),
                cmocka_unit_test(test_mode),  cmocka_unit_test(test_fraction), cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_show),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
