/*
 * When a feed is polled next: arithmetic alone, without a clock or a loop.
 *
 * The interval lies between two bounds and follows how often the feed really changes: a quarter of the smoothed time
 * between changes, or of the time since the last one where that is longer. What the publisher asks for (ttl, max-age, Expires)
 * makes it longer, within the bounds. After an error it doubles, up to a ceiling, and never ends. Hours and days that
 * the publisher wants left out are left out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/feeds.h"

enum {
        SCHEDULE_CEILING_S = 6 * 3600,          /* of the pause after errors, unless the upper bound is longer */
        SCHEDULE_WAIT_MAX_S = 24 * 3600,        /* the longest Retry-After that is honoured */
        SCHEDULE_DISTRUST_S = 7 * 24 * 3600,    /* "not modified" for so long is not believed: ask without validators */
};

struct schedule {
        int64_t min, max;               /* us, the bounds of the interval */
        int64_t fresh;                  /* us that the last answer says it stays fresh; 0: nothing said */
        int64_t retry_after;            /* us, by the last answer; 0: nothing said */
        uint32_t random;                /* for the jitter: up to a tenth more or less, never below `min` */
};

/* The wall clock time of the next poll after one that ended at `now`, by the state as it is after it. */
int64_t schedule_next(const struct schedule *schedule, const struct feeds_state *state, int64_t now);
/* The parts of it. */
int64_t schedule_interval(const struct schedule *schedule, const struct feeds_state *state, int64_t now);
int64_t schedule_backoff(const struct schedule *schedule, int64_t errors);
int64_t schedule_skip(const struct feeds_hints *hints, int64_t at);

/* The document brought something new at `now`. */
void schedule_changed(struct feeds_state *state, int64_t now);
/* "Not modified" is not believed any more. */
bool schedule_distrusts(const struct feeds_state *state, int64_t now);

/* Headers of an answer, NULL: not there. */
struct schedule_headers {
        const char *cache_control, *expires, *date, *age;
};

/* How long an answer that came at `now` stays fresh from then on (RFC 9111, 4.2), us: max-age, else Expires less Date; less
 * Age. 0: nothing said, or what makes no sense. */
int64_t schedule_fresh(const struct schedule_headers *headers, int64_t now);
/* A date of HTTP in one of its three forms (RFC 9110, 5.6.7), wall clock us; INT64_MIN: it is none, or NULL. */
int64_t schedule_date(const char *text);
