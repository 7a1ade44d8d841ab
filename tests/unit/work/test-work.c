/* The pump, with a store on disk and workers that misbehave: each delivery ends once, and what is told of the queue
 * is true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "store/deliveries.h"
#include "store/keep.h"
#include "work/work.h"

#include "fake-worker.h"

enum { SOME = 150 };

static const char *folder;

struct fixture {
        uv_loop_t loop;
        struct store *store;
        struct work *work;
        struct rules_slot rules;
        struct log *log;
        char *path;                     /* of the database; with ".once", what misbehaves once */
        unsigned started, delivered;
        bool kicks;                     /* whenever something is committed */
        unsigned deliveries, stories, quarantined;      /* that ended */
        char reason[256];
        int64_t least;                  /* the least that was told to be pending */
        int64_t pending[2];             /* on disk */
        bool counted, closed;
};

static void on_committed(void *user, const struct queue_item *item, const struct desk_result *result)
{
        struct fixture *f = user;

        (void)result;
        f->deliveries += item->kind == QUEUE_DELIVERIES;
        f->stories += item->kind == QUEUE_STORIES;
        if (f->kicks)
                work_kick(f->work);
}

static void on_quarantined(void *user, const struct queue_item *item)
{
        struct fixture *f = user;

        f->quarantined++;
        snprintf(f->reason, sizeof(f->reason), "%s", item->reason);
}

static void on_started(void *user, int r, const char *reason)
{
        struct fixture *f = user;

        if (r != 0)
                fail_msg("%s", reason);
        f->started++;
}

static void start(struct fixture *f, const char *what)
{
        _cleanup_free_ char *text = NULL, *errors = NULL, *once = NULL;
        struct config *config;

        assert_true(asprintf(&once, "%s.once", f->path) > 0);
        assert_true(asprintf(&text, "work: {processes: 2, attempts: 2, deadline: 1s}\n# %s", what) > 0);
        if (config_parse(once, text, strlen(text), &config, &errors) != 0)
                fail_msg("%s", errors);
        work_start(f->work, config);
        config_unref(config);
}

static void turn(struct fixture *f)
{
        struct work_figures figures;

        uv_run(&f->loop, UV_RUN_ONCE);
        work_get_figures(f->work, &figures);
        f->least = MIN_OF(f->least, MIN_OF(figures.deliveries, figures.stories));
}

static void wait_started(struct fixture *f, unsigned n)
{
        while (f->started < n)
                turn(f);
}

static void begin(struct fixture *f, const char *what)
{
        const struct work_callbacks callbacks = { on_committed, on_quarantined, on_started, f };
        char *error = NULL;
        static int n;

        memset(f, 0, sizeof(*f));
        assert_true(asprintf(&f->path, "%s/store-%d", folder, n++) > 0);
        assert_int_equal(uv_loop_init(&f->loop), 0);
        assert_int_equal(log_new(&f->log, 3, true), 0);
        assert_int_equal(store_open(&f->store, &f->loop, f->log, f->path, &error), 0);
        assert_int_equal(work_new(&f->work, &f->loop, f->log, f->store, &f->rules, false, &callbacks), 0);
        start(f, what);
        wait_started(f, 1);
        work_go(f->work);
}

struct deliver {
        struct store_job job;
        struct fixture *f;
        int number;
};

static int deliver_run(struct store_job *job, struct db *db)
{
        const struct deliver *d = container_of(job, struct deliver, job);
        char text[32];
        struct delivery delivery = { .source = "inbox", .received = 1700000000000000 + d->number, .bytes = text };
        int64_t id;

        delivery.n_bytes = (size_t)snprintf(text, sizeof(text), "story %d", d->number);
        return deliveries_accept(db, &delivery, &id);
}

static void deliver_done(struct store_job *job, int r)
{
        struct deliver *d = container_of(job, struct deliver, job);

        assert_int_equal(r, 0);
        work_accepted(d->f->work);
        free(d);
}

static void deliver(struct fixture *f, int n)
{
        for (int i = 0; i < n; i++) {
                struct deliver *d = calloc(1, sizeof(*d));

                assert_non_null(d);
                *d = (struct deliver){ .f = f,
                                       .number = (int)f->delivered++,
                                       .job = { .run = deliver_run, .done = deliver_done } };
                store_write(f->store, &d->job);
        }
}

