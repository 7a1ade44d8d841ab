/* What one process leaves to the next: the state in bytes, and the socket watcher over a stand-in for systemd's
 * store. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "watch/handover.h"

/* ---- the state ---- */

static const struct config_watch lines_row = { .framing = CONFIG_FRAMING_SEPARATOR, .separator = "\n-\0", .n_separator = 3 };

static void test_state(void **state)
{
        const struct config_watch other = { .framing = CONFIG_FRAMING_LENGTH };
        const struct handover_connection in[] = {
                { .inode = 42, .ended = true, .peer = { "process 1", 9 }, .held = { "ha\0lf\n", 6 }, .out = { "+1\n", 3 } },
                { .inode = UINT64_MAX, .in_body = true, .n_body = 7, .skip = UINT64_MAX, .skipped = 8 },
        };
        struct buf text = BUF_NULL;
        struct handover_reader reader;
        struct handover_connection out;

        (void)state;
        assert_int_equal(handover_begin(&text, &lines_row), 0);
        for (size_t i = 0; i < N_ELEMENTS(in); i++)
                assert_int_equal(handover_add(&text, &in[i]), 0);
        assert_int_equal(handover_open(&reader, text.data, text.n, &other), HANDOVER_E_FRAMING);
        assert_int_equal(handover_open(&reader, text.data, text.n, &lines_row), 0);
        assert_int_equal(handover_next(&reader, &out), 0);
        assert_int_equal(out.inode, 42);
        assert_true(out.ended && !out.in_body);
        assert_int_equal(out.held.n, 6);
        assert_memory_equal(out.held.bytes, "ha\0lf\n", 6);
        assert_memory_equal(out.out.bytes, "+1\n", 3);
        assert_memory_equal(out.peer.bytes, "process 1", 9);
        assert_int_equal(handover_next(&reader, &out), 0);
        assert_true(out.inode == UINT64_MAX && out.skip == UINT64_MAX && out.n_body == 7 && out.skipped == 8 && out.in_body);
        assert_int_equal(handover_next(&reader, &out), HANDOVER_E_END);
        /* Cut off anywhere it is bad, never more than it is. */
        for (size_t n = 0; n < text.n; n++) {
                char *copy = malloc(n + 1);
                int r;

                assert_non_null(copy);
                memcpy(copy, text.data, n);
                r = handover_open(&reader, copy, n, &lines_row);
                while (r == 0)
                        r = handover_next(&reader, &out);
                assert_true(r == HANDOVER_E_BAD || r == HANDOVER_E_END);
                free(copy);
        }
        buf_deinit(&text);
}

static void test_nonsense(void **state)
{
        static const char *const bad[] = {
                "", "dateline-handover 1", "dateline-handover 2 1 0\n", "dateline-handover 1 1 9\nxx",
                "dateline-handover 1 1 -1\n", "dateline-handover 1 99999999999999999999 0\n", "dateline-handover 1  0\n",
                "dateline-handover 1 1 0",
        };
        static const char *const worse[] = { "1 0 0 0 0 0 0 5 0\nxx", "1 2 0 0 0 0 0 0 0\n", "1 0 0 0 0 0 0 0\n", "\n" };
        struct handover_reader reader;
        struct handover_connection out;
        const struct config_watch row = { .framing = 0 };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(bad); i++)
                assert_int_equal(handover_open(&reader, bad[i], strlen(bad[i]), &row), HANDOVER_E_BAD);
        for (size_t i = 0; i < N_ELEMENTS(worse); i++) {
                char text[128];

                snprintf(text, sizeof(text), "dateline-handover 1 0 0\n%s", worse[i]);
                assert_int_equal(handover_open(&reader, text, strlen(text), &row), 0);
                assert_int_equal(handover_next(&reader, &out), HANDOVER_E_BAD);
        }
}

/* ---- the stand-in for systemd: its socket, and what it keeps ---- */

struct keeper {
        int fd;
        size_t n_heard;                 /* descriptors that it was told to keep */
        struct notify_sockets table;    /* what it holds, and passes on */
};

static void keeper_init(struct keeper *k, struct harness *h, int64_t room)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        *k = (struct keeper){ .table = { .room = room } };
        k->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(k->fd >= 0);
        strcpy(address.sun_path, harness_path(h, "notify"));
        assert_int_equal(bind(k->fd, (struct sockaddr *)&address, sizeof(address)), 0);
        setenv("NOTIFY_SOCKET", address.sun_path, 1);
        h->host.sockets = &k->table;
        k->table.leaving = true;
}

static void keeper_deinit(struct keeper *k)
{
        unsetenv("NOTIFY_SOCKET");
        close(k->fd);
        notify_sockets_deinit(&k->table);
}

