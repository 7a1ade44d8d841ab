/*
 * Work: takes what waits in the store, has it run by the crew, and brings what came of it to the desk. The pump runs
 * from uv_prepare, so that whatever a turn of the loop set free is handed out before the loop sleeps.
 *
 *      store --fetch--> queue --> steps (workers, exec modules) --> desk, on the store's writer --> committed
 *                        ^------------ failed: again, later ----------|
 *
 * One function ends each run (work.c: end_*); whatever happens on the way, an item ends as done, duplicate or
 * quarantined by a committed job, or stays pending on disk.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/log.h"
#include "config/config.h"
#include "desk/desk.h"
#include "desk/rules.h"
#include "queue/queue.h"
#include "store/store.h"
#include "work/crew.h"
#include "work/job.h"

struct work;

struct work_callbacks {
        /* What one delivery or story brought is committed. */
        void (*committed)(void *user, const struct queue_item *item, const struct desk_result *result);
        void (*quarantined)(void *user, const struct queue_item *item);
        /* The answer to work_start(); see pool_started. */
        void (*started)(void *user, int r, const char *reason);
        void *user;
};

struct work_figures {
        int64_t deliveries, stories;    /* pending */
        uint64_t jobs, failed, lost;    /* of workers, since the start */
        int64_t job_us, longest_us;     /* mean and longest job within the last minute */
        size_t in_hand;
        size_t wanted, running, busy;   /* worker processes */
        const char *modules;            /* JSON of the READY frame */
};

/* `rules`: what is tried in the transaction that commits events; the writer's. */
int work_new(struct work **out, uv_loop_t *loop, struct log *log, struct store *store, const struct rules_slot *rules,
             bool sandbox,
             const struct work_callbacks *callbacks);

/* Bring up the crew of a configuration; `started` tells. While it comes up the one before goes on; when it is up it
 * takes over, when it fails it is dropped. One at a time. */
void work_start(struct work *work, struct config *config);

/* What waits in the store, before anything is accepted or runs: work counts on from there. */
void work_set_pending(struct work *work, int64_t deliveries, int64_t stories);

/* Begin to fetch and run (once the first crew is up). */
void work_go(struct work *work);

/* A delivery was committed; something was put back to pending. */
void work_accepted(struct work *work);
void work_kick(struct work *work);

/* Have a delivery decoded beside the queue, by the next idle worker; nothing is stored. `head` (malloc'ed,
 * worker/serve.h) is taken over; job->body must live until job->done. */
void work_try(struct work *work, struct work_job *job, char *head);

/* Memory is scarce: workers without work are replaced by fresh ones; how many. */
size_t work_refresh(struct work *work);

void work_get_figures(struct work *work, struct work_figures *figures);

/* Workers finish what they run within `grace_us` or give it back; committed is what can be. Then `stopped`,
 * perhaps from inside. What is accepted afterwards is counted and stays pending. */
void work_stop(struct work *work, int64_t grace_us, void (*stopped)(void *user), void *user);
/* After `stopped`: `closed`, and it is freed. */
void work_close(struct work *work, void (*closed)(void *user), void *user);
