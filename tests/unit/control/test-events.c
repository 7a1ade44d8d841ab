/* Events: paging, batches, following. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/control/fake.h"

/* What a series of replies held. */
struct got {
        size_t n, replies;
        int64_t first, last;
        bool continues;
};

/* Take the next reply: events in order, each the event of its sequence. */
static void take(struct caller *c, struct got *got)
{
        json_t *reply = caller_reply(c), *parameters = json_object_get(reply, "parameters");
        json_t *events = json_object_get(parameters, "events"), *event;
        size_t i;

        assert_null(json_object_get(reply, "error"));
        assert_true(json_is_array(events));
        json_array_foreach(events, i, event) {
                int64_t seq = json_integer_value(json_object_get(event, "seq"));
                json_t *wanted = fake_event(seq);

                assert_true(json_equal(event, wanted));
                assert_true(seq > got->last);
                json_decref(wanted);
                got->first = got->first == 0 ? seq : got->first;
                got->last = seq;
                got->n++;
        }
        got->replies++;
        got->continues = json_is_true(json_object_get(reply, "continues"));
        json_decref(reply);
}

static struct got ask(struct caller *c, const char *parameters, bool more)
{
        struct got got = { 0 };
        char call[512];

        snprintf(call, sizeof(call), "{'method':'io.dateline.Control.Events','parameters':{%s}%s}", parameters,
                 more ? ",'more':true" : "");
        caller_call(c, call);
        do
                take(c, &got);
        while (got.continues);
        return got;
}

static void one_reply(void **state)
{
        struct fake *fake = *state;
        struct caller c;
        struct got got;

        caller_open(&c, fake);
        got = ask(&c, "", false);
        assert_int_equal(got.n, 0);
        fake_commit(fake, 2500);
        got = ask(&c, "", false);
        assert_int_equal(got.n, 100);
        assert_int_equal(got.first, 1);
        got = ask(&c, "'limit':5,'newest':true", false);
        assert_int_equal(got.first, 2496);
        assert_int_equal(got.last, 2500);
        got = ask(&c, "'limit':1000,'after':2000", false);
        assert_int_equal(got.n, 500);
        assert_int_equal(got.first, 2001);
        got = ask(&c, "'limit':3,'actor':'USA','since':'2026-01-01','until':'2027-01-01T00:00:00Z'", false);
        assert_int_equal(got.n, 3);
        assert_int_equal(got.last, 6);
        got = ask(&c, "'limit':0", false);
        assert_int_equal(got.n, 0);
        caller_close(&c);
}

static void batches(void **state)
{
        struct fake *fake = *state;
        struct caller c;
        struct got got;

        caller_open(&c, fake);
        got = ask(&c, "", true);
        assert_int_equal(got.n, 0);
        assert_int_equal(got.replies, 1);
        /* Also where the last batch is full, or exactly used up. */
        for (int64_t n = 254; n <= 515; n += n == 258 ? 252 : 1) {
                fake_commit(fake, n);
                got = ask(&c, "", true);
                assert_int_equal(got.n, n);
                assert_int_equal(got.last, n);
                assert_true(got.replies >= 1 && got.replies <= 4);
        }
        fake_commit(fake, 3000);
        got = ask(&c, "", true);
        assert_int_equal(got.n, 3000);
        got = ask(&c, "'limit':300", true);
        assert_int_equal(got.n, 300);
        got = ask(&c, "'limit':1000,'newest':true", true);
        assert_int_equal(got.n, 1000);
        assert_int_equal(got.first, 2001);
        assert_int_equal(got.replies, 1);
        got = ask(&c, "'actor':'PRK'", true);
        assert_int_equal(got.n, 1500);
        caller_close(&c);
}

static void wrong_parameters(void **state)
{
        static const char *const wrong[][2] = {
                { "'limit':1001", "limit" }, { "'limit':-1", "limit" }, { "'since':'yesterday'", "since" },
                { "'until':'2026-13-01'", "until" }, { "'actor':''", "actor" }, { "'follow':'yes'", "follow" },
                { "'types':'x'", "types" },
        };
        struct caller c;

        caller_open(&c, *state);
        for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
                char call[256], reply[256];

                snprintf(call, sizeof(call), "{'method':'io.dateline.Control.Events','parameters':{%s}}", wrong[i][0]);
                snprintf(reply, sizeof(reply), "{'error':'org.varlink.service.InvalidParameter',"
                                               "'parameters':{'parameter':'%s'}}", wrong[i][1]);
                caller_expect(&c, call, reply);
        }
        caller_expect(&c, "{'method':'io.dateline.Control.Events','parameters':{'follow':true}}",
                      "{'error':'org.varlink.service.ExpectedMore'}");
        caller_close(&c);
}

#define FOLLOW(more) "{'method':'io.dateline.Control.Events','parameters':{'follow':true" more "},'more':true}"

