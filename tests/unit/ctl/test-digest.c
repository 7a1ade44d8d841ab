/* Bars and sparks, in blocks and in ASCII. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/digest.h"

static void assert_bar(double value, double greatest, size_t width, bool ascii, const char *wanted)
{
        struct buf out = BUF_NULL;

        digest_bar(&out, value, greatest, width, ascii);
        assert_string_equal(out.data != NULL ? out.data : "", wanted);
        buf_deinit(&out);
}

static void test_bar(void **state)
{
        (void)state;
        assert_bar(4, 4, 3, false, "\u2588\u2588\u2588");
        assert_bar(2, 4, 3, false, "\u2588\u258c");
        assert_bar(1, 1000, 3, false, "\u258f");        /* little is not nothing */
        assert_bar(0, 4, 3, false, "");
        assert_bar(0, 0, 3, false, "");
        assert_bar(2, 4, 3, true, "##");
        assert_bar(1, 1000, 3, true, "#");
}

static void test_spark(void **state)
{
        json_t *series = json_pack("[i, i, i, i]", 0, 1, 50, 100);
        struct buf out = BUF_NULL;

        (void)state;
        digest_spark(&out, series, false);
        assert_string_equal(out.data, " \u2581\u2584\u2588");
        buf_clear(&out);
        digest_spark(&out, series, true);
        assert_int_equal(out.n, 4);
        assert_int_equal(out.data[0], ' ');
        assert_int_equal(out.data[1], '.');
        assert_int_equal(out.data[3], '#');
        buf_deinit(&out);
        json_decref(series);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_bar), cmocka_unit_test(test_spark) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
