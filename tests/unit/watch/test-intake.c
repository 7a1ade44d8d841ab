/* Intake's bounds, its closing and opening, over the store of the tests. */
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKETS = 64 };

struct sent {
        struct intake_ticket ticket;
        int r;
        int64_t id;
        unsigned n_done;
        char reason[200];
};

static void on_done(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct sent *sent = container_of(ticket, struct sent, ticket);

        sent->r = r;
        sent->id = id;
        sent->n_done++;
        snprintf(sent->reason, sizeof(sent->reason), "%s", reason != NULL ? reason : "");
}

static void send_one(struct harness *h, struct sent *sent, const char *key, size_t n)
{
        static char bytes[4096];

        *sent = (struct sent){ .ticket = { .done = on_done, .delivery = { .source = "test", .key = key, .bytes = bytes,
                                                                          .n_bytes = n } } };
        intake_submit(h->intake, &sent->ticket);
}

static void set_limits(struct harness *h, int64_t max_bytes, int64_t max_queue)
{
        intake_set_limits(h->intake, &(struct intake_limits){ max_bytes, max_queue });
}

static void test_taken(void **state)
{
        struct harness h;
        struct sent a, b;
        struct intake_figures figures;

        (void)state;
        harness_init(&h);
        send_one(&h, &a, "k", 10);
        assert_int_equal(a.n_done, 0);
        send_one(&h, &b, "k", 10);
        harness_run(&h, 20);
        assert_int_equal(a.n_done, 1);
        assert_int_equal(a.r, 0);
        assert_int_equal(a.id, 1);
        assert_int_equal(b.r, DELIVERIES_E_KNOWN);
        assert_int_equal(b.id, 1);
        intake_get_figures(h.intake, &figures);
        assert_int_equal(figures.accepted, 1);
        assert_int_equal(figures.known, 1);
        assert_int_equal(figures.bytes, 10);
        assert_int_equal(figures.bytes_in_flight, 0);
        assert_int_equal(figures.in_flight, 0);
        assert_int_equal(figures.depth, 1);
        assert_int_equal(h.n_told, 0);
        harness_deinit(&h);
}

static void test_bytes(void **state)
{
        struct harness h;
        struct sent sent[8];

        (void)state;
        harness_init(&h);
        set_limits(&h, 2500, 1000);
        h.store.stuck = true;
        send_one(&h, &sent[0], NULL, 1000);
        send_one(&h, &sent[1], NULL, 1000);
        assert_true(intake_is_open(h.intake));
        assert_null(intake_reason(h.intake));
        send_one(&h, &sent[2], NULL, 1000);
        assert_false(intake_is_open(h.intake));
        assert_string_equal(intake_reason(h.intake), "3000 bytes wait for the disk");
        send_one(&h, &sent[3], NULL, 1);
        assert_int_equal(sent[3].n_done, 1);
        assert_int_equal(sent[3].r, -EAGAIN);
        assert_string_equal(sent[3].reason, "3000 bytes wait for the disk");
        assert_int_equal(h.n_told, 0);  /* not from within */
        harness_run(&h, 10);
        assert_int_equal(h.n_told, 1);
        assert_false(h.told_open);
        h.store.stuck = false;
        harness_run(&h, 20);
        assert_true(h.told_open);
        assert_true(intake_is_open(h.intake));
        /* One that is larger than the bound alone is taken. */
        send_one(&h, &sent[4], NULL, 4000);
        assert_false(intake_is_open(h.intake));
        harness_run(&h, 20);
        assert_int_equal(sent[4].r, 0);
        assert_true(h.told_open);
        assert_int_equal(h.n_told, 4);  /* closed and opened, also where it was short */
        harness_deinit(&h);
}

static void test_queue(void **state)
{
        struct harness h;
        struct sent sent[TICKETS];

        (void)state;
        harness_init(&h);
        set_limits(&h, INTAKE_BYTES, 20);
        for (int i = 0; i < 20; i++)
                send_one(&h, &sent[i], NULL, 1);
        assert_false(intake_is_open(h.intake));
        assert_string_equal(intake_reason(h.intake), "the queue is full (20 deliveries wait)");
        harness_run(&h, 20);
        assert_false(intake_is_open(h.intake));         /* committed, but not worked off */
        intake_set_depth(h.intake, 19);
        harness_run(&h, 10);
        assert_false(intake_is_open(h.intake));         /* so that it does not flap */
        intake_set_depth(h.intake, 14);
        harness_run(&h, 10);
        assert_true(intake_is_open(h.intake));
        assert_true(h.told_open);
        /* A reload with a smaller bound closes, a larger one opens. */
        set_limits(&h, INTAKE_BYTES, 10);
        assert_false(intake_is_open(h.intake));
        harness_run(&h, 10);
        assert_false(h.told_open);
        set_limits(&h, INTAKE_BYTES, 1000);
        harness_run(&h, 10);
        assert_true(h.told_open);
        intake_set_depth(h.intake, 1000);
        assert_false(intake_is_open(h.intake));
        harness_deinit(&h);
}

