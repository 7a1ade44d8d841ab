/* See work.h. */
#include "work/work.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "work/times.h"
#include "work/transact.h"

enum {
        STORE_RETRY_MS = 1000,          /* after the store failed */
        RETIRE_US = 60 * 1000000,       /* an old crew may finish for so long after a reload */
};

struct work {
        uv_loop_t *loop;
        struct log *log;
        struct store *store;
        const struct rules_slot *rules;
        bool sandbox;
        struct work_callbacks callbacks;
        struct queue queue;
        int64_t pending[QUEUE_KINDS_];

        struct crew *crew;              /* takes new runs; NULL before the first one is up */
        struct crew *coming;            /* not up yet */
        struct list retiring;           /* old ones */

        uv_prepare_t prepare;
        uv_timer_t timer;               /* the next attempt; the store's retry */
        struct list between;            /* runs that wait for a worker's next step */
        struct list tries;              /* jobs beside the queue that wait for a worker */
        struct list stuck;              /* runs whose end the store could not take, until `stuck_until` */
        int64_t stuck_until;            /* monotonic us */
        int64_t fetch_not_before;       /* monotonic us */
        size_t at_store;                /* store jobs that have not come back */
        bool going, closing;            /* closing: nothing begins any more */
        size_t open_handles;

        uint64_t jobs, failed, lost_before;     /* lost_before: of crews that are gone */
        struct times times;
        void (*stopped)(void *user);
        void *stopped_user;
        void (*closed)(void *user);
        void *closed_user;
};

/* One attempt at one item, and then its end. */
struct run {
        struct work_job job;
        struct transact_end end;
        struct list link;               /* in work->between or work->stuck */
        struct work *work;
        struct crew *crew;
        struct queue_item *item;
        char id[48];                    /* of the story, for the log */
        size_t step;
        int64_t started;                /* of the step, monotonic us */
        char *text;                     /* the last answer: the next step's document, or the desk's */
        size_t n_text;
};

static void try_finish(struct work *work);
static void start_step(struct run *run);

static void run_free(struct run *run)
{
        free(run->text);
        transact_end_deinit(&run->end);
        free(run);
}

/* It came to no end, and nobody is at fault: the item stays pending on disk, and is ready again. */
static void give_back(struct run *run)
{
        queue_give_back(run->item, 0);
        run_free(run);
}

/* ---- the store's side ---- */

static void note_done(struct store_job *job, int r)
{
        struct transact_note *note = container_of(job, struct transact_note, job);
        struct work *work = note->user;

        if (r == 0 && note->counts)
                memcpy(work->pending, note->pending, sizeof(work->pending));
        work->at_store--;
        free(note);
        try_finish(work);
}

/* By the writer: what was submitted before is counted, what comes later is added when it is done. */
static void submit_note(struct work *work, const struct transact_note *what)
{
        struct transact_note *note = malloc(sizeof(*note));

        if (note == NULL)
                arena_out_of_memory();
        *note = *what;
        note->user = work;
        transact_note_init(note);
        note->job.done = note_done;
        work->at_store++;
        store_write(work->store, &note->job);
}

static void note_attempts(struct work *work, const struct queue_item *item)
{
        submit_note(work, &(struct transact_note){ .is_story = item->waiting.is_story, .row = item->waiting.row,
                                                   .attempts = item->waiting.attempts });
}

static void count_pending(struct work *work)
{
        submit_note(work, &(struct transact_note){ .counts = true });
}

static void end_failed(struct run *run, const char *reason, bool final);

static void end_committed(struct run *run)
{
        const struct desk_result *result = &run->end.result;
        struct work *work = run->work;
        struct queue_item *item = run->item;

        if (run->end.quarantine)
                work->callbacks.quarantined(work->callbacks.user, item);
        else
                work->callbacks.committed(work->callbacks.user, item, result);
        work->pending[item->kind]--;
        if (result->ready != 0) {
                work->pending[QUEUE_STORIES] += result->ready;
                queue_kick(&work->queue, QUEUE_STORIES, result->late);
        }
        queue_end(&work->queue, item);
        run_free(run);
}

static void end_done(struct store_job *job, int r)
{
        struct run *run = container_of(job, struct run, end.job);
        struct work *work = run->work;

        work->at_store--;
        if (r == 0) {
                end_committed(run);
        } else if (r == -ECANCELED || (r < 0 && work->closing)) {
                give_back(run);
        } else if (r > 0) {
                char reason[256];

                snprintf(reason, sizeof(reason), "the worker answered nonsense: %s",
                         run->end.reason != NULL ? run->end.reason : "no reason");
                end_failed(run, reason, false);
        } else if (store_is_own_fault(r) && !run->end.quarantine) {
                char reason[256];

                snprintf(reason, sizeof(reason), "the store cannot take what came of it: %s", strerror(-r));
                end_failed(run, reason, true);
        } else {
                log_message(work->log, LOG_ERR, LOG_STORE_TROUBLE, NULL,
                            "the store cannot take a result: %s; trying again",
                            error_of_disk(r));
                list_append(&work->stuck, &run->link);
                work->stuck_until = clock_monotonic_us() + STORE_RETRY_MS * 1000;
        }
        try_finish(work);
}

