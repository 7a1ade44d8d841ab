/* IPTC 7901 and ANPA 1312: framing, missing fields, chains, resynchronising. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"

static void test_iptc7901(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "\x01" "dpx012 4 i 3 ccccb   dpx 061\r\n\r\nA/b/\r\n\x02Head =\r\n   Rome (dpx) - One line\r\nruns on.\r\n   Two.\r\n\x03"
                          "131137 GMT Nov 13\r\n\x04",
                       "[{\"format\": \"iptc7901\", \"guid\": \"iptc7901:dpx012:2013-11-13\", \"headline\": \"Head\", \"agency\": \"dpx\","
                       " \"urgency\": 4, \"subjects\": [\"i\"], \"keywords\": [\"A\", \"b\"], \"published\": \"2013-11-13T11:37:00Z\","
                       " \"dateline\": {\"place\": \"Rome\", \"agency\": \"dpx\"}, \"text\": \"Rome (dpx) -\\nOne line runs on.\\nTwo.\"}]");
        /* Category before priority, no words; the zone that IPTC allows; a kill. */
        fixture_expect(f, "\x01" "dpx13 pl 2 dpx\r\n\x02KILL\r\nHead\r\ngoes on =\r\nText.\r\n\x03" "010203 CEST Jun 20\r\n\x04",
                       "[{\"guid\": \"iptc7901:dpx13:2020-06-01\", \"headline\": \"Head goes on\", \"urgency\": 2, \"status\": \"canceled\","
                       " \"published\": \"2020-06-01T00:03:00Z\", \"text\": \"Text.\"}]");
        /* SOH was lost; then filler; then a message that nobody ends. */
        fixture_expect(f, "dpx14 4 i 3 dpx\r\n\x02" "A =\r\nB.\r\n\x03" "010203 Jun 20\r\n\x04\x7f\x7f\r\n\x01" "dpx15 1 i\r\n\x02" "C =\r\nD.",
                       "[{\"headline\": \"A\", \"text\": \"B.\", \"damaged\": true}, {\"headline\": \"C\", \"text\": \"D.\", \"damaged\": true}]");
}

static void test_latin1(void **state)
{
        struct fixture *f = *state;
        static const char text[] = "\x01" "ats12 4 i 3 ats\r\n\x02Le trait\xE9 =\r\n   Sign\xE9 \xE0 Gen\xE8ve.\r\n\x03" "010203 Jun 20\r\n\x04";

        assert_int_equal(fixture_decode(f, "auto", NULL, text, strlen(text)), 0);
        fixture_check(f, "[{\"headline\": \"Le trait\u00e9\", \"text\": \"Sign\u00e9 \u00e0 Gen\u00e8ve.\"}]");
}

#define STORY(number, keyword, slug, text) \
        "\x16\x16\x01" number "\x1f_asian\r\nr i\x13\x11 " keyword "   04-01 0010\r\n\x02^" slug "<\r\n^A headline<\r\n\t   " text \
        "\r\n\x03SW-WF-04-01-26 1000GMT<\r\n\x0c\r\n\x04"

static void test_anpa_chain(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, STORY("W1", "BC-X--Y", "BC-X--Y,10", "OSLO (SW) _ One.") STORY("W2", "BC-X--Y 1stLd", "BC-X--Y, 1st Ld,10", "Two.")
                          STORY("W3", "BC-X--Y 2ndLd-Writethru", "BC-X--Y, 2nd Ld-Writethru,10", "Three.")
                          STORY("W4", "BC-X--NewsAlert", "BC-X--NewsAlert", "Four.") STORY("W5", "BC-X--Y 1stAdd", "BC-X--Y, 1st Add,10", "Five."),
                       "[{\"format\": \"anpa\", \"guid\": \"anpa:BC-X--Y:2026-04-01\", \"version\": \"1\", \"text\": \"OSLO (SW) -\\nOne.\","
                       "  \"headline\": \"A headline\", \"published\": \"2026-04-01T10:00:00Z\", \"agency\": \"SW\"},"
                       " {\"guid\": \"anpa:BC-X--Y:2026-04-01\", \"version\": \"2\"}, {\"guid\": \"anpa:BC-X--Y:2026-04-01\", \"version\": \"3\"},"
                       " {\"guid\": \"anpa:W4:BC-X--NewsAlert:2026-04-01\"}, {\"guid\": \"anpa:BC-X--Y, 1st Add,10:2026-04-01\", \"version\": \"1\"}]");
}

static void test_anpa_resync(void **state)
{
        struct fixture *f = *state;

        fixture_expect(f, "the end of something\r\n\x03SW-WF-04-01-26 0900GMT<\r\n\x04" STORY("W1", "BC-A", "BC-A,1", "One.")
                          "\x16\x16\x01W2\x1f_asian\r\nr i\x13\x11 BC-B 04-01 1\r\n\x02^BC-B<\r\n\tCut off in the mid"
                          STORY("W3", "BC-C", "BC-C,1", "Three."),
                       "[{\"text\": \"One.\"}, {\"text\": \"Cut off in the mid\", \"damaged\": true}, {\"text\": \"Three.\"}]");
        assert_int_equal(json_array_size(f->bad), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_iptc7901), cmocka_unit_test(test_latin1), cmocka_unit_test(test_anpa_chain),
                                            cmocka_unit_test(test_anpa_resync) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
