/* See alerting.h. */
#include "alerting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"

struct alerting {
        struct log *log;
        struct store *store;
        struct stream *stream;
        struct rules_slot slot;         /* the writer's */

        /* The configurations whose rules are in force, on their way, and next; NULL: none. */
        struct config *config, *coming, *wanted;
        struct rules *in_force, *fresh;

        struct store_job install;       /* under way where `installing` */
        bool installing;

        struct store_job tick;
        struct arena arena;             /* of one run of either job */
        bool ticking, more;
        int64_t due;                    /* monotonic us */
        int64_t last_seq;
        bool trouble;
};

int alerting_new(struct alerting **out, struct log *log, struct store *store, struct stream *stream)
{
        struct alerting *a = calloc(1, sizeof(*a));

        if (a == NULL)
                return error_origin(-ENOMEM);
        a->log = log;
        a->store = store;
        a->stream = stream;
        *out = a;
        return 0;
}

struct rules_slot *alerting_slot(struct alerting *a)
{
        return &a->slot;
}

static struct rules_run run_of(struct alerting *a, struct db *db)
{
        arena_reset(&a->arena);
        return (struct rules_run){
                .rules = a->slot.rules, .news = db, .state = db, .arena = &a->arena, .now = clock_wall_us()
        };
}

static void tell_trouble(struct alerting *a, int r)
{
        if (r == -ECANCELED || a->trouble)
                return;
        a->trouble = true;
        log_message(a->log, LOG_ERR, LOG_STORE_TROUBLE, NULL, "alert rules cannot be tried: %s; it is tried again",
                            error_of_disk(r));
}

/* ---- another set ---- */

static int install_run(struct store_job *job, struct db *db)
{
        struct alerting *a = container_of(job, struct alerting, install);
        struct rules_run run;

        a->slot.rules = a->fresh;
        run = run_of(a, db);
        return error_trace(rules_install(&run));
}

/* Rules without a row in the store must not be tried, by no job of the batches that follow. */
static void install_lost(struct store_job *job)
{
        struct alerting *a = container_of(job, struct alerting, install);

        a->slot.rules = a->in_force;
}

static void install_done(struct store_job *job, int r);

static void install_next(struct alerting *a)
{
        if (a->installing || a->wanted == NULL)
                return;
        a->coming = STEAL(a->wanted);
        if (rules_new(&a->fresh, a->coming->rules, a->coming->n_rules) < 0)
                arena_out_of_memory();
        a->installing = true;
        a->install = (struct store_job){ .run = install_run, .lost = install_lost, .done = install_done };
        store_write(a->store, &a->install);
}

/* The writer has the new set, and nothing points to the old one any more; or the store did not take it, on a full disk
 * say, and the old one is in force: it is given again. */
static void install_done(struct store_job *job, int r)
{
        struct alerting *a = container_of(job, struct alerting, install);

        a->installing = false;
        if (r < 0) {
                rules_free(STEAL(a->fresh));
                if (a->wanted == NULL)
                        a->wanted = STEAL(a->coming);
                config_unref(STEAL(a->coming));
                tell_trouble(a, r);
                a->due = clock_monotonic_us() + RULES_TICK_US;
                return;
        }
        rules_free(a->in_force);
        a->in_force = STEAL(a->fresh);
        config_unref(a->config);
        a->config = STEAL(a->coming);
        install_next(a);
}

void alerting_set(struct alerting *a, struct config *config)
{
        config_unref(a->wanted);
        a->wanted = config_ref(config);
        install_next(a);
}

/* ---- the clock ---- */

static int tick_run(struct store_job *job, struct db *db)
{
        struct alerting *a = container_of(job, struct alerting, tick);
        struct rules_run run = run_of(a, db);
        int r;

        a->more = false;
        a->last_seq = 0;
        if (run.rules == NULL || run.rules->n == 0)
                return 0;
        r = rules_tick(&run, &a->more);
        a->last_seq = run.last_seq;
        return error_trace(r);
}

static void tick_done(struct store_job *job, int r)
{
        struct alerting *a = container_of(job, struct alerting, tick);

        a->ticking = false;
        if (r < 0)
                tell_trouble(a, r);
        else
                a->trouble = false;
        if (r == 0 && a->last_seq != 0)
                stream_committed(a->stream, a->last_seq);
        a->due = r == 0 && a->more ? 0 : clock_monotonic_us() + RULES_TICK_US;
        /* Piece by piece, each behind whatever waits. */
        if (r == 0 && a->more)
                alerting_tick(a);
}

void alerting_tick(struct alerting *a)
{
        if (clock_monotonic_us() < a->due)
                return;
        install_next(a);                /* a try that failed */
        if (a->ticking || a->installing || a->config == NULL || a->config->n_rules == 0)
                return;
        a->ticking = true;
        a->tick = (struct store_job){ .run = tick_run, .done = tick_done };
        store_write(a->store, &a->tick);
}

void alerting_free(struct alerting *a)
{
        if (a == NULL)
                return;
        rules_free(a->fresh);
        rules_free(a->in_force);
        config_unref(a->wanted);
        config_unref(a->coming);
        config_unref(a->config);
        arena_deinit(&a->arena);
        free(a);
}
