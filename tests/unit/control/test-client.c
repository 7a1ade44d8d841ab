/* The protocol and its bounds, over a real socket. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "control/client.h"
#include "tests/unit/control/fake.h"

#define LEVEL "{\"method\":\"io.dateline.Control.GetLogLevel\"}"
#define LEVEL_REPLY "{'parameters':{'level':'emerg'}}"
#define SUBMIT "{\"method\":\"io.dateline.Control.Submit\",\"parameters\":{\"text\":\"x\"}}"

static void split_at_every_byte(void **state)
{
        struct caller c;

        caller_open(&c, *state);
        for (size_t cut = 0; cut <= sizeof(LEVEL); cut++) {
                caller_send(&c, LEVEL, cut);
                fake_settle(*state);
                caller_send(&c, &LEVEL[cut], sizeof(LEVEL) - cut);
                caller_expect_reply(&c, LEVEL_REPLY);
        }
        caller_close(&c);
}

/* Many calls in one write: answered in order, also where some fail and some have to wait for the store. */
static void pipelined(void **state)
{
        _cleanup_(buf_deinit) struct buf calls = BUF_NULL;
        struct caller c;

        for (int i = 0; i < 500; i++) {
                buf_printf(&calls, "{\"method\":\"io.dateline.Control.%s\",\"parameters\":{\"%s\":\"w%d\"}}",
                           i % 3 == 0 ? "Search" : "Pause", i % 3 == 0 ? "words" : "name", i);
                buf_append(&calls, "", 1);
        }
        caller_open(&c, *state);
        caller_send(&c, calls.data, calls.n);
        for (int i = 0; i < 500; i++) {
                char wanted[200];

                snprintf(wanted, sizeof(wanted),
                         i % 3 == 0 ? "{'parameters':{'stories':[{'headline':'w%d','limit':20}]}}" :
                                      "{'error':'io.dateline.Control.NoSuchSource','parameters':{'name':'w%d'}}", i);
                caller_expect_reply(&c, wanted);
        }
        assert_true(caller_is_quiet(&c));
        caller_close(&c);
}

static void oneway(void **state)
{
        struct fake *fake = *state;
        struct caller c;

        caller_open(&c, fake);
        caller_call(&c, "{'method':'io.dateline.Control.Pause','parameters':{'name':'inbox'},'oneway':true}");
        caller_call(&c, "{'method':'io.dateline.Control.Nothing','oneway':true}");
        caller_call(&c, "{'method':'io.dateline.Control.Event','parameters':{'id':'1'},'oneway':true}");
        caller_call(&c, "{'method':'io.dateline.Control.Events','parameters':{'follow':true},'oneway':true}");
        caller_expect(&c, LEVEL, LEVEL_REPLY);
        assert_true(caller_is_quiet(&c));
        assert_string_equal(fake->paused, "inbox 1");
        caller_close(&c);
}

static void malformed_is_closed(void **state)
{
        static const char *const bad[] = {
                "", "x", "[]", "{}", "{'method':1}", "{'method':'a.b.C','more':1}", "{'method':'a.b.C','id':1}",
                "{'method':'a.b.C','more':true,'oneway':true}", "{'method':'\xc3\x28'}",
        };
        struct fake *fake = *state;
        struct caller c, other;

        caller_open(&other, fake);
        for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
                size_t n;

                caller_open(&c, fake);
                caller_call(&c, LEVEL);
                caller_call(&c, bad[i]);
                caller_call(&c, LEVEL);
                assert_true(caller_is_closed(&c, &n));
                assert_int_equal(n <= 1, 1);    /* what came before may be answered, what comes after never */
                caller_close(&c);
        }
        caller_expect(&other, LEVEL, LEVEL_REPLY);
        caller_close(&other);
}

