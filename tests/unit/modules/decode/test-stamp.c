/* Times in all the forms that feeds and wires write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "modules/decode/stamp.h"

static void check(const char *text, const char *expected)
{
        char out[CLOCK_TEXT_MAX];
        int64_t us = stamp_parse(text);

        if (us == CLOCK_NONE)
                fail_msg("'%s' is no time", text);
        assert_string_equal(clock_format(us, out), expected);
}

static void test_iso(void **state)
{
        (void)state;
        check("2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z");
        check("2003-12-31T10:14:55.5+01:00", "2003-12-31T09:14:55.500000Z");
        check("2003-12-31 10:14", "2003-12-31T10:14:00Z");
        check("20031231T101455-0500", "2003-12-31T15:14:55Z");
        check("20031231", "2003-12-31T00:00:00Z");
        check("2003-335", "2003-12-01T00:00:00Z");
        check("2003-12", "2003-12-01T00:00:00Z");
        check("2003", "2003-01-01T00:00:00Z");
        check("2004/07/08 23:56", "2004-07-08T23:56:00Z");
        check(" 2004-07-08T23:56:58 PST ", "2004-07-09T07:56:58Z");
}

static void test_words(void **state)
{
        (void)state;
        check("Fri, 20 Oct 2023 08:00:00 +0200", "2023-10-20T06:00:00Z");
        check("20 Oct 23 8:05 EST", "2023-10-20T13:05:00Z");
        check("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z");
        check("Thu Jan  1 19:48:21 GMT 2004", "2004-01-01T19:48:21Z");
        check("October 20, 2023", "2023-10-20T00:00:00Z");
        check("20-Oct-2023 10:00", "2023-10-20T10:00:00Z");
        check("Oct 20, 2023 8:00 PM", "2023-10-20T20:00:00Z");
        check("Oct 20, 2023 12:30am", "2023-10-20T00:30:00Z");
        check("1 Jan 70 00:00 UTC", "1970-01-01T00:00:00Z");
}

/* As feeds of other languages and of careless programs have them. */
static void test_odd(void **state)
{
        (void)state;
        check("mar., 24 nov. 2026 10:30:00 +0100", "2026-11-24T09:30:00Z");
        check("Mar 24, 2026", "2026-03-24T00:00:00Z");
        check("Do, 05 M\xC3\xA4r 2026 08:00 +0100", "2026-03-05T07:00:00Z");
        check("Mi, 16 Dez 2026 08:00:00 GMT", "2026-12-16T08:00:00Z");
        check("15 juin 2026", "2026-06-15T00:00:00Z");
        check("15 juil. 2026", "2026-07-15T00:00:00Z");
        check("24 de diciembre de 2026", "2026-12-24T00:00:00Z");
        check("24.11.2026 10:30", "2026-11-24T10:30:00Z");
        check("1.2.26", "2026-02-01T00:00:00Z");
        check("24/11/2026 10:30", "2026-11-24T10:30:00Z");
        check("11/24/2026 9:30:00 PM", "2026-11-24T21:30:00Z");
        check("9:30 p.m. EST Nov 24, 2026", "2026-11-25T02:30:00Z");
        check("24 Nov 2026 10.14.55", "2026-11-24T00:00:00Z");
}

static void test_none(void **state)
{
        static const char *const bad[] = { "", "yesterday", "2023-13-01", "2023-02-30", "Oct 2023", "20", "99999-01-01", "12:30",
                                           "2003-12-31T99:00", "20231320", "x", "31 Feb 2024", "123456",
                                           "05/06/2026", "31.13.2026", "1/2/3" };

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                if (stamp_parse(bad[i]) != CLOCK_NONE)
                        fail_msg("'%s' was taken for a time", bad[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_iso), cmocka_unit_test(test_words), cmocka_unit_test(test_odd),
                                            cmocka_unit_test(test_none) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
