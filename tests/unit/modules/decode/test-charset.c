/* Encodings: what is believed, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "modules/decode/charset.h"

static int setup(void **state)
{
        return charset_open((struct charsets **)state);
}

static int teardown(void **state)
{
        charset_close(*state);
        return 0;
}

static void check_n(void **state, const char *bytes, size_t n, const char *encoding, const char *text, const char *found)
{
        struct arena arena = ARENA_NULL;
        const char *out, *name;
        size_t n_out;

        assert_int_equal(charset_to_utf8(*state, &arena, bytes, n, encoding, &out, &n_out, &name), 0);
        assert_string_equal(name, found);
        assert_int_equal(n_out, strlen(text));
        assert_memory_equal(out, text, n_out);
        arena_deinit(&arena);
}

static void check(void **state, const char *bytes, const char *encoding, const char *text, const char *found)
{
        check_n(state, bytes, strlen(bytes), encoding, text, found);
}

static void test_marks(void **state)
{
        check(state, "\xEF\xBB\xBF" "a\xC3\xA9", "windows-1252", "a\xC3\xA9", "utf-8");
        check_n(state, "\xFF\xFE" "a\0\xE9\0", 6, NULL, "a\xC3\xA9", "utf-16le");
        check_n(state, "\xFE\xFF\0a\xD8\x3D\xDE\x00", 8, NULL, "a\xF0\x9F\x98\x80", "utf-16be");
        check_n(state, "<\0a\0>\0", 6, NULL, "<a>", "utf-16le");
        check_n(state, "\0<\0a\0>", 6, NULL, "<a>", "utf-16be");
}

static void test_given(void **state)
{
        check(state, "caf\xE9 \x93x\x94", "iso-8859-1", "caf\xC3\xA9 \xE2\x80\x9Cx\xE2\x80\x9D", "windows-1252");
        check(state, "\xF0\xF2\xE9", "KOI8-R", "\xD0\x9F\xD0\xA0\xD0\x98", "koi8-r");
        check(state, "\xC6\xFC\xCB\xDC", "x-euc-jp", "\xE6\x97\xA5\xE6\x9C\xAC", "euc-jp");
        check(state, "\x93\xFA\x96\x7B", "sjis", "\xE6\x97\xA5\xE6\x9C\xAC", "shift_jis");
        check(state, "\xC4\xE3", "gb2312", "\xE4\xBD\xA0", "gb18030");
        check(state, "caf\xE9", "auto", "caf\xC3\xA9", "windows-1252");
}

static void test_given_wrong(void **state)
{
        struct arena arena = ARENA_NULL;
        const char *out, *name;
        size_t n;

        check(state, "caf\xE9 au lait", "utf-8", "caf\xC3\xA9 au lait", "windows-1252");
        assert_int_equal(charset_to_utf8(*state, &arena, "x", 1, "klingon", &out, &n, &name), CHARSET_E_UNKNOWN);
        arena_deinit(&arena);
}

static void test_prolog(void **state)
{
        check(state, "<?xml version=\"1.0\" encoding=\"iso-8859-2\"?>\xB3", NULL,
              "<?xml version=\"1.0\" encoding=\"iso-8859-2\"?>\xC5\x82", "iso-8859-2");
        check(state, "<?xml version='1.0' encoding = 'windows-1251'?>\xCF", NULL,
              "<?xml version='1.0' encoding = 'windows-1251'?>\xD0\x9F", "windows-1251");
        check(state, "<html><meta charset=\"koi8-r\">\xF0", NULL, "<html><meta charset=\"koi8-r\">\xD0\x9F", "koi8-r");
        /* Wrong: it is UTF-8 all the same, or it is not. */
        check(state, "<?xml encoding=\"iso-8859-1\"?>\xC3\xA9", NULL, "<?xml encoding=\"iso-8859-1\"?>\xC3\xA9", "utf-8");
        check(state, "<?xml encoding=\"utf-8\"?>caf\xE9 au lait", NULL, "<?xml encoding=\"utf-8\"?>caf\xC3\xA9 au lait",
              "windows-1252");
        check(state, "<?xml encoding=\"utf-16\"?>abc", NULL, "<?xml encoding=\"utf-16\"?>abc", "utf-8");
        check(state, "<?xml encoding=\"nonsense\"?>abc", NULL, "<?xml encoding=\"nonsense\"?>abc", "utf-8");
}

static void test_guess(void **state)
{
        /* "Министры подписали соглашение о границе" in Windows-1251 */
        static const char russian[] = "\xCC\xE8\xED\xE8\xF1\xF2\xF0\xFB \xEF\xEE\xE4\xEF\xE8\xF1\xE0\xEB\xE8 \xF1\xEE\xE3\xEB\xE0"
                                      "\xF8\xE5\xED\xE8\xE5 \xEE \xE3\xF0\xE0\xED\xE8\xF6\xE5 \xE2 \xF1\xF0\xE5\xE4\xF3";
        struct arena arena = ARENA_NULL;
        const char *out, *name;
        size_t n;

        assert_int_equal(charset_to_utf8(*state, &arena, russian, strlen(russian), NULL, &out, &n, &name), 0);
        assert_string_equal(name, "windows-1251");
        assert_memory_equal(out, "\xD0\x9C\xD0\xB8\xD0\xBD", 6);
        arena_deinit(&arena);
}

static void test_damaged(void **state)
{
        check(state, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 \xFF x \xC3\xA9\xC3\xA9", NULL,
              "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 \xEF\xBF\xBD x \xC3\xA9\xC3\xA9", "utf-8");
        check(state, "A caf\xC3\xA9 that was cut \xC3", NULL, "A caf\xC3\xA9 that was cut \xEF\xBF\xBD", "utf-8");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_marks),  cmocka_unit_test(test_given), cmocka_unit_test(test_given_wrong),
                cmocka_unit_test(test_prolog), cmocka_unit_test(test_guess), cmocka_unit_test(test_damaged),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
