/*
 * See store.h. One mutex guards what loop and threads share: the lists of the two lanes, the flags, the figures. It is
 * never held over SQL or a callback. One wake brings results back; it may make one call of several sends, so a call takes
 * all that is finished, lane by lane, in order.
 *
 * When the writer has no job it brings the full-text index up to date (store/search.h).
 */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "store/checkpoint.h"
#include "store/db.h"
#include "store/search.h"
#include "store/wake.h"

enum {
        STACK = 1 << 20,                /* bytes a thread */
        INDEX_JOBS = 256,               /* stories that are indexed in one go */
        INDEX_BEHIND = 2048,            /* so many may wait for the index while jobs come without a pause */
        FIGURE_SLOTS = 6,               /* of ten seconds: the last minute */
};

struct lane {
        struct store *store;
        uv_thread_t thread;
        uv_cond_t cond;
        struct list waiting, finished;
        struct db *db;
        bool ended;                     /* the thread has closed its connection */
        bool joined;
};

struct store {
        struct log *log;
        struct wake wake;
        uv_mutex_t mutex;
        struct lane writer, reader;
        struct checkpoint *checkpoint;
        bool closing;

        struct store_figures figures;
        int64_t slots[FIGURE_SLOTS];    /* the longest commit of each ten seconds */
        int64_t slot;                   /* the number of the latest one, since the clock's zero */

        /* The loop's own. */
        struct list late;               /* jobs that came after store_close() */
        size_t writes;
        void (*closed)(void *user);
        void *user;
        int trouble;                    /* the writer's own: the -errno that writing fails with, until it works again */
        bool trouble_durable;           /* ... and it was to be durable */
};

/* With the mutex held. */
static void figures_turn(struct store *store)
{
        int64_t now = clock_monotonic_us() / (10 * CLOCK_SECOND);

        for (; store->slot < now - FIGURE_SLOTS; store->slot = now - FIGURE_SLOTS)
                memset(store->slots, 0, sizeof(store->slots));
        while (store->slot < now)
                store->slots[++store->slot % FIGURE_SLOTS] = 0;
}

/* `jobs` are committed, which took so long; 0: the log made the writer wait after a commit. */
static void figures_note(struct store *store, size_t jobs, int64_t us)
{
        uv_mutex_lock(&store->mutex);
        figures_turn(store);
        store->figures.commits += jobs != 0;
        store->figures.jobs += jobs;
        store->slots[store->slot % FIGURE_SLOTS] = MAX_OF(store->slots[store->slot % FIGURE_SLOTS], us);
        uv_mutex_unlock(&store->mutex);
}

void store_get_figures(const struct store *store, struct store_figures *figures)
{
        struct store *s = (struct store *)store;

        uv_mutex_lock(&s->mutex);
        figures_turn(s);
        *figures = s->figures;
        figures->commit_us = 0;
        for (int i = 0; i < FIGURE_SLOTS; i++)
                figures->commit_us = MAX_OF(figures->commit_us, s->slots[i]);
        uv_mutex_unlock(&s->mutex);
}

static void give_back(struct lane *lane, struct list *jobs)
{
        uv_mutex_lock(&lane->store->mutex);
        list_splice(&lane->finished, jobs);
        uv_mutex_unlock(&lane->store->mutex);
        wake_send(&lane->store->wake);
}

/*
 * Say once that writing fails, and once that it works again: when what failed has been done, which a transaction that
 * changes nothing, or one that is not synced, does not show.
 */
static void note_trouble(struct store *store, struct db *db, int r, bool durable)
{
        if (r < 0) {
                if (store->trouble != r)
                        log_message(store->log, LOG_ERR, LOG_STORE_TROUBLE, NULL, "The store cannot write: %s (%s)",
                                    error_of_disk(r), db_error_text(db));
                store->trouble_durable = durable || (store->trouble != 0 && store->trouble_durable);
                store->trouble = r;
        } else if (store->trouble != 0 && db_has_written(db) && (durable || !store->trouble_durable)) {
                log_message(store->log, LOG_NOTICE, LOG_STORE_TROUBLE, NULL, "The store writes again");
                store->trouble = 0;
        }
}

