/* Listening sockets: their place, their mode, what is in their way, what one process leaves to the next. */
#include "base/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
        char folder[32], path[128], other[128];
} f;

static struct listen_spec spec_of(const char *address)
{
        return (struct listen_spec){ .address = address, .mode = 0640, .backlog = 8, .patience = true };
}

static void refused(const char *address, const char *says)
{
        const struct listen_spec spec = spec_of(address);
        struct listener listener;
        char *error = NULL;

        assert_int_equal(listen_open(&listener, &spec, &error), LISTEN_E_REFUSED);
        assert_non_null(error);
        if (strstr(error, says) == NULL)
                fail_msg("'%s' does not say '%s'", error, says);
        free(error);
        assert_int_equal(listener.fd, -1);
        listen_deinit(&listener);
}

static void begin(struct listener *out, const char *address)
{
        const struct listen_spec spec = spec_of(address);
        char *error = NULL;
        int r = listen_open(out, &spec, &error);

        if (r != 0)
                fail_msg("%s: %d: %s", address, r, error != NULL ? error : strerror(-r));
}

static int setup(void **state)
{
        (void)state;
        strcpy(f.folder, "/tmp/test-listen-XXXXXX");
        assert_non_null(mkdtemp(f.folder));
        snprintf(f.path, sizeof(f.path), "%s/socket", f.folder);
        snprintf(f.other, sizeof(f.other), "%s/other", f.folder);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        unlink(f.path);
        unlink(f.other);
        return rmdir(f.folder);
}

/* connect()'s errno. */
static int dial(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

        assert_true(fd >= 0);
        strcpy(address.sun_path, path);
        r = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
        close(fd);
        return r;
}

/* A TCP port that is free. */
static int free_port(void)
{
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t n = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&address, n) == 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
        close(fd);
        return ntohs(address.sin_port);
}

