/* "Fri, 20 Oct 2023 08:00:00 +0200", "20 Oct 2023", "October 20, 2023", "20231020T080000Z", and all of clock_parse(). */
#include "modules/decode/stamp.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

static int month_number(const char *word, size_t n)
{
        static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

        if (n < 3)
                return 0;
        for (int i = 0; i < 12; i++)
                if (strncasecmp(word, names + 3 * i, 3) == 0)
                        return i + 1;
        return 0;
}

/* Offset in minutes of "+0200", "GMT", "EST"; *ok is false where the word is no zone. */
static int zone_minutes(const char *word, size_t n, bool *ok)
{
        static const struct {
                const char *name;
                int hours;
        } zones[] = { { "UT", 0 }, { "UTC", 0 }, { "GMT", 0 }, { "Z", 0 }, { "EST", -5 }, { "EDT", -4 }, { "CST", -6 },
                      { "CDT", -5 }, { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 } };
        int hours, minutes;

        *ok = true;
        if (n >= 5 && (word[0] == '+' || word[0] == '-') &&
            (sscanf(word + 1, "%2d:%2d", &hours, &minutes) == 2 || sscanf(word + 1, "%2d%2d", &hours, &minutes) == 2))
                return (word[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
        for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
                if (strlen(zones[i].name) == n && strncasecmp(zones[i].name, word, n) == 0)
                        return zones[i].hours * 60;
        *ok = false;
        return 0;
}

struct parts {
        int year, month, day, hour, minute, second, zone;
};

static bool take_word(const char *word, size_t n, struct parts *p)
{
        bool zone_ok;
        int zone = zone_minutes(word, n, &zone_ok), number;

        if (zone_ok) {
                p->zone = zone;
                return true;
        }
        if (memchr(word, ':', n))
                return sscanf(word, "%2d:%2d:%2d", &p->hour, &p->minute, &p->second) >= 2;
        if (isdigit((unsigned char)word[0])) {
                if (sscanf(word, "%5d", &number) != 1 || number > 9999)
                        return false;
                if (n >= 4)
                        p->year = number;
                else if (p->day == 0)
                        p->day = number;
                else
                        p->year = number < 70 ? 2000 + number : 1900 + number;
                return true;
        }
        if (month_number(word, n) && p->month == 0)
                p->month = month_number(word, n);
        return true;    /* a weekday, "at" */
}

int64_t stamp_parse(const char *text)
{
        struct parts p = { 0 };
        int64_t us;
        int y, mo, d, h = 0, mi = 0, s = 0;
        char end = 0;

        while (*text == ' ')
                text++;
        if (clock_parse(text, &us) == 0)
                return us;
        if (sscanf(text, "%4d%2d%2dT%2d%2d%2d%c", &y, &mo, &d, &h, &mi, &s, &end) >= 6) {
                p = (struct parts){ y, mo, d, h, mi, s, 0 };
        } else {
                for (const char *q = text; *q;) {
                        size_t n = strcspn(q, " ,");

                        if (n > 0 && !take_word(q, n, &p))
                                return CLOCK_NONE;
                        q += n;
                        q += strspn(q, " ,");
                }
        }
        if (p.year < 1000 || p.month < 1 || p.month > 12 || p.day < 1 || p.day > clock_month_days(p.year, p.month) ||
            p.hour > 24 || p.minute > 59 || p.second > 60 || p.hour < 0 || p.minute < 0 || p.second < 0)
                return CLOCK_NONE;
        return clock_days(p.year, p.month, p.day) * 86400 * CLOCK_SECOND +
               ((int64_t)p.hour * 3600 + p.minute * 60 + p.second - (int64_t)p.zone * 60) * CLOCK_SECOND;
}