static void long_and_deep_are_closed(void **state)
{
        struct fake *fake = *state;
        size_t n = (size_t)fake->config.control.max_message + 2;
        _cleanup_free_ char *bytes = malloc(n);
        struct caller c;

        memset(bytes, ' ', n);
        caller_open(&c, fake);
        caller_send(&c, bytes, n);
        assert_true(caller_is_closed(&c, NULL));
        caller_close(&c);

        memset(bytes, '[', n);
        bytes[1000] = '\0';
        caller_open(&c, fake);
        caller_send(&c, bytes, 1001);
        assert_true(caller_is_closed(&c, NULL));
        caller_close(&c);

        /* The largest one passes. */
        memset(bytes, ' ', n);
        memcpy(bytes, LEVEL, strlen(LEVEL));
        bytes[n - 2] = '\0';
        caller_open(&c, fake);
        caller_send(&c, bytes, n - 1);
        caller_expect_reply(&c, LEVEL_REPLY);
        caller_close(&c);
}

static void unknown_methods(void **state)
{
        struct caller c;

        caller_open(&c, *state);
        caller_expect(&c, "{'method':'io.dateline.Control.Nothing'}",
                      "{'error':'org.varlink.service.MethodNotFound',"
                      "'parameters':{'method':'io.dateline.Control.Nothing'}}");
        caller_expect(&c, "{'method':'com.example.Other.Nothing'}",
                      "{'error':'org.varlink.service.InterfaceNotFound',"
                      "'parameters':{'interface':'com.example.Other'}}");
        caller_expect(&c, "{'method':'nothing'}",
                      "{'error':'org.varlink.service.InterfaceNotFound','parameters':{'interface':'nothing'}}");
        caller_expect(&c, "{'method':'io.dateline.Control.GetLogLevel','upgrade':true}",
                      "{'error':'org.varlink.service.MethodNotImplemented',"
                      "'parameters':{'method':'io.dateline.Control.GetLogLevel'}}");
        caller_expect(&c, "{'method':'io.dateline.Control.GetLogLevel','parameters':{'x':1}}",
                      "{'error':'org.varlink.service.InvalidParameter','parameters':{'parameter':'x'}}");
        caller_expect(&c, LEVEL, LEVEL_REPLY);
        caller_close(&c);
}

/* A client that has shut its side down gets its replies, then the end. */
static void half_closed(void **state)
{
        struct caller c;
        size_t n;

        caller_open(&c, *state);
        for (int i = 0; i < 40; i++)
                caller_call(&c, i % 2 == 0 ? LEVEL : "{'method':'io.dateline.Control.QuarantineList'}");
        caller_send(&c, "{\"method\"", 9);
        shutdown(c.fd, SHUT_WR);
        assert_true(caller_is_closed(&c, &n));
        assert_int_equal(n, 40);
        caller_close(&c);
}

/* Clients that go away in the middle of everything leave nothing behind: teardown checks. */
static void gone(void **state)
{
        static const char *const calls[] = {
                LEVEL, "{'method':'io.dateline.Control.Story','parameters':{'id':'1'}}",
                "{'method':'io.dateline.Control.Events','parameters':{},'more':true}",
                "{'method':'io.dateline.Control.Events','parameters':{'follow':true},'more':true}", SUBMIT, "{'meth",
        };
        struct fake *fake = *state;

        fake_commit(fake, 3000);
        for (int held = 0; held < 2; held++) {
                for (size_t i = 0; i < N_ELEMENTS(calls); i++) {
                        struct caller c;

                        fake->store.holds = fake->holds_submit = held == 1;
                        fake->submit = NULL;
                        caller_open(&c, fake);
                        caller_call(&c, calls[i]);
                        fake_settle(fake);
                        caller_close(&c);
                        fake_settle(fake);
                        fake_store_release(fake);
                        if (held == 1 && fake->submit != NULL)
                                fake->submit->done(fake->submit, 0, 1, NULL);
                        fake_settle(fake);
                }
        }
        caller_open(&(struct caller){ 0 }, fake);       /* one that never says a word, closed by the server's end */
}

/* A message that is not finished in time. */
static void unfinished(void **state)
{
        struct fake *fake = *state;
        struct caller slow, idle;

        control_set_patience(fake->control, 50000, 10000);
        caller_open(&idle, fake);
        caller_open(&slow, fake);
        caller_send(&slow, LEVEL, 10);
        assert_true(caller_is_closed(&slow, NULL));
        caller_close(&slow);
        caller_expect(&idle, LEVEL, LEVEL_REPLY);       /* one that only waits may stay */
        caller_close(&idle);
}

