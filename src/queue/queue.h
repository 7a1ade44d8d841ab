/*
 * The queue: a window, in memory, over what waits in the store. It decides what runs next, what is tried again and
 * when, and when more should be fetched; it runs nothing itself and knows no clock, no loop and no store.
 *
 * The store is the queue; here is only what is about to run, bounded by number and bytes. An item leaves the window
 * when its end is committed, so a row that is fetched again while it is here is recognised; one that ended while a
 * fetch was on its way, which may still have seen it pending, is remembered until the fetch is back. Stories go before
 * deliveries: what was begun is finished first, and what waits between the two stays small.
 *
 * Ends are committed in the order of rows, whichever worker was quicker, so that what comes out is the same for one
 * worker and for eight. The answers behind an item wait for it, but only while its first attempt runs and for
 * QUEUE_HOLD_US at most: one that hangs or fails holds nobody up for long. What failed is tried again behind what was
 * never tried, so that fifty that kill their workers do not stand before all others; after QUEUE_PASS_US it has its
 * place again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "store/deliveries.h"

enum {
        QUEUE_WINDOW = 64,              /* items of each kind */
        QUEUE_WINDOW_BYTES = 8 << 20,   /* of each kind; one item may be larger */
        QUEUE_RETRY_US = 100000,        /* before the second attempt, doubled for each further one */
        QUEUE_HOLD_US = 1000000,        /* those behind wait so long for an item that runs */
        QUEUE_PASS_US = 10000000,       /* what failed waits so long for what was never tried */
};

enum queue_kind {
        QUEUE_DELIVERIES,
        QUEUE_STORIES,
        QUEUE_KINDS_,
};

enum queue_state {
        QUEUE_READY,            /* may run from `not_before` on */
        QUEUE_RUNNING,
        QUEUE_ANSWERED,         /* waits for its turn to end */
        QUEUE_ENDING,           /* its end is being committed */
};

struct queue_item {
        struct list link;
        struct waiting waiting;
        enum queue_kind kind;
        enum queue_state state;
        int64_t not_before;     /* monotonic us */
        int64_t holds_until;    /* those behind wait for it; monotonic us, 0: it never ran */
        void *run;              /* the caller's */
        char *reason;           /* why the last attempt failed */
};

/* One kind's window. */
struct queue_window {
        struct list items;      /* in the order of rows */
        size_t n, bytes;
        int64_t after;          /* the last row that was fetched */
        bool more;              /* the store may hold more */
        bool fetching;
        bool again;             /* from the start, when the fetch that runs is back */
        int64_t ended[QUEUE_WINDOW];    /* rows that ended since the fetch that runs began */
        size_t n_ended;
};

struct queue {
        struct queue_window windows[QUEUE_KINDS_];
        int64_t attempts;       /* an item may fail so often */
};

void queue_init(struct queue *queue, int64_t attempts);
void queue_deinit(struct queue *queue);

/* The store has something new of this kind. `from_start`: perhaps behind the window, as after a retry out of
 * quarantine. */
void queue_kick(struct queue *queue, enum queue_kind kind, bool from_start);

/* Whether to fetch now, and behind which row; then queue_fetched() must follow. */
bool queue_wants(struct queue *queue, enum queue_kind kind, int64_t *after, size_t *max, size_t *max_bytes);
/* What was fetched; takes the items' contents over (and frees what it knows already). `r` < 0: the fetch failed. 0 or
 * -ENOMEM. */
int queue_fetched(struct queue *queue, enum queue_kind kind, int r, struct waiting *items, size_t n);

/* The next item to run, now RUNNING; NULL where none is ready. */
struct queue_item *queue_next(struct queue *queue, int64_t now);
/* When, after `now`, the next item is ready for a new attempt or holds up the answers behind it no longer; INT64_MAX
 * where nothing waits for the time. */
int64_t queue_next_time(const struct queue *queue, int64_t now);

/* An attempt brought an answer: the item waits for its turn, see queue_next_end(). */
void queue_answered(struct queue_item *item, void *run);
/* The next item whose end may be committed, now ENDING; NULL where none may. `now` INT64_MAX: without regard to
 * turns. */
struct queue_item *queue_next_end(struct queue *queue, int64_t now);

enum queue_verdict {
        QUEUE_TRY_AGAIN,        /* it is READY again, later */
        QUEUE_GIVE_UP,          /* it is ENDING: quarantine it with item->reason */
};

/* An attempt failed. `final`: no new attempt can help. */
enum queue_verdict queue_failed(struct queue *queue, struct queue_item *item, const char *reason, bool final,
                                int64_t now);
/* Not the item's fault (the worker was stopped, the store was full): READY again without counting, from
 * `not_before`. */
void queue_give_back(struct queue_item *item, int64_t not_before);
/* The end was committed: frees the item. */
void queue_end(struct queue *queue, struct queue_item *item);

size_t queue_running(const struct queue *queue);
