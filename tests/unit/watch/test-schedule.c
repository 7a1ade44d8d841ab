/* When a feed is polled next: by arithmetic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "watch/schedule.h"

#define MINUTE (60 * CLOCK_SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW (20000 * DAY)       /* 2024-10-04, a Friday, at midnight */

static const struct schedule bounds = { .min = 10 * MINUTE, .max = 2 * HOUR, .random = 0 };

static void test_interval(void **unused _unused_)
{
        struct schedule s = bounds;
        struct feeds_state f = { 0 };

        assert_int_equal(schedule_interval(&s, &f, NOW), 10 * MINUTE);          /* nothing is known */
        f.gap = 4 * HOUR;
        assert_int_equal(schedule_interval(&s, &f, NOW), HOUR);
        f.change = NOW - 6 * HOUR;                                              /* later than it usually comes */
        assert_int_equal(schedule_interval(&s, &f, NOW), 90 * MINUTE);
        f.change = NOW - 30 * DAY;
        assert_int_equal(schedule_interval(&s, &f, NOW), 2 * HOUR);
        f = (struct feeds_state){ .gap = MINUTE, .change = NOW - MINUTE };
        assert_int_equal(schedule_interval(&s, &f, NOW), 10 * MINUTE);
        f.change = NOW + DAY;                                                   /* a clock that was set back */
        assert_int_equal(schedule_interval(&s, &f, NOW), 10 * MINUTE);
        f.hints.ttl = HOUR;
        assert_int_equal(schedule_interval(&s, &f, NOW), HOUR);
        s.fresh = 90 * MINUTE;
        assert_int_equal(schedule_interval(&s, &f, NOW), 90 * MINUTE);
        f.hints.ttl = 300 * DAY;
        assert_int_equal(schedule_interval(&s, &f, NOW), 2 * HOUR);
}

static void test_changes(void **unused _unused_)
{
        struct feeds_state f = { 0 };

        schedule_changed(&f, NOW);
        assert_int_equal(f.change, NOW);
        assert_int_equal(f.gap, 0);
        schedule_changed(&f, NOW + HOUR);
        assert_int_equal(f.gap, HOUR);
        schedule_changed(&f, NOW + 6 * HOUR);
        assert_int_equal(f.gap, 2 * HOUR);
        schedule_changed(&f, NOW);                                              /* a clock that was set back */
        assert_int_equal(f.gap, 2 * HOUR);
        assert_int_equal(f.change, NOW + 6 * HOUR);
        assert_false(schedule_distrusts(&f, NOW + 7 * DAY));
        assert_true(schedule_distrusts(&f, NOW + 8 * DAY));
}

static void test_backoff(void **unused _unused_)
{
        struct schedule s = bounds;
        int64_t before = 0;

        assert_int_equal(schedule_backoff(&s, 1), 10 * MINUTE);
        assert_int_equal(schedule_backoff(&s, 2), 20 * MINUTE);
        assert_int_equal(schedule_backoff(&s, 3), 40 * MINUTE);
        for (int64_t errors = 1; errors < 100; errors++) {
                int64_t wait = schedule_backoff(&s, errors);

                assert_true(wait >= before);
                before = wait;
        }
        assert_int_equal(schedule_backoff(&s, 7), 6 * HOUR);
        assert_int_equal(schedule_backoff(&s, INT64_MAX), 6 * HOUR);
        s.max = DAY;
        assert_int_equal(schedule_backoff(&s, 1000), DAY);
        s = (struct schedule){ .min = 366 * DAY, .max = 366 * DAY };
        assert_int_equal(schedule_backoff(&s, 1000), 366 * DAY);
}

static void test_jitter(void **unused _unused_)
{
        struct schedule s = bounds;
        struct feeds_state f = { .gap = 4 * HOUR };
        int64_t least = INT64_MAX, most = 0;

        for (uint32_t i = 0; i < 10000; i++) {
                int64_t wait;

                s.random = i * 2654435761U;
                wait = schedule_next(&s, &f, NOW) - NOW;
                least = MIN_OF(least, wait);
                most = MAX_OF(most, wait);
        }
        assert_in_range(least, 54 * MINUTE, 55 * MINUTE);
        assert_in_range(most, 65 * MINUTE, 66 * MINUTE);
        f.gap = 0;
        for (uint32_t i = 0; i < 1000; i++) {
                s.random = i * 2654435761U;
                assert_true(schedule_next(&s, &f, NOW) >= NOW + 10 * MINUTE);
        }
}

static void test_retry_after(void **unused _unused_)
{
        struct schedule s = bounds;
        struct feeds_state f = { .errors = 1 };

        s.retry_after = 3 * HOUR;
        assert_int_equal(schedule_next(&s, &f, NOW), NOW + 3 * HOUR);
        s.retry_after = CLOCK_SECOND;
        assert_int_equal(schedule_next(&s, &f, NOW), NOW + 10 * MINUTE);
        s.retry_after = 300 * DAY;                                              /* nobody is left alone for that long */
        assert_int_equal(schedule_next(&s, &f, NOW), NOW + DAY);
}