static int connect_as(struct fake *fake, struct caller *c, uid_t uid, gid_t gid, size_t n_groups, const gid_t *groups)
{
        if (geteuid() != 0)
                return -1;
        assert_int_equal(setgroups(n_groups, groups), 0);
        assert_int_equal(setegid(gid), 0);
        assert_int_equal(seteuid(uid), 0);
        caller_open(c, fake);
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(setegid(0), 0);
        assert_int_equal(setgroups(0, NULL), 0);
        return 0;
}

#define DENIED "{'error':'org.varlink.service.PermissionDenied'}"
#define TAKEN "{'parameters':{'id':7,'known':false}}"

static void permissions(void **state)
{
        static const gid_t many[] = { 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009, 7010,
                                      7011, 7012, 7013, 7014, 7015, 7016, 7017, 7018, 7019, 7020 };
        struct fake *fake = *state;
        struct group *group = getgrgid(1);      /* daemon, on every Debian */
        struct caller c;
        char *error;
        gid_t admin;

        if (geteuid() != 0 || group == NULL)
                skip();
        admin = group->gr_gid;
        fake->config.control.group = strdup(group->gr_name);

        /* No group in the configuration: nobody but root. */
        assert_int_equal(connect_as(fake, &c, 65534, admin, 0, NULL), 0);
        caller_expect(&c, LEVEL, LEVEL_REPLY);
        caller_expect(&c, SUBMIT, DENIED);
        /* Refused before its parameters are looked at, and told nothing about them. */
        caller_expect(&c, "{'method':'io.dateline.Control.Pause','parameters':{'x':1}}", DENIED);
        assert_string_equal(fake->submitted, "");
        /* With one, at once. */
        assert_int_equal(control_reconfigure(fake->control, &fake->config, &error), 0);
        caller_expect(&c, SUBMIT, TAKEN);
        caller_close(&c);

        connect_as(fake, &c, 65534, 65534, 0, NULL);
        caller_expect(&c, SUBMIT, DENIED);
        caller_close(&c);
        connect_as(fake, &c, 65534, 65534, N_ELEMENTS(many), many);
        caller_expect(&c, SUBMIT, DENIED);
        caller_close(&c);
        connect_as(fake, &c, 65534, 65534, 2, (gid_t[]){ 7001, admin });
        caller_expect(&c, SUBMIT, TAKEN);
        caller_close(&c);
        connect_as(fake, &c, 0, 0, 0, NULL);
        caller_expect(&c, SUBMIT, TAKEN);
        caller_close(&c);
        free((char *)fake->config.control.group);
}

static void plain_users_have_smaller_bounds(void **state)
{
        struct fake *fake = *state;
        _cleanup_free_ char *bytes = malloc(CLIENT_PLAIN_MAX + 2);
        struct caller c[16], root;
        size_t n_open = 0;
        char *error;

        if (geteuid() != 0)
                skip();
        memset(bytes, ' ', CLIENT_PLAIN_MAX + 2);
        memcpy(bytes, LEVEL, strlen(LEVEL));
        bytes[CLIENT_PLAIN_MAX] = '\0';
        connect_as(fake, &c[0], 65534, 65534, 0, NULL);
        caller_send(&c[0], bytes, CLIENT_PLAIN_MAX + 1);
        caller_expect_reply(&c[0], LEVEL_REPLY);
        bytes[CLIENT_PLAIN_MAX] = ' ';
        caller_send(&c[0], bytes, CLIENT_PLAIN_MAX + 2);
        assert_true(caller_is_closed(&c[0], NULL));
        caller_close(&c[0]);

        /* Three quarters of the connections are theirs; root still gets in. */
        fake->config.control.max_connections = 12;
        assert_int_equal(control_reconfigure(fake->control, &fake->config, &error), 0);
        for (size_t i = 0; i < N_ELEMENTS(c); i++) {
                connect_as(fake, &c[i], 65534, 65534, 0, NULL);
                fake_settle(fake);
        }
        caller_open(&root, fake);
        caller_expect(&root, LEVEL, LEVEL_REPLY);
        for (size_t i = 0; i < N_ELEMENTS(c); i++) {
                if (i < 9) {
                        caller_expect(&c[i], LEVEL, LEVEL_REPLY);
                        n_open++;
                } else {
                        assert_true(caller_is_closed(&c[i], NULL));
                }
                caller_close(&c[i]);
        }
        assert_int_equal(n_open, 9);
        caller_close(&root);
}