static void end_submit(struct run *run)
{
        run->item->state = QUEUE_ENDING;
        transact_end_init(&run->end);
        run->end.item = run->item;
        run->end.text = run->text;
        run->end.n_text = run->n_text;
        run->end.rules = run->work->rules;
        run->end.job.done = end_done;
        run->work->at_store++;
        store_write(run->work->store, &run->end.job);
}

/* Those whose turn it is. */
static void end_answered(struct work *work, int64_t now)
{
        struct queue_item *item;

        while ((item = queue_next_end(&work->queue, now)) != NULL)
                end_submit(item->run);
}

/* An attempt came to nothing. */
static void end_failed(struct run *run, const char *reason, bool final)
{
        struct work *work = run->work;

        work->failed++;
        if (queue_failed(&work->queue, run->item, reason, final, clock_monotonic_us()) == QUEUE_TRY_AGAIN) {
                note_attempts(work, run->item);
                run_free(run);
                return;
        }
        run->end.quarantine = true;
        end_submit(run);
}

/* ---- the workers' side ---- */

/* A step for a worker waits for an idle one: the pump takes it up. A crew that retires begins nothing. */
static void next_step(struct run *run)
{
        struct work *work = run->work;

        if (work->closing || run->crew != work->crew) {
                give_back(run);
        } else if (run->crew->steps[run->step].exec != NULL) {
                start_step(run);
        } else {
                list_append(&work->between, &run->link);
        }
}

/* What the run's step got is another story's: one of the exec modules since the last worker's step is out of step. */
static void restart_execs(const struct run *run, const char *reason)
{
        for (size_t i = run->step; i > 0 && run->crew->steps[i - 1].exec != NULL; i--)
                exec_restart(run->crew->steps[i - 1].exec, reason);
}

static void on_step_done(struct work_job *job, enum work_outcome outcome, const char *text, size_t n)
{
        struct run *run = container_of(job, struct run, job);
        struct work *work = run->work;
        int64_t now = clock_monotonic_us();

        times_add(&work->times, now, now - run->started);
        if (outcome == WORK_GIVEN_BACK) {
                give_back(run);
                return;
        }
        work->jobs++;
        if (outcome == WORK_STRAYED)
                restart_execs(run, text);
        if (outcome != WORK_ANSWER) {
                end_failed(run, text, outcome == WORK_REFUSED);
                return;
        }
        free(run->text);
        run->text = malloc(n + 1);
        if (run->text == NULL)
                arena_out_of_memory();
        memcpy(run->text, text, n);
        run->text[n] = '\0';
        run->n_text = n;
        run->step++;
        if (run->item->waiting.is_story && run->step < run->crew->n_steps) {
                next_step(run);
                return;
        }
        queue_answered(run->item, run);         /* the pump takes it up in its turn */
        if (work->closing)
                end_answered(work, INT64_MAX);
}

static void start_step(struct run *run)
{
        const struct waiting *w = &run->item->waiting;
        struct exec *exec = w->is_story ? run->crew->steps[run->step].exec : NULL;
        _cleanup_free_ char *head = NULL;

        run->started = clock_monotonic_us();
        run->job.done = on_step_done;
        if (exec != NULL) {
                run->job.head = run->text;
                run->job.n_head = run->n_text;
                exec_run(exec, &run->job);
                return;
        }
        head = job_head(w, w->is_story ? &run->crew->steps[run->step] : NULL, run->step == 0, &run->job.n_head);
        run->job.head = head;
        run->job.body = run->step == 0 ? w->body : run->text;
        run->job.n_body = run->step == 0 ? w->n_body : run->n_text;
        pool_run(run->crew->pool, &run->job);
        run->job.head = run->job.body = NULL;
}

/* ---- the pump ---- */

static void fetch_done(struct store_job *job, int r)
{
        struct transact_fetch *fetch = container_of(job, struct transact_fetch, job);
        struct work *work = fetch->user;

        work->at_store--;
        if (r < 0) {
                work->fetch_not_before = clock_monotonic_us() + STORE_RETRY_MS * 1000;
                if (r != -ECANCELED)
                        log_message(work->log, LOG_ERR, LOG_STORE_TROUBLE, NULL, "the store cannot be read: %s",
                                    error_of_disk(r));
        }
        if (queue_fetched(&work->queue, fetch->kind, r, fetch->items, fetch->n) < 0)
                arena_out_of_memory();
        free(fetch);
        try_finish(work);
}

