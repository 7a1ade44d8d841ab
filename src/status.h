/*
 * What is told about the daemon: the figures that it gathers itself, the objects of the control methods Status and
 * Sources, and systemd's status sentence.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"
#include "desk/desk.h"
#include "metrics/figures.h"
#include "queue/queue.h"
#include "store/store.h"

struct config;
struct daemon;

enum { STATUS_SECONDS = 60 };

/* Where a walk over the sources ended. */
struct status_place {
        const struct list *last;
        size_t number;                          /* of those up to it */
        uint64_t gone;                          /* daemon.watchers_gone at that time: later `last` may be none */
};

/* Gathered on the loop. */
struct status {
        int64_t started;                        /* wall clock, us */
        int64_t started_monotonic;
        int64_t reloaded;                       /* wall clock, us; 0: never */

        /* The loop's turns, us: the time between two polls less what it waited; and of that what the processor worked
         * for it, which is the same where nothing else wants the processor. */
        int64_t turn_began, turn_idle, turn_cpu;
        struct status_place place;
        int64_t turn_minute, longest[2], longest_cpu[2], longest_ever;

        /* Per second, the last minute; rates are their mean. */
        struct {
                int64_t deliveries, stories, events;
        } seconds[STATUS_SECONDS];
        int64_t second;                         /* monotonic second of the newest slot */

        /* The story that was coded last. */
        char last_id[48], last_source[72], last_headline[160];
        int64_t last_at, last_latency, last_events;

        /* What was quarantined last, and the reload that was refused since the last one that went well. */
        char bad_id[48], bad_source[72], bad_reason[256], refused[512];
        int64_t bad_at, refused_at;             /* wall clock, us; 0: never */

        /* From the store, refreshed every second. */
        struct store_job job;
        struct daemon *daemon;
        struct config *asking;  /* a reference for the question under way, on the reader; NULL: none is */
        int64_t stories, events, duplicates, quarantined, bytes, embargoed;
        int64_t fresh_stories, fresh_events, fresh_duplicates, fresh_quarantined, fresh_bytes, fresh_embargoed;
        int64_t alerts, raised, fresh_alerts, fresh_raised;     /* open ones; all that there ever were */
        char sentence[160];
};

void status_init(struct daemon *d);
/* Called from uv_prepare: a turn of the loop is over. */
void status_turn(struct daemon *d);
/* Called every second. */
void status_tick(struct daemon *d);
void status_count_delivery(struct daemon *d);
void status_count_quarantined(struct daemon *d, const struct waiting *w, const char *reason);
/* errors: lines, NULL: none; r: 0 where the reload went well. */
void status_reloaded(struct daemon *d, int r, const char *errors);
void status_count_committed(struct daemon *d, const struct queue_item *item, const struct desk_result *result);

/* As io.dateline.Control has them; new references, NULL: no memory. */
json_t *status_object(struct daemon *d);
/* See control_host.sources. */
int status_append_sources(struct daemon *d, size_t *next, int64_t until, struct buf *out);
/* See metrics_host.sources. */
int status_add_figures(struct daemon *d, size_t *next, int64_t until,
                       int (*add)(void *arg, const struct figures_source *source), void *arg);
