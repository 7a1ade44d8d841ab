/*
 * Intake: the one door through which deliveries come in. It bounds the bytes and the deliveries that wait for their
 * commit, refuses or holds at the bounds, commits through the store, and tells the watcher when the delivery is
 * durable - only then may the watcher acknowledge.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "store/deliveries.h"

struct intake;

/* One delivery on its way, embedded in the watcher's own struct. `delivery` points into memory that the watcher keeps until
 * `done`. */
struct intake_ticket {
        struct delivery delivery;
        /* On the loop, exactly once. r = 0 or DELIVERIES_E_KNOWN: durable, acknowledge with `id`. r < 0: not taken; keep it
         * and try again later (the watcher's `hold` says when), or tell the sender `reason`. */
        void (*done)(struct intake_ticket *ticket, int r, int64_t id, const char *reason);
        void *intake_private;
};

/* May be called whenever intake_is_open(); a ticket submitted while it is closed comes back at once, from here, with
 * -EAGAIN and the reason. */
void intake_submit(struct intake *intake, struct intake_ticket *ticket);

/* False while a bound is reached, the store fails, or the daemon stops. */
bool intake_is_open(const struct intake *intake);
/* Why it is not open; NULL where it is. Static or long-lived text: "the queue is full (100000 deliveries wait)". */
const char *intake_reason(const struct intake *intake);
