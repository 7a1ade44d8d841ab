/* The socket watcher and its connections, over real sockets. */
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"

static const char whole[] = "listen: %s/wire\n";
static const char lines[] = "listen: %s/wire\nframing: separator\nseparator: \"\\\\n--\\\\n\"\n";
static const char lengths[] = "listen: %s/wire\nframing: length\n";

static void begin(struct harness *h, const char *yaml)
{
        harness_init(h);
        harness_watch(h, yaml);
        assert_true(harness_wait(h, harness_is_settled, WAIT_MS));
        assert_null(h->watcher->trouble);
}

static int try_connect(struct harness *h)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        strcpy(address.sun_path, harness_path(h, "wire"));
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
                return fd;
        close(fd);
        return -1;
}

static int dial(struct harness *h)
{
        int fd = try_connect(h);

        assert_true(fd >= 0);
        return fd;
}

/* All of it; the loop runs where the socket is full. */
static void say(struct harness *h, int fd, const void *bytes, size_t n)
{
        for (int i = 0; n > 0 && i < 5000; i++) {
                ssize_t k = send(fd, bytes, n, MSG_NOSIGNAL);

                if (k > 0) {
                        bytes = (const char *)bytes + k;
                        n -= (size_t)k;
                } else {
                        harness_run(h, 1);
                }
        }
        assert_int_equal(n, 0);
}

static void say_text(struct harness *h, int fd, const char *text)
{
        say(h, fd, text, strlen(text));
}

/* What comes until the text has `n_lines` lines or the peer closes. */
static char *hear(struct harness *h, int fd, size_t n_lines)
{
        struct buf text = BUF_NULL;
        size_t found = 0;

        for (int i = 0; i < WAIT_MS && found < n_lines; i++) {
                char bytes[4096];
                ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

                if (n == 0)
                        break;
                if (n < 0 && errno != EAGAIN) {
                        assert_int_equal(buf_append_string(&text, "[reset]"), 0);
                        break;
                }
                for (ssize_t k = 0; k < n; k++)
                        found += bytes[k] == '\n';
                if (n > 0)
                        assert_int_equal(buf_append(&text, bytes, (size_t)n), 0);
                else
                        harness_run(h, 1);
        }
        return buf_steal(&text);
}

static void assert_hears(struct harness *h, int fd, size_t n_lines, const char *expected)
{
        _cleanup_free_ char *text = hear(h, fd, n_lines);

        assert_string_equal(text, expected);
}

/* The peer closes its side, and nothing more comes before. */
static bool is_closed(struct harness *h, int fd, int ms)
{
        char byte;

        for (int i = 0; i < ms; i++) {
                ssize_t n = recv(fd, &byte, 1, 0);

                if (n >= 0 || errno != EAGAIN)
                        return n <= 0;
                harness_run(h, 1);
        }
        return false;
}

static void test_whole(void **state)
{
        struct harness h;
        int fd;

        (void)state;
        begin(&h, whole);
        fd = dial(&h);
        say_text(&h, fd, "one story, ");
        harness_run(&h, 20);
        assert_int_equal(h.store.n_kept, 0);
        say_text(&h, fd, "whole");
        shutdown(fd, SHUT_WR);
        assert_hears(&h, fd, 1, "+1\n");
        assert_true(is_closed(&h, fd, WAIT_MS));
        assert_string_equal(h.store.kept[0].bytes, "one story, whole");
        assert_non_null(strstr(h.store.kept[0].name, "user"));
        assert_null(h.store.kept[0].key);
        assert_int_equal(h.watcher->accepted, 1);
        close(fd);
        /* A connection without a byte is nobody's story. */
        fd = dial(&h);
        shutdown(fd, SHUT_WR);
        assert_true(is_closed(&h, fd, WAIT_MS));
        close(fd);
        fd = dial(&h);
        say_text(&h, fd, " \n");
        shutdown(fd, SHUT_WR);
        assert_hears(&h, fd, 1, "-empty\n");
        close(fd);
        harness_deinit(&h);
}

/* The answer comes after the commit, not before. */
static void test_durable_first(void **state)
{
        struct harness h;
        int fd;

        (void)state;
        begin(&h, whole);
        h.store.stuck = true;
        fd = dial(&h);
        say_text(&h, fd, "story");
        shutdown(fd, SHUT_WR);
        harness_run(&h, 50);
        assert_int_equal(recv(fd, &(char){ 0 }, 1, 0), -1);
        assert_int_equal(errno, EAGAIN);
        h.store.stuck = false;
        assert_hears(&h, fd, 1, "+1\n");
        close(fd);
        harness_deinit(&h);
}

