/*
 * What work has the store do: fetch what waits, remember attempts, count, and end an item. These functions run on the
 * store's threads and touch nothing but their own struct; work.c submits them and takes them back on the loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "desk/desk.h"
#include "desk/rules.h"
#include "queue/queue.h"
#include "store/store.h"

/* The reader's: what is pending behind a row. */
struct transact_fetch {
        struct store_job job;
        void *user;
        enum queue_kind kind;
        int64_t after;
        size_t max, max_bytes;          /* max: at most QUEUE_WINDOW */
        size_t n;
        struct waiting items[QUEUE_WINDOW];
};

/* The writer's: the number of failed attempts, or what is pending in all. */
struct transact_note {
        struct store_job job;
        void *user;
        bool is_story;
        int64_t row, attempts;
        bool counts;                    /* whether `pending` is wanted, and nothing is written */
        int64_t pending[QUEUE_KINDS_];
};

/* The writer's: an item's end. What the desk makes of the answer, with the alerts that it raises, or its quarantine. */
struct transact_end {
        struct store_job job;
        const struct queue_item *item;
        const char *text;               /* the answer; borrowed */
        size_t n_text;
        const struct rules_slot *rules;
        bool quarantine;                /* with item->reason */
        struct arena arena;
        struct desk_result result;      /* valid until transact_end_deinit() */
        const char *reason;             /* of DESK_E_NONSENSE, which the job may come back with */
};

void transact_fetch_init(struct transact_fetch *fetch);
void transact_note_init(struct transact_note *note);
void transact_end_init(struct transact_end *end);
void transact_end_deinit(struct transact_end *end);