/* Errors of the disk and of memory are the whole batch's, not the job's that met them first. */
static bool is_everybodys(struct db *db, int r)
{
        return db_is_broken(db) || r == -ENOSPC || r == -EDQUOT || r == -EIO || r == -EROFS || r == -ENOMEM || r == -EUCLEAN;
}

static void follow_log(struct lane *lane)
{
        int64_t start = clock_monotonic_us();

        checkpoint_follow(lane->store->checkpoint, lane->db);
        figures_note(lane->store, 0, clock_monotonic_us() - start);
}

/* How a job that fails is kept from harming the others of its batch. A savepoint a job costs a copy of each page that
 * the job touches, and jobs hardly ever fail: first without; where one fails, all of the batch again, each in its own.
 */
enum care { HOPEFUL, CAREFUL };

/* A savepoint would have been needed. */
enum { BATCH_E_AGAIN = 1 };

static void tell_lost(struct store_job *job)
{
        if (job->lost != NULL)
                job->lost(job);
}

/* 0, BATCH_E_AGAIN, or -errno: the whole batch is lost. */
static int run_job(struct db *db, struct store_job *job, enum care care)
{
        int r = care == CAREFUL ? db_savepoint(db) : 0;

        if (r < 0)
                return error_trace(r);
        job->result = job->run(job, db);
        if (job->result < 0 && is_everybodys(db, job->result))
                return error_trace(job->result);
        if (job->result < 0 && care == HOPEFUL)
                return BATCH_E_AGAIN;
        if (job->result < 0) {
                db_rollback_savepoint(db);
                tell_lost(job);
        } else if (care == CAREFUL) {
                r = db_release(db);
        }
        return error_trace(r);
}

/* Run the jobs of `batch` in one transaction and commit it; those that ran go to `ran`, those that time did not reach
 * stay. */
static int run_batch(struct lane *lane, struct list *batch, struct list *ran, bool durable, enum care care)
{
        int64_t deadline = clock_monotonic_us() + STORE_BATCH_US;
        struct list *link;
        size_t n = 0;
        int r;

        r = db_begin(lane->db, durable);
        while (r == 0 && (n == 0 || clock_monotonic_us() < deadline) && (link = list_pop(batch)) != NULL) {
                list_append(ran, link);
                n++;
                r = run_job(lane->db, list_entry(link, struct store_job, link), care);
        }
        if (r == 0) {
                int64_t start = clock_monotonic_us();

                r = db_commit(lane->db);
                if (r == 0)
                        figures_note(lane->store, n, clock_monotonic_us() - start);
        }
        if (r != 0) {
                db_rollback(lane->db);
                list_for_each(it, ran)
                        tell_lost(list_entry(it, struct store_job, link));
                list_splice(ran, batch);
        }
        return r;
}

/* One transaction. Where it fails all of its jobs fail; the next batch tries again. */
static void write_batch(struct lane *lane, struct list *batch, bool durable)
{
        struct list ran = LIST_INIT(ran);
        struct store *store = lane->store;
        int r;

        r = run_batch(lane, batch, &ran, durable, HOPEFUL);
        if (r == BATCH_E_AGAIN) {
                list_splice(batch, &ran);
                r = run_batch(lane, batch, &ran, durable, CAREFUL);
        }
        note_trouble(store, lane->db, r, durable);
        if (r < 0)
                list_for_each(it, &ran)
                        list_entry(it, struct store_job, link)->result = r;
        give_back(lane, &ran);
        follow_log(lane);
}

/* At most STORE_BATCH_JOBS of what waits. Called with the mutex held. */
static void take_batch(struct lane *lane, struct list *batch, bool *durable)
{
        struct list *link;

        *durable = false;
        for (int n = 0; n < STORE_BATCH_JOBS && (link = list_pop(&lane->waiting)) != NULL; n++) {
                *durable |= list_entry(link, struct store_job, link)->durable;
                list_append(batch, link);
        }
}

/* What the 10 ms did not reach goes first in the next batch. */
static void put_back(struct lane *lane, struct list *batch)
{
        struct list *link;

        uv_mutex_lock(&lane->store->mutex);
        while (!list_is_empty(batch)) {
                link = batch->prev;
                list_unlink(link);
                list_prepend(&lane->waiting, link);
        }
        uv_mutex_unlock(&lane->store->mutex);
}

