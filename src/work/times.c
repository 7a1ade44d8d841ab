/* See times.h. */
#include "work/times.h"

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/clock.h"

static void turn(struct times *t, int64_t now)
{
        int64_t minute = now / (60 * CLOCK_SECOND);
        bool follows = minute == t->minute + 1;

        if (minute == t->minute)
                return;
        t->sum[1] = follows ? t->sum[0] : 0;
        t->n[1] = follows ? t->n[0] : 0;
        t->longest[1] = follows ? t->longest[0] : 0;
        t->sum[0] = t->n[0] = t->longest[0] = 0;
        t->minute = minute;
}

void times_add(struct times *t, int64_t now, int64_t us)
{
        turn(t, now);
        t->sum[0] += us;
        t->n[0]++;
        t->longest[0] = MAX_OF(t->longest[0], us);
}

void times_get(struct times *t, int64_t now, int64_t *mean, int64_t *longest)
{
        int64_t n;

        turn(t, now);
        n = t->n[0] + t->n[1];
        *mean = n != 0 ? (t->sum[0] + t->sum[1]) / n : 0;
        *longest = MAX_OF(t->longest[0], t->longest[1]);
}
