/* See pool.h. */
#include "work/pool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/paths.h"
#include "work/process.h"

enum {
        START_US = 30 * 1000000,        /* a worker loads its model and dictionaries within this */
        START_ATTEMPTS = 3,             /* of one worker, before a pool that never stood is given up */
        RESTART_MIN_MS = 100,
        RESTART_MAX_MS = 10000,
        PROCESSES_MAX = 256,
};

/* A place for a worker: the process changes, the slot stays. */
struct slot {
        struct pool *pool;
        struct process *process;        /* NULL: waits for its restart */
        uv_timer_t restart;
        unsigned failures;              /* starts in a row without READY */
};

struct pool {
        uv_loop_t *loop;
        struct log *log;
        struct config *config;
        char *program;
        bool sandbox;
        pool_started started;
        void *user;

        struct slot *slots;
        size_t n_slots;
        size_t alive;                   /* processes that are not gone */
        size_t open_timers;
        bool told_start;
        uint64_t lost;
        char *modules;

        bool closing;
        uv_timer_t grace;
        void (*closed)(void *user);
        void *closed_user;
};

static void start_slot(struct slot *slot);

static void pool_free(struct pool *pool)
{
        free(pool->slots);
        free(pool->program);
        free(pool->modules);
        config_unref(pool->config);
        free(pool);
}

static void on_timer_closed(uv_handle_t *handle);

static void try_finish(struct pool *pool)
{
        if (!pool->closing || pool->alive != 0)
                return;
        if (!uv_is_closing((uv_handle_t *)&pool->grace))
                uv_close((uv_handle_t *)&pool->grace, on_timer_closed);
        if (pool->open_timers != 0)
                return;
        pool->closed(pool->closed_user);
        pool_free(pool);
}

static void on_timer_closed(uv_handle_t *handle)
{
        struct pool *pool = handle->data;

        pool->open_timers--;
        try_finish(pool);
}

static void on_slot_timer_closed(uv_handle_t *handle)
{
        struct pool *pool = ((struct slot *)handle->data)->pool;

        pool->open_timers--;
        try_finish(pool);
}

static void tell_start(struct pool *pool, int r, const char *reason)
{
        if (pool->told_start || pool->closing)
                return;
        pool->told_start = true;
        pool->started(pool->user, r, reason);
}

static bool is_up(const struct pool *pool)
{
        for (size_t i = 0; i < pool->n_slots; i++)
                if (pool->slots[i].failures != 0)
                        return false;
        return true;
}

static void on_ready(struct process *p, const char *head, size_t n)
{
        struct slot *slot = p->user;
        struct pool *pool = slot->pool;

        slot->failures = 0;
        if (pool->modules == NULL)
                pool->modules = strndup(head, n);
        if (pool->closing) {
                process_retire(p);
                return;
        }
        if (is_up(pool))
                tell_start(pool, 0, NULL);
}

static void on_answer(struct process *p, enum frame_type type, const char *head, size_t n)
{
        struct slot *slot = p->user;
        struct pool *pool = slot->pool;
        struct work_job *job = STEAL(p->job);

        if (type == FRAME_RESULT) {
                job->done(job, WORK_ANSWER, head, n);
        } else {
                _cleanup_free_ char *reason = process_text(head, n, "reason");
                const char *text = reason != NULL ? reason : "out of memory";

                job->done(job, process_flag(head, n, "stray") ? WORK_STRAYED : WORK_REFUSED, text, strlen(text));
        }
        if (pool->closing)
                process_retire(p);
}

/* With what it had before it, so that a story that kills its workers is found before its attempts are over. */
static void tell_lost(const struct pool *pool, const struct process *p, const struct work_job *job, const char *reason)
{
        struct log_about about = { 0 };
        char place[256];

        if (job != NULL)
                about = job->about;
        about.worker = p->pid;
        job_place(job, place, sizeof(place));
        log_message(pool->log, LOG_WARNING, LOG_WORKER_LOST, &about, "worker %d is lost%s: %s; it is replaced", p->pid,
                    place, reason);
}

static void on_lost(struct process *p, const char *reason, bool refused)
{
        struct slot *slot = p->user;
        struct pool *pool = slot->pool;
        struct work_job *job = STEAL(p->job);

        pool->lost++;
        if (!pool->closing && (!refused || pool->told_start))
                tell_lost(pool, p, job, reason);
        if (job != NULL && pool->closing)
                job->done(job, WORK_GIVEN_BACK, reason, strlen(reason));
        else if (job != NULL)
                job->done(job, WORK_FAILED, reason, strlen(reason));
        if (pool->closing)
                return;
        if (refused && !pool->told_start) {
                tell_start(pool, POOL_E_CONFIG, reason);
                return;
        }
        if (slot->failures >= START_ATTEMPTS)
                tell_start(pool, POOL_E_START, reason);
}

static void on_restart(uv_timer_t *timer)
{
        start_slot(timer->data);
}

static void on_gone(struct process *p)
{
        struct slot *slot = p->user;
        struct pool *pool = slot->pool;

        slot->process = NULL;
        pool->alive--;
        if (slot->failures >= START_ATTEMPTS)
                tell_start(pool, POOL_E_START, p->reason[0] != '\0' ? p->reason : "a worker ended before it was ready");
        if (pool->closing) {
                try_finish(pool);
                return;
        }
        if (slot->failures == 0) {
                start_slot(slot);
                return;
        }
        uv_timer_start(&slot->restart, on_restart,
                       MIN_OF((uint64_t)RESTART_MIN_MS << MIN_OF(slot->failures, 10U), (uint64_t)RESTART_MAX_MS), 0);
}