static void too_many(void **state)
{
        struct fake *fake = *state;
        struct caller c[70];
        size_t n_open = 0;

        for (size_t i = 0; i < N_ELEMENTS(c); i++) {
                caller_open(&c[i], fake);
                fake_turn(fake);
        }
        for (size_t i = 0; i < N_ELEMENTS(c); i++) {
                if (i < 64)
                        caller_expect(&c[i], LEVEL, LEVEL_REPLY);
                else
                        assert_true(caller_is_closed(&c[i], NULL));
                n_open += i < 64;
        }
        for (size_t i = 0; i < N_ELEMENTS(c); i++)
                caller_close(&c[i]);
        assert_int_equal(n_open, 64);
        fake_settle(fake);
        caller_open(&c[0], fake);
        caller_expect(&c[0], LEVEL, LEVEL_REPLY);
        caller_close(&c[0]);
}

/* Who asks, goes away and asks again gathers no more questions than connections; root still gets in. */
static void questions_left_behind(void **state)
{
        struct fake *fake = *state;
        struct caller c;

        if (geteuid() != 0)
                skip();
        fake->store.holds = true;
        for (size_t i = 0; i < 48; i++) {
                connect_as(fake, &c, 65534, 65534, 0, NULL);
                caller_call(&c, "{'method':'io.dateline.Control.Event','parameters':{'id':'1-1-1'}}");
                fake_settle(fake);
                caller_close(&c);
                fake_settle(fake);
        }
        connect_as(fake, &c, 65534, 65534, 0, NULL);
        assert_true(caller_is_closed(&c, NULL));
        caller_close(&c);
        caller_open(&c, fake);
        caller_expect(&c, LEVEL, LEVEL_REPLY);
        caller_close(&c);

        fake_store_release(fake);
        while (fake->store.n_jobs < 48)
                fake_turn(fake);
        connect_as(fake, &c, 65534, 65534, 0, NULL);
        caller_expect(&c, LEVEL, LEVEL_REPLY);
        caller_close(&c);
}

/* A client that sends calls and reads nothing is not worked for: its calls wait in its own socket. */
static void reads_nothing(void **state)
{
        struct fake *fake = *state;
        struct caller deaf, other;
        int64_t until = clock_monotonic_us() + 10 * CLOCK_SECOND;
        size_t sent = 0;

        caller_open(&deaf, fake);
        caller_open(&other, fake);
        for (;;) {
                static const char call[] = "{'method':'org.varlink.service.GetInterfaceDescription',"
                                           "'parameters':{'interface':'io.dateline.Control'}}";
                ssize_t n = send(deaf.fd, call, sizeof(call), MSG_NOSIGNAL);

                if (n > 0)
                        sent += (size_t)n;
                if (n != sizeof(call)) {
                        fake_settle(fake);
                        if (send(deaf.fd, " ", 1, MSG_NOSIGNAL) != 1)
                                break;
                        sent++;
                }
                assert_true(clock_monotonic_us() < until && sent < (16u << 20));
        }
        caller_expect(&other, LEVEL, LEVEL_REPLY);
        caller_close(&deaf);
        caller_close(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_begin_test, fake_end_test)
        static const struct CMUnitTest tests[] = {
                TEST(split_at_every_byte), TEST(pipelined), TEST(oneway), TEST(malformed_is_closed),
                TEST(long_and_deep_are_closed), TEST(unknown_methods), TEST(half_closed), TEST(gone), TEST(unfinished),
                TEST(permissions), TEST(plain_users_have_smaller_bounds), TEST(too_many), TEST(questions_left_behind),
                TEST(reads_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