static void test_separated(void **state)
{
        struct harness h;
        int fd;

        (void)state;
        begin(&h, lines);
        fd = dial(&h);
        say_text(&h, fd, "one\n--\ntwo\n--\nthr");
        assert_hears(&h, fd, 2, "+1\n+2\n");
        say_text(&h, fd, "ee\n-");
        harness_run(&h, 10);
        say_text(&h, fd, "-\n\n\n--\nlast");
        shutdown(fd, SHUT_WR);
        assert_hears(&h, fd, 2, "+3\n+4\n");
        assert_true(is_closed(&h, fd, WAIT_MS));
        assert_string_equal(h.store.kept[2].bytes, "three");
        assert_string_equal(h.store.kept[3].bytes, "last");
        assert_int_equal(h.store.n_kept, 4);
        close(fd);
        harness_deinit(&h);
}

static void test_lengths(void **state)
{
        struct harness h;
        int fd;

        (void)state;
        begin(&h, lengths);
        fd = dial(&h);
        say_text(&h, fd, "3\none3\r\ntwo\n5\nthree");
        assert_hears(&h, fd, 3, "+1\n+2\n+3\n");
        say_text(&h, fd, "10\nshort");
        shutdown(fd, SHUT_WR);
        assert_hears(&h, fd, 1, "-truncated (10 bytes were announced)\n");
        close(fd);
        fd = dial(&h);
        say_text(&h, fd, "1\nxGET / HTTP/1.0\r\n\r\n");
        assert_hears(&h, fd, 2, "+4\n-not a length in decimal\n");
        assert_true(is_closed(&h, fd, WAIT_MS));
        close(fd);
        harness_deinit(&h);
}

/* Two messages cut at every byte, each piece read by itself. */
static void cut_everywhere(const char *yaml, const char *text, const char *first, const char *second)
{
        struct harness h;
        size_t n = strlen(text);

        begin(&h, yaml);
        for (size_t cut = 1; cut < n; cut++) {
                size_t before = h.store.n_kept;
                int fd = dial(&h);

                say(&h, fd, text, cut);
                harness_run(&h, 3);
                say(&h, fd, text + cut, n - cut);
                shutdown(fd, SHUT_WR);
                assert_true(harness_wait_kept(&h, before + 2));
                (void)is_closed(&h, fd, 1);
                assert_string_equal(h.store.kept[before].bytes, first);
                assert_string_equal(h.store.kept[before + 1].bytes, second);
                close(fd);
        }
        assert_int_equal(h.watcher->refused, 0);
        harness_deinit(&h);
}

static void test_cut(void **state)
{
        (void)state;
        cut_everywhere(lines, "first\n-\n--\nsecond\n--\n", "first\n-", "second");
        cut_everywhere(lengths, "5\r\nfirst\n6\nsecond\n", "first", "second");
}

/* A thousand messages without waiting for an answer: all answers, in order; no more than the bound on the way. */
static void test_pipelining(void **state)
{
        enum { N = 5000 };
        struct harness h;
        struct buf text = BUF_NULL;
        _cleanup_free_ char *answers = NULL;
        char *p;
        int fd;

        (void)state;
        begin(&h, lines);
        h.store.stuck = true;
        fd = dial(&h);
        for (int i = 0; i < N; i++)
                assert_int_equal(buf_printf(&text, "story %d\n--\n", i), 0);
        say(&h, fd, text.data, text.n);
        harness_run(&h, 100);
        assert_true(h.store.n_waiting <= 1024);
        h.store.stuck = false;
        answers = hear(&h, fd, N);
        p = answers;
        for (int i = 1; i <= N; i++) {
                assert_int_equal(strtol(p, &p, 10), i);
                assert_int_equal(*p++, '\n');
        }
        assert_int_equal(h.store.n_kept, N);
        assert_string_equal(h.store.kept[N - 1].bytes, "story 4999");
        assert_true(h.store.most_waiting <= 1024);
        buf_deinit(&text);
        close(fd);
        harness_deinit(&h);
}

