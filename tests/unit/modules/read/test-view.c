/* Text as code points with their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/chars.h"
#include "modules/read/view.h"

static void test_decode(void **unused)
{
        static const char text[] = "xa\xC3\xA9\xFF\xF0\x9F\x98\x80 ";
        struct view v;

        (void)unused;
        assert_int_equal(view_init(&v), 0);
        view_decode(&v, text, 1, sizeof(text) - 1);
        assert_int_equal(v.n, 5);
        assert_int_equal(v.cp[0], 'a');
        assert_int_equal(v.offset[0], 1);
        assert_int_equal(v.cp[1], 0xE9);
        assert_int_equal(v.offset[2], 4);
        assert_int_equal(v.cp[2], CHARS_INVALID);
        assert_int_equal(v.cp[3], 0x1F600);
        assert_int_equal(v.class[4], CHAR_SPACE);
        assert_int_equal(v.offset[5], sizeof(text) - 1);
        v.cut[2] = 1;
        view_decode(&v, text, 0, 3);
        assert_int_equal(v.cut[2], 0);
        view_deinit(&v);
        view_deinit(&v);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_decode) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
