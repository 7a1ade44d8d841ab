/*
 * The stream of committed events over a store that is none: events are numbers, some of which are missing (withdrawn),
 * and a read comes back when the test says so. Every follower gets every event once and in order, however slow it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/stream.h"
#include "store/changes.h"
#include "store/kind.h"

struct store {
        struct list jobs;
        int64_t last;           /* events 1 to last are there, but for every tenth */
        int fail;               /* so many reads fail */
        size_t reads;
        bool events;            /* lines are events, a source each of a thousand; every fiftieth is an alert */
};

static struct store store;

static bool is_there(int64_t seq)
{
        return seq % 10 != 0;
}

/* ---- what stream.c calls ---- */

void store_read(struct store *s, struct store_job *job)
{
        list_append(&s->jobs, &job->link);
}

int changes_after(struct db *db, int64_t after, size_t max, char **lines, int64_t *seqs, size_t *n)
{
        (void)db;
        *n = 0;
        if (store.fail > 0) {
                store.fail--;
                return -EIO;
        }
        for (int64_t seq = after + 1; seq <= store.last && *n < max; seq++) {
                if (!is_there(seq))
                        continue;
                if (store.events)
                        assert_true(asprintf(&lines[*n],
                                             "{\"seq\":%lld,\"change\":\"%s\",\"revision\":1,\"watch\":\"w%lld\"}",
                                             (long long)seq, seq % 50 == 1 ? "raised" : "new",
                                                     (long long)seq % 1000) > 0);
                else
                        assert_true(asprintf(&lines[*n], "{\"seq\":%lld}", (long long)seq) > 0);
                seqs[(*n)++] = seq;
        }
        return 0;
}

/* ---- a follower ---- */

struct reader {
        struct stream_follower follower;
        struct stream *stream;
        int64_t last;           /* that it got */
        size_t n;
        unsigned woken;
        bool lazy;              /* it reads only when the test says so */
        bool parses;            /* it looks into each line */
        json_t *record;         /* the last one */
};

/* All that is there now, or `max`. */
static int take(struct reader *r, size_t max)
{
        while (max-- > 0) {
                struct stream_line *line;
                char wanted[64];
                json_t *record;
                int result = stream_next(r->stream, &r->follower, &line);

                if (result != 0)
                        return result;
                snprintf(wanted, sizeof(wanted), "{\"seq\":%lld}", (long long)line->seq);
                assert_int_equal(line->n, strlen(wanted));
                assert_memory_equal(line->text, wanted, line->n);
                record = r->parses ? stream_record(r->stream, line) : NULL;
                assert_int_equal(record != NULL ? json_integer_value(json_object_get(record, "seq")) : line->seq,
                                 line->seq);
                assert_true(!r->parses || stream_record(r->stream, line) == record);
                r->record = record;
                /* The next one that is there. */
                do
                        r->last++;
                while (!is_there(r->last));
                assert_int_equal(line->seq, r->last);
                r->n++;
        }
        return 0;
}

static void on_wake(struct stream_follower *follower)
{
        struct reader *r = container_of(follower, struct reader, follower);

        r->woken++;
        if (!r->lazy)
                (void)take(r, SIZE_MAX);
}

static void follow(struct reader *r, struct stream *stream, int64_t after, bool lazy)
{
        *r = (struct reader){ .stream = stream, .lazy = lazy, .last = after < 0 ? stream_last(stream) : after };
        r->follower.wake = on_wake;
        stream_follow(stream, &r->follower, after);
        (void)take(r, lazy ? 0 : SIZE_MAX);
}

/* ---- turning the wheel ---- */

static void commit(struct stream *stream, int64_t n)
{
        store.last += n;
        stream_committed(stream, store.last);
}

static bool read_one(void)
{
        struct list *first = list_pop(&store.jobs);
        struct store_job *job;

        if (first == NULL)
                return false;
        job = list_entry(first, struct store_job, link);
        store.reads++;
        job->done(job, job->run(job, NULL));
        return true;
}

static void settle(uv_loop_t *loop)
{
        do
                uv_run(loop, UV_RUN_NOWAIT);
        while (read_one());
        uv_run(loop, UV_RUN_NOWAIT);
}

struct fixture {
        uv_loop_t loop;
        struct stream *stream;
        bool closed;
};

static void on_closed(void *user)
{
        ((struct fixture *)user)->closed = true;
}

static int set_up(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        store = (struct store){ 0 };
        list_init(&store.jobs);
        assert_non_null(f);
        assert_int_equal(uv_loop_init(&f->loop), 0);
        assert_int_equal(stream_new(&f->stream, &f->loop, NULL, &store), 0);
        *state = f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        if (f->stream != NULL)
                stream_close(f->stream, on_closed, f);
        while (read_one())
                continue;
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_true(f->closed);
        assert_int_equal(uv_loop_close(&f->loop), 0);
        free(f);
        return 0;
}

