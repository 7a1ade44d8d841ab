/* The entrance: over control_new() and control_reconfigure(). */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/listen.h"
#include "tests/unit/control/fake.h"

#define SPEC(path) (const struct listen_spec){ path, 0666, NULL, 8, true }
#define LEVEL "{\"method\":\"io.dateline.Control.GetLogLevel\"}", "{\"parameters\":{\"level\":\"emerg\"}}"

static void control_is_refused(void **state)
{
        struct fake *fake = *state;
        struct listener other;
        char *error = NULL;

        assert_int_equal(listen_open(&other, &SPEC(fake->path), &error), 0);
        assert_int_equal(control_new(&fake->control, &fake->host, &fake->config, -1, &error), CONTROL_E_REFUSED);
        assert_non_null(strstr(error, "another program answers"));
        free(error);
        assert_null(fake->control);
        listen_unlink(&other);
        listen_deinit(&other);
}

static void activated(void **state)
{
        struct fake *fake = *state;
        struct listener passed;
        struct caller c;
        char *error = NULL;
        int pair[2], other;

        /* What is no listening Unix socket is refused. */
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(control_new(&fake->control, &fake->host, &fake->config, pair[0], &error), CONTROL_E_REFUSED);
        free(error);
        assert_int_equal(fcntl(pair[0], F_GETFD), -1);
        close(pair[1]);
        other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(control_new(&fake->control, &fake->host, &fake->config, other, &error), CONTROL_E_REFUSED);
        free(error);
        uv_run(&fake->loop, UV_RUN_DEFAULT);

        /* A client that came before the daemon is served, too. */
        assert_int_equal(listen_open(&passed, &SPEC(fake->path), &error), 0);
        caller_open(&c, fake);
        caller_call(&c, "{\"method\":\"io.dateline.Control.GetLogLevel\"}");
        fake_listen(fake, passed.fd);
        caller_expect_reply(&c, "{\"parameters\":{\"level\":\"emerg\"}}");
        /* Its path is not ours to change or to remove. */
        fake->config.control.socket = "/nowhere/control.sock";
        assert_int_equal(control_reconfigure(fake->control, &fake->config, &error), 0);
        caller_expect(&c, LEVEL);
        caller_close(&c);
        passed.fd = -1;
        assert_int_equal(unlink(fake->path), 0);
        listen_deinit(&passed);
}

static void moves(void **state)
{
        struct fake *fake = *state;
        char old[128], *error = NULL;
        struct caller before, after;

        fake_listen(fake, -1);
        caller_open(&before, fake);
        caller_expect(&before, LEVEL);

        /* A place that cannot be: all stays as it was. */
        fake->config.control.socket = "/nowhere/control.sock";
        fake->config.control.max_connections = 1;
        assert_int_equal(control_reconfigure(fake->control, &fake->config, &error), CONTROL_E_REFUSED);
        free(error);
        caller_open(&after, fake);
        caller_expect(&after, LEVEL);
        caller_close(&after);

        strcpy(old, fake->path);
        snprintf(fake->path, sizeof(fake->path), "%s/other.sock", fake->folder);
        fake->config.control.socket = fake->path;
        fake->config.control.max_connections = 64;
        assert_int_equal(control_reconfigure(fake->control, &fake->config, &error), 0);
        assert_int_equal(access(old, F_OK), -1);
        caller_open(&after, fake);
        caller_expect(&after, LEVEL);
        caller_expect(&before, LEVEL);          /* who was in stays in */
        caller_close(&before);
        caller_close(&after);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_begin_test_deaf, fake_end_test)
        static const struct CMUnitTest tests[] = { TEST(control_is_refused), TEST(activated), TEST(moves) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
