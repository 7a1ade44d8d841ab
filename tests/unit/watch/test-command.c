/* The command watcher, running real programs. */
#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void begin(struct harness *h, const char *yaml)
{
        harness_init(h);
        harness_watch(h, yaml);
}

static void test_output(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "command: [/bin/sh, -c, 'echo hello; echo said >&2; cat; pwd']\nevery: 1h\n");
        assert_int_equal(h.n_settled, 1);
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].bytes, "hello\n/\n");        /* and nothing from standard input */
        assert_string_equal(h.store.kept[0].name, "sh");
        assert_int_equal(h.watcher->accepted, 1);
        assert_null(h.watcher->trouble);
        harness_run(&h, 50);
        assert_int_equal(h.store.n_kept, 1);
        harness_deinit(&h);
}

static void test_schedule(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "command: [/bin/echo, again]\nevery: 1s\n");
        assert_true(harness_wait_kept(&h, 3));
        harness_deinit(&h);
}

static void test_empty(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "command: /bin/true\nevery: 1s\n");
        harness_run(&h, 400);
        assert_int_equal(h.store.n_kept, 0);
        assert_null(h.watcher->trouble);
        harness_deinit(&h);
}

/* A failed run is trouble, and its output is no delivery; the next good one ends the trouble. */
static void test_failed(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "command: [/bin/sh, -c, 'echo part; test -e %s/ok && exit 0; echo no luck >&2; exit 3']\nevery: 1s\n");
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_string_equal(h.watcher->trouble, "the program ended with status 3: no luck");
        assert_int_equal(h.store.n_kept, 0);
        harness_write(&h, "ok", "");
        assert_true(harness_wait(&h, harness_has_no_trouble, WAIT_MS));
        assert_true(harness_wait_kept(&h, 1));
        harness_deinit(&h);
}

static void test_signalled(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "command: [/bin/sh, -c, 'kill -9 $$']\nevery: 1h\n");
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_non_null(strstr(h.watcher->trouble, "signal 9"));
        harness_deinit(&h);
}

static void test_not_there(void **state)
{
        struct harness h;

        (void)state;
        harness_init(&h);
        harness_write(&h, "program", "#!/nowhere/interpreter\n");
        assert_int_equal(chmod(harness_path(&h, "program"), 0755), 0);
        harness_watch(&h, "command: '%s/program'\nevery: 1h\n");
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        /* "could not be started"; under valgrind, whose exec fails later, "ended with status". */
        assert_int_equal(h.store.n_kept, 0);
        harness_deinit(&h);
}

/* The timeout ends the children too. */
static void test_timeout(void **state)
{
        struct harness h;
        _cleanup_free_ char *text = NULL;
        pid_t child;

        (void)state;
        begin(&h, "command: [/bin/sh, -c, 'echo part; sleep 1000 & echo $! > %s/pid; wait']\nevery: 1h\ntimeout: 300ms\n");
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_non_null(strstr(h.watcher->trouble, "longer than its timeout"));
        assert_int_equal(h.store.n_kept, 0);
        text = harness_read(&h, "pid");
        child = (pid_t)atoi(text);
        assert_true(child > 1);
        for (int i = 0; i < 100 && kill(child, 0) == 0; i++)
                harness_run(&h, 10);
        /* Gone, or a zombie that waits for init. */
        if (kill(child, 0) == 0) {
                char path[64], line[256] = "";
                FILE *f;

                snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
                f = fopen(path, "r");
                assert_non_null(f);
                assert_non_null(fgets(line, sizeof(line), f));
                fclose(f);
                assert_non_null(strstr(line, ") Z "));
        }
        harness_deinit(&h);
}

/* One that does not heed SIGTERM, and one whose child holds the pipe in another session. */
static void test_stubborn(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "command: [/bin/sh, -c, 'trap \"\" TERM; while :; do sleep 0.1; done']\nevery: 1h\ntimeout: 100ms\n");
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        harness_stop_watch(&h);
        harness_watch(&h, "command: [/bin/sh, -c, 'setsid sleep 6 & exit 0']\nevery: 1h\ntimeout: 100ms\n");
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_non_null(strstr(h.watcher->trouble, "longer than its timeout"));
        harness_deinit(&h);
}

