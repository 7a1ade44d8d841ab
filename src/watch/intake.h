/*
 * Intake: the one door through which deliveries come in. It bounds the bytes and the deliveries that wait for their
 * commit, refuses or holds at the bounds, commits through the store, and tells the watcher when the delivery is
 * durable - only then may the watcher acknowledge.
 *
 * It closes by itself at a bound and when the store fails, and opens by itself: at a bound, once there is room again
 * (with some distance, so that it does not flap); after a failure, by letting one delivery through as a probe after 1 s,
 * 2 s, 4 s, at most 30 s. A real delivery is the only honest probe: an empty transaction succeeds on a full disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "base/log.h"
#include "store/deliveries.h"
#include "store/store.h"

struct intake;

/* One delivery on its way, embedded in the watcher's own struct. `delivery` points into memory that the watcher keeps until
 * `done`. */
struct intake_ticket {
        struct delivery delivery;
        /* On the loop, exactly once. r = 0 or DELIVERIES_E_KNOWN: durable, acknowledge with `id`. r < 0: not taken; keep it
         * and try again later (the watcher's `hold` says when), or tell the sender `reason`. -EAGAIN: intake was
         * closed; other errors while intake is still open are this delivery's own fault. */
        void (*done)(struct intake_ticket *ticket, int r, int64_t id, const char *reason);
        /* Intake's own. */
        struct store_job job;
        struct intake *intake;
        int64_t id;
};

/* May be called whenever intake_is_open(); a ticket submitted while it is closed comes back at once, from here, with
 * -EAGAIN and the reason. */
void intake_submit(struct intake *intake, struct intake_ticket *ticket);

/* False while a bound is reached, the store fails, or the daemon stops. */
bool intake_is_open(const struct intake *intake);
/* Why it is not open; NULL where it is. Static or long-lived text: "the queue is full (100000 deliveries wait)". */
const char *intake_reason(const struct intake *intake);

/* For the daemon. */

enum {
        INTAKE_BYTES = 32 << 20,        /* the default of max_bytes */
};

struct intake_limits {
        int64_t max_bytes;      /* on their way to the store; one delivery may pass it where it is alone */
        int64_t max_queue;      /* deliveries that may wait in the queue */
};

struct intake_callbacks {
        /* Intake opened or closed: call watcher_set_held(watcher, !open) for every watcher. Called from a timer of its own,
         * never from within intake_submit(). Every time intake was closed, however short, `changed` is called with
         * false and later with true. */
        void (*changed)(void *user, bool open);
        /* A new delivery is durable; its bytes are there until the call returns. May be NULL. */
        void (*accepted)(void *user, const struct delivery *delivery, int64_t id);
        void *user;
};

struct intake_figures {
        uint64_t accepted, known, refused, bytes;       /* since the start */
        int64_t bytes_in_flight, in_flight;
        int64_t depth;
        uint64_t closures;              /* how often it closed */
        int64_t last_accepted;          /* wall clock us, 0: never */
};

/* 0 or -errno. `log` may be NULL. */
int intake_new(struct intake **out, uv_loop_t *loop, struct store *store, struct log *log,
               const struct intake_limits *limits, const struct intake_callbacks *callbacks);
/* At a reload. */
void intake_set_limits(struct intake *intake, const struct intake_limits *limits);
/* How many deliveries are pending in the store. Intake counts what it accepts itself until the next call. */
void intake_set_depth(struct intake *intake, int64_t depth);
void intake_get_figures(const struct intake *intake, struct intake_figures *figures);
/* Take nothing more; once all tickets are back and the handles closed, `closed` is called and intake is gone. Watchers
 * that stop must be gone before. */
void intake_close(struct intake *intake, void (*closed)(void *user), void *user);
