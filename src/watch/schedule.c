/* See schedule.h. */
#include "watch/schedule.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"

#define HOUR (3600 * CLOCK_SECOND)
#define DAY (24 * HOUR)

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
        return value < min ? min : value > max ? max : value;
}

int64_t schedule_interval(const struct schedule *s, const struct feeds_state *f, int64_t now)
{
        int64_t since = f->change > 0 && f->change < now ? now - f->change : 0;
        int64_t wanted = MAX_OF(f->gap, since) / 4;

        wanted = MAX_OF(wanted, MAX_OF(f->hints.ttl, s->fresh));
        return clamp(wanted, s->min, s->max);
}

int64_t schedule_backoff(const struct schedule *s, int64_t errors)
{
        int64_t ceiling = MAX_OF(SCHEDULE_CEILING_S * CLOCK_SECOND, s->max), wait = s->min;

        for (int64_t i = 1; i < errors && wait < ceiling; i++)
                wait *= 2;
        return MIN_OF(wait, ceiling);
}

int64_t schedule_skip(const struct feeds_hints *hints, int64_t at)
{
        /* Everything left out is as if nothing were. */
        if ((hints->skip_hours & 0xffffff) == 0xffffff || (hints->skip_days & 0x7f) == 0x7f)
                return at;
        for (int i = 0; i < 8 * 24; i++) {
                int64_t hour = at / HOUR % 24, day = (at / DAY + 4) % 7;        /* 1970 began on a Thursday */

                if (!(hints->skip_hours >> hour & 1) && !(hints->skip_days >> day & 1))
                        break;
                at = (at / HOUR + 1) * HOUR;
        }
        return at;
}

int64_t schedule_next(const struct schedule *s, const struct feeds_state *f, int64_t now)
{
        int64_t wait = f->errors > 0 ? schedule_backoff(s, f->errors) : schedule_interval(s, f, now);
        int64_t tenth = wait / 10;

        wait += tenth > 0 ? (int64_t)((uint64_t)s->random % (uint64_t)(2 * tenth + 1)) - tenth : 0;
        wait = MAX_OF(wait, s->min);
        wait = MAX_OF(wait, MIN_OF(s->retry_after, SCHEDULE_WAIT_MAX_S * CLOCK_SECOND));
        return schedule_skip(&f->hints, now + wait);
}

void schedule_changed(struct feeds_state *f, int64_t now)
{
        if (f->change > 0 && now > f->change) {
                int64_t gap = now - f->change;

                f->gap = f->gap > 0 ? (3 * f->gap + gap) / 4 : gap;
        }
        f->change = MAX_OF(f->change, now);
}

bool schedule_distrusts(const struct feeds_state *f, int64_t now)
{
        return f->change > 0 && now - f->change > SCHEDULE_DISTRUST_S * CLOCK_SECOND;
}

/* ---- what an answer's headers say ---- */

/* Behind the directive at `s`, whose argument may be a quoted string with anything in it. */
static const char *next_directive(const char *s)
{
        while (*s != '\0' && *s != ',')
                if (*s++ == '"') {
                        s += strcspn(s, "\"");
                        s += *s == '"';
                }
        return s + strspn(s, ", \t");
}

static bool is_directive(const char *s, const char *name)
{
        size_t n = strlen(name);

        return strncasecmp(s, name, n) == 0 && strchr("=, \t;", s[n]) != NULL;
}

/* Digits, perhaps in quotes; what makes no sense is 0. */
static int64_t seconds_of(const char *text)
{
        int64_t seconds = 0;

        for (text += strspn(text, " \t\""); *text >= '0' && *text <= '9' && seconds < 1000000000; text++)
                seconds = 10 * seconds + (*text - '0');
        return seconds <= 366 * 86400 ? seconds * CLOCK_SECOND : 0;
}

int64_t schedule_date(const char *text)
{
        static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y" };

        for (size_t i = 0; text != NULL && i < N_ELEMENTS(forms); i++) {
                struct tm tm = { 0 };
                const char *end = strptime(text, forms[i], &tm);

                if (end != NULL && end[strspn(end, " \t")] == '\0')
                        return (int64_t)timegm(&tm) * CLOCK_SECOND;
        }
        return INT64_MIN;
}

int64_t schedule_fresh(const struct schedule_headers *h, int64_t now)
{
        int64_t expires, date, fresh = -1;

        for (const char *s = h->cache_control != NULL ? h->cache_control + strspn(h->cache_control, ", \t") : ""; *s != '\0';
             s = next_directive(s)) {
                if (is_directive(s, "no-cache") || is_directive(s, "no-store"))
                        return 0;
                if (fresh < 0 && is_directive(s, "max-age")) {
                        s += strlen("max-age");
                        s += strspn(s, " \t");
                        fresh = *s == '=' ? seconds_of(s + 1) : 0;
                }
        }
        if (fresh < 0 && (expires = schedule_date(h->expires)) != INT64_MIN) {
                date = schedule_date(h->date);
                fresh = expires - (date != INT64_MIN ? date : now);
                fresh = fresh <= 366 * 86400 * CLOCK_SECOND ? fresh : 0;
        }
        /* It lay in a cache on the way. */
        if (fresh > 0 && h->age != NULL)
                fresh -= seconds_of(h->age);
        return MAX_OF(fresh, INT64_C(0));
}