static void test_from_now_on(void **state)
{
        struct fixture *f = *state;
        struct reader a;

        commit(f->stream, 105);
        settle(&f->loop);
        assert_int_equal(store.reads, 0);       /* nobody follows: nothing is read */
        follow(&a, f->stream, -1, false);
        settle(&f->loop);
        assert_int_equal(a.n, 0);
        commit(f->stream, 20);
        settle(&f->loop);
        assert_int_equal(a.n, 18);
        assert_int_equal(a.last, 125);
        assert_int_equal(stream_followers(f->stream), 1);
        stream_unfollow(f->stream, &a.follower);
        assert_int_equal(stream_followers(f->stream), 0);
}

static void test_from_the_beginning(void **state)
{
        struct fixture *f = *state;
        struct reader a, b;

        commit(f->stream, 9999);
        follow(&a, f->stream, 0, false);
        follow(&b, f->stream, 5000, false);
        settle(&f->loop);
        assert_int_equal(a.last, 9999);
        assert_int_equal(b.last, 9999);
        commit(f->stream, 2);
        settle(&f->loop);
        assert_int_equal(a.last, 10001);
        assert_int_equal(b.last, 10001);
        stream_unfollow(f->stream, &a.follower);
        stream_unfollow(f->stream, &b.follower);
}

/* One that stops reading falls behind the ring; it gets what it missed from the store and comes back to the ring. */
static void test_slow(void **state)
{
        struct fixture *f = *state;
        struct reader slow, quick;
        unsigned woken;

        follow(&slow, f->stream, -1, true);
        follow(&quick, f->stream, -1, false);
        assert_int_equal(take(&slow, 1), STREAM_E_NONE);
        for (int i = 0; i < 100; i++) {
                commit(f->stream, 101);
                settle(&f->loop);
                if (i == 0)
                        (void)take(&slow, 5);
        }
        assert_int_equal(quick.last, 10099);
        woken = slow.woken;
        assert_int_equal(woken, 1);             /* once for the one time that it found nothing */
        assert_int_equal(slow.n, 5);
        slow.lazy = false;
        (void)take(&slow, SIZE_MAX);
        settle(&f->loop);
        assert_int_equal(slow.last, 10099);
        assert_int_equal(slow.n, quick.n);
        stream_unfollow(f->stream, &slow.follower);
        stream_unfollow(f->stream, &quick.follower);
}

static void test_gone_while_reading(void **state)
{
        struct fixture *f = *state;
        struct reader a, b;

        commit(f->stream, 999);
        follow(&a, f->stream, 0, false);        /* its read is on the way */
        follow(&b, f->stream, 0, false);
        stream_unfollow(f->stream, &a.follower);
        settle(&f->loop);
        assert_int_equal(a.n, 0);
        assert_int_equal(b.last, 999);
        stream_unfollow(f->stream, &b.follower);
}

/* Those who look into the same line share what was parsed; those behind the ring have their own. */
static void test_parsed_once(void **state)
{
        struct fixture *f = *state;
        struct reader a, b, slow;

        follow(&a, f->stream, -1, true);
        follow(&b, f->stream, -1, true);
        follow(&slow, f->stream, -1, true);
        a.parses = b.parses = slow.parses = true;
        commit(f->stream, 9);
        settle(&f->loop);
        for (int i = 0; i < 9; i++) {
                (void)take(&a, 1);
                (void)take(&b, 1);
                assert_ptr_equal(a.record, b.record);
        }
        a.lazy = b.lazy = false;
        for (int i = 0; i < 80; i++) {
                commit(f->stream, 101);
                (void)take(&a, SIZE_MAX);
                settle(&f->loop);
        }
        slow.lazy = false;
        (void)take(&slow, SIZE_MAX);
        (void)take(&b, SIZE_MAX);
        settle(&f->loop);
        assert_int_equal(a.last, 9 + 80 * 101);
        assert_int_equal(b.last, a.last);
        assert_int_equal(slow.last, a.last);
        stream_unfollow(f->stream, &a.follower);
        stream_unfollow(f->stream, &b.follower);
        stream_unfollow(f->stream, &slow.follower);
}

/* A slow one's own read that fails is made again too, and not at once; one that goes while it waits for that is no
 * harm. */