static void test_flood(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "command: [/bin/cat, /dev/zero]\nevery: 1h\nmax_size: 1M\ntimeout: 1m\n");
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_non_null(strstr(h.watcher->trouble, "more than max_size"));
        assert_int_equal(h.store.n_kept, 0);
        harness_stop_watch(&h);
        /* On standard error: logged in part, harmless. */
        harness_watch(&h, "command: [/bin/sh, -c, 'head -c 3000000 /dev/zero >&2; yes | head -n 100000 >&2; echo out']\n"
                          "every: 1h\n");
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].bytes, "out\n");
        harness_deinit(&h);
}

/* Runs do not overlap, and those that fall into a pause are left out. */
static void test_no_overlap(void **state)
{
        struct harness h;
        _cleanup_free_ char *text = NULL;

        (void)state;
        begin(&h, "command: [/bin/sh, -c, 'echo begin >> %s/log; sleep 1.5; echo end >> %s/log']\nevery: 1s\n");
        harness_run(&h, 3200);
        watcher_set_paused(h.watcher, true);
        harness_run(&h, 1600);
        text = harness_read(&h, "log");
        assert_string_equal(text, "begin\nend\nbegin\nend\n");
        harness_deinit(&h);
}

/* Output that finds intake closed is kept until it opens. */
static void test_held(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "command: [/bin/echo, kept]\nevery: 1h\n");
        h.store.fail = -ENOSPC;
        harness_run(&h, 500);
        assert_false(h.told_open);
        assert_int_equal(h.store.n_kept, 0);
        h.store.fail = 0;
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].bytes, "kept\n");
        harness_deinit(&h);
}

/* What systemd says to the daemon is not for the program. */
static void test_environment(void **state)
{
        struct harness h;

        (void)state;
        setenv("NOTIFY_SOCKET", "/run/x", 1);
        setenv("LISTEN_FDS", "1", 1);
        setenv("WATCHDOG_USEC", "1", 1);
        setenv("DATELINE_TEST", "there", 1);
        begin(&h, "command: [/bin/sh, -c, 'env']\nevery: 1h\n");
        assert_true(harness_wait_kept(&h, 1));
        assert_null(strstr(h.store.kept[0].bytes, "NOTIFY_SOCKET"));
        assert_null(strstr(h.store.kept[0].bytes, "LISTEN_FDS"));
        assert_null(strstr(h.store.kept[0].bytes, "WATCHDOG_USEC"));
        assert_non_null(strstr(h.store.kept[0].bytes, "DATELINE_TEST=there"));
        unsetenv("NOTIFY_SOCKET");
        unsetenv("LISTEN_FDS");
        unsetenv("WATCHDOG_USEC");
        unsetenv("DATELINE_TEST");
        harness_deinit(&h);
}

/* Stopped while a run is under way, at several moments. */
static void test_stop(void **state)
{
        (void)state;
        for (int ms = 0; ms < 400; ms += 130) {
                struct harness h;

                begin(&h, "command: [/bin/sh, -c, 'sleep 1000']\nevery: 1h\n");
                harness_run(&h, ms);
                harness_deinit(&h);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_output),
                cmocka_unit_test(test_schedule),
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_failed),
                cmocka_unit_test(test_signalled),
                cmocka_unit_test(test_not_there),
                cmocka_unit_test(test_timeout),
                cmocka_unit_test(test_stubborn),
                cmocka_unit_test(test_flood),
                cmocka_unit_test(test_no_overlap),
                cmocka_unit_test(test_held),
                cmocka_unit_test(test_environment),
                cmocka_unit_test(test_stop),
        };

        return harness_exit(cmocka_run_group_tests(tests, NULL, NULL));
}