static void keep(struct keeper *k, const char *name, int fd)
{
        void *more = realloc(k->table.items, (size_t)(k->table.n + 1) * sizeof(k->table.items[0]));

        assert_non_null(more);
        k->table.items = more;
        k->table.items[k->table.n].fd = fd;
        k->table.items[k->table.n++].name = strdup(name);
}

/* One datagram. BARRIER=1 is answered by closing what came with it. */
static bool keeper_hear(struct keeper *k)
{
        char text[512], control[CMSG_SPACE(253 * sizeof(int))];
        struct iovec iov = { text, sizeof(text) - 1 };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
        ssize_t n = recvmsg(k->fd, &message, MSG_CMSG_CLOEXEC);
        const char *name;

        if (n < 0)
                return false;
        text[n] = '\0';
        name = strstr(text, "FDNAME=");
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
                const int *fds = (const int *)(const void *)CMSG_DATA(c);

                if (c->cmsg_type != SCM_RIGHTS)
                        continue;
                for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
                        if (strstr(text, "FDSTORE=1") != NULL)
                                keep(k, name + 7, fds[i]), k->n_heard++;
                        else
                                close(fds[i]);
                }
        }
        return true;
}

static struct keeper *hearing;

static bool is_closed_and_heard(struct harness *h)
{
        while (keeper_hear(hearing))
                ;
        return h->watcher_closed;
}

static void on_closed(struct watcher *watcher, void *user)
{
        struct harness *h = user;

        watcher_free(watcher);
        h->watcher = NULL;
        h->watcher_closed = true;
}

/* The process ends, and the next one begins with what was left. */
static void restart(struct harness *h, struct keeper *k, const char *yaml)
{
        hearing = k;
        watcher_stop(h->watcher, on_closed, h);
        assert_true(harness_wait(h, is_closed_and_heard, WAIT_MS));
        while (keeper_hear(k))
                ;
        config_unrefp(&h->config);
        if (yaml != NULL)
                harness_watch(h, yaml);
        harness_run(h, 5);
        while (keeper_hear(k))
                ;
}

/* A reload changes the watcher: the next one goes on with what this one has, and systemd hears nothing of
 * connections. */
static void succeed(struct harness *h, struct keeper *k, const char *yaml)
{
        k->table.leaving = false;
        h->watcher->succeeded = true;
        restart(h, k, yaml);
        assert_int_equal(k->n_heard, 0);
}

static void begin(struct harness *h, struct keeper *k, const char *yaml, int64_t room)
{
        harness_init(h);
        keeper_init(k, h, room);
        harness_watch(h, yaml);
        assert_true(harness_wait(h, harness_is_settled, WAIT_MS));
        assert_null(h->watcher->trouble);
        while (keeper_hear(k))
                ;
}

static void end(struct harness *h, struct keeper *k)
{
        k->table.leaving = false;
        harness_deinit(h);
        keeper_deinit(k);
}

static int dial(struct harness *h)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        strcpy(address.sun_path, harness_path(h, "wire"));
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

static void say(int fd, const char *text, size_t n)
{
        assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
}

/* What comes until there are `n_lines` of it, or the end. */
static void assert_hears(struct harness *h, int fd, size_t n_lines, const char *expected)
{
        char text[4096];
        size_t n = 0, found = 0;

        for (int i = 0; i < WAIT_MS && found < n_lines; i++) {
                ssize_t got = recv(fd, text + n, sizeof(text) - 1 - n, 0);

                if (got == 0)
                        break;
                for (ssize_t k = 0; k < got; k++)
                        found += text[n + (size_t)k] == '\n';
                if (got > 0)
                        n += (size_t)got;
                else
                        harness_run(h, 1);
        }
        text[n] = '\0';
        assert_string_equal(text, expected);
}

/* ---- the watcher ---- */

static const char whole[] = "listen: %s/wire\n";
static const char lines[] = "listen: %s/wire\nframing: separator\nseparator: \"\\\\n--\\\\n\"\n";
static const char wires[] = "listen: %s/wire\nframing: wire\n";
static const char lengths[] = "listen: %s/wire\nframing: length\n";

/* Two messages, the process (or with a `reload` the watcher) ends at every byte of them: the peer sees nothing of
 * it. */
static void cut_everywhere(const char *yaml, const char *text, const char *first, const char *second, bool reload)
{
        struct harness h;
        struct keeper k;

        for (size_t cut = 0; cut <= strlen(text); cut++) {
                int fd;

                begin(&h, &k, yaml, reload ? 0 : 10);
                fd = dial(&h);
                if (cut > 0)
                        say(fd, text, cut);
                harness_run(&h, 2);
                if (reload)
                        succeed(&h, &k, yaml);
                else
                        restart(&h, &k, yaml);
                if (cut < strlen(text))
                        say(fd, text + cut, strlen(text) - cut);
                shutdown(fd, SHUT_WR);
                assert_hears(&h, fd, 3, second != NULL ? "+1\n+2\n" : "+1\n");
                assert_int_equal(h.store.n_kept, second != NULL ? 2 : 1);
                assert_string_equal(h.store.kept[0].bytes, first);
                if (second != NULL)
                        assert_string_equal(h.store.kept[1].bytes, second);
                close(fd);
                end(&h, &k);
        }
}