static void follow(void **state)
{
        struct fake *fake = *state;
        struct caller c, filtered, all;
        struct got got = { 0 }, got_filtered = { 0 }, got_all = { 0 };

        fake_commit(fake, 1000);
        caller_open(&c, fake);
        caller_call(&c, FOLLOW(",'limit':0"));
        take(&c, &got);                         /* the state now, though it is empty */
        assert_int_equal(got.n, 0);
        caller_open(&filtered, fake);
        caller_call(&filtered, FOLLOW(",'actor':'PRK','limit':10,'newest':true"));
        take(&filtered, &got_filtered);
        assert_int_equal(got_filtered.n, 10);
        assert_int_equal(got_filtered.last, 999);
        caller_open(&all, fake);
        caller_call(&all, FOLLOW(""));
        while (got_all.n < 1000)
                take(&all, &got_all);

        /* What the daemon is asked meanwhile on the same connection waits behind the stream. */
        caller_call(&c, "{'method':'io.dateline.Control.GetLogLevel'}");
        assert_true(caller_is_quiet(&c));
        for (int round = 0; round < 2; round++) {
                fake->stream.fetches = round == 1;
                for (int64_t last = fake->stream.last + 1, end = last + 50; last < end; last++) {
                        fake_commit(fake, last);
                        fake_turn(fake);
                }
                while (got.n < 50 * (size_t)(round + 1))
                        take(&c, &got);
                assert_int_equal(got.first, 1001);
                assert_int_equal(got.last, 1000 + 50 * (round + 1));
                while (got_filtered.n < 10 + 25 * (size_t)(round + 1))
                        take(&filtered, &got_filtered);
                while (got_all.n < 1000 + 50 * (size_t)(round + 1))
                        take(&all, &got_all);
                assert_true(got.continues && got_filtered.continues && got_all.continues);
        }
        assert_true(caller_is_quiet(&c));
        assert_true(caller_is_quiet(&filtered));
        assert_true(caller_is_quiet(&all));
        caller_close(&c);
        caller_close(&filtered);
        caller_close(&all);
}

/* Events that are committed while the stored ones are being read come once: not lost, not twice. */
static void nothing_between_store_and_stream(void **state)
{
        struct fake *fake = *state;

        for (int64_t before = 0; before < 600; before += 256) {
                struct got got = { 0 };
                struct caller c;

                fake->stream.last = before;
                fake->store.holds = true;
                caller_open(&c, fake);
                caller_call(&c, FOLLOW(""));
                fake_settle(fake);              /* it has joined the stream and waits for the store */
                fake_commit(fake, before + 10); /* both have these */
                fake_settle(fake);
                fake_store_release(fake);
                while (got.n < (size_t)before + 10)
                        take(&c, &got);
                fake_commit(fake, before + 20);
                while (got.n < (size_t)before + 20)
                        take(&c, &got);
                assert_int_equal(got.last, before + 20);
                assert_true(caller_is_quiet(&c));
                caller_close(&c);
        }
}

/* A follower that does not read is pulled no lines for; it gets all of them once it reads; others are not kept
 * waiting. */
static void slow_reader(void **state)
{
        struct fake *fake = *state;
        struct got got = { 0 }, got_slow = { 0 };
        struct caller slow, quick;
        size_t taken;

        caller_open(&slow, fake);
        caller_call(&slow, FOLLOW(""));
        caller_open(&quick, fake);
        caller_call(&quick, FOLLOW(""));
        take(&quick, &got);
        for (int64_t last = 100; last <= 20000; last += 100) {
                fake_commit(fake, last);
                while (got.n < (size_t)last)
                        take(&quick, &got);
        }
        fake_settle(fake);
        taken = fake->stream.n_taken;
        assert_true(taken >= 20000 && taken < 40000);   /* what fits into the slow one's socket and one round of ours */
        fake_commit(fake, 20100);
        while (got.n < 20100)
                take(&quick, &got);
        fake_settle(fake);
        assert_int_equal(fake->stream.n_taken, taken + 100);

        while (got_slow.n < 20100)
                take(&slow, &got_slow);
        assert_int_equal(got_slow.first, 1);
        assert_int_equal(got_slow.last, 20100);
        caller_close(&slow);
        caller_close(&quick);
}

static void many_followers(void **state)
{
        struct fake *fake = *state;
        struct caller c[60];
        struct got got[60] = { 0 };
        json_t *reply, *control;

        for (size_t i = 0; i < N_ELEMENTS(c); i++) {
                caller_open(&c[i], fake);
                caller_call(&c[i], FOLLOW(",'limit':0"));
                take(&c[i], &got[i]);
        }
        fake_commit(fake, 500);
        for (size_t i = 0; i < N_ELEMENTS(c); i++)
                while (got[i].n < 500)
                        take(&c[i], &got[i]);
        for (size_t i = 1; i < N_ELEMENTS(c); i++)
                caller_close(&c[i]);
        fake_settle(fake);
        caller_open(&c[1], fake);
        caller_call(&c[1], "{'method':'io.dateline.Control.Status'}");
        reply = caller_reply(&c[1]);
        control = json_object_get(json_object_get(reply, "parameters"), "control");
        assert_int_equal(json_integer_value(json_object_get(control, "followers")), 1);
        json_decref(reply);
        caller_close(&c[0]);
        caller_close(&c[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_begin_test, fake_end_test)
        static const struct CMUnitTest tests[] = {
                TEST(one_reply), TEST(batches), TEST(wrong_parameters), TEST(follow),
                TEST(nothing_between_store_and_stream), TEST(slow_reader), TEST(many_followers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
