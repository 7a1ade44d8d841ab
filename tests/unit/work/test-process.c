/* One worker process, by a worker that misbehaves at each point of its life: what is told, once, and that all is
 * closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "work/process.h"

#include "fake-worker.h"

struct fixture {
        uv_loop_t loop;
        struct process *p;
        unsigned ready, answers, lost, gone;
        bool refused;
        enum frame_type type;
        size_t n_answer;
        char reason[512];
        int64_t deadline;
};

static void on_ready(struct process *p, const char *head, size_t n)
{
        struct fixture *f = p->user;

        (void)head;
        (void)n;
        f->ready++;
}

static void on_answer(struct process *p, enum frame_type type, const char *head, size_t n)
{
        struct fixture *f = p->user;

        (void)head;
        assert_int_equal(p->state, PROCESS_IDLE);
        f->answers++;
        f->type = type;
        f->n_answer = n;
}

static void on_lost(struct process *p, const char *reason, bool refused)
{
        struct fixture *f = p->user;

        f->lost++;
        f->refused = refused;
        snprintf(f->reason, sizeof(f->reason), "%s", reason);
}

static void on_gone(struct process *p)
{
        struct fixture *f = p->user;

        f->gone++;
        f->p = NULL;
}

static const struct process_callbacks callbacks = { on_ready, on_answer, on_lost, on_gone };

static void begin_program(struct fixture *f, const char *program, const char *what)
{
        const struct process_options options = {
                .loop = &f->loop, .program = program, .config_path = "/nowhere", .config_text = what,
                .n_config_text = strlen(what), .start_us = f->deadline != 0 ? f->deadline : 60 * CLOCK_SECOND,
        };

        assert_int_equal(uv_loop_init(&f->loop), 0);
        (void)process_start(&f->p, &options, &callbacks, f);
        assert_non_null(f->p);
}

static void begin(struct fixture *f, const char *what)
{
        char path[4096];

        *f = (struct fixture){ .deadline = f->deadline };
        begin_program(f, fake_worker_program(path), what);
}

static void wait_ready(struct fixture *f)
{
        while (f->ready == 0 && f->gone == 0)
                uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->ready, 1);
}

static void run(struct fixture *f, int64_t deadline)
{
        unsigned before = f->answers;

        assert_int_equal(process_run(f->p, "{}", 2, "body", 4, deadline), 0);
        while (f->answers == before && f->gone == 0)
                uv_run(&f->loop, UV_RUN_ONCE);
}

/* All is closed, and what it says is told as it should be. */
static void end(struct fixture *f, unsigned lost, const char *reason)
{
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_int_equal(f->gone, 1);
        assert_int_equal(f->lost, lost);
        if (reason != NULL && strstr(f->reason, reason) == NULL)
                fail_msg("'%s', wanted '%s'", f->reason, reason);
        assert_int_equal(uv_loop_close(&f->loop), 0);
}

static void test_works_and_leaves(void **state)
{
        struct fixture f = { 0 };

        (void)state;
        begin(&f, "works");
        wait_ready(&f);
        for (int i = 0; i < 3; i++)
                run(&f, 60 * CLOCK_SECOND);
        assert_int_equal(f.answers, 3);
        assert_int_equal(f.type, FRAME_RESULT);
        assert_int_equal(f.p->jobs, 3);
        process_retire(f.p);
        process_retire(f.p);
        end(&f, 0, NULL);
}

static void test_dies_before_it_is_ready(void **state)
{
        struct fixture f = { 0 };

        (void)state;
        begin(&f, "dies-in-setup");
        end(&f, 1, "ended with status 3");
        assert_int_equal(f.ready, 0);
        assert_false(f.refused);
        f.deadline = 300000;
        begin(&f, "sleeps-in-setup");
        end(&f, 1, "did not start within 0.3 s");
}

/* Its exit is never seen before what it said: each time. */
static void test_refuses(void **state)
{
        struct fixture f = { 0 };

        (void)state;
        for (int i = 0; i < 30; i++) {
                begin(&f, "refuses");
                end(&f, 1, "no such model");
                assert_true(f.refused);
        }
}