static void test_cut(void **state)
{
        (void)state;
        for (int reload = 0; reload < 2; reload++) {
                cut_everywhere(lines, "one\n-\n--\ntwo\n--\n", "one\n-", "two", reload);
                cut_everywhere(lengths, "5\r\nfirst\n6\nsecond\n", "first", "second", reload);
                cut_everywhere(whole, "a story\n", "a story\n", NULL, reload);
                cut_everywhere(wires, "\001one\004--\001two\004", "\001one\004", "\001two\004", reload);
        }
}

/* What is at the store is answered by the watcher that submitted it; who comes while one takes the other's place
 * waits. */
static void test_reload(void **state)
{
        struct harness h;
        struct keeper k;
        char rest[9995];
        int fd, late;

        (void)state;
        begin(&h, &k, lines, 0);
        h.store.stuck = true;
        fd = dial(&h);
        say(fd, "one\n--\ntwo\n--\nthr", 17);
        harness_run(&h, 20);
        late = dial(&h);
        say(late, "late\n--\n", 8);
        h.store.stuck = false;
        succeed(&h, &k, lines);
        assert_hears(&h, late, 1, "+3\n");
        say(fd, "ee\n--\n", 6);
        assert_hears(&h, fd, 3, "+1\n+2\n+4\n");
        /* Again, and before the new one has come to listen: nothing is lost on the way. */
        say(fd, "four", 4);
        harness_run(&h, 2);
        hearing = &k;
        for (int i = 0; i < 3; i++) {
                h.watcher->succeeded = true;
                watcher_stop(h.watcher, on_closed, &h);
                assert_true(harness_wait(&h, is_closed_and_heard, WAIT_MS));
                config_unrefp(&h.config);
                harness_watch(&h, lines);
        }
        say(late, "last\n--\n", 8);
        assert_hears(&h, late, 1, "+5\n");
        say(fd, "\n--\n", 4);
        assert_hears(&h, fd, 1, "+6\n");
        assert_string_equal(h.store.kept[5].bytes, "four");
        close(fd);
        fd = dial(&h);
        close(fd);
        close(late);
        end(&h, &k);
        /* Other settings: the framing, and less room for a story than it has sent of one. */
        begin(&h, &k, lines, 0);
        fd = dial(&h);
        say(fd, "half", 4);
        harness_run(&h, 5);
        succeed(&h, &k, lengths);
        assert_hears(&h, fd, 2, "-the framing of this source has changed, send it again\n");
        late = dial(&h);
        say(late, "2\nhi", 4);
        assert_hears(&h, late, 1, "+1\n");
        say(late, "9999\nlong", 9);
        harness_run(&h, 5);
        succeed(&h, &k, "listen: %s/wire\nframing: length\nmax_size: 1K\n");
        memset(rest, 'x', sizeof(rest));
        say(late, rest, sizeof(rest));
        say(late, "3\nend", 5);
        assert_hears(&h, late, 2, "-too large (9999 bytes, at most 1024)\n+2\n");
        assert_string_equal(h.store.kept[1].bytes, "end");
        close(fd);
        close(late);
        end(&h, &k);
}

/* What is at the store is answered first, in order; a peer that has said all is still answered. */
static void test_unanswered(void **state)
{
        struct harness h;
        struct keeper k;
        int fd, done;

        (void)state;
        begin(&h, &k, lines, 10);
        h.store.stuck = true;
        fd = dial(&h);
        say(fd, "one\n--\ntwo\n--\nthr", 17);
        done = dial(&h);
        say(done, "last", 4);
        shutdown(done, SHUT_WR);
        harness_run(&h, 20);
        h.store.stuck = false;
        restart(&h, &k, lines);
        say(fd, "ee\n--\n", 6);
        assert_hears(&h, fd, 3, "+1\n+2\n+4\n");
        assert_hears(&h, done, 2, "+3\n");
        assert_string_equal(h.store.kept[3].bytes, "three");
        close(fd);
        close(done);
        end(&h, &k);
}

/* Intake is closed, whole messages wait in the framing: they are taken after. */
static void test_held(void **state)
{
        struct harness h;
        struct keeper k;
        int fd;

        (void)state;
        begin(&h, &k, lines, 10);
        fd = dial(&h);
        say(fd, "a", 1);
        harness_run(&h, 10);
        watcher_set_paused(h.watcher, true);
        say(fd, "\n--\nb\n--\n", 9);
        harness_run(&h, 10);
        assert_int_equal(h.store.n_kept, 0);
        restart(&h, &k, lines);
        assert_hears(&h, fd, 2, "+1\n+2\n");
        close(fd);
        end(&h, &k);
}