/* A transaction of the writer's own: some stories into the full-text index. Returns how many still wait for it. */
static int64_t index_some(struct lane *lane)
{
        int64_t waiting = 0;
        int r;

        r = db_begin(lane->db, false);
        if (r == 0)
                r = search_index(lane->db, INDEX_JOBS, &waiting);
        if (r == 0)
                r = db_commit(lane->db);
        note_trouble(lane->store, lane->db, r, false);
        if (r == 0) {
                follow_log(lane);
                return waiting;
        }
        db_rollback(lane->db);
        return 0;               /* the next batch of jobs looks again */
}

/* The reader's connection goes first: the last one to close takes the log into the file. */
static void end_lane(struct lane *lane)
{
        struct store *store = lane->store;

        uv_mutex_lock(&store->mutex);
        while (lane == &store->writer && !store->reader.ended)
                uv_cond_wait(&lane->cond, &store->mutex);
        uv_mutex_unlock(&store->mutex);
        if (lane == &store->writer) {
                checkpoint_free(store->checkpoint);
                store->checkpoint = NULL;
        }
        db_close(lane->db);
        uv_mutex_lock(&store->mutex);
        lane->db = NULL;
        lane->ended = true;
        uv_cond_signal(&store->writer.cond);
        uv_mutex_unlock(&store->mutex);
        wake_send(&store->wake);
}

static void writer_main(void *user)
{
        struct lane *lane = user;
        struct store *store = lane->store;
        int64_t behind = 0;

        if (search_count_waiting(lane->db, &behind) < 0)
                behind = 0;
        for (;;) {
                struct list batch = LIST_INIT(batch);
                bool durable, end, idle;

                uv_mutex_lock(&store->mutex);
                while (list_is_empty(&lane->waiting) && !store->closing && behind <= 0)
                        uv_cond_wait(&lane->cond, &store->mutex);
                take_batch(lane, &batch, &durable);
                idle = list_is_empty(&batch);
                end = idle && store->closing;
                uv_mutex_unlock(&store->mutex);
                if (end)
                        break;
                if (!idle) {
                        write_batch(lane, &batch, durable);
                        put_back(lane, &batch);
                        if (search_count_waiting(lane->db, &behind) < 0)
                                behind = 0;
                }
                if (idle || behind > INDEX_BEHIND)
                        behind = index_some(lane);
        }
        end_lane(lane);
}

static void reader_main(void *user)
{
        struct lane *lane = user;
        struct store *store = lane->store;

        for (;;) {
                struct list one = LIST_INIT(one);
                struct store_job *job;
                struct list *link;
                bool closing;

                uv_mutex_lock(&store->mutex);
                while (list_is_empty(&lane->waiting) && !store->closing)
                        uv_cond_wait(&lane->cond, &store->mutex);
                link = list_pop(&lane->waiting);
                closing = store->closing;
                uv_mutex_unlock(&store->mutex);
                if (link == NULL)
                        break;
                job = list_entry(link, struct store_job, link);
                job->result = closing ? -ECANCELED : job->run(job, lane->db);
                db_rollback(lane->db);          /* no statement is left open: it would keep the log from its restart */
                list_append(&one, link);
                give_back(lane, &one);
        }
        end_lane(lane);
}

static void submit(struct lane *lane, struct store_job *job)
{
        struct store *store = lane->store;

        list_init(&job->link);
        if (store->closed != NULL) {
                list_append(&store->late, &job->link);
                return;
        }
        uv_mutex_lock(&store->mutex);
        list_append(&lane->waiting, &job->link);
        uv_cond_signal(&lane->cond);
        uv_mutex_unlock(&store->mutex);
}

void store_write(struct store *store, struct store_job *job)
{
        if (store->closed == NULL)
                store->writes++;
        submit(&store->writer, job);
}

void store_read(struct store *store, struct store_job *job)
{
        submit(&store->reader, job);
}

size_t store_writes_waiting(const struct store *store)
{
        return store->writes;
}

static void finish(struct store *store, struct list *jobs, bool write, const int *result)
{
        struct list *link;

        while ((link = list_pop(jobs)) != NULL) {
                struct store_job *job = list_entry(link, struct store_job, link);

                store->writes -= write;
                job->done(job, result != NULL ? *result : job->result);
        }
}

static void finish_late(struct store *store)
{
        static const int canceled = -ECANCELED;

        finish(store, &store->late, false, &canceled);
}

