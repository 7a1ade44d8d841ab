/* The steps that a story takes through a configuration's workers and programs, and that a crew closes whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "work/crew.h"

#include "fake-worker.h"

static const char *folder;

static void on_started(void *user, int r, const char *reason)
{
        (void)reason;
        assert_int_equal(r, 0);
        *(bool *)user = true;
}

static void on_closed(struct crew *crew, void *user)
{
        *(bool *)user = true;
        crew_free(crew);
}

/* "0": a worker runs this segment; "0w": and answers with the whole document; "a": the program of this name. */
static void describe(const struct crew *crew, char *out, size_t size)
{
        *out = '\0';
        for (size_t i = 0; i < crew->n_steps; i++) {
                const struct crew_step *step = &crew->steps[i];
                size_t n = strlen(out), exec = 0;

                while (exec < crew->n_execs && crew->execs[exec] != step->exec)
                        exec++;
                if (step->exec != NULL)
                        snprintf(out + n, size - n, "exec%zu ", exec);
                else
                        snprintf(out + n, size - n, "%zu%s ", step->segment, step->whole ? "w" : "");
        }
}

static void test_steps(void **state)
{
        static const struct {
                const char *modules, *steps;
        } rows[] = {
                { "[decode, read, code]", "0 " },
                { "[decode]", "0 " },
                /* The first step makes the document, the last one reads what a program gave: both are a worker's. */
                { "[decode, exec: {name: a, command: [/bin/cat]}]", "0w exec0 1 " },
                { "[decode, read, code, exec: {name: a, command: [/bin/cat]}]", "0w exec0 1 " },
                { "[decode, exec: {name: a, command: [/bin/cat]}, read, code]", "0w exec0 1 " },
                /* Nothing stands between two programs. */
                { "[decode, exec: {name: a, command: [/bin/cat]}, exec: {name: b, command: [/bin/cat]}, read, code]",
                  "0w exec0 exec1 2 " },
                { "[decode, exec: {name: a, command: [/bin/cat]}, read, code, exec: {name: b, command: [/bin/cat]}]",
                  "0w exec0 1w exec1 2 " },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                _cleanup_free_ char *text = NULL, *errors = NULL;
                bool started = false, closed = false;
                struct config *config;
                struct crew *crew;
                char steps[128];
                uv_loop_t loop;

                assert_true(asprintf(&text, "work: {processes: 2, modules: %s}\n# works", rows[i].modules) > 0);
                if (config_parse("/f.yaml", text, strlen(text), &config, &errors) != 0)
                        fail_msg("%s", errors);
                assert_int_equal(uv_loop_init(&loop), 0);
                assert_int_equal(crew_new(&crew, &loop, NULL, config, false, on_started, &started), 0);
                config_unref(config);
                describe(crew, steps, sizeof(steps));
                assert_string_equal(steps, rows[i].steps);
                while (!started)
                        uv_run(&loop, UV_RUN_ONCE);
                crew_close(crew, 0, on_closed, &closed);
                uv_run(&loop, UV_RUN_DEFAULT);
                assert_true(closed);
                assert_int_equal(uv_loop_close(&loop), 0);
        }
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_steps) };
        int r;

        folder = fake_worker_begin(argc, argv);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        fake_worker_leave(folder);
        return r;
}