static int retry_run(struct store_job *job, struct db *db)
{
        int64_t row;
        bool is_story;

        (void)job;
        return keep_retry(db, "1", &is_story, &row);
}

static void retry_done(struct store_job *job, int r)
{
        struct deliver *d = container_of(job, struct deliver, job);

        assert_int_equal(r, 0);
        work_kick(d->f->work);
        free(d);
}

/* Delivery 1, out of quarantine. */
static void retry(struct fixture *f)
{
        struct deliver *d = calloc(1, sizeof(*d));

        assert_non_null(d);
        *d = (struct deliver){ .f = f, .job = { .run = retry_run, .done = retry_done } };
        store_write(f->store, &d->job);
}

static int count_run(struct store_job *job, struct db *db)
{
        struct deliver *d = container_of(job, struct deliver, job);

        return deliveries_count_pending(db, &d->f->pending[0], &d->f->pending[1]);
}

static void count_done(struct store_job *job, int r)
{
        struct deliver *d = container_of(job, struct deliver, job);

        assert_int_equal(r, 0);
        d->f->counted = true;
        free(d);
}

/* What waits on disk, by the writer: behind all that was handed over. */
static void count(struct fixture *f)
{
        struct deliver *d = calloc(1, sizeof(*d));

        assert_non_null(d);
        *d = (struct deliver){ .f = f, .job = { .run = count_run, .done = count_done } };
        f->counted = false;
        store_write(f->store, &d->job);
        while (!f->counted)
                uv_run(&f->loop, UV_RUN_ONCE);
}

/* What is told of the queue is what is on disk. */
static void check_pending(struct fixture *f, int64_t deliveries, int64_t stories)
{
        struct work_figures figures;

        count(f);
        work_get_figures(f->work, &figures);
        assert_int_equal(f->pending[0], deliveries);
        assert_int_equal(f->pending[1], stories);
        assert_int_equal(figures.deliveries, deliveries);
        assert_int_equal(figures.stories, stories);
        assert_true(f->least >= 0);
}

static void on_closed(void *user)
{
        ((struct fixture *)user)->closed = true;
}

/* What is accepted between stopping and closing is counted, and a kick is no harm. */
static void on_stopped(void *user)
{
        struct fixture *f = user;
        struct work_figures before, after;

        work_get_figures(f->work, &before);
        work_accepted(f->work);
        work_get_figures(f->work, &after);
        assert_int_equal(after.deliveries, before.deliveries + 1);
        work_kick(f->work);
        work_close(f->work, on_closed, f);
}

static void close_work(struct fixture *f, int64_t grace)
{
        work_stop(f->work, grace, on_stopped, f);
        while (!f->closed)
                uv_run(&f->loop, UV_RUN_ONCE);
        f->work = NULL;
}

static void end(struct fixture *f)
{
        if (f->work != NULL)
                close_work(f, CLOCK_SECOND);
        store_close(f->store, on_closed, f);
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&f->loop), 0);
        log_free(f->log);
        free(f->path);
}

static void test_works(void **state)
{
        struct work_figures figures;
        struct fixture f;

        (void)state;
        begin(&f, "works");
        deliver(&f, SOME);
        while (f.stories < SOME)
                turn(&f);
        check_pending(&f, 0, 0);
        work_get_figures(f.work, &figures);
        assert_int_equal(figures.jobs, 2 * SOME);
        assert_int_equal(figures.failed, 0);
        assert_int_equal(figures.in_hand, 0);
        end(&f);
}

/* Kicks begin the window anew while what it holds is running and ending: nothing runs twice, nothing is forgotten. */
static void test_kicks(void **state)
{
        struct work_figures figures;
        struct fixture f;

        (void)state;
        begin(&f, "works");
        f.kicks = true;
        for (int i = 0; i < 3; i++) {
                deliver(&f, SOME);
                while (f.stories < f.delivered)
                        turn(&f);
        }
        f.kicks = false;
        for (int i = 0; i < 50; i++)
                count(&f);              /* what would come back now comes back */
        assert_int_equal(f.deliveries, f.delivered);
        assert_int_equal(f.stories, f.delivered);
        work_get_figures(f.work, &figures);
        assert_int_equal(figures.jobs, 2 * f.delivered);
        check_pending(&f, 0, 0);
        end(&f);
}

