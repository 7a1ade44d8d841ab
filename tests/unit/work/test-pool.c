/* The pool: what it tells at its start, who replaces a worker that dies, what becomes of jobs when it closes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "work/pool.h"

#include "fake-worker.h"

static const char *folder;

struct fixture {
        uv_loop_t loop;
        struct log *log;
        struct config *config;
        struct pool *pool;
        unsigned started, ended;
        int result;
        char reason[512];
        bool closed;
};

struct job {
        struct work_job work;
        struct fixture *f;
        bool done;
        enum work_outcome outcome;
        char text[256];
};

static void on_done(struct work_job *work, enum work_outcome outcome, const char *text, size_t n)
{
        struct job *job = container_of(work, struct job, work);

        assert_false(job->done);
        job->done = true;
        job->outcome = outcome;
        job->f->ended++;
        snprintf(job->text, sizeof(job->text), "%.*s", (int)n, text);
}

static void on_started(void *user, int r, const char *reason)
{
        struct fixture *f = user;

        f->started++;
        f->result = r;
        snprintf(f->reason, sizeof(f->reason), "%s", reason != NULL ? reason : "");
}

static void on_closed(void *user)
{
        ((struct fixture *)user)->closed = true;
}

/* `what`: see fake-worker.c. What it does once, it does once in a test. */
static void begin(struct fixture *f, const char *what, int processes)
{
        _cleanup_free_ char *text = NULL, *errors = NULL, *path = NULL;
        static int n;

        memset(f, 0, sizeof(*f));
        assert_true(asprintf(&path, "%s/once-%d", folder, n++) > 0);
        assert_true(asprintf(&text, "work: {processes: %d, deadline: 500ms}\n# %s", processes, what) > 0);
        if (config_parse(path, text, strlen(text), &f->config, &errors) != 0)
                fail_msg("%s", errors);
        assert_int_equal(uv_loop_init(&f->loop), 0);
        assert_int_equal(log_new(&f->log, 7, true), 0);
        assert_int_equal(pool_new(&f->pool, &f->loop, f->log, f->config, false, on_started, f), 0);
}

static void wait_started(struct fixture *f, int result)
{
        while (f->started == 0)
                uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->result, result);
}

static void run(struct fixture *f, struct job *job)
{
        *job = (struct job){ .f = f, .work = { .head = "{}", .n_head = 2, .done = on_done } };
        while (!pool_has_idle(f->pool))
                uv_run(&f->loop, UV_RUN_ONCE);
        pool_run(f->pool, &job->work);
}

static void wait_ended(struct fixture *f, unsigned ended)
{
        while (f->ended < ended)
                uv_run(&f->loop, UV_RUN_ONCE);
}

static void end(struct fixture *f, int64_t grace)
{
        pool_close(f->pool, grace, on_closed, f);
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_true(f->closed);
        assert_int_equal(f->started, 1);
        assert_int_equal(uv_loop_close(&f->loop), 0);
        config_unref(f->config);
        log_free(f->log);
}

static void assert_counts(const struct fixture *f, size_t running, size_t busy)
{
        size_t is_running, is_busy;

        pool_count(f->pool, &is_running, &is_busy);
        assert_int_equal(is_running, running);
        assert_int_equal(is_busy, busy);
}

static void test_works(void **state)
{
        struct fixture f;
        struct job jobs[20];

        (void)state;
        begin(&f, "works", 3);
        assert_int_equal(pool_size(f.pool), 3);
        wait_started(&f, 0);
        assert_counts(&f, 3, 0);
        for (unsigned i = 0; i < N_ELEMENTS(jobs); i++)
                run(&f, &jobs[i]);
        wait_ended(&f, N_ELEMENTS(jobs));
        for (unsigned i = 0; i < N_ELEMENTS(jobs); i++) {
                assert_int_equal(jobs[i].outcome, WORK_ANSWER);
                assert_string_equal(jobs[i].text, "{\"answer\":1}");
        }
        assert_int_equal(pool_lost(f.pool), 0);
        end(&f, CLOCK_SECOND);
}

/* Each worker refuses at once; it is told once, and none is tried again. */
static void test_refused(void **state)
{
        struct fixture f;

        (void)state;
        begin(&f, "refuses", 3);
        wait_started(&f, POOL_E_CONFIG);
        assert_string_equal(f.reason, "f.yaml:1:1: no such model");
        end(&f, 0);
}

static void test_never_ready(void **state)
{
        struct fixture f;

        (void)state;
        begin(&f, "dies-in-setup", 2);
        wait_started(&f, POOL_E_START);
        assert_non_null(strstr(f.reason, "status 3"));
        assert_true(pool_lost(f.pool) >= 3);
        end(&f, 0);
}

