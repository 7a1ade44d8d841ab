/* UTF-8: every code point there and back, and each way of being wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"

static bool is_code_point(uint32_t c)
{
        return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

static void test_every_code_point(void **state)
{
        (void)state;
        for (uint32_t c = 0; c <= 0x110010; c++) {
                char bytes[4];
                size_t n = utf8_encode(c, bytes);
                uint32_t back;

                if (utf8_decode(bytes, n, &back) != n || back != (is_code_point(c) ? c : 0xFFFD) ||
                    !utf8_is_valid(bytes, n))
                        fail_msg("U+%04X", c);
                /* Cut short it is no longer one. */
                if (n > 1 && (utf8_is_valid(bytes, n - 1) || utf8_decode(bytes, n - 1, &back) != 1 || back != 0xFFFD))
                        fail_msg("U+%04X cut short", c);
        }
}

static void test_lengths(void **state)
{
        static const struct {
                uint32_t code;
                size_t n;
        } rows[] = {
                { 0, 1 },      { 0x7F, 1 },   { 0x80, 2 },    { 0x7FF, 2 },    { 0x800, 3 },
                { 0xFFFF, 3 }, { 0x10000, 4 }, { 0x10FFFF, 4 }, { 0x110000, 3 }, { 0xD800, 3 }, { UINT32_MAX, 3 },
        };
        char bytes[4];

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++)
                assert_int_equal(utf8_encode(rows[i].code, bytes), rows[i].n);
}

static void test_valid_prefix(void **state)
{
        static const struct {
                const char *bytes;
                size_t n, prefix;
        } rows[] = {
                { "", 0, 0 },
                { "a\0b", 3, 3 },
                { "ab\x80", 3, 2 },                     /* a continuation alone */
                { "ab\xC3", 3, 2 },                     /* cut short */
                { "ab\xC3z", 4, 2 },
                { "\xC3\xA9z", 3, 3 },
                { "\xC0\x80", 2, 0 },                   /* overlong NUL */
                { "\xC1\xBF", 2, 0 },
                { "\xE0\x80\x80", 3, 0 },
                { "\xE0\x9F\xBF", 3, 0 },
                { "\xE0\xA0\x80", 3, 3 },
                { "\xED\x9F\xBF", 3, 3 },
                { "\xED\xA0\x80", 3, 0 },               /* surrogates */
                { "\xED\xBF\xBF", 3, 0 },
                { "\xEE\x80\x80", 3, 3 },
                { "\xF0\x80\x80\x80", 4, 0 },
                { "\xF0\x8F\xBF\xBF", 4, 0 },
                { "\xF0\x90\x80\x80", 4, 4 },
                { "\xF4\x8F\xBF\xBF", 4, 4 },
                { "\xF4\x90\x80\x80", 4, 0 },           /* over U+10FFFF */
                { "\xF5\x80\x80\x80", 4, 0 },
                { "\xF8\x88\x80\x80\x80", 5, 0 },
                { "\xFE", 1, 0 },
                { "\xFF", 1, 0 },
                { "ok \xE2\x82\xAC \xE2\x82", 9, 7 },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                if (utf8_valid_prefix(rows[i].bytes, rows[i].n) != rows[i].prefix)
                        fail_msg("row %zu", i);
                assert_int_equal(utf8_is_valid(rows[i].bytes, rows[i].n), rows[i].prefix == rows[i].n);
        }
}

/* All sequences of three bytes that begin with a leading byte: what is valid is what an encoder makes. */
static void test_all_of_three(void **state)
{
        (void)state;
        for (unsigned v = 0xC00000; v <= 0xFFFFFF; v++) {
                char s[3] = { (char)(v >> 16), (char)(v >> 8), (char)v }, again[4];
                uint32_t code;
                size_t n = utf8_decode(s, 3, &code);

                if (code == 0xFFFD && n == 1)
                        continue;
                if (utf8_encode(code, again) != n || memcmp(s, again, n) != 0)
                        fail_msg("%06X", v);
        }
}

static void test_decode_goes_on(void **state)
{
        static const char text[] = "a\xFF\xC3\xA9\xE2\x82z";
        static const uint32_t expected[] = { 'a', 0xFFFD, 0xE9, 0xFFFD, 0xFFFD, 'z' };
        size_t at = 0, n = sizeof(text) - 1;

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(expected); i++) {
                uint32_t code;

                at += utf8_decode(text + at, n - at, &code);
                assert_int_equal(code, expected[i]);
        }
        assert_int_equal(at, n);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_code_point), cmocka_unit_test(test_lengths),
                cmocka_unit_test(test_valid_prefix),     cmocka_unit_test(test_all_of_three),
                cmocka_unit_test(test_decode_goes_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