static void test_dies_at_work(void **state)
{
        static const struct {
                const char *what, *reason;
        } rows[] = {
                { "segfaults", "killed by signal 11" }, { "half-then-dies", "ended with status 6" },
                { "deaf", "ended with status 8" },
        };
        struct fixture f = { 0 };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                begin(&f, rows[i].what);
                wait_ready(&f);
                run(&f, 60 * CLOCK_SECOND);
                assert_int_equal(f.answers, 0);
                end(&f, 1, rows[i].reason);
        }
}

static void test_dies_idle(void **state)
{
        struct fixture f = { 0 };

        (void)state;
        begin(&f, "dies-when-ready");
        wait_ready(&f);
        end(&f, 1, "ended with status 4");
}

static void test_deadline(void **state)
{
        static const char *const whats[] = { "hangs", "half-then-hangs" };
        struct fixture f = { 0 };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(whats); i++) {
                begin(&f, whats[i]);
                wait_ready(&f);
                run(&f, 200000);
                end(&f, 1, "did not answer within 0.2 s");
        }
}

/* An answer of more than one read is whole, even if its worker ends right behind it. */
static void test_big_answer(void **state)
{
        struct fixture f = { 0 };

        (void)state;
        begin(&f, "big-then-dies");
        wait_ready(&f);
        run(&f, 60 * CLOCK_SECOND);
        assert_int_equal(f.answers, 1);
        assert_int_equal(f.n_answer, 5 << 20);
        end(&f, 1, "ended with status 7");
}

static void test_speaks_out_of_turn(void **state)
{
        static const char *const whats[] = { "answers-unasked", "chatters" };
        struct fixture f = { 0 };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(whats); i++) {
                begin(&f, whats[i]);
                end(&f, 1, "nobody asked for");
        }
        begin(&f, "twice");
        wait_ready(&f);
        run(&f, 60 * CLOCK_SECOND);
        assert_int_equal(f.answers, 1);
        end(&f, 1, "nobody asked for");
}

/* A job that is written to a worker that is dead: what it died of is the reason, not that it could not be written
 * to. */
static void test_died_before_the_job(void **state)
{
        struct fixture f = { 0 };
        static char body[1 << 20];

        (void)state;
        begin(&f, "works");
        wait_ready(&f);
        kill(f.p->pid, SIGABRT);
        usleep(100000);
        (void)process_run(f.p, "{}", 2, body, sizeof(body), 60 * CLOCK_SECOND);
        end(&f, 1, "killed by signal 6");
}

static void test_does_not_leave(void **state)
{
        struct fixture f = { 0 };

        (void)state;
        begin(&f, "stays");
        wait_ready(&f);
        process_retire(f.p);
        assert_int_equal(f.p->state, PROCESS_LEAVING);
        process_kill(f.p, "there is no time");
        end(&f, 0, NULL);
        begin(&f, "stays");
        wait_ready(&f);
        process_retire(f.p);            /* killed when its time is over */
        end(&f, 0, NULL);
}

static void test_cannot_be_started(void **state)
{
        struct fixture f = { 0 };

        (void)state;
        begin_program(&f, "/nowhere/at/all", "works");
        assert_non_null(strstr(f.p->reason, "cannot be started"));
        end(&f, 0, NULL);
}

static void test_retired_at_its_start(void **state)
{
        struct fixture f = { 0 };

        (void)state;
        begin(&f, "works");
        process_retire(f.p);
        end(&f, 0, NULL);
        assert_int_equal(f.ready, 0);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_works_and_leaves),   cmocka_unit_test(test_dies_before_it_is_ready),
                cmocka_unit_test(test_refuses),            cmocka_unit_test(test_dies_at_work),
                cmocka_unit_test(test_dies_idle),          cmocka_unit_test(test_deadline),
                cmocka_unit_test(test_big_answer),         cmocka_unit_test(test_speaks_out_of_turn),
                cmocka_unit_test(test_died_before_the_job), cmocka_unit_test(test_does_not_leave),
                cmocka_unit_test(test_cannot_be_started),  cmocka_unit_test(test_retired_at_its_start),
        };

        if (argc > 0 && strcmp(argv[0], "dateline-worker") == 0)
                fake_worker_main();
        signal(SIGPIPE, SIG_IGN);       /* as the daemon does */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
