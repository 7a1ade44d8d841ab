/* exec modules with a real loop and real programs: one answer a line, in order; what a program does wrong ends its
 * own job. */
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

#include "work/exec.h"

struct fixture {
        uv_loop_t loop;
        struct config *config;
        struct exec *exec;
        bool closed;
        unsigned ended;
};

struct job {
        struct work_job work;
        struct fixture *f;
        bool done;
        unsigned order;
        enum work_outcome outcome;
        char text[256];
};

static void on_done(struct work_job *work, enum work_outcome outcome, const char *text, size_t n)
{
        struct job *job = container_of(work, struct job, work);

        assert_false(job->done);
        job->done = true;
        job->order = ++job->f->ended;
        job->outcome = outcome;
        snprintf(job->text, sizeof(job->text), "%.*s", (int)n, text);
}

/* `script` is for /bin/sh, in YAML's double quotes. */
static void begin(struct fixture *f, const char *script)
{
        _cleanup_free_ char *text = NULL, *errors = NULL;

        memset(f, 0, sizeof(*f));
        assert_true(asprintf(&text,
                             "work:\n  modules:\n    - decode\n    - exec: {name: x, command: [/bin/sh, -c, \"%s\"], "
                             "timeout: 1500ms}\n",
                             script) > 0);
        if (config_parse("f.yaml", text, strlen(text), &f->config, &errors) != 0)
                fail_msg("%s", errors);
        assert_int_equal(uv_loop_init(&f->loop), 0);
        assert_int_equal(exec_new(&f->exec, &f->loop, NULL, f->config, &f->config->work.modules[1]), 0);
}

static void run(struct fixture *f, struct job *job, const char *line)
{
        *job = (struct job){ .f = f, .work = { .head = line, .n_head = strlen(line), .done = on_done } };
        exec_run(f->exec, &job->work);
}

static void wait_until(struct fixture *f, unsigned ended)
{
        while (f->ended < ended)
                uv_run(&f->loop, UV_RUN_ONCE);
}

static void on_closed(void *user)
{
        ((struct fixture *)user)->closed = true;
}

static void end(struct fixture *f)
{
        exec_close(f->exec, on_closed, f);
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_true(f->closed);
        assert_int_equal(uv_loop_close(&f->loop), 0);
        config_unref(f->config);
}

static void assert_failed(const struct job *job, const char *reason)
{
        assert_int_equal(job->outcome, WORK_FAILED);
        if (strstr(job->text, reason) == NULL)
                fail_msg("'%s', wanted '%s'", job->text, reason);
}

/* Whether a process is there and no zombie that nobody has waited for. */
static bool is_alive(const char *pid)
{
        char path[64], state = 'X';
        FILE *f;

        snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
        f = fopen(path, "re");
        if (f == NULL)
                return false;
        if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
                state = 'X';
        fclose(f);
        return state != 'Z' && state != 'X';
}

/* What the program started ends with it, also where nobody killed it. */
static void test_leaves_nothing_behind(void **state)
{
        struct fixture f;
        struct job first, second;

        (void)state;
        begin(&f, "sleep 600 <&- >&- 2>&- & read -r line; echo $!; read -r line; exit 3");
        run(&f, &first, "a");
        run(&f, &second, "b");
        wait_until(&f, 1);
        assert_true(is_alive(first.text));
        wait_until(&f, 2);
        assert_failed(&second, "status 3");
        for (int i = 0; i < 500 && is_alive(first.text); i++)
                usleep(20000);
        assert_false(is_alive(first.text));
        end(&f);
}

static void test_answers_in_order(void **state)
{
        struct fixture f;
        struct job jobs[20];

        (void)state;
        begin(&f, "while read -r line; do echo got $line; done");
        for (unsigned i = 0; i < N_ELEMENTS(jobs); i++)
                run(&f, &jobs[i], i % 2 == 0 ? "even" : "odd");
        wait_until(&f, N_ELEMENTS(jobs));
        for (unsigned i = 0; i < N_ELEMENTS(jobs); i++) {
                assert_int_equal(jobs[i].outcome, WORK_ANSWER);
                assert_string_equal(jobs[i].text, i % 2 == 0 ? "got even" : "got odd");
                assert_int_equal(jobs[i].order, i + 1);
        }
        end(&f);
}