static void fetch_more(struct work *work, int64_t now)
{
        if (now < work->fetch_not_before)
                return;
        for (enum queue_kind kind = 0; kind < QUEUE_KINDS_; kind++) {
                int64_t after;
                size_t max, max_bytes;
                struct transact_fetch *fetch;

                if (!queue_wants(&work->queue, kind, &after, &max, &max_bytes))
                        continue;
                fetch = calloc(1, sizeof(*fetch));
                if (fetch == NULL)
                        arena_out_of_memory();
                *fetch = (struct transact_fetch){ .user = work, .kind = kind, .after = after, .max = max,
                                                  .max_bytes = max_bytes };
                transact_fetch_init(fetch);
                fetch->job.done = fetch_done;
                work->at_store++;
                store_read(work->store, &fetch->job);
        }
}

static void resume_runs(struct work *work, int64_t now)
{
        struct list *first;

        while (work->crew != NULL && pool_has_idle(work->crew->pool) && (first = list_pop(&work->between)) != NULL)
                start_step(list_entry(first, struct run, link));
        while (now >= work->stuck_until && (first = list_pop(&work->stuck)) != NULL)
                end_submit(list_entry(first, struct run, link));
}

static void start_tries(struct work *work)
{
        struct list *first;

        while (work->crew != NULL && pool_has_idle(work->crew->pool) && (first = list_pop(&work->tries)) != NULL) {
                struct work_job *job = list_entry(first, struct work_job, link);
                char *head = (char *)job->head;

                pool_run(work->crew->pool, job);        /* it may be gone now */
                free(head);
        }
}

static void start_runs(struct work *work, int64_t now)
{
        while (work->crew != NULL && pool_has_idle(work->crew->pool)) {
                struct queue_item *item = queue_next(&work->queue, now);
                struct run *run;

                if (item == NULL)
                        return;
                run = calloc(1, sizeof(*run));
                if (run == NULL)
                        arena_out_of_memory();
                run->work = work;
                run->crew = work->crew;
                run->item = item;
                list_init(&run->link);
                job_name(&run->job, &item->waiting, run->id, sizeof(run->id));
                start_step(run);
        }
}

/* The pump follows in this turn's prepare. */
static void on_timer(uv_timer_t *timer)
{
        (void)timer;
}

static void set_timer(struct work *work, int64_t now)
{
        int64_t at = queue_next_time(&work->queue, now);

        if (!list_is_empty(&work->stuck))
                at = MIN_OF(at, work->stuck_until);
        if (work->fetch_not_before > now)
                at = MIN_OF(at, work->fetch_not_before);
        if (at == INT64_MAX)
                uv_timer_stop(&work->timer);
        else
                uv_timer_start(&work->timer, on_timer, (uint64_t)MAX_OF(at - now, INT64_C(0)) / 1000 + 1, 0);
}

static void pump(struct work *work)
{
        int64_t now;

        if (!work->going || work->closing)
                return;
        now = clock_monotonic_us();
        resume_runs(work, now);
        start_tries(work);
        start_runs(work, now);
        end_answered(work, now);
        fetch_more(work, now);
        set_timer(work, now);
}

static void on_prepare(uv_prepare_t *prepare)
{
        pump(prepare->data);
}

/* ---- crews ---- */

static void on_crew_closed(struct crew *crew, void *user)
{
        struct work *work = user;

        crew_free(crew);
        try_finish(work);
}

static void give_back_all(struct list *runs)
{
        struct list *first;

        while ((first = list_pop(runs)) != NULL)
                give_back(list_entry(first, struct run, link));
}

/* What waits between two of the crew's steps goes back. */
static void retire(struct work *work, struct crew *crew, int64_t grace_us)
{
        if (crew == work->crew)
                give_back_all(&work->between);
        work->lost_before += pool_lost(crew->pool);
        list_append(&work->retiring, &crew->link);
        crew_close(crew, grace_us, on_crew_closed, work);
}

static void on_started(void *user, int r, const char *reason)
{
        struct work *work = user;
        struct crew *crew = work->coming;

        work->coming = NULL;
        if (r != 0) {
                retire(work, crew, 0);
        } else {
                if (work->crew != NULL)
                        retire(work, work->crew, RETIRE_US);
                work->crew = crew;
                work->queue.attempts = crew->config->work.attempts;
        }
        work->callbacks.started(work->callbacks.user, r, reason);
}