static void test_skip(void **unused _unused_)
{
        struct feeds_hints hints = { 0 };

        assert_int_equal(schedule_skip(&hints, NOW + 7), NOW + 7);
        hints.skip_hours = 1U << 0 | 1U << 1 | 1U << 3;
        assert_int_equal(schedule_skip(&hints, NOW + 5 * MINUTE), NOW + 2 * HOUR);
        assert_int_equal(schedule_skip(&hints, NOW + 2 * HOUR + 7), NOW + 2 * HOUR + 7);
        assert_int_equal(schedule_skip(&hints, NOW + 3 * HOUR), NOW + 4 * HOUR);
        hints = (struct feeds_hints){ .skip_days = 1U << 5 | 1U << 6 };         /* Friday, Saturday */
        assert_int_equal(schedule_skip(&hints, NOW + 5 * HOUR), NOW + 2 * DAY);
        hints.skip_hours = 1;
        assert_int_equal(schedule_skip(&hints, NOW + 5 * HOUR), NOW + 2 * DAY + HOUR);
        hints = (struct feeds_hints){ .skip_hours = 0xffffff };                 /* all of them: not believed */
        assert_int_equal(schedule_skip(&hints, NOW), NOW);
        hints = (struct feeds_hints){ .skip_days = 0x7f };
        assert_int_equal(schedule_skip(&hints, NOW), NOW);
}

static int64_t max_age(const char *cache_control)
{
        return schedule_fresh(&(struct schedule_headers){ .cache_control = cache_control }, NOW);
}

static void test_max_age(void **unused _unused_)
{
        assert_int_equal(max_age(NULL), 0);
        assert_int_equal(max_age(""), 0);
        assert_int_equal(max_age("no-cache"), 0);
        assert_int_equal(max_age("max-age=60"), MINUTE);
        assert_int_equal(max_age("public, MAX-AGE = \"60\", x"), MINUTE);
        assert_int_equal(max_age("s-maxage=9, max-age=120"), 2 * MINUTE);
        assert_int_equal(max_age("x-max-age=9,max-age=120"), 2 * MINUTE);
        assert_int_equal(max_age("private=\"a, max-age=9\", max-age=120"), 2 * MINUTE);
        assert_int_equal(max_age("x=\"never closed, max-age=9"), 0);
        assert_int_equal(max_age("max-age=60, max-age=9"), MINUTE);
        assert_int_equal(max_age("max-age=60, no-cache"), 0);                   /* it wants to be asked each time */
        assert_int_equal(max_age("max-age=60, no-store"), 0);
        assert_int_equal(max_age("max-age"), 0);
        assert_int_equal(max_age("max-age=-1"), 0);
        assert_int_equal(max_age("max-age=99999999999999999999999"), 0);
}

static void test_date(void **unused _unused_)
{
        /* The examples of RFC 9110, 5.6.7: one moment in three forms. */
        assert_int_equal(schedule_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777 * CLOCK_SECOND);
        assert_int_equal(schedule_date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777 * CLOCK_SECOND);
        assert_int_equal(schedule_date("Sun Nov  6 08:49:37 1994"), 784111777 * CLOCK_SECOND);
        assert_int_equal(schedule_date(NULL), INT64_MIN);
        assert_int_equal(schedule_date(""), INT64_MIN);
        assert_int_equal(schedule_date("0"), INT64_MIN);
        assert_int_equal(schedule_date("-1"), INT64_MIN);
        assert_int_equal(schedule_date("Sun, 06 Nov 1994 08:49:37 GMT, and more"), INT64_MIN);
        assert_int_equal(schedule_date("Sun, 06 Nov 1994 08:49:37 +0100"), INT64_MIN);
}

static void test_expires(void **unused _unused_)
{
        struct schedule_headers h = { .expires = "Fri, 04 Oct 2024 01:30:00 GMT" };

        assert_int_equal(schedule_fresh(&h, NOW), 90 * MINUTE);
        h.date = "Fri, 04 Oct 2024 01:00:00 GMT";                               /* by the server's own clock */
        assert_int_equal(schedule_fresh(&h, NOW), 30 * MINUTE);
        h.date = "whenever";
        assert_int_equal(schedule_fresh(&h, NOW), 90 * MINUTE);
        h.age = "1800";                                                         /* a cache had it for so long */
        assert_int_equal(schedule_fresh(&h, NOW), HOUR);
        h.age = "86400";
        assert_int_equal(schedule_fresh(&h, NOW), 0);
        h.age = "a while";
        assert_int_equal(schedule_fresh(&h, NOW), 90 * MINUTE);
        h.cache_control = "public, max-age=60";                                 /* goes before Expires */
        assert_int_equal(schedule_fresh(&h, NOW), MINUTE);
        h.cache_control = "max-age=0";
        assert_int_equal(schedule_fresh(&h, NOW), 0);
        h.cache_control = "no-cache";
        assert_int_equal(schedule_fresh(&h, NOW), 0);
        h.cache_control = "public";
        assert_int_equal(schedule_fresh(&h, NOW), 90 * MINUTE);
        h = (struct schedule_headers){ .expires = "Wed, 11 Jan 1984 05:00:00 GMT" };
        assert_int_equal(schedule_fresh(&h, NOW), 0);
        h.expires = "0";
        assert_int_equal(schedule_fresh(&h, NOW), 0);
        h.expires = "Tue, 19 Jan 2038 03:14:07 GMT";                            /* a way to say "never": not believed */
        assert_int_equal(schedule_fresh(&h, NOW), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_interval), cmocka_unit_test(test_changes),     cmocka_unit_test(test_backoff),
                cmocka_unit_test(test_jitter),   cmocka_unit_test(test_retry_after), cmocka_unit_test(test_skip),
                cmocka_unit_test(test_max_age),  cmocka_unit_test(test_date),        cmocka_unit_test(test_expires),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