/* A bound of one: the distance must not keep it shut for ever. */
static void test_queue_of_one(void **state)
{
        struct harness h;
        struct sent sent;

        (void)state;
        harness_init(&h);
        set_limits(&h, 1, 1);
        for (int i = 0; i < 3; i++) {
                assert_true(intake_is_open(h.intake));
                send_one(&h, &sent, NULL, 1);
                harness_run(&h, 10);
                assert_int_equal(sent.r, 0);
                intake_set_depth(h.intake, 0);
                harness_run(&h, 10);
        }
        harness_deinit(&h);
}

static bool is_open(struct harness *h)
{
        return intake_is_open(h->intake);
}

/* The disk is full: closed with the reason, one probe at a time, open again by itself. */
static void test_disk_full(void **state)
{
        struct harness h;
        struct sent sent[4];
        size_t runs;

        (void)state;
        harness_init(&h);
        h.store.fail = -ENOSPC;
        send_one(&h, &sent[0], NULL, 1);
        send_one(&h, &sent[1], NULL, 1);
        harness_run(&h, 20);
        assert_int_equal(sent[0].r, -ENOSPC);
        assert_string_equal(sent[0].reason, "the store: the disk is full: make room on its file system");
        assert_int_equal(sent[1].r, -ENOSPC);
        assert_false(intake_is_open(h.intake));
        assert_string_equal(intake_reason(h.intake), "the store: the disk is full: make room on its file system");
        assert_false(h.told_open);
        harness_run(&h, 700);
        assert_false(intake_is_open(h.intake));
        assert_true(harness_wait(&h, is_open, 1000));
        runs = h.store.n_runs;
        send_one(&h, &sent[2], NULL, 1);
        assert_false(intake_is_open(h.intake));         /* one at a time */
        harness_run(&h, 20);
        assert_int_equal(h.store.n_runs, runs + 1);
        assert_int_equal(sent[2].r, -ENOSPC);
        h.store.fail = 0;
        harness_run(&h, 1500);
        assert_false(intake_is_open(h.intake));         /* the second wait is 2 s */
        assert_true(harness_wait(&h, is_open, 1000));
        h.store.fail_one = DELIVERIES_E_KNOWN;          /* nothing was written for it: it proves nothing */
        send_one(&h, &sent[2], NULL, 1);
        harness_run(&h, 20);
        assert_int_equal(sent[2].r, DELIVERIES_E_KNOWN);
        assert_true(intake_is_open(h.intake));
        send_one(&h, &sent[2], NULL, 1);
        assert_false(intake_is_open(h.intake));         /* still one at a time */
        harness_run(&h, 20);
        assert_int_equal(sent[2].r, 0);
        send_one(&h, &sent[3], NULL, 1);
        harness_run(&h, 20);
        assert_int_equal(sent[3].r, 0);
        assert_true(intake_is_open(h.intake));
        send_one(&h, &sent[2], NULL, 1);
        send_one(&h, &sent[3], NULL, 1);        /* proven: as many as before */
        assert_true(intake_is_open(h.intake));
        assert_true(h.told_open);
        harness_run(&h, 20);
        harness_deinit(&h);
}

/* One delivery's own fault closes nothing. */
static void test_own_fault(void **state)
{
        struct harness h;
        struct sent a;

        (void)state;
        harness_init(&h);
        h.store.fail_one = -E2BIG;
        send_one(&h, &a, NULL, 1);
        harness_run(&h, 20);
        assert_int_equal(a.r, -E2BIG);
        assert_true(intake_is_open(h.intake));
        assert_int_equal(h.n_told, 0);
        harness_deinit(&h);
}

static void on_intake_closed(void *user)
{
        *(bool *)user = true;
}

/* Closing waits for what is with the store. */
static void test_close(void **state)
{
        struct harness h;
        struct sent a, b;
        bool closed = false;

        (void)state;
        harness_init(&h);
        h.store.stuck = true;
        send_one(&h, &a, NULL, 1);
        intake_close(h.intake, on_intake_closed, &closed);
        send_one(&h, &b, NULL, 1);
        assert_int_equal(b.r, -EAGAIN);
        assert_string_equal(b.reason, "dateline stops");
        harness_run(&h, 20);
        assert_false(closed);
        h.store.stuck = false;
        harness_run(&h, 20);
        assert_true(closed);
        assert_int_equal(a.r, 0);
        assert_int_equal(intake_new(&h.intake, &h.loop, &h.store, NULL, &(struct intake_limits){ 1000, 10 },
                                    &(struct intake_callbacks){ 0 }), 0);
        harness_deinit(&h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_taken),
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_queue),
                cmocka_unit_test(test_queue_of_one),
                cmocka_unit_test(test_disk_full),
                cmocka_unit_test(test_own_fault),
                cmocka_unit_test(test_close),
        };

        return harness_exit(cmocka_run_group_tests(tests, NULL, NULL));
}