/* What ends a job, and how; a worker stands again afterwards. */
static void test_outcomes(void **state)
{
        static const struct {
                const char *what, *text;
                enum work_outcome outcome;
                unsigned lost;
        } rows[] = {
                { "segfaults", "signal 11", WORK_FAILED, 1 }, { "half-then-dies", "status 6", WORK_FAILED, 1 },
                { "hangs", "within 0.5 s", WORK_FAILED, 1 },  { "fails", "not my language", WORK_REFUSED, 0 },
                { "strays", "another story", WORK_STRAYED, 0 },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct fixture f;
                struct job job;

                begin(&f, rows[i].what, 1);
                wait_started(&f, 0);
                run(&f, &job);
                assert_counts(&f, 1, 1);
                wait_ended(&f, 1);
                assert_int_equal(job.outcome, rows[i].outcome);
                assert_non_null(strstr(job.text, rows[i].text));
                while (!pool_has_idle(f.pool))
                        uv_run(&f.loop, UV_RUN_ONCE);
                assert_int_equal(pool_lost(f.pool), rows[i].lost);
                end(&f, CLOCK_SECOND);
        }
}

static void test_replaced(void **state)
{
        struct fixture f;
        struct job bad, good;

        (void)state;
        begin(&f, "dies-once", 1);
        wait_started(&f, 0);
        run(&f, &bad);
        run(&f, &good);
        wait_ended(&f, 2);
        assert_int_equal(bad.outcome, WORK_FAILED);
        assert_int_equal(good.outcome, WORK_ANSWER);
        end(&f, CLOCK_SECOND);
}

/* A worker that is replaced and refused then: the log says so, since nobody is told of a start any more. */
static void test_refused_later(void **state)
{
        struct fixture f;
        _cleanup_free_ char *path = NULL;
        char log[4096] = "";
        int saved = dup(STDERR_FILENO), file;

        (void)state;
        assert_true(asprintf(&path, "%s/log", folder) > 0);
        file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        assert_true(file >= 0);
        begin(&f, "refuses-later", 1);
        wait_started(&f, 0);
        dup2(file, STDERR_FILENO);
        {
                struct job job;

                run(&f, &job);
                wait_ended(&f, 1);
        }
        while (pool_lost(f.pool) < 2)
                uv_run(&f.loop, UV_RUN_ONCE);
        dup2(saved, STDERR_FILENO);
        close(saved);
        assert_true(pread(file, log, sizeof(log) - 1, 0) > 0);
        close(file);
        if (strstr(log, "no such model") == NULL)
                fail_msg("not told: %s", log);
        end(&f, 0);
}

/* Closed while jobs run: those that are done within the grace are answered, others are given back. */
static void test_close(void **state)
{
        struct fixture f;
        struct job job;

        (void)state;
        begin(&f, "sleeps", 2);
        wait_started(&f, 0);
        run(&f, &job);
        end(&f, 60 * CLOCK_SECOND);
        assert_int_equal(job.outcome, WORK_ANSWER);
        begin(&f, "sleeps", 2);
        wait_started(&f, 0);
        run(&f, &job);
        end(&f, 0);
        assert_int_equal(job.outcome, WORK_GIVEN_BACK);
}

static void test_close_at_start(void **state)
{
        struct fixture f;

        (void)state;
        begin(&f, "works", 2);
        f.started = 1;                  /* nobody is told any more */
        end(&f, CLOCK_SECOND);
}

/* Workers that have worked are replaced; no job is lost by it, and none is told of as lost. */
static void test_refresh(void **state)
{
        struct fixture f;
        struct job job;

        (void)state;
        begin(&f, "works", 2);
        wait_started(&f, 0);
        assert_int_equal(pool_refresh(f.pool), 0);
        run(&f, &job);
        assert_int_equal(pool_refresh(f.pool), 0);      /* it is busy */
        wait_ended(&f, 1);
        assert_int_equal(pool_refresh(f.pool), 1);
        run(&f, &job);
        wait_ended(&f, 2);
        assert_int_equal(job.outcome, WORK_ANSWER);
        assert_counts(&f, 2, 0);
        assert_int_equal(pool_lost(f.pool), 0);
        end(&f, CLOCK_SECOND);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_works),       cmocka_unit_test(test_refused),
                cmocka_unit_test(test_never_ready), cmocka_unit_test(test_outcomes),
                cmocka_unit_test(test_replaced),    cmocka_unit_test(test_refused_later),
                cmocka_unit_test(test_close),       cmocka_unit_test(test_close_at_start),
                cmocka_unit_test(test_refresh),
        };
        int r;

        folder = fake_worker_begin(argc, argv);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        fake_worker_leave(folder);
        return r;
}