static void test_too_large(void **state)
{
        struct harness h;
        _cleanup_free_ char *big = malloc(200001);
        char text[64];
        int fd;

        (void)state;
        assert_non_null(big);
        memset(big, 'x', 200000);
        big[200000] = '\0';
        begin(&h, "listen: %s/wire\nmax_size: 1K\nframing: separator\nseparator: \"\\\\n\"\n");
        fd = dial(&h);
        say_text(&h, fd, "before\n");
        say_text(&h, fd, big);
        say_text(&h, fd, "\nafter\n");
        assert_hears(&h, fd, 3, "+1\n-too large (200000 bytes, at most 1024)\n+2\n");
        close(fd);
        harness_stop_watch(&h);

        harness_watch(&h, "listen: %s/wire\nmax_size: 1K\nframing: length\n");
        harness_run(&h, 30);
        fd = dial(&h);
        snprintf(text, sizeof(text), "200000\n");
        say_text(&h, fd, text);
        say_text(&h, fd, big);
        say_text(&h, fd, "5\nafter");
        assert_hears(&h, fd, 2, "-too large (200000 bytes, at most 1024)\n+3\n");
        close(fd);
        harness_stop_watch(&h);

        /* The peer still sends when it is refused: it hears why all the same. */
        harness_watch(&h, "listen: %s/wire\nmax_size: 1K\n");
        harness_run(&h, 30);
        fd = dial(&h);
        say_text(&h, fd, big);
        assert_hears(&h, fd, 1, "-too large (at most 1024 bytes)\n");
        assert_int_equal(h.store.n_kept, 3);
        close(fd);
        harness_deinit(&h);
}

static void test_refused(void **state)
{
        struct harness h;
        int fd;

        (void)state;
        begin(&h, lines);
        fd = dial(&h);
        h.store.fail_one = -E2BIG;
        say_text(&h, fd, "a\n--\nb\n--\n");
        assert_hears(&h, fd, 2, "-the store cannot take it: Argument list too long\n+1\n");
        h.store.fail = -ENOSPC;
        say_text(&h, fd, "c\n--\n");
        assert_hears(&h, fd, 1, "-the store: the disk is full: make room on its file system\n");
        /* Intake is closed: what comes now waits, and is taken when the disk has room. */
        say_text(&h, fd, "d\n--\n");
        harness_run(&h, 50);
        h.store.fail = 0;
        assert_hears(&h, fd, 1, "+2\n");
        assert_string_equal(h.store.kept[1].bytes, "d");
        close(fd);
        harness_deinit(&h);
}

static void test_paused(void **state)
{
        struct harness h;
        int fd, other;

        (void)state;
        begin(&h, lines);
        fd = dial(&h);
        say_text(&h, fd, "a\n--\nb");
        assert_hears(&h, fd, 1, "+1\n");
        watcher_set_paused(h.watcher, true);
        other = dial(&h);
        say_text(&h, fd, "c\n--\n");
        say_text(&h, other, "x\n--\n");
        harness_run(&h, 50);
        assert_int_equal(h.store.n_kept, 1);
        watcher_set_paused(h.watcher, false);
        assert_hears(&h, fd, 1, "+2\n");
        assert_string_equal(h.store.kept[1].bytes, "bc");
        assert_hears(&h, other, 1, "+3\n");
        close(fd);
        close(other);
        harness_deinit(&h);
}

/* A peer that sends without end and reads no answer is slowed, then closed; others go on. */
static void test_deaf(void **state)
{
        struct harness h;
        _cleanup_free_ char *block = malloc(60001);
        size_t sent = 0;
        int fd, other;

        (void)state;
        begin(&h, "listen: %s/wire\nframing: separator\nseparator: \";\"\nidle: 1s\n");
        assert_non_null(block);
        for (int i = 0; i < 60000; i++)
                block[i] = i % 2 == 0 ? 'x' : ';';
        block[60000] = '\0';
        fd = dial(&h);
        for (int i = 0; i < 400; i++) {
                ssize_t n = send(fd, block, 60000, MSG_NOSIGNAL);

                if (n > 0)
                        sent += (size_t)n;
                harness_run(&h, 2);
        }
        /* About 30,000 answers fill the socket; without a bound it would be 12 million. */
        assert_true(sent < 3000000);
        other = dial(&h);
        say_text(&h, other, "y;");
        for (int i = 0; i < 100 && send(fd, "x;", 2, MSG_NOSIGNAL) >= 0; i++)
                harness_run(&h, 5);
        harness_run(&h, 2500);
        assert_int_equal(send(fd, "x;", 2, MSG_NOSIGNAL), -1);
        assert_int_equal(errno, EPIPE);
        close(fd);
        close(other);
        harness_deinit(&h);
}

static void test_idle(void **state)
{
        struct harness h;
        int silent, half;

        (void)state;
        begin(&h, "listen: %s/wire\nframing: separator\nseparator: \";\"\nidle: 1s\n");
        silent = dial(&h);
        half = dial(&h);
        say_text(&h, half, "half a story");
        harness_run(&h, 500);
        assert_false(is_closed(&h, silent, 1));
        assert_hears(&h, half, 1, "-incomplete, and nothing came for 1 s\n");
        assert_true(is_closed(&h, half, WAIT_MS));
        assert_true(is_closed(&h, silent, WAIT_MS));
        assert_int_equal(h.store.n_kept, 0);
        close(silent);
        close(half);
        harness_deinit(&h);
}

