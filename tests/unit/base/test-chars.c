/* Classes and lower case of the scripts that news comes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/chars.h"

static void test_classes(void **unused)
{
        (void)unused;
        assert_int_equal(chars_class('a'), CHAR_LOWER);
        assert_int_equal(chars_class('Z'), CHAR_UPPER);
        assert_int_equal(chars_class('7'), CHAR_DIGIT);
        assert_int_equal(chars_class(0xA0), CHAR_SPACE);
        assert_int_equal(chars_class(0x2009), CHAR_SPACE);
        assert_int_equal(chars_class(0), CHAR_SPACE);
        assert_int_equal(chars_class('$'), CHAR_SYMBOL);
        assert_int_equal(chars_class(0x20AC), CHAR_SYMBOL);
        assert_int_equal(chars_class(0x201C), CHAR_PUNCT);
        assert_int_equal(chars_class(0xC9), CHAR_UPPER);
        assert_int_equal(chars_class(0xE9), CHAR_LOWER);
        assert_int_equal(chars_class(0x416), CHAR_UPPER);
        assert_int_equal(chars_class(0x3B1), CHAR_LOWER);
        assert_int_equal(chars_class(0x4E2D), CHAR_LETTER);
        assert_int_equal(chars_class(0x5D0), CHAR_LETTER);
        assert_int_equal(chars_class(0x301), CHAR_MARK);
        assert_int_equal(chars_class(0x1F600), CHAR_SYMBOL);
}

static void test_lower(void **unused)
{
        char out[64], small[4];

        (void)unused;
        assert_int_equal(chars_lower(0xC9), 0xE9);
        assert_int_equal(chars_lower(0x410), 0x430);
        assert_int_equal(chars_lower(0x404), 0x454);
        assert_int_equal(chars_lower(0x391), 0x3B1);
        assert_int_equal(chars_lower(0x160), 0x161);
        assert_int_equal(chars_lower(0x179), 0x17A);
        assert_int_equal(chars_lower(0xD7), 0xD7);
        assert_int_equal(chars_lower_string("\xC3\x89TAT", 5, out, sizeof(out)), 5);
        assert_string_equal(out, "\xC3\xA9tat");
        assert_int_equal(chars_lower_string("A\xFF" "B", 3, out, sizeof(out)), 3);
        assert_string_equal(out, "a\xFF" "b");
        assert_int_equal(chars_lower_string("ABCDEF", 6, small, sizeof(small)), 3);
        assert_string_equal(small, "abc");
}

/* The table of ranges is searched by halving: every code point must have some class, and upper a lower. */
static void test_all(void **unused)
{
        uint32_t cp;

        (void)unused;
        for (cp = 0; cp < 0x30000; cp++) {
                enum char_class class = chars_class(cp);

                assert_in_range(class, CHAR_SPACE, CHAR_SYMBOL);
                if (class == CHAR_UPPER)
                        assert_int_equal(chars_lower(chars_lower(cp)), chars_lower(cp));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_classes), cmocka_unit_test(test_lower), cmocka_unit_test(test_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
