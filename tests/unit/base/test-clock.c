/* Dates, times and spans: against each other, against the C library, and at their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define DAY (86400 * CLOCK_SECOND)

/* Every day of eight hundred years, two eras, one after the other. */
static void test_days_round_trip(void **state)
{
        int64_t days = clock_days(1600, 1, 1);

        (void)state;
        assert_int_equal(clock_days(1970, 1, 1), 0);
        assert_int_equal(clock_days(1969, 12, 31), -1);
        assert_int_equal(clock_days(2000, 3, 1), 11017);
        for (int year = 1600; year < 2400; year++) {
                for (int month = 1; month <= 12; month++) {
                        for (int day = 1; day <= clock_month_days(year, month); day++, days++) {
                                int y, m, d;

                                assert_int_equal(clock_days(year, month, day), days);
                                clock_date(days, &y, &m, &d);
                                assert_int_equal(y, year);
                                assert_int_equal(m, month);
                                assert_int_equal(d, day);
                        }
                }
        }
}

static void test_far_days(void **state)
{
        static const int years[] = { -9999, -401, -400, -1, 0, 1, 399, 400, 1583, 9999 };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(years); i++) {
                int y, m, d;

                clock_date(clock_days(years[i], 2, 28) + 1, &y, &m, &d);
                assert_int_equal(y, years[i]);
                assert_int_equal(m == 2 ? d : d + 28, 29);
                assert_int_equal(m == 2, clock_month_days(years[i], 2) == 29);
        }
}

static void test_month_days(void **state)
{
        (void)state;
        assert_int_equal(clock_month_days(2023, 2), 28);
        assert_int_equal(clock_month_days(2024, 2), 29);
        assert_int_equal(clock_month_days(1900, 2), 28);
        assert_int_equal(clock_month_days(2000, 2), 29);
        assert_int_equal(clock_month_days(2023, 1), 31);
        assert_int_equal(clock_month_days(2023, 4), 30);
        assert_int_equal(clock_month_days(2023, 12), 31);
}

static void test_format(void **state)
{
        static const struct {
                int64_t us;
                const char *text;
        } rows[] = {
                { 0, "1970-01-01T00:00:00Z" },
                { 1, "1970-01-01T00:00:00.000001Z" },
                { -1, "1969-12-31T23:59:59.999999Z" },
                { -CLOCK_SECOND, "1969-12-31T23:59:59Z" },
                { INT64_C(1700000000) * CLOCK_SECOND, "2023-11-14T22:13:20Z" },
                { INT64_C(951827696) * CLOCK_SECOND + 500000, "2000-02-29T12:34:56.500000Z" },
                { -86400 * CLOCK_SECOND, "1969-12-31T00:00:00Z" },
                { INT64_C(253402300799) * CLOCK_SECOND, "9999-12-31T23:59:59Z" },
        };
        char out[CLOCK_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                int64_t back;

                assert_ptr_equal(clock_format(rows[i].us, out), out);
                assert_string_equal(out, rows[i].text);
                assert_int_equal(clock_parse(out, &back), 0);
                assert_int_equal(back, rows[i].us);
        }
        /* The ends of the number fit too. */
        assert_true(strlen(clock_format(INT64_MAX, out)) < CLOCK_TEXT_MAX - 1);
        assert_true(strlen(clock_format(CLOCK_NONE, out)) < CLOCK_TEXT_MAX - 1);
}

static void test_format_against_libc(void **state)
{
        (void)state;
        for (int64_t s = -5000000000; s < 5000000000; s += 7654321) {
                char out[CLOCK_TEXT_MAX], libc[CLOCK_TEXT_MAX];
                time_t t = (time_t)s;
                struct tm tm;

                gmtime_r(&t, &tm);
                strftime(libc, sizeof(libc), "%Y-%m-%dT%H:%M:%SZ", &tm);
                assert_string_equal(clock_format(s * CLOCK_SECOND, out), libc);
        }
}