/* It is restarted, and the next job is not to blame. */
static void test_dies(void **state)
{
        struct fixture f;
        struct job bad, good;

        (void)state;
        begin(&f, "while read -r line; do case $line in die) exit 3;; esac; echo $line; done");
        run(&f, &bad, "die");
        run(&f, &good, "live");
        wait_until(&f, 2);
        assert_failed(&bad, "exec x: ended with status 3");
        assert_int_equal(good.outcome, WORK_ANSWER);
        assert_string_equal(good.text, "live");
        end(&f);
}

static void test_hangs(void **state)
{
        struct fixture f;
        struct job bad, good;

        (void)state;
        begin(&f, "while read -r line; do case $line in hang) sleep 60;; esac; echo $line; done");
        run(&f, &bad, "hang");
        run(&f, &good, "live");
        wait_until(&f, 2);
        assert_failed(&bad, "no answer within 1.5 s");
        assert_string_equal(good.text, "live");
        end(&f);
}

static void test_talks_too_much(void **state)
{
        struct fixture f;
        struct job job;

        (void)state;
        begin(&f, "while read -r line; do printf 'one\\\\ntwo\\\\n'; done");
        run(&f, &job, "x");
        wait_until(&f, 1);
        assert_failed(&job, "more than one line");
        end(&f);
}

/* Standard output closed, or standard input not read: the deadline ends it. */
static void test_deaf_and_mute(void **state)
{
        static const char *const scripts[] = { "exec >&-; sleep 60", "exec <&-; sleep 60" };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(scripts); i++) {
                struct fixture f;
                struct job job;

                begin(&f, scripts[i]);
                run(&f, &job, "x");
                wait_until(&f, 1);
                assert_failed(&job, "no answer");
                end(&f);
        }
}

/* One line later than it should: what comes next is not its victim. */
static void test_talks_later(void **state)
{
        struct fixture f;
        struct job first, next;

        (void)state;
        begin(&f,
              "while read -r line; do echo $line; case $line in twice) sleep 0.1; echo $line; sleep 60;; esac; done");
        run(&f, &first, "twice");
        wait_until(&f, 1);
        assert_string_equal(first.text, "twice");
        usleep(400000);                 /* the second line waits to be read */
        uv_run(&f.loop, UV_RUN_NOWAIT);
        run(&f, &next, "next");         /* it is dying, or dead */
        wait_until(&f, 2);
        assert_int_equal(next.outcome, WORK_ANSWER);
        assert_string_equal(next.text, "next");
        end(&f);
}

/* Out of step: what it runs is given back, what waits goes to the one that is started anew. */
static void test_restart(void **state)
{
        struct fixture f;
        struct job first, running, waiting;

        (void)state;
        begin(&f, "while read -r line; do case $line in hang) sleep 60;; esac; echo $line; done");
        exec_restart(f.exec, "not started yet");
        run(&f, &first, "one");
        wait_until(&f, 1);
        run(&f, &running, "hang");
        run(&f, &waiting, "two");
        exec_restart(f.exec, "another story");
        exec_restart(f.exec, "another story");
        assert_int_equal(running.outcome, WORK_GIVEN_BACK);
        wait_until(&f, 3);
        assert_int_equal(waiting.outcome, WORK_ANSWER);
        assert_string_equal(waiting.text, "two");
        end(&f);
}

static void test_close_gives_back(void **state)
{
        struct fixture f;
        struct job running, waiting;

        (void)state;
        begin(&f, "sleep 60");
        run(&f, &running, "x");
        run(&f, &waiting, "y");
        uv_run(&f.loop, UV_RUN_NOWAIT);
        end(&f);
        assert_int_equal(running.outcome, WORK_GIVEN_BACK);
        assert_int_equal(waiting.outcome, WORK_GIVEN_BACK);
        begin(&f, "true");              /* never started */
        end(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_answers_in_order), cmocka_unit_test(test_leaves_nothing_behind),
                cmocka_unit_test(test_dies),
                cmocka_unit_test(test_hangs),            cmocka_unit_test(test_talks_too_much),
                cmocka_unit_test(test_deaf_and_mute),    cmocka_unit_test(test_talks_later),
                cmocka_unit_test(test_restart),          cmocka_unit_test(test_close_gives_back),
        };

        signal(SIGPIPE, SIG_IGN);       /* as the daemon does */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
