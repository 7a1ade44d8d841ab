/* See clock.h. The day arithmetic counts eras of 400 years from 0000-03-01, so that the leap day ends a year. */
#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now(clockid_t id)
{
        struct timespec ts;

        clock_gettime(id, &ts);
        return ts.tv_sec * CLOCK_SECOND + ts.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
        return now(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
        return now(CLOCK_MONOTONIC);
}

int64_t clock_thread_us(void)
{
        return now(CLOCK_THREAD_CPUTIME_ID);
}

void clock_steady_begin(struct clock_steady *steady)
{
        *steady = (struct clock_steady){ clock_wall_us(), now(CLOCK_BOOTTIME) };
}

int64_t clock_steady_us(const struct clock_steady *steady)
{
        return steady->wall + now(CLOCK_BOOTTIME) - steady->boot;
}

int64_t clock_days(int year, int month, int day)
{
        int64_t y = month <= 2 ? (int64_t)year - 1 : year;
        int64_t era = (y >= 0 ? y : y - 399) / 400;
        int64_t of_era = y - era * 400;
        int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

        return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void clock_date(int64_t days, int *year, int *month, int *day)
{
        int64_t z = days + 719468;
        int64_t era = (z >= 0 ? z : z - 146096) / 146097;
        int64_t d = z - era * 146097;
        int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
        int64_t of_year = d - (365 * y + y / 4 - y / 100);
        int64_t m = (5 * of_year + 2) / 153;

        *day = (int)(of_year - (153 * m + 2) / 5 + 1);
        *month = (int)(m < 10 ? m + 3 : m - 9);
        *year = (int)(y + era * 400 + (*month <= 2));
}

int clock_month_days(int year, int month)
{
        static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

        if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
                return 29;
        return days[month - 1];
}

const char *clock_format(int64_t us, char out[CLOCK_TEXT_MAX])
{
        int64_t days = us / (86400 * CLOCK_SECOND), rest = us % (86400 * CLOCK_SECOND);
        int year, month, day, n, s;

        if (rest < 0) {
                rest += 86400 * CLOCK_SECOND;
                days--;
        }
        clock_date(days, &year, &month, &day);
        s = (int)(rest / CLOCK_SECOND);
        n = snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, s / 3600, s / 60 % 60,
                     s % 60);
        if (rest % CLOCK_SECOND != 0)
                n += snprintf(out + n, CLOCK_TEXT_MAX - (size_t)n, ".%06d", (int)(rest % CLOCK_SECOND));
        snprintf(out + n, CLOCK_TEXT_MAX - (size_t)n, "Z");
        return out;
}

/* Exactly `n` digits. */
static int digits(const char **p, int n, int *value)
{
        *value = 0;
        for (int i = 0; i < n; i++, (*p)++) {
                if (!isdigit((unsigned char)**p))
                        return CLOCK_E_FORMAT;
                *value = *value * 10 + (**p - '0');
        }
        return 0;
}

/* "Z", "+01:00", "-0500", or nothing; seconds east of UTC. */
static int zone(const char **p, int *offset)
{
        int sign, h, m;

        *offset = 0;
        if (**p == 'Z' || **p == 'z') {
                (*p)++;
                return 0;
        }
        if (**p != '+' && **p != '-')
                return 0;
        sign = *(*p)++ == '-' ? -1 : 1;
        if (digits(p, 2, &h) != 0)
                return CLOCK_E_FORMAT;
        if (**p == ':')
                (*p)++;
        if (digits(p, 2, &m) != 0 || h > 23 || m > 59)
                return CLOCK_E_FORMAT;
        *offset = sign * (h * 3600 + m * 60);
        return 0;
}

/* "08:07", "08:07:46", "08:07:46.5" */
static int time_of_day(const char **p, int64_t *us)
{
        int h, m, s = 0;
        int64_t part = 0, unit = CLOCK_SECOND / 10;

        if (digits(p, 2, &h) != 0 || *(*p)++ != ':' || digits(p, 2, &m) != 0)
                return CLOCK_E_FORMAT;
        if (**p == ':') {
                (*p)++;
                if (digits(p, 2, &s) != 0)
                        return CLOCK_E_FORMAT;
                if (**p == '.') {
                        if (!isdigit((unsigned char)*++*p))
                                return CLOCK_E_FORMAT;
                        for (; isdigit((unsigned char)**p); (*p)++, unit /= 10)
                                part += (**p - '0') * unit;
                }
        }
        if (h > 23 || m > 59 || s > 60)
                return CLOCK_E_FORMAT;
        *us = (h * 3600 + m * 60 + s) * CLOCK_SECOND + part;
        return 0;
}

int clock_parse(const char *text, int64_t *us)
{
        int year, month, day, offset = 0;
        int64_t in_day = 0;

        if (digits(&text, 4, &year) != 0 || *text++ != '-' || digits(&text, 2, &month) != 0 || *text++ != '-' ||
            digits(&text, 2, &day) != 0)
                return CLOCK_E_FORMAT;
        if (month < 1 || month > 12 || day < 1 || day > clock_month_days(year, month))
                return CLOCK_E_FORMAT;
        if (*text == 'T' || *text == 't' || *text == ' ') {
                text++;
                if (time_of_day(&text, &in_day) != 0 || zone(&text, &offset) != 0)
                        return CLOCK_E_FORMAT;
        }
        if (*text != '\0')
                return CLOCK_E_FORMAT;
        *us = clock_days(year, month, day) * 86400 * CLOCK_SECOND + in_day - offset * CLOCK_SECOND;
        return 0;
}

int clock_parse_span(const char *text, int64_t *us)
{
        static const struct {
                const char *unit;
                int64_t us;
        } units[] = {
                { "us", 1 },
                { "ms", 1000 },
                { "s", CLOCK_SECOND },
                { "m", 60 * CLOCK_SECOND },
                { "h", 3600 * CLOCK_SECOND },
                { "d", 86400 * CLOCK_SECOND },
                { "w", 7 * 86400 * CLOCK_SECOND },
        };
        int64_t total = 0;

        if (*text == '\0')
                return CLOCK_E_FORMAT;
        while (*text != '\0') {
                int64_t n = 0, factor = 0;
                size_t letters = 0;

                if (!isdigit((unsigned char)*text))
                        return CLOCK_E_FORMAT;
                for (; isdigit((unsigned char)*text); text++) {
                        n = n * 10 + (*text - '0');
                        if (n > 1000000000)
                                return CLOCK_E_FORMAT;
                }
                while (isalpha((unsigned char)text[letters]))
                        letters++;
                for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
                        if (strlen(units[i].unit) == letters && memcmp(units[i].unit, text, letters) == 0)
                                factor = units[i].us;
                if (factor == 0 || __builtin_mul_overflow(n, factor, &n) || __builtin_add_overflow(total, n, &total))
                        return CLOCK_E_FORMAT;
                text += letters;
        }
        *us = total;
        return 0;
}
