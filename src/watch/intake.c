/*
 * See intake.h. Closing is at once; telling about it and opening again happen in `tick`, a timer callback of its own, so that
 * no watcher is held or resumed while it submits, and so that every closure is told before the opening that ends it.
 */
#include "watch/intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

enum { PROBE_FIRST_MS = 1000, PROBE_MAX_MS = 30000 };

/* Why intake is closed. */
enum cause {
        CAUSE_NONE,
        CAUSE_BYTES,
        CAUSE_QUEUE,
        CAUSE_PROBE,            /* a probe is on its way, its result decides */
        CAUSE_STORE,
        CAUSE_STOP,
};

struct intake {
        uv_timer_t tick;
        uv_timer_t retry;
        unsigned n_handles;
        struct store *store;
        struct log *log;
        struct intake_limits limits;
        struct intake_callbacks callbacks;
        struct intake_figures figures;
        enum cause cause;
        bool told_open;
        bool unproven;          /* the store failed; until a delivery goes through, only one at a time */
        bool said_held;
        uint64_t wait_ms;
        char reason[160];
        void (*closed)(void *user);
        void *closed_user;
};

static int64_t waiting(const struct intake *intake)
{
        return intake->figures.depth + intake->figures.in_flight;
}

/* The bound that is reached now. */
static enum cause find_cause(const struct intake *intake)
{
        if (intake->unproven && intake->figures.in_flight > 0)
                return CAUSE_PROBE;
        if (intake->figures.bytes_in_flight >= intake->limits.max_bytes)
                return CAUSE_BYTES;
        if (waiting(intake) >= intake->limits.max_queue)
                return CAUSE_QUEUE;
        return CAUSE_NONE;
}

/* Whether what closed intake is over, with the distance that keeps it from flapping. */
static bool is_over(const struct intake *intake)
{
        switch (intake->cause) {
        case CAUSE_NONE:
                return true;
        case CAUSE_PROBE:
                return intake->figures.in_flight == 0;
        case CAUSE_BYTES:
                return intake->figures.bytes_in_flight <= intake->limits.max_bytes / 2;
        case CAUSE_QUEUE:
                return waiting(intake) <= intake->limits.max_queue - intake->limits.max_queue / 4 - 1;
        default:
                return false;
        }
}

static void say_held(struct intake *intake)
{
        if (intake->said_held || (intake->cause != CAUSE_QUEUE && intake->cause != CAUSE_STORE))
                return;
        intake->said_held = true;
        log_message(intake->log, LOG_WARNING, LOG_INTAKE_HELD, NULL,
                    "intake is closed: %s; it opens again by itself", intake->reason);
}

static void say_resumed(struct intake *intake)
{
        if (!intake->said_held || intake->unproven)
                return;
        intake->said_held = false;
        log_message(intake->log, LOG_NOTICE, LOG_INTAKE_RESUMED, NULL, "intake is open again");
}

static void on_tick(uv_timer_t *timer)
{
        struct intake *intake = timer->data;

        if (intake->cause != CAUSE_NONE && intake->told_open) {
                intake->told_open = false;
                say_held(intake);
                intake->callbacks.changed(intake->callbacks.user, false);
        }
        if (intake->cause == CAUSE_NONE || !is_over(intake))
                return;
        intake->cause = find_cause(intake);
        if (intake->cause != CAUSE_NONE)
                return;
        say_resumed(intake);
        intake->told_open = true;
        intake->callbacks.changed(intake->callbacks.user, true);
}

static void schedule(struct intake *intake)
{
        if (intake->closed == NULL && !uv_is_active((uv_handle_t *)&intake->tick))
                uv_timer_start(&intake->tick, on_tick, 0, 0);
}

static void close_for(struct intake *intake, enum cause cause)
{
        if (cause == CAUSE_NONE || intake->cause == CAUSE_STOP)
                return;
        if (intake->cause == CAUSE_NONE)
                intake->figures.closures++;
        intake->cause = cause;
        if (cause == CAUSE_BYTES)
                snprintf(intake->reason, sizeof(intake->reason), "%lld bytes wait for the disk",
                         (long long)intake->figures.bytes_in_flight);
        else if (cause == CAUSE_QUEUE)
                snprintf(intake->reason, sizeof(intake->reason), "the queue is full (%lld deliveries wait)",
                         (long long)waiting(intake));
        else if (cause == CAUSE_PROBE)
                snprintf(intake->reason, sizeof(intake->reason), "the store failed and is being tried again");
        schedule(intake);
}

/* The time after a failure is over: let one delivery through. */
static void on_retry(uv_timer_t *timer)
{
        struct intake *intake = timer->data;

        if (intake->cause != CAUSE_STORE)
                return;
        intake->cause = CAUSE_PROBE;
        schedule(intake);
}

static void store_failed(struct intake *intake, int r)
{
        snprintf(intake->reason, sizeof(intake->reason), "the store: %s", error_of_disk(r));
        if (r == -ECANCELED || intake->cause == CAUSE_STOP || intake->cause == CAUSE_STORE)
                return;
        intake->wait_ms = intake->wait_ms == 0 ? PROBE_FIRST_MS : MIN_OF(2 * intake->wait_ms, (uint64_t)PROBE_MAX_MS);
        intake->unproven = true;
        close_for(intake, CAUSE_STORE);
        uv_timer_start(&intake->retry, on_retry, intake->wait_ms, 0);
}