static void test_busy(void **state)
{
        struct harness h;
        int fds[3], more[100];

        (void)state;
        begin(&h, "listen: %s/wire\nmax_connections: 2\n");
        fds[0] = dial(&h);
        fds[1] = dial(&h);
        harness_run(&h, 10);
        fds[2] = dial(&h);
        assert_hears(&h, fds[2], 1, "-busy (2 connections are open)\n");
        /* A flood of them is cut off, and the two still work. */
        for (size_t i = 0; i < N_ELEMENTS(more); i++) {
                more[i] = dial(&h);
                harness_run(&h, 1);
        }
        say_text(&h, fds[0], "story");
        shutdown(fds[0], SHUT_WR);
        assert_hears(&h, fds[0], 1, "+1\n");
        for (size_t i = 0; i < N_ELEMENTS(more); i++)
                close(more[i]);
        for (size_t i = 0; i < 3; i++)
                close(fds[i]);
        harness_run(&h, 20);
        /* There is room again. */
        fds[0] = dial(&h);
        say_text(&h, fds[0], "again");
        shutdown(fds[0], SHUT_WR);
        assert_hears(&h, fds[0], 1, "+2\n");
        close(fds[0]);
        harness_deinit(&h);
}

/* The peer goes while its story is being committed: it is kept all the same. */
static void test_gone(void **state)
{
        struct harness h;
        int fd;

        (void)state;
        begin(&h, lines);
        h.store.stuck = true;
        fd = dial(&h);
        say_text(&h, fd, "a\n--\nhalf");
        harness_run(&h, 20);
        close(fd);
        harness_run(&h, 20);
        h.store.stuck = false;
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].bytes, "a");
        harness_deinit(&h);
}

/* Stopping answers what was submitted and tells the sender of the rest. */
static void test_stop(void **state)
{
        struct harness h;
        int fd;

        (void)state;
        begin(&h, lines);
        fd = dial(&h);
        say_text(&h, fd, "a\n--\nhalf");
        h.store.stuck = true;
        harness_run(&h, 20);
        h.store.stuck = false;
        harness_stop_watch(&h);
        assert_hears(&h, fd, 2, "+1\n-dateline stops, send it again\n");
        assert_int_equal(recv(fd, &(char){ 0 }, 1, 0), 0);
        assert_false(harness_exists(&h, "wire"));
        close(fd);
        harness_deinit(&h);
}

static int make_socket(struct harness *h, bool listening)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        strcpy(address.sun_path, harness_path(h, "wire"));
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        if (listening)
                assert_int_equal(listen(fd, 5), 0);
        return fd;
}

static void test_stale(void **state)
{
        struct harness h;
        struct stat st;
        int fd;

        (void)state;
        harness_init(&h);
        close(make_socket(&h, true));
        harness_watch(&h, "listen: %s/wire\nmode: 0640\n");
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        assert_null(h.watcher->trouble);
        assert_int_equal(stat(harness_path(&h, "wire"), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0640);
        fd = dial(&h);
        close(fd);
        harness_stop_watch(&h);
        /* Somebody answers: not replaced, taken over once he is gone. */
        fd = make_socket(&h, true);
        harness_watch(&h, whole);
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_non_null(strstr(h.watcher->trouble, "another program answers"));
        close(fd);
        assert_true(harness_wait(&h, harness_has_no_trouble, WAIT_MS));
        close(dial(&h));
        /* Somebody put his own in its place: it stays. */
        assert_int_equal(unlink(harness_path(&h, "wire")), 0);
        fd = make_socket(&h, false);
        harness_stop_watch(&h);
        assert_true(harness_exists(&h, "wire"));
        close(fd);
        assert_int_equal(unlink(harness_path(&h, "wire")), 0);
        /* A file of another kind. */
        harness_write(&h, "wire", "precious");
        harness_watch(&h, whole);
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_non_null(strstr(h.watcher->trouble, "is not a socket"));
        harness_deinit(&h);
}

static void test_bad_group(void **state)
{
        struct harness h;

        (void)state;
        harness_init(&h);
        harness_watch(&h, "listen: %s/wire\ngroup: no-such-group-here\n");
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_non_null(strstr(h.watcher->trouble, "no-such-group-here"));
        assert_false(harness_exists(&h, "wire"));
        harness_deinit(&h);
}

static int bound_tcp(struct sockaddr_in *address)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        socklen_t n = sizeof(*address);

        assert_true(fd >= 0);
        *address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)address, &n), 0);
        return fd;
}

