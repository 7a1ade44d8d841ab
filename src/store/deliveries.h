/*
 * Deliveries and what waits for a worker. The store is the queue: what is pending is pending on disk, and the daemon's
 * memory holds a window of it.
 *
 * Every accepted delivery and story ends in exactly one of done, duplicate, quarantined.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/db.h"
#include "store/feeds.h"

/* Of deliveries and of stories; the numbers are in the file. */
enum delivery_state {
        DELIVERY_PENDING = 0,
        DELIVERY_DONE = 1,
        DELIVERY_QUARANTINED = 2,
        DELIVERY_DROPPED = 3,           /* out of quarantine by a person's word */
        DELIVERY_DUPLICATE = 4,         /* stories only */
        DELIVERY_EMBARGOED = 5,         /* stories only; see embargo.h */
        DELIVERY_WITHHELD = 6,
        DELIVERY_AWAITS = 7,            /* stories only; see pages.h */
};

/* What a watcher hands over. */
struct delivery {
        const char *source;
        const char *name;               /* file name, peer; NULL. Bytes that are not UTF-8 are stored as "\\xNN" */
        const char *format, *encoding;  /* as configured, NULL: unknown */
        const char *key; /* identity within the source, so that a delivery whose acknowledgement was lost in
                            a crash is not taken twice; growing (time first) so that its index is
                            written at its end; NULL: none */
        int64_t received;               /* wall clock, us */
        const struct feeds_fetch *fetch;/* of a feed, else NULL */
        int64_t page_of;                /* the story whose page it is, see pages.h; 0: none's */
        const void *bytes;
        size_t n_bytes;
};

enum {
        DELIVERIES_E_KNOWN = 1,         /* a delivery of this source with this key was accepted before: *id is its id */
};

/* Commit to the store (state pending). 0 and *id, DELIVERIES_E_KNOWN and *id, or -errno. */
int deliveries_accept(struct db *db, const struct delivery *delivery, int64_t *id);

/* The delivery of this source with this key; *id is 0 where there is none. 0 or -errno. */
int deliveries_find(struct db *db, const char *source, const char *key, int64_t *id);

/* One thing that waits: a delivery to decode or a story to read and code. */
struct waiting {
        bool is_story;
        int64_t row;                    /* the delivery's id or the story's row */
        int64_t delivery;
        int64_t number;                 /* story: its number in the delivery, from 1 */
        int64_t attempts;               /* failed before */
        int64_t received;               /* of the delivery, wall clock us */
        char *source;
        char *name;                     /* of the delivery: file name, peer; NULL */
        /* JSON for the worker (worker/serve.h): {"kind": "delivery", "envelope": {"delivery": 42, "source": "...",
         * "name": "...", "format": "...", "encoding": "...", "received": us}}, members that are not known absent; a
         * story:
         * {"kind": "story", "envelope": {...}, "story": {...}}, the story with its id and without its text. */
        char *head;
        size_t n_head;
        char *body;                     /* the delivery's bytes or the story's text */
        size_t n_body;
};

void waiting_deinit(struct waiting *w);

/* The next pending rows behind `after`, in order, at most `max` and about `max_bytes` (at least one). Every item is
 * malloc'ed inside; the caller deinits each. *n is how many. */
int deliveries_fetch(struct db *db, int64_t after, size_t max, size_t max_bytes, struct waiting *items, size_t *n);
int stories_fetch(struct db *db, int64_t after, size_t max, size_t max_bytes, struct waiting *items, size_t *n);

/* How many wait, of each. By the partial indexes on pending rows. */
int deliveries_count_pending(struct db *db, int64_t *deliveries, int64_t *stories);

/* An attempt failed: remember how many, so that a restart does not begin anew. */
int deliveries_set_attempts(struct db *db, bool is_story, int64_t row, int64_t attempts);
/* No attempt can help. Without effect where it no longer waits. */
int deliveries_quarantine(struct db *db, bool is_story, int64_t row, const char *reason);