/* Out of quarantine while others are on their way, and into it again: each time it is counted right. */
static void test_quarantine(void **state)
{
        struct work_figures figures;
        struct fixture f;

        (void)state;
        begin(&f, "segfaults");
        deliver(&f, 1);
        while (f.quarantined < 1)
                turn(&f);
        assert_non_null(strstr(f.reason, "signal 11"));
        check_pending(&f, 0, 0);
        retry(&f);
        while (f.quarantined < 2)
                turn(&f);
        check_pending(&f, 0, 0);
        work_get_figures(f.work, &figures);
        assert_int_equal(figures.failed, 4);    /* two attempts, each time */
        assert_int_equal(figures.lost, 4);
        start(&f, "works");
        wait_started(&f, 2);
        deliver(&f, SOME);
        retry(&f);
        while (f.stories < SOME + 1)
                turn(&f);
        check_pending(&f, 0, 0);
        assert_int_equal(f.deliveries, SOME + 1);
        end(&f);
}

/* Once is nobody's end. */
static void test_dies_once(void **state)
{
        struct fixture f;

        (void)state;
        begin(&f, "dies-once");
        deliver(&f, SOME);
        while (f.stories < SOME)
                turn(&f);
        assert_int_equal(f.quarantined, 0);
        check_pending(&f, 0, 0);
        end(&f);
}

static void test_answers_nonsense(void **state)
{
        struct fixture f;

        (void)state;
        begin(&f, "half-word");
        deliver(&f, 1);
        while (f.quarantined < 1)
                turn(&f);
        assert_non_null(strstr(f.reason, "the worker answered nonsense: not JSON"));
        check_pending(&f, 0, 0);
        end(&f);
}

static int refuse_run(struct store_job *job, struct db *db)
{
        (void)job;
        return db_exec(db, "CREATE TRIGGER refuse BEFORE INSERT ON texts WHEN NEW.text LIKE '%story 1' "
                           "BEGIN SELECT RAISE(ABORT, 'no'); END");
}

/* What the store will never take is quarantined; before, it was tried again every second for ever. */
static void test_store_refuses(void **state)
{
        struct deliver *d = calloc(1, sizeof(*d));
        struct fixture f;

        (void)state;
        begin(&f, "works");
        assert_non_null(d);
        *d = (struct deliver){ .f = &f, .job = { .run = refuse_run, .done = count_done } };
        store_write(f.store, &d->job);
        deliver(&f, 3);
        while (f.quarantined < 1 || f.stories < 2)
                turn(&f);
        assert_non_null(strstr(f.reason, "the store cannot take what came of it"));
        check_pending(&f, 0, 0);
        end(&f);
}

/* A new crew takes over; what the old one runs it ends. */
static void test_reload_at_work(void **state)
{
        struct work_figures figures;
        struct fixture f;

        (void)state;
        begin(&f, "sleeps");
        deliver(&f, 4);
        do {
                turn(&f);
                work_get_figures(f.work, &figures);
        } while (figures.busy < 2);
        start(&f, "works");
        while (f.stories < 4)
                turn(&f);
        assert_int_equal(f.started, 2);
        assert_int_equal(f.deliveries, 4);
        assert_int_equal(f.quarantined, 0);
        work_get_figures(f.work, &figures);
        assert_int_equal(figures.failed, 0);
        check_pending(&f, 0, 0);
        end(&f);
}

/* Within the grace what runs is ended; without it, it stays pending, and no attempt is counted. */
static void test_close_at_work(void **state)
{
        struct work_figures figures;
        struct fixture f;

        (void)state;
        for (int i = 0; i < 2; i++) {
                begin(&f, "sleeps");
                deliver(&f, 2);
                do {
                        turn(&f);
                        work_get_figures(f.work, &figures);
                } while (figures.busy < 2);
                close_work(&f, i == 0 ? 60 * CLOCK_SECOND : 0);
                count(&f);
                assert_int_equal(f.pending[0], i == 0 ? 0 : 2);
                assert_int_equal(f.deliveries, i == 0 ? 2 : 0);
                end(&f);
        }
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_works),
                cmocka_unit_test(test_kicks),
                cmocka_unit_test(test_quarantine),
                cmocka_unit_test(test_dies_once),
                cmocka_unit_test(test_answers_nonsense),
                cmocka_unit_test(test_reload_at_work),
                cmocka_unit_test(test_close_at_work),
                cmocka_unit_test(test_store_refuses),
        };
        int r;

        folder = fake_worker_begin(argc, argv);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        fake_worker_leave(folder);
        return r;
}
