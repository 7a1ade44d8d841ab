/* Names of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "output/period.h"

static void test_begin(void **state _unused_)
{
        const int64_t quarter = 900 * CLOCK_SECOND;
        char stamp[PERIOD_STAMP_MAX];
        int64_t us;

        assert_int_equal(clock_parse("2026-11-24T09:29:59.999Z", &us), 0);
        assert_string_equal(period_stamp(period_begin(us, quarter), stamp), "20261124091500");
        assert_int_equal(clock_parse("2026-11-24T09:30:00Z", &us), 0);
        assert_string_equal(period_stamp(period_begin(us, quarter), stamp), "20261124093000");
        assert_string_equal(period_stamp(period_begin(-1, quarter), stamp), "19691231234500");
}

static void test_names(void **state _unused_)
{
        const struct format_part part = { .before = "events.full.", .after = ".txt" };
        int64_t us, expected;

        assert_int_equal(clock_parse("2026-11-24T09:15:00Z", &expected), 0);
        assert_true(period_of_name(&part, "events.full.20261124091500.txt", &us));
        assert_int_equal(us, expected);
        assert_false(period_of_name(&part, "events.full.20261124091500.txt.gz", &us));
        assert_false(period_of_name(&part, "events.full.2026112409150.txt", &us));
        assert_false(period_of_name(&part, "events.full.202611240915000.txt", &us));
        assert_false(period_of_name(&part, "events.full.20261324091500.txt", &us));
        assert_false(period_of_name(&part, "notes.txt", &us));
        assert_false(period_of_name(&part, "", &us));
}

static void test_sealed(void **state _unused_)
{
        const char *final;
        int64_t seq;

        assert_true(period_parse_sealed("a.b", ".a.b.42.20261124091500.export.CSV", &seq, &final));
        assert_int_equal(seq, 42);
        assert_string_equal(final, "20261124091500.export.CSV");
        assert_false(period_parse_sealed("a", ".a.new.0", &seq, &final));
        assert_false(period_parse_sealed("a", ".ab.1.x", &seq, &final));
        assert_false(period_parse_sealed("a", ".a.-1.x", &seq, &final));
        assert_false(period_parse_sealed("a", ".a.1.", &seq, &final));
        assert_false(period_parse_sealed("a", ".a.99999999999999999999.x", &seq, &final));
        assert_false(period_parse_sealed("a", ".a", &seq, &final));
        assert_false(period_parse_sealed("a", "a.1.x", &seq, &final));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_begin),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_sealed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