static void test_fresh_and_stale(void **state)
{
        struct listener first, second;
        struct stat st;
        mode_t before = umask(077);

        (void)state;
        begin(&first, f.path);
        umask(before);
        assert_int_equal(stat(f.path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
        refused(f.path, "another program answers");
        listen_deinit(&first);          /* as a daemon that was killed: the file stays */
        listen_deinit(&first);
        begin(&second, f.path);
        listen_unlink(&second);
        assert_int_equal(access(f.path, F_OK), -1);
        listen_deinit(&second);
}

/* Only our own file is removed. */
static void test_others_files_stay(void **state)
{
        struct listener first, second;

        (void)state;
        begin(&first, f.path);
        assert_int_equal(unlink(f.path), 0);
        begin(&second, f.path);
        listen_unlink(&first);
        assert_int_equal(access(f.path, F_OK), 0);
        listen_unlink(&second);
        listen_deinit(&first);
        listen_deinit(&second);
}

static void test_in_the_way(void **state)
{
        char path[256], name[120];
        int fd = open(f.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

        (void)state;
        assert_true(fd >= 0);
        close(fd);
        refused(f.path, "is not a socket");
        assert_int_equal(unlink(f.path), 0);
        snprintf(path, sizeof(path), "%s/none/socket", f.folder);
        refused(path, "make its folder");
        memset(name, 'x', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        snprintf(path, sizeof(path), "/tmp/%s", name);
        refused(path, "too long");
}

static void test_addresses(void **state)
{
        static const char *const bad[][2] = {
                { "news", "neither a path nor ADDRESS:PORT" }, { "news:", "neither" }, { "127.0.0.1:65536", "neither" },
                { "127.0.0.1:80x", "neither" }, { "news.example:80", "not an IP address" },
                { "[]:80", "not an IP address" }, { "[::1:80", "not an IP address" }, { ":80", "not an IP address" },
                { "192.0.2.1:7901", "cannot listen there" },
        };
        struct listener tcp;
        char address[64];

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                refused(bad[i][0], bad[i][1]);
        snprintf(address, sizeof(address), "localhost:%d", free_port());
        begin(&tcp, address);
        refused(address, "cannot listen there");
        assert_null(tcp.path);
        listen_unlink(&tcp);
        listen_deinit(&tcp);
}

/* A group that is not there is refused, and leaves no file. */
static void test_group(void **state)
{
        struct listen_spec spec = spec_of(f.path);
        struct listener l;
        char *error = NULL;

        (void)state;
        spec.group = "no-such-group-anywhere";
        assert_int_equal(listen_open(&l, &spec, &error), LISTEN_E_REFUSED);
        assert_non_null(strstr(error, "no such group"));
        free(error);
        assert_int_equal(access(f.path, F_OK), -1);
}

static void test_resume(void **state)
{
        struct listen_spec spec = spec_of(f.path), other = spec_of(f.other);
        struct listener l, next;
        struct stat st;
        int copy;

        (void)state;
        begin(&l, f.path);
        spec.mode = 0600;
        assert_true(listen_resume(&next, &spec, "@test", dup(l.fd)));
        assert_int_equal(stat(f.path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(dial(f.path), 0);
        listen_deinit(&l);
        /* It belongs elsewhere: dropped, though somebody else still has it open. */
        copy = dup(next.fd);
        assert_false(listen_resume(&l, &other, "@test", next.fd));
        assert_int_equal(l.fd, -1);
        assert_int_equal(fcntl(next.fd, F_GETFD), -1);
        assert_int_equal(dial(f.path), ENOENT);
        close(copy);
        next.fd = -1;
        listen_deinit(&next);
        /* Its file has gone, or is another's. */
        begin(&l, f.path);
        unlink(f.path);
        assert_false(listen_resume(&next, &spec, "@test", l.fd));
        l.fd = -1;
        listen_deinit(&l);
        /* No socket at all. */
        assert_false(listen_resume(&next, &spec, "@test", open("/dev/null", O_RDONLY | O_CLOEXEC)));
        assert_false(listen_resume(&next, &spec, "@test", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
}

/* As one that was left and that nobody claims. */
static void drop(struct listener *l)
{
        struct notify_sockets sockets = NOTIFY_SOCKETS_NULL;

        notify_sockets_return(&sockets, "@test", l->fd);
        l->fd = -1;
        listen_drop_left(&sockets, "@test");
        notify_sockets_deinit(&sockets);
}

/* A TCP address is free for the next one at once, though systemd, say, still has the socket of before. */
static void test_drop_tcp(void **state)
{
        struct listener l, next;
        char address[64];
        int copy;

        (void)state;
        snprintf(address, sizeof(address), "127.0.0.1:%d", free_port());
        begin(&l, address);
        copy = dup(l.fd);
        refused(address, "cannot listen there");
        drop(&l);
        begin(&next, address);
        close(copy);
        listen_deinit(&next);
        listen_deinit(&l);
}

/* The path is another's by now: their file stays, and they answer. */
static void test_drop_replaced(void **state)
{
        struct listener l, next;

        (void)state;
        begin(&l, f.path);
        unlink(f.path);
        begin(&next, f.path);
        drop(&l);
        assert_int_equal(dial(f.path), 0);
        listen_deinit(&l);
        listen_unlink(&next);
        listen_deinit(&next);
}

/* Without systemd's socket nothing is kept, and all goes at the end. */
static void test_all_of_it(void **state)
{
        struct notify_sockets table = { .room = 5 };
        const struct listen_spec spec = spec_of(f.path);
        struct listener l;
        char *error = NULL;

        (void)state;
        unsetenv("NOTIFY_SOCKET");
        assert_int_equal(listen_begin(&l, &table, "@test", &spec, &error), 0);
        assert_false(l.kept);
        assert_int_equal(table.room, 5);
        notify_sockets_return(&table, "@test", l.fd);
        l.fd = -1;
        listen_deinit(&l);
        assert_int_equal(listen_begin(&l, &table, "@test", &spec, &error), 0);
        assert_int_equal(notify_sockets_claim(&table, "@test"), -1);
        listen_end(&l, &table, "@test");
        assert_int_equal(access(f.path, F_OK), -1);
        listen_deinit(&l);
        assert_int_equal(listen_begin(&l, NULL, "@test", &spec, &error), 0);
        notify_sockets_return(&table, "@test", l.fd);
        l.fd = -1;
        listen_drop_left(&table, "@test");
        assert_int_equal(access(f.path, F_OK), -1);
        listen_deinit(&l);
        notify_sockets_deinit(&table);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_fresh_and_stale), TEST(test_others_files_stay), TEST(test_in_the_way), TEST(test_addresses),
                TEST(test_group), TEST(test_resume), TEST(test_drop_tcp), TEST(test_drop_replaced),
                TEST(test_all_of_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