int work_new(struct work **out, uv_loop_t *loop, struct log *log, struct store *store, const struct rules_slot *rules,
             bool sandbox,
             const struct work_callbacks *callbacks)
{
        struct work *work = calloc(1, sizeof(*work));

        if (work == NULL)
                return error_origin(-ENOMEM);
        *work = (struct work){ .loop = loop, .log = log, .store = store, .rules = rules, .sandbox = sandbox,
                               .callbacks = *callbacks, .open_handles = 2 };
        queue_init(&work->queue, 1);
        list_init(&work->retiring);
        list_init(&work->between);
        list_init(&work->stuck);
        list_init(&work->tries);
        uv_prepare_init(loop, &work->prepare);
        uv_timer_init(loop, &work->timer);
        work->prepare.data = work->timer.data = work;
        uv_prepare_start(&work->prepare, on_prepare);
        *out = work;
        return 0;
}

void work_start(struct work *work, struct config *config)
{
        int r = crew_new(&work->coming, work->loop, work->log, config, work->sandbox, on_started, work);

        if (r < 0)
                arena_out_of_memory();
}

void work_set_pending(struct work *work, int64_t deliveries, int64_t stories)
{
        work->pending[QUEUE_DELIVERIES] = deliveries;
        work->pending[QUEUE_STORIES] = stories;
}

void work_go(struct work *work)
{
        work->going = true;
}

void work_accepted(struct work *work)
{
        work->pending[QUEUE_DELIVERIES]++;
        queue_kick(&work->queue, QUEUE_DELIVERIES, false);
}

static void give_back_try(struct work_job *job)
{
        free((char *)job->head);
        job->done(job, WORK_GIVEN_BACK, NULL, 0);
}

void work_try(struct work *work, struct work_job *job, char *head)
{
        job->head = head;
        job->n_head = strlen(head);
        if (work->closing)
                give_back_try(job);
        else
                list_append(&work->tries, &job->link);
}

void work_kick(struct work *work)
{
        queue_kick(&work->queue, QUEUE_DELIVERIES, true);
        queue_kick(&work->queue, QUEUE_STORIES, true);
        count_pending(work);
}

size_t work_refresh(struct work *work)
{
        return work->crew != NULL ? pool_refresh(work->crew->pool) : 0;
}

void work_get_figures(struct work *work, struct work_figures *figures)
{
        const struct pool *pool = work->crew != NULL ? work->crew->pool : NULL;
        *figures = (struct work_figures){
                .deliveries = work->pending[QUEUE_DELIVERIES],
                .stories = work->pending[QUEUE_STORIES],
                .jobs = work->jobs,
                .failed = work->failed,
                .lost = work->lost_before + (pool != NULL ? pool_lost(pool) : 0),
                .in_hand = queue_running(&work->queue),
                .wanted = pool != NULL ? pool_size(pool) : 0,
                .modules = pool != NULL ? pool_modules(pool) : "{\"modules\":[]}",
        };
        times_get(&work->times, clock_monotonic_us(), &figures->job_us, &figures->longest_us);
        if (pool != NULL)
                pool_count(pool, &figures->running, &figures->busy);
}

/* ---- the end ---- */

static void on_handle_closed(uv_handle_t *handle)
{
        struct work *work = handle->data;

        if (--work->open_handles != 0)
                return;
        queue_deinit(&work->queue);
        work->closed(work->closed_user);
        free(work);
}

static void try_finish(struct work *work)
{
        void (*stopped)(void *user) = work->stopped;

        if (!work->closing || work->at_store != 0 || !list_is_empty(&work->retiring))
                return;
        if (stopped != NULL) {
                work->stopped = NULL;
                stopped(work->stopped_user);            /* it may close it */
                return;
        }
        if (work->closed == NULL || uv_is_closing((uv_handle_t *)&work->prepare))
                return;
        uv_close((uv_handle_t *)&work->prepare, on_handle_closed);
        uv_close((uv_handle_t *)&work->timer, on_handle_closed);
}

void work_stop(struct work *work, int64_t grace_us, void (*stopped)(void *user), void *user)
{
        work->closing = true;
        work->stopped = stopped;
        work->stopped_user = user;
        list_for_each(it, &work->retiring)
                crew_hurry(list_entry(it, struct crew, link), grace_us);
        if (work->coming != NULL)
                retire(work, work->coming, 0);
        if (work->crew != NULL)
                retire(work, work->crew, grace_us);
        work->coming = work->crew = NULL;
        end_answered(work, INT64_MAX);
        give_back_all(&work->stuck);
        for (struct list *first; (first = list_pop(&work->tries)) != NULL;)
                give_back_try(list_entry(first, struct work_job, link));
        try_finish(work);
}

void work_close(struct work *work, void (*closed)(void *user), void *user)
{
        work->closed = closed;
        work->closed_user = user;
        try_finish(work);
}
