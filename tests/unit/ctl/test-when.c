/* Times as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/when.h"

static void test_written(void **state _unused_)
{
        static const struct {
                const char *written, *means;
        } rows[] = {
                { "now", "2026-11-24T08:07:46Z" },
                { "today", "2026-11-24T00:00:00Z" },
                { "Yesterday", "2026-11-23T00:00:00Z" },
                { "yesterday 18:00", "2026-11-23T18:00:00Z" },
                { "today 07:30:15", "2026-11-24T07:30:15Z" },
                { "yesterday 18:00+02:00", "2026-11-23T16:00:00Z" },
                { "90s", "2026-11-24T08:06:16Z" },
                { "2h", "2026-11-24T06:07:46Z" },
                { "2h ago", "2026-11-24T06:07:46Z" },
                { "2 hours ago", "2026-11-24T06:07:46Z" },
                { " 2  Hours\tago ", "2026-11-24T06:07:46Z" },
                { "an hour ago", "2026-11-24T07:07:46Z" },
                { "a week", "2026-11-17T08:07:46Z" },
                { "7d", "2026-11-17T08:07:46Z" },
                { "1 day", "2026-11-23T08:07:46Z" },
                { "2 weeks ago", "2026-11-10T08:07:46Z" },
                { "1h30m", "2026-11-24T06:37:46Z" },
                { "1 h 30 min", "2026-11-24T06:37:46Z" },
                { "1 hour 30 minutes ago", "2026-11-24T06:37:46Z" },
                { "500ms", "2026-11-24T08:07:45.500000Z" },
                { "2026-11-24", "2026-11-24T00:00:00Z" },
                { "2026-11-24T10:00", "2026-11-24T10:00:00Z" },
                { "2026-11-24T10:00Z", "2026-11-24T10:00:00Z" },
                { "2026-11-24t10:00z", "2026-11-24T10:00:00Z" },
                { "2026-11-24 10:00:30", "2026-11-24T10:00:30Z" },
                { "2026-11-24T10:00+01:00", "2026-11-24T09:00:00Z" },
                { "9999w", "1970-01-01T00:00:00Z" },
                { "1900-01-01", "1970-01-01T00:00:00Z" },
        };
        int64_t now, us;

        assert_int_equal(clock_parse("2026-11-24T08:07:46Z", &now), 0);
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                char text[CLOCK_TEXT_MAX];

                if (when_parse(rows[i].written, now, &us) != 0)
                        fail_msg("'%s' is not understood", rows[i].written);
                assert_string_equal(clock_format(us, text), rows[i].means);
        }
}

static void test_not_understood(void **state _unused_)
{
        static const char *const bad[] = {
                "",
                " ",
                "noon",
                "-2h",
                "2",
                "2 ago",
                "ago",
                "h",
                "2h later",
                "2h 3",
                "2 fortnights",
                "3 month",
                "yesterday 25:00",
                "yesterday noon",
                "yesterdays",
                "tomorrow",
                "a",
                "an",
                "a 5 hours",
                "2hago",
                "2026-13-01",
                "2026-11-24T25:00",
                "2026-11-24T",
                "24.11.2026",
                "99999999999h",
                "1000000000w 1000000000w 1000000000w 1000000000w",
                "1 hour 1 hour 1 hour 1 hour 1 hour 1 hour 1 hour 1 hour 1 hour 1 hour",
        };
        int64_t us;

        for (size_t i = 0; i < N_ELEMENTS(bad); i++)
                if (when_parse(bad[i], CLOCK_SECOND, &us) != WHEN_E_FORMAT)
                        fail_msg("'%s' is understood", bad[i]);
}

int main(void)
{
        static const struct CMUnitTest tests[] = { cmocka_unit_test(test_written),
                                                   cmocka_unit_test(test_not_understood) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