/* One that does not read its replies: what was not written is written after. */
static void test_deaf(void **state)
{
        struct harness h;
        struct keeper k;
        const int small = 1;
        size_t n_lines = 0, sent = 0;
        char text[64];
        int fd;

        (void)state;
        begin(&h, &k, lines, 10);
        fd = dial(&h);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
        for (int idle = 0; idle < 50;) {                /* until it is not read on */
                int size = snprintf(text, sizeof(text), "story %zu\n--\n", sent);

                if (send(fd, text, (size_t)size, MSG_NOSIGNAL) == size)
                        idle = 0, sent++;
                else
                        idle++, harness_run(&h, 1);
        }
        assert_true(sent > 500);
        restart(&h, &k, lines);
        for (int i = 0; i < WAIT_MS && n_lines < sent; i++) {
                ssize_t got = recv(fd, text, sizeof(text), 0);

                for (ssize_t b = 0; b < got; b++)
                        n_lines += text[b] == '\n';
                if (got <= 0)
                        harness_run(&h, 1);
        }
        assert_int_equal(n_lines, sent);
        assert_int_equal(h.store.n_kept, sent);
        close(fd);
        end(&h, &k);
}

/* Where there is no room, or the framing has changed, the peer is told. */
static void test_no_room(void **state)
{
        struct harness h;
        struct keeper k;
        int fds[3], left = 0, told = 0;

        (void)state;
        begin(&h, &k, lines, 3);        /* the listener, the state, one connection */
        for (int i = 0; i < 3; i++) {
                fds[i] = dial(&h);
                say(fds[i], "half", 4);
        }
        harness_run(&h, 10);
        restart(&h, &k, lines);
        for (int i = 0; i < 3; i++) {
                char text[64] = "";

                if (recv(fds[i], text, sizeof(text) - 1, 0) > 0) {
                        assert_string_equal(text, "-dateline stops, send it again\n");
                        told++;
                } else if (send(fds[i], "\n--\n", 4, MSG_NOSIGNAL) == 4) {
                        assert_hears(&h, fds[i], 1, "+1\n");
                        left++;
                }
                close(fds[i]);
        }
        assert_int_equal(told, 2);
        assert_int_equal(left, 1);
        end(&h, &k);
}

static void test_other_framing(void **state)
{
        struct harness h;
        struct keeper k;
        int fd;

        (void)state;
        begin(&h, &k, lines, 10);
        fd = dial(&h);
        say(fd, "half", 4);
        harness_run(&h, 10);
        restart(&h, &k, lengths);
        assert_hears(&h, fd, 2, "-the framing of this source has changed, send it again\n");
        assert_int_equal(h.store.n_kept, 0);
        close(fd);
        end(&h, &k);
}

/* The listener outlives the process, and goes where the configuration says otherwise. */
static void test_listener(void **state)
{
        struct harness h;
        struct keeper k;
        int fd;

        (void)state;
        begin(&h, &k, whole, 10);
        assert_int_equal(k.table.n, 1);
        assert_string_equal(k.table.items[0].name, "test@listen");
        restart(&h, &k, NULL);
        fd = dial(&h);                  /* nobody is there, and nobody is refused */
        say(fd, "story", 5);
        shutdown(fd, SHUT_WR);
        harness_watch(&h, whole);
        assert_hears(&h, fd, 1, "+1\n");
        close(fd);
        harness_run(&h, 5);
        /* Its file is gone: it is bound again. */
        unlink(harness_path(&h, "wire"));
        keep(&k, "test@listen", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        restart(&h, &k, whole);
        harness_run(&h, 20);
        fd = dial(&h);
        say(fd, "again", 5);
        shutdown(fd, SHUT_WR);
        assert_hears(&h, fd, 1, "+2\n");
        close(fd);
        end(&h, &k);
        /* A watcher that ends alone takes it away. */
        begin(&h, &k, whole, 10);
        k.table.leaving = false;
        harness_stop_watch(&h);
        assert_false(harness_exists(&h, "wire"));
        end(&h, &k);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_state),
                cmocka_unit_test(test_nonsense),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_reload),
                cmocka_unit_test(test_unanswered),
                cmocka_unit_test(test_held),
                cmocka_unit_test(test_deaf),
                cmocka_unit_test(test_no_room),
                cmocka_unit_test(test_other_framing),
                cmocka_unit_test(test_listener),
        };

        return harness_exit(cmocka_run_group_tests(tests, NULL, NULL));
}
