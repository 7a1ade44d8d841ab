/*
 * "2003-12-31T10:14:55.5+01:00", "20031231T101455Z", "2003-335", "2003-12"; "Fri, 20 Oct 2023 08:00:00 +0200",
 * "20 Oct 23 8:00 PM EST", "October 20, 2023", "Thu Jan  1 19:48:21 GMT 2004", "2004/07/08 23:56". What begins with a year
 * is ISO's, anything else is words in whatever order.
 */
#include "modules/decode/stamp.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

struct parts {
        int year, month, day, hour, minute, second, zone;       /* zone: minutes east of Greenwich */
        int us;
};

/* Up to `max` digits at *s; returns how many there were. */
static int digits(const char **s, int max, int *value)
{
        int n = 0;

        *value = 0;
        while (n < max && isdigit((unsigned char)(*s)[n]))
                *value = *value * 10 + ((*s)[n++] - '0');
        *s += n;
        return n;
}

/* By how it begins: in English, and where German, French, Spanish, Italian, Portuguese and Dutch begin otherwise. */
static int month_number(const char *word, size_t n)
{
        static const struct {
                char begins[6];
                unsigned char month;
        } rows[] = {
                { "jan", 1 },  { "feb", 2 },   { "mar", 3 },       { "apr", 4 },       { "may", 5 },       { "jun", 6 },  { "jul", 7 },
                { "aug", 8 },  { "sep", 9 },   { "oct", 10 },      { "nov", 11 },      { "dec", 12 },      { "ene", 1 },  { "gen", 1 },
                { "f\xC3\xA9v", 2 }, { "fev", 2 }, { "m\xC3\xA4r", 3 }, { "mrz", 3 },  { "mrt", 3 },       { "maart", 3 }, { "avr", 4 },
                { "abr", 4 },  { "mai", 5 },   { "mag", 5 },       { "mei", 5 },       { "juin", 6 },      { "giu", 6 },  { "juil", 7 },
                { "lug", 7 },  { "ao\xC3\xBB", 8 }, { "ago", 8 }, { "set", 9 },       { "okt", 10 },      { "ott", 10 }, { "out", 10 },
                { "d\xC3\xA9" "c", 12 }, { "dez", 12 }, { "dic", 12 },
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (n >= strlen(rows[i].begins) && strncasecmp(word, rows[i].begins, strlen(rows[i].begins)) == 0)
                        return rows[i].month;
        return 0;
}

/* "24.11.2026", and with slashes or dashes where only one of the numbers can be a month: "24/11/2026", "11/24/2026". */
static bool take_numbers(const char *word, struct parts *p)
{
        const char *s = word;
        char divider;
        int a, b, year, k;

        if (digits(&s, 3, &a) > 2 || (*s != '.' && *s != '/' && *s != '-'))
                return false;
        divider = *s++;
        k = digits(&s, 3, &b);
        if (k == 0 || k > 2 || *s++ != divider)
                return false;
        k = digits(&s, 5, &year);
        if ((k != 4 && !(k == 2 && divider == '.')) || (divider != '.' && a <= 12 && b <= 12 && a != b))
                return false;
        p->day = divider == '.' || b <= 12 ? a : b;
        p->month = p->day == a ? b : a;
        p->year = k == 2 ? year + (year < 70 ? 2000 : 1900) : year;
        return true;
}

/* "PM", "p.m."; 0: it is neither half of a day. */
static char day_half(const char *word, size_t n)
{
        char half = (char)(*word | 32);
        bool is_half = (n == 2 && (word[1] | 32) == 'm') || ((n == 3 || n == 4) && word[1] == '.' && (word[2] | 32) == 'm');

        return is_half && (half == 'a' || half == 'p') ? half : '\0';
}

/* Offset in minutes of "+0200", "-5:30", "GMT+2", "EST". */
static bool take_zone(const char *word, size_t n, int *zone)
{
        static const struct {
                char name[6];
                short minutes;
        } zones[] = { { "UT", 0 },      { "UTC", 0 },     { "GMT", 0 },     { "Z", 0 },       { "WET", 0 },     { "BST", 60 },
                      { "CET", 60 },    { "MEZ", 60 },    { "CEST", 120 },  { "MESZ", 120 },  { "EET", 120 },   { "EEST", 180 },
                      { "MSK", 180 },   { "IST", 330 },   { "HKT", 480 },   { "SGT", 480 },   { "AWST", 480 },  { "JST", 540 },
                      { "KST", 540 },   { "AEST", 600 },  { "AEDT", 660 },  { "NZST", 720 },  { "NZDT", 780 },  { "AST", -240 },
                      { "ADT", -180 },  { "NDT", -150 },  { "NST", -210 },  { "ET", -300 },   { "EST", -300 },  { "EDT", -240 },
                      { "CT", -360 },   { "CST", -360 },  { "CDT", -300 },  { "MT", -420 },   { "MST", -420 },  { "MDT", -360 },
                      { "PT", -480 },   { "PST", -480 },  { "PDT", -420 },  { "AKST", -540 }, { "AKDT", -480 }, { "HST", -600 } };
        const char *s = word;
        int hours, minutes = 0, k;

        if (n > 3 && (strncasecmp(s, "GMT", 3) == 0 || strncasecmp(s, "UTC", 3) == 0) && (s[3] == '+' || s[3] == '-'))
                s += 3, n -= 3;
        if (n >= 2 && (*s == '+' || *s == '-') && isdigit((unsigned char)s[1])) {
                const char *p = s + 1;

                k = digits(&p, 2, &hours);
                if (*p == ':')
                        p++;
                if (p < s + n)
                        digits(&p, 2, &minutes);
                *zone = (*s == '-' ? -1 : 1) * (hours * 60 + minutes);
                return k > 0;
        }
        for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
                if (strlen(zones[i].name) == n && strncasecmp(zones[i].name, word, n) == 0) {
                        *zone = zones[i].minutes;
                        return true;
                }
        return false;
}

/* "10:14:55.5", "101455", "10h14", "10.14" (only where seconds or a colon follow). */
static bool take_clock(const char **at, struct parts *p)
{
        const char *s = *at;
        int k = digits(&s, 2, &p->hour);

        if (k == 0)
                return false;
        if (*s == ':' || *s == 'h')
                s++;
        else if (k != 2)
                return false;
        if (digits(&s, 2, &p->minute) == 0)
                p->minute = 0;
        if (*s == ':')
                s++;
        if (isdigit((unsigned char)*s) && digits(&s, 2, &p->second) == 0)
                p->second = 0;
        if ((*s == '.' || *s == ',') && isdigit((unsigned char)s[1])) {
                int scale = 100000;

                for (s++; isdigit((unsigned char)*s); s++, scale /= 10)
                        p->us += (*s - '0') * scale;
        }
        *at = s;
        return true;
}

/* What begins with four digits. */
static bool take_iso(const char *s, struct parts *p)
{
        const char *begin = s;
        int k, days;

        if (digits(&s, 4, &p->year) != 4)
                return false;
        p->month = p->day = 1;
        if (*s == '-' || *s == '/' || *s == '.' || *s == ':') {
                char divider = *s++;

                k = digits(&s, 3, &days);
                if (k == 3 && divider == '-') {                 /* an ordinal day */
                        if (days < 1 || days > 366)
                                return false;
                        clock_date(clock_days(p->year, 1, 1) + days - 1, &p->year, &p->month, &p->day);
                } else if (k == 1 || k == 2) {
                        p->month = days;
                        if (*s == divider) {
                                s++;
                                if (digits(&s, 2, &p->day) == 0)
                                        return false;
                        }
                } else if (k != 0) {
                        return false;
                }
        } else if ((k = digits(&s, 4, &days)) != 0) {
                if (k == 4)                     /* 20031231 */
                        p->month = days / 100, p->day = days % 100;
                else if (k == 2)
                        p->month = days;
                else
                        return false;
                /* 20231020080000: no T */
                if (isdigit((unsigned char)*s) && (!take_clock(&s, p)))
                        return false;
        }
        if (*s == 'T' || *s == 't' || *s == ' ' || *s == '-' || *s == ',' || *s == '_') {
                while (*s == ' ' || *s == ',' || *s == 'T' || *s == 't' || *s == '_' || *s == '-')
                        s++;
                if (isdigit((unsigned char)*s) && !take_clock(&s, p))
                        return false;
        }
        while (*s == ' ')
                s++;
        k = (int)strcspn(s, " ");
        if (k > 0 && !take_zone(s, (size_t)k, &p->zone) && s - begin < 8)
                return false;
        return true;
}

static bool take_word(const char *word, size_t n, struct parts *p)
{
        const char *s = word;
        char half = day_half(word, n);
        int number, k;

        if (half != '\0') {
                if (half == 'p' && p->hour < 12)
                        p->hour += 12;
                else if (half == 'a' && p->hour == 12)
                        p->hour = 0;
                return true;
        }
        if (memchr(word, ':', n) && isdigit((unsigned char)*word)) {
                if (!take_clock(&s, p))
                        return false;
                return s >= word + n || take_word(s, n - (size_t)(s - word), p);
        }
        if (take_zone(word, n, &p->zone))
                return true;
        if (isdigit((unsigned char)*word)) {
                k = digits(&s, 5, &number);
                if (k > 4)
                        return false;
                if (p->year == 0 && p->day == 0 && k <= 2 && *s != '\0' && strchr("./-", *s) && isdigit((unsigned char)s[1]) &&
                    strchr(s + 1, *s) != NULL)
                        return take_numbers(word, p);
                if (*s == '-' && k <= 2) {      /* 20-Oct-2023 */
                        p->day = number;
                        s++;
                        p->month = month_number(s, n - (size_t)(s - word));
                        s += strcspn(s, "- ");
                        if (*s == '-')
                                s++;
                        return p->month != 0 && digits(&s, 4, &p->year) >= 2 && ((p->year += p->year < 100 ? 2000 : 0), true);
                }
                if (k >= 3)
                        p->year = number;
                else if (p->day == 0 && number <= 31)
                        p->day = number;
                else if (p->year == 0)
                        p->year = number < 70 ? 2000 + number : 1900 + number;
                return true;
        }
        /* The last one before the year: the first may be a weekday, "mar., 24 nov. 2026". */
        k = p->month == 0 || p->year == 0 ? month_number(word, n) : 0;
        if (k != 0)
                p->month = k;
        return true;    /* a weekday, "at" */
}

int64_t stamp_parse(const char *text)
{
        struct parts p = { 0 };
        size_t words = 0;

        text += strspn(text, " \t\r\n");
        if (strspn(text, "0123456789") >= 4) {
                if (!take_iso(text, &p))
                        return CLOCK_NONE;
        } else {
                for (const char *q = text; *q && words < 16; words++) {
                        size_t n = strcspn(q, " ,\t\r\n");

                        if (n > 0 && !take_word(q, n, &p))
                                return CLOCK_NONE;
                        q += n;
                        q += strspn(q, " ,\t\r\n");
                }
        }
        if (p.year < 1000 || p.month < 1 || p.month > 12 || p.day < 1 || p.day > clock_month_days(p.year, p.month) ||
            p.hour > 24 || p.minute > 59 || p.second > 60)
                return CLOCK_NONE;
        return clock_days(p.year, p.month, p.day) * 86400 * CLOCK_SECOND + p.us +
               ((int64_t)p.hour * 3600 + p.minute * 60 + p.second - (int64_t)p.zone * 60) * CLOCK_SECOND;
}