static const struct process_callbacks process_callbacks = {
        .ready = on_ready,
        .answer = on_answer,
        .lost = on_lost,
        .gone = on_gone,
};

static void start_slot(struct slot *slot)
{
        struct pool *pool = slot->pool;
        const struct process_options options = {
                .loop = pool->loop,
                .log = pool->log,
                .program = pool->program,
                .config_path = pool->config->path,
                .config_text = pool->config->text,
                .n_config_text = pool->config->n_text,
                .memory = pool->config->work.memory,
                .start_us = START_US,
                .sandbox = pool->sandbox,
        };
        int r = process_start(&slot->process, &options, &process_callbacks, slot);

        slot->failures++;               /* until it is ready */
        if (slot->process != NULL)
                pool->alive++;
        if (r < 0 && slot->process != NULL) {
                log_message(pool->log, LOG_ERR, LOG_WORKER_LOST, NULL, "%s", slot->process->reason);
        } else if (r < 0) {
                arena_out_of_memory();
        }
}

int pool_new(struct pool **out, uv_loop_t *loop, struct log *log, struct config *config, bool sandbox,
             pool_started started, void *user)
{
        struct pool *pool = calloc(1, sizeof(*pool));
        size_t n = config->work.processes != 0 ? (size_t)config->work.processes : uv_available_parallelism();

        if (pool == NULL)
                return error_origin(-ENOMEM);
        n = MIN_OF(MAX_OF(n, (size_t)1), (size_t)PROCESSES_MAX);
        *pool = (struct pool){
                .loop = loop,
                .log = log,
                .sandbox = sandbox,
                .started = started,
                .user = user,
                .n_slots = n,
                .program = paths_worker(),
                .slots = calloc(n, sizeof(struct slot)),
        };
        if (pool->program == NULL || pool->slots == NULL) {
                free(pool->program);
                free(pool->slots);
                free(pool);
                return error_origin(-ENOMEM);
        }
        pool->config = config_ref(config);
        uv_timer_init(loop, &pool->grace);
        pool->grace.data = pool;
        pool->open_timers = n + 1;
        for (size_t i = 0; i < n; i++) {
                pool->slots[i].pool = pool;
                uv_timer_init(loop, &pool->slots[i].restart);
                pool->slots[i].restart.data = &pool->slots[i];
        }
        *out = pool;
        for (size_t i = 0; i < n; i++)
                start_slot(&pool->slots[i]);
        return 0;
}

static struct process *find_idle(const struct pool *pool)
{
        for (size_t i = 0; i < pool->n_slots; i++)
                if (pool->slots[i].process != NULL && pool->slots[i].process->state == PROCESS_IDLE)
                        return pool->slots[i].process;
        return NULL;
}

bool pool_has_idle(const struct pool *pool)
{
        return !pool->closing && find_idle(pool) != NULL;
}

void pool_run(struct pool *pool, struct work_job *job)
{
        struct process *p = find_idle(pool);

        if (p == NULL) {
                job->done(job, WORK_GIVEN_BACK, "", 0);
                return;
        }
        p->job = job;
        /* A failure kills the process; its exit is told by `lost`, which ends the job. */
        (void)process_run(p, job->head, job->n_head, job->body, job->n_body, pool->config->work.deadline);
}

static void on_grace_over(uv_timer_t *timer)
{
        struct pool *pool = timer->data;

        for (size_t i = 0; i < pool->n_slots; i++)
                if (pool->slots[i].process != NULL)
                        process_kill(pool->slots[i].process, "the daemon stops");
}

void pool_hurry(struct pool *pool, int64_t grace_us)
{
        if (!uv_is_closing((uv_handle_t *)&pool->grace))
                uv_timer_start(&pool->grace, on_grace_over, (uint64_t)grace_us / 1000, 1000);
}

void pool_close(struct pool *pool, int64_t grace_us, void (*closed)(void *user), void *user)
{
        pool->closing = true;
        pool->closed = closed;
        pool->closed_user = user;
        pool_hurry(pool, grace_us);
        for (size_t i = 0; i < pool->n_slots; i++) {
                struct process *p = pool->slots[i].process;

                uv_close((uv_handle_t *)&pool->slots[i].restart, on_slot_timer_closed);
                if (p != NULL && (p->state == PROCESS_IDLE || p->state == PROCESS_STARTING))
                        process_retire(p);
        }
        try_finish(pool);
}

size_t pool_refresh(struct pool *pool)
{
        size_t n = 0;

        for (size_t i = 0; i < pool->n_slots && !pool->closing; i++) {
                struct process *p = pool->slots[i].process;

                if (p == NULL || p->state != PROCESS_IDLE || p->jobs == 0)
                        continue;
                process_retire(p);      /* the slot starts a new one when it is gone */
                n++;
        }
        return n;
}

size_t pool_size(const struct pool *pool)
{
        return pool->n_slots;
}

void pool_count(const struct pool *pool, size_t *running, size_t *busy)
{
        *running = *busy = 0;
        for (size_t i = 0; i < pool->n_slots; i++) {
                const struct process *p = pool->slots[i].process;

                *running += p != NULL && p->pid != 0;
                *busy += p != NULL && p->state == PROCESS_BUSY;
        }
}

uint64_t pool_lost(const struct pool *pool)
{
        return pool->lost;
}

const char *pool_modules(const struct pool *pool)
{
        return pool->modules != NULL ? pool->modules : "{\"modules\":[]}";
}