static void test_failing_own_read(void **state)
{
        struct fixture *f = *state;
        struct reader a, gone;
        size_t reads;

        commit(f->stream, 99);
        store.fail = 4;
        follow(&a, f->stream, 0, false);
        follow(&gone, f->stream, 0, false);
        settle(&f->loop);
        reads = store.reads;
        assert_int_equal(reads, 2);
        for (int i = 0; i < 50; i++)
                settle(&f->loop);
        assert_int_equal(store.reads, reads);
        stream_unfollow(f->stream, &gone.follower);
        while (a.n == 0) {
                uv_run(&f->loop, UV_RUN_ONCE);
                settle(&f->loop);
        }
        assert_int_equal(a.last, 99);
        assert_true(store.reads <= reads + 4);
        stream_unfollow(f->stream, &a.follower);
}

/* Takes what it is woken for, and passes over the rest. */
struct picky {
        struct stream_follower follower;
        struct stream *stream;
        struct query_filter filter;
        unsigned woken, n;
        int64_t last;
};

static void pick(struct picky *p)
{
        struct stream_line *line;
        int r;

        while ((r = stream_next(p->stream, &p->follower, &line)) == 0) {
                assert_true(line->seq > p->last);
                p->last = line->seq;
                if ((p->follower.kinds == 0 || (p->follower.kinds & line->kind) != 0) &&
                    (p->follower.filter == NULL || strstr(line->text, p->filter.watch) != NULL))
                        p->n++;
        }
        assert_int_equal(r, STREAM_E_NONE);     /* from the store: nothing */
}

static void on_picky_wake(struct stream_follower *follower)
{
        struct picky *p = container_of(follower, struct picky, follower);

        p->woken++;
        pick(p);
}

static void follow_picky(struct picky *p, struct stream *stream, const char *watch, unsigned kinds)
{
        *p = (struct picky){ .stream = stream, .filter.watch = watch, .follower.kinds = kinds,
                             .follower.wake = on_picky_wake };
        p->follower.filter = watch != NULL ? &p->filter : NULL;
        stream_follow(stream, &p->follower, -1);
        pick(p);
}

/* Those with a filter are woken for what passes it and for nothing else, and however long they slept they need nothing
 * from the store. */
static void test_filters(void **state)
{
        struct fixture *f = *state;
        struct picky all, one, other, alerts, none;

        store.events = true;
        follow_picky(&all, f->stream, NULL, 0);
        follow_picky(&one, f->stream, "w777", KINDS_EVENTS);
        follow_picky(&other, f->stream, "w778", KINDS_EVENTS);
        follow_picky(&none, f->stream, "nowhere", KINDS_EVENTS);
        follow_picky(&alerts, f->stream, NULL, KINDS_ALERTS);
        for (int i = 0; i < 300; i++) {
                commit(f->stream, 17);
                settle(&f->loop);
                pick(&none);                    /* asked for nothing, it costs nothing */
        }
        assert_int_equal(all.n, 5100 - 510);
        assert_int_equal(one.n, 5);
        assert_int_equal(one.woken, 5);
        assert_int_equal(other.n, 5);
        assert_int_equal(other.woken, 5);
        assert_int_equal(none.woken, 0);
        assert_int_equal(alerts.n, 5100 / 50);
        assert_true(alerts.woken <= 5100 / 50);
        /* Much at once: it is in the ring where it was for them. */
        commit(f->stream, 5000);
        settle(&f->loop);
        assert_int_equal(one.n, 10);
        assert_int_equal(none.woken, 0);
        stream_unfollow(f->stream, &one.follower);
        commit(f->stream, 1000);
        settle(&f->loop);
        assert_int_equal(one.n, 10);
        assert_int_equal(other.n, 11);
        stream_unfollow(f->stream, &all.follower);
        stream_unfollow(f->stream, &other.follower);
        stream_unfollow(f->stream, &none.follower);
        stream_unfollow(f->stream, &alerts.follower);
}

/* A read that fails is made again. */
static void test_failing_store(void **state)
{
        struct fixture *f = *state;
        struct reader a;

        follow(&a, f->stream, -1, false);
        store.fail = 1;
        commit(f->stream, 9);
        settle(&f->loop);
        assert_int_equal(a.n, 0);
        while (a.n == 0) {                      /* after a second */
                uv_run(&f->loop, UV_RUN_ONCE);
                settle(&f->loop);
        }
        assert_int_equal(a.last, 9);
        stream_unfollow(f->stream, &a.follower);
}

static void test_close_while_reading(void **state)
{
        struct fixture *f = *state;
        struct reader a;

        follow(&a, f->stream, -1, false);
        commit(f->stream, 5);
        stream_unfollow(f->stream, &a.follower);
        stream_close(f->stream, on_closed, f);
        f->stream = NULL;
        uv_run(&f->loop, UV_RUN_NOWAIT);
        assert_false(f->closed);                /* the read is still out */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_from_now_on, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_from_the_beginning, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_slow, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_gone_while_reading, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_filters, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_failing_store, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_failing_own_read, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_parsed_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_close_while_reading, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