static void count(struct intake *intake, const struct intake_ticket *ticket, int r)
{
        struct intake_figures *f = &intake->figures;

        if (r == 0) {
                f->accepted++;
                f->bytes += ticket->delivery.n_bytes;
                f->depth++;
                f->last_accepted = clock_wall_us();
        } else if (r == DELIVERIES_E_KNOWN) {
                f->known++;
        } else {
                f->refused++;
        }
}

static void finish_close(struct intake *intake);

static int run_ticket(struct store_job *job, struct db *db)
{
        struct intake_ticket *ticket = container_of(job, struct intake_ticket, job);

        return deliveries_accept(db, &ticket->delivery, &ticket->id);
}

static void on_ticket_done(struct store_job *job, int r)
{
        struct intake_ticket *ticket = container_of(job, struct intake_ticket, job);
        struct intake *intake = ticket->intake;
        char reason[sizeof(intake->reason)] = "";

        intake->figures.in_flight--;
        intake->figures.bytes_in_flight -= (int64_t)ticket->delivery.n_bytes;
        count(intake, ticket, r);
        if (r >= 0) {
                /* After a failure only the probe counts, what else comes back belongs to an older transaction; and only where
                 * something was written for it. */
                if (r == 0 && intake->cause != CAUSE_STORE) {
                        intake->unproven = false;
                        intake->wait_ms = 0;
                }
        } else if (store_is_own_fault(r)) {
                snprintf(reason, sizeof(reason), "the store cannot take it: %s", strerror(-r));
        } else {
                store_failed(intake, r);
                memcpy(reason, intake->reason, sizeof(reason));
        }
        if (r == 0 && intake->callbacks.accepted != NULL)
                intake->callbacks.accepted(intake->callbacks.user, &ticket->delivery, ticket->id);
        ticket->done(ticket, r, ticket->id, r < 0 ? reason : NULL);
        if (intake->cause != CAUSE_NONE)
                schedule(intake);
        if (intake->closed != NULL && intake->figures.in_flight == 0)
                finish_close(intake);
}

void intake_submit(struct intake *intake, struct intake_ticket *ticket)
{
        if (intake->cause != CAUSE_NONE) {
                ticket->done(ticket, -EAGAIN, 0, intake->reason);
                return;
        }
        ticket->intake = intake;
        ticket->id = 0;
        ticket->job = (struct store_job){ .durable = true, .run = run_ticket, .done = on_ticket_done };
        list_init(&ticket->job.link);
        intake->figures.in_flight++;
        intake->figures.bytes_in_flight += (int64_t)ticket->delivery.n_bytes;
        close_for(intake, find_cause(intake));
        store_write(intake->store, &ticket->job);
}

bool intake_is_open(const struct intake *intake)
{
        return intake->cause == CAUSE_NONE;
}

const char *intake_reason(const struct intake *intake)
{
        return intake->cause == CAUSE_NONE ? NULL : intake->reason;
}

int intake_new(struct intake **out, uv_loop_t *loop, struct store *store, struct log *log,
               const struct intake_limits *limits, const struct intake_callbacks *callbacks)
{
        struct intake *intake = calloc(1, sizeof(*intake));

        if (intake == NULL)
                return error_origin(-ENOMEM);
        intake->store = store;
        intake->log = log;
        intake->limits = *limits;
        intake->callbacks = *callbacks;
        intake->told_open = true;
        /* uv_timer_init() cannot fail. */
        uv_timer_init(loop, &intake->tick);
        uv_timer_init(loop, &intake->retry);
        intake->tick.data = intake->retry.data = intake;
        intake->n_handles = 2;
        *out = intake;
        return 0;
}

void intake_set_limits(struct intake *intake, const struct intake_limits *limits)
{
        intake->limits = *limits;
        if (intake->cause != CAUSE_NONE)
                schedule(intake);
        else
                close_for(intake, find_cause(intake));
}

void intake_set_depth(struct intake *intake, int64_t depth)
{
        intake->figures.depth = depth;
        if (intake->cause == CAUSE_NONE)
                close_for(intake, find_cause(intake));
        else if (is_over(intake))
                schedule(intake);
}

void intake_get_figures(const struct intake *intake, struct intake_figures *figures)
{
        *figures = intake->figures;
}

static void on_handle_closed(uv_handle_t *handle)
{
        struct intake *intake = handle->data;

        if (--intake->n_handles != 0)
                return;
        intake->closed(intake->closed_user);
        free(intake);
}

static void finish_close(struct intake *intake)
{
        if (uv_is_closing((uv_handle_t *)&intake->tick))
                return;
        uv_close((uv_handle_t *)&intake->tick, on_handle_closed);
        uv_close((uv_handle_t *)&intake->retry, on_handle_closed);
}

void intake_close(struct intake *intake, void (*closed)(void *user), void *user)
{
        intake->cause = CAUSE_STOP;
        snprintf(intake->reason, sizeof(intake->reason), "dateline stops");
        intake->closed = closed;
        intake->closed_user = user;
        uv_timer_stop(&intake->tick);
        uv_timer_stop(&intake->retry);
        if (intake->figures.in_flight == 0)
                finish_close(intake);
}
