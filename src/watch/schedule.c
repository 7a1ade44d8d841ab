/* See schedule.h. */
#include "watch/schedule.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"

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

        wanted = MAX_OF(wanted, MAX_OF(f->hints.ttl, s->max_age));
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

int64_t schedule_max_age(const char *text)
{
        static const char name[] = "max-age";

        for (const char *s = text; s != NULL && *s != '\0';) {
                s += strspn(s, " \t,");
                if (strncasecmp(s, name, sizeof(name) - 1) == 0) {
                        const char *value = s + sizeof(name) - 1;
                        int64_t seconds = 0;

                        value += strspn(value, " \t");
                        if (*value++ == '=') {
                                value += strspn(value, " \t\"");
                                for (; *value >= '0' && *value <= '9' && seconds < 1000000000; value++)
                                        seconds = 10 * seconds + (*value - '0');
                                return seconds <= 366 * 86400 ? seconds * CLOCK_SECOND : 0;
                        }
                }
                s += strcspn(s, ",");
        }
        return 0;
}