static void test_tcp(void **state)
{
        struct harness h;
        struct sockaddr_in address;
        char yaml[64], reply[16] = "";
        int fd;

        (void)state;
        close(bound_tcp(&address));     /* a free port */
        harness_init(&h);
        snprintf(yaml, sizeof(yaml), "listen: \"127.0.0.1:%d\"\n", ntohs(address.sin_port));
        harness_watch(&h, yaml);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        assert_null(h.watcher->trouble);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(send(fd, "story", 5, 0), 5);
        shutdown(fd, SHUT_WR);
        assert_true(harness_wait_kept(&h, 1));
        assert_memory_equal(h.store.kept[0].name, "127.0.0.1:", 10);
        harness_run(&h, 20);
        assert_int_equal(recv(fd, reply, sizeof(reply) - 1, 0), 3);
        assert_string_equal(reply, "+1\n");
        close(fd);
        harness_deinit(&h);
}

/* A socket that systemd passed: used, not unlinked, and there again for the next watcher of the name. */
static void test_passed(void **state)
{
        struct harness h;
        struct notify_sockets sockets = { .n = 1, .items = calloc(1, sizeof(sockets.items[0])) };
        int fd;

        (void)state;
        harness_init(&h);
        h.host.sockets = &sockets;
        sockets.items[0].fd = make_socket(&h, true);
        sockets.items[0].name = strdup("test");
        for (int i = 0; i < 2; i++) {
                harness_watch(&h, "listen: /nowhere/at/all\n");
                assert_int_equal(h.n_settled, i + 1);
                assert_int_equal(sockets.items[0].fd, -1);
                fd = dial(&h);
                say_text(&h, fd, "story");
                shutdown(fd, SHUT_WR);
                assert_hears(&h, fd, 1, i == 0 ? "+1\n" : "+2\n");
                close(fd);
                harness_stop_watch(&h);
                assert_true(sockets.items[0].fd >= 0);
                close(dial(&h));        /* nobody is refused meanwhile */
        }
        assert_true(harness_exists(&h, "wire"));
        notify_sockets_deinit(&sockets);
        harness_deinit(&h);
}

/* Many half-sent messages: their bytes are bounded over all connections. */
static void test_half_sent(void **state)
{
        enum { N = 40, SIZE = 4000000 };
        struct harness h;
        char *block = calloc(1, SIZE);
        int fds[N], n_refused = 0;

        (void)state;
        assert_non_null(block);
        memset(block, 'x', SIZE);
        begin(&h, whole);
        for (int i = 0; i < N; i++) {
                fds[i] = dial(&h);
                for (size_t at = 0; at < SIZE;) {
                        ssize_t n = send(fds[i], block + at, SIZE - at, MSG_NOSIGNAL);

                        if (n > 0)
                                at += (size_t)n;
                        else if (errno != EAGAIN)
                                break;
                        uv_run(&h.loop, UV_RUN_NOWAIT);
                }
        }
        harness_run(&h, 50);
        for (int i = 0; i < N; i++) {
                char reply[64] = "";

                if (recv(fds[i], reply, sizeof(reply) - 1, 0) > 0) {
                        assert_string_equal(reply, "-busy (too many half-sent messages)\n");
                        n_refused++;
                }
                close(fds[i]);
        }
        assert_true(n_refused > 0 && n_refused < N);
        free(block);
        harness_deinit(&h);
}

static void test_stop_early(void **state)
{
        (void)state;
        for (int turns = 0; turns < 4; turns++) {
                struct harness h;

                harness_init(&h);
                harness_watch(&h, whole);
                for (int i = 0; i < turns; i++)
                        uv_run(&h.loop, UV_RUN_NOWAIT);
                harness_deinit(&h);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_whole),
                cmocka_unit_test(test_durable_first),
                cmocka_unit_test(test_separated),
                cmocka_unit_test(test_lengths),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_pipelining),
                cmocka_unit_test(test_too_large),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_paused),
                cmocka_unit_test(test_deaf),
                cmocka_unit_test(test_idle),
                cmocka_unit_test(test_busy),
                cmocka_unit_test(test_gone),
                cmocka_unit_test(test_stop),
                cmocka_unit_test(test_stale),
                cmocka_unit_test(test_bad_group),
                cmocka_unit_test(test_tcp),
                cmocka_unit_test(test_passed),
                cmocka_unit_test(test_half_sent),
                cmocka_unit_test(test_stop_early),
        };

        return harness_exit(cmocka_run_group_tests(tests, NULL, NULL));
}