static void free_store(struct store *store)
{
        checkpoint_free(store->checkpoint);
        db_close(store->writer.db);
        db_close(store->reader.db);
        uv_cond_destroy(&store->writer.cond);
        uv_cond_destroy(&store->reader.cond);
        uv_mutex_destroy(&store->mutex);
        free(store);
}

static void on_wake_closed(struct wake *wake)
{
        struct store *store = container_of(wake, struct store, wake);
        void (*closed)(void *user) = store->closed;
        void *user = store->user;

        finish_late(store);
        free_store(store);
        if (closed != NULL)
                closed(user);
}

static void on_wake(struct wake *wake)
{
        struct store *store = container_of(wake, struct store, wake);
        struct list written = LIST_INIT(written), read = LIST_INIT(read);
        bool ended;

        uv_mutex_lock(&store->mutex);
        list_splice(&written, &store->writer.finished);
        list_splice(&read, &store->reader.finished);
        ended = store->writer.ended && store->reader.ended;
        uv_mutex_unlock(&store->mutex);
        finish(store, &written, true, NULL);
        finish(store, &read, false, NULL);
        if (!ended || store->closed == NULL)
                return;
        if (!store->writer.joined) {
                uv_thread_join(&store->writer.thread);
                uv_thread_join(&store->reader.thread);
                store->writer.joined = true;
                wake_close(&store->wake, on_wake_closed);
        }
        finish_late(store);
}

static void init_lane(struct store *store, struct lane *lane)
{
        lane->store = store;
        list_init(&lane->waiting);
        list_init(&lane->finished);
}

static int start_threads(struct store *store)
{
        const uv_thread_options_t options = { .flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK };
        int r;

        r = uv_thread_create_ex(&store->writer.thread, &options, writer_main, &store->writer);
        if (r < 0)
                return error_origin(r);
        r = uv_thread_create_ex(&store->reader.thread, &options, reader_main, &store->reader);
        if (r == 0)
                return 0;
        uv_mutex_lock(&store->mutex);
        store->closing = store->reader.ended = true;
        uv_cond_signal(&store->writer.cond);
        uv_mutex_unlock(&store->mutex);
        uv_thread_join(&store->writer.thread);
        return error_origin(r);
}

static void on_never_opened(struct wake *wake)
{
        free_store(container_of(wake, struct store, wake));
}

static void on_told(void *user, const char *text)
{
        log_message(user, LOG_NOTICE, LOG_GENERAL, NULL, "%s", text);
}

int store_open(struct store **out, uv_loop_t *loop, struct log *log, const char *path, char **error)
{
        const struct db_listener listener = { on_told, log };
        struct store *store = calloc(1, sizeof(*store));
        int r;

        *error = NULL;
        if (store == NULL)
                return error_origin(-ENOMEM);
        store->log = log;
        list_init(&store->late);
        init_lane(store, &store->writer);
        init_lane(store, &store->reader);
        if (uv_mutex_init(&store->mutex) < 0 || uv_cond_init(&store->writer.cond) < 0 ||
            uv_cond_init(&store->reader.cond) < 0) {
                free(store);
                return error_origin(-ENOMEM);
        }
        r = db_open_telling(&store->writer.db, path, &listener, error);
        if (r == 0)
                r = db_open(&store->reader.db, path, true, error);
        if (r == 0)
                r = checkpoint_open(&store->checkpoint, path, error);
        if (r == 0)
                db_follow_log(store->writer.db);
        if (r == 0)
                r = wake_init(&store->wake, loop, on_wake);
        if (r != 0) {
                free_store(store);
                return r == DB_E_REFUSED ? STORE_E_REFUSED : error_trace(r);
        }
        r = start_threads(store);
        if (r < 0) {
                wake_close(&store->wake, on_never_opened);
                return error_trace(r);
        }
        *out = store;
        return 0;
}

void store_close(struct store *store, void (*closed)(void *user), void *user)
{
        store->closed = closed;
        store->user = user;
        uv_mutex_lock(&store->mutex);
        store->closing = true;
        if (store->reader.db != NULL)
                sqlite3_interrupt(db_handle(store->reader.db));
        uv_cond_signal(&store->writer.cond);
        uv_cond_signal(&store->reader.cond);
        uv_mutex_unlock(&store->mutex);
}