static void test_parse(void **state)
{
        static const struct {
                const char *text, *utc;
        } rows[] = {
                { "2026-11-24", "2026-11-24T00:00:00Z" },
                { "2026-11-24T08:07Z", "2026-11-24T08:07:00Z" },
                { "2026-11-24T08:07", "2026-11-24T08:07:00Z" },
                { "2026-11-24 08:07:46", "2026-11-24T08:07:46Z" },
                { "2026-11-24t08:07:46z", "2026-11-24T08:07:46Z" },
                { "2026-11-24 08:07:46.5+01:00", "2026-11-24T07:07:46.500000Z" },
                { "2026-11-24T08:07:46.123456789Z", "2026-11-24T08:07:46.123456Z" },
                { "2026-11-24T00:30:00+0530", "2026-11-23T19:00:00Z" },
                { "2026-12-31T23:30:00-05:00", "2027-01-01T04:30:00Z" },
                { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
                { "2024-02-29", "2024-02-29T00:00:00Z" },
                { "0001-01-01", "0001-01-01T00:00:00Z" },
        };
        char out[CLOCK_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                int64_t us;

                if (clock_parse(rows[i].text, &us) != 0)
                        fail_msg("%s", rows[i].text);
                assert_string_equal(clock_format(us, out), rows[i].utc);
        }
}

static void test_parse_refuses(void **state)
{
        static const char *const texts[] = {
                "",
                "2026",
                "2026-11",
                "2026-11-2",
                "26-11-24",
                "2026-13-01",
                "2026-00-01",
                "2026-01-00",
                "2026-01-32",
                "2023-02-29",
                "2026-11-24T",
                "2026-11-24T8:07",
                "2026-11-24T24:00",
                "2026-11-24T08:60",
                "2026-11-24T08:07:61",
                "2026-11-24T08",
                "2026-11-24T08:",
                "2026-11-24T08:07:",
                "2026-11-24T08:07:46.",
                "2026-11-24T08:07:46.Z",
                "2026-11-24T08:07+1",
                "2026-11-24T08:07+24:00",
                "2026-11-24T08:07+01:60",
                "2026-11-24Z",
                "2026-11-24T08:07Zx",
                " 2026-11-24",
                "2026-11-24 ",
                "2026/11/24",
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
                int64_t us;

                if (clock_parse(texts[i], &us) != CLOCK_E_FORMAT)
                        fail_msg("'%s' was taken", texts[i]);
        }
}

static void test_span(void **state)
{
        static const struct {
                const char *text;
                int64_t us;             /* -1: refused */
        } rows[] = {
                { "90s", 90 * CLOCK_SECOND },
                { "15m", 900 * CLOCK_SECOND },
                { "24h", 86400 * CLOCK_SECOND },
                { "30d", 30 * DAY },
                { "2w", 14 * DAY },
                { "1h30m", 5400 * CLOCK_SECOND },
                { "1s500ms", 1500000 },
                { "7us", 7 },
                { "0s", 0 },
                { "36500d", 36500 * DAY },
                { "15250w", 15250 * 7 * DAY },
                { "999999999w", -1 },
                { "15000000w15000000w", -1 },
                { "99999999999s", -1 },
                { "", -1 },
                { "s", -1 },
                { "90", -1 },
                { "90 s", -1 },
                { "90s ", -1 },
                { "-90s", -1 },
                { "1.5h", -1 },
                { "90sec", -1 },
                { "90S", -1 },
                { "1h30", -1 },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                int64_t us = -1;
                int r = clock_parse_span(rows[i].text, &us);

                if ((r == 0) != (rows[i].us >= 0) || us != rows[i].us)
                        fail_msg("'%s' gives %d, %lld", rows[i].text, r, (long long)us);
        }
}

static void test_clocks(void **state)
{
        int64_t monotonic = clock_monotonic_us(), wall = clock_wall_us();

        (void)state;
        assert_true(wall / CLOCK_SECOND >= time(NULL) - 1 && wall / CLOCK_SECOND <= time(NULL));
        assert_true(clock_monotonic_us() >= monotonic);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_days_round_trip), cmocka_unit_test(test_far_days),
                cmocka_unit_test(test_month_days),      cmocka_unit_test(test_format),
                cmocka_unit_test(test_format_against_libc), cmocka_unit_test(test_parse),
                cmocka_unit_test(test_parse_refuses),   cmocka_unit_test(test_span),
                cmocka_unit_test(test_clocks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
