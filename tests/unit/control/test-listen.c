/* The socket: its place, its mode, what is in its way; over control_new() and control_reconfigure(), too. */
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

#include "control/listen.h"
#include "tests/unit/control/fake.h"

#define LEVEL "{\"method\":\"io.dateline.Control.GetLogLevel\"}", "{\"parameters\":{\"level\":\"emerg\"}}"

static void refused(const char *path, const char *says)
{
        struct listener listener;
        char *error = NULL;

        assert_int_equal(listen_open(&listener, path, true, &error), LISTEN_E_REFUSED);
        assert_non_null(error);
        if (strstr(error, says) == NULL)
                fail_msg("'%s' does not say '%s'", error, says);
        free(error);
        listen_deinit(&listener);
}

static void fresh_and_stale(void **state)
{
        struct fake *fake = *state;
        struct listener first, second;
        struct stat st;
        char *error = NULL;
        mode_t before = umask(077);

        assert_int_equal(listen_open(&first, fake->path, true, &error), 0);
        umask(before);
        assert_int_equal(stat(fake->path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0666);
        refused(fake->path, "another program answers");
        listen_deinit(&first);          /* as a daemon that was killed: the file stays */
        listen_deinit(&first);
        assert_int_equal(listen_open(&second, fake->path, true, &error), 0);
        listen_unlink(&second);
        assert_int_equal(access(fake->path, F_OK), -1);
        listen_deinit(&second);
}

/* Only our own file is removed. */
static void others_files_stay(void **state)
{
        struct fake *fake = *state;
        struct listener first, second;
        char *error = NULL;

        assert_int_equal(listen_open(&first, fake->path, true, &error), 0);
        assert_int_equal(unlink(fake->path), 0);
        assert_int_equal(listen_open(&second, fake->path, true, &error), 0);
        listen_unlink(&first);
        assert_int_equal(access(fake->path, F_OK), 0);
        listen_unlink(&second);
        listen_deinit(&first);
        listen_deinit(&second);
}

static void in_the_way(void **state)
{
        struct fake *fake = *state;
        char path[256], name[120];
        int fd = open(fake->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        close(fd);
        refused(fake->path, "is not a socket");
        assert_int_equal(unlink(fake->path), 0);
        snprintf(path, sizeof(path), "%s/none/control.sock", fake->folder);
        refused(path, "make its folder");
        memset(name, 'x', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        snprintf(path, sizeof(path), "/tmp/%s", name);
        refused(path, "too long");
}

static void control_is_refused(void **state)
{
        struct fake *fake = *state;
        struct listener other;
        char *error = NULL;

        assert_int_equal(listen_open(&other, fake->path, true, &error), 0);
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
        assert_int_equal(listen_open(&passed, fake->path, true, &error), 0);
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
        static const struct CMUnitTest tests[] = {
                TEST(fresh_and_stale), TEST(others_files_stay), TEST(in_the_way), TEST(control_is_refused),
                TEST(activated), TEST(moves),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
