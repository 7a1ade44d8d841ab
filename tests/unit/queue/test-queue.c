/* The queue's window: what runs next, what is tried again and when, what is fetched, what a row that comes twice
 * does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "queue/queue.h"

static struct waiting waiting(bool is_story, int64_t row, size_t n_body)
{
        return (struct waiting){ .is_story = is_story, .row = row, .head = strdup("{}"), .n_head = 2,
                                 .body = calloc(1, n_body + 1), .n_body = n_body, .source = strdup("inbox") };
}

static void feed(struct queue *q, enum queue_kind kind, int64_t first, size_t n)
{
        struct waiting items[QUEUE_WINDOW];
        int64_t after;
        size_t max, max_bytes;

        assert_true(queue_wants(q, kind, &after, &max, &max_bytes));
        for (size_t i = 0; i < n; i++)
                items[i] = waiting(kind == QUEUE_STORIES, first + (int64_t)i, 10);
        assert_int_equal(queue_fetched(q, kind, 0, items, n), 0);
}

static void test_order(void **state)
{
        struct queue q;
        struct queue_item *a, *b, *c;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_DELIVERIES, 1, 2);
        feed(&q, QUEUE_STORIES, 7, 1);
        a = queue_next(&q, 0);
        b = queue_next(&q, 0);
        c = queue_next(&q, 0);
        assert_non_null(a);
        assert_non_null(b);
        assert_non_null(c);
        assert_int_equal(a->waiting.row, 7);    /* what was begun is finished first */
        assert_int_equal(b->waiting.row, 1);
        assert_int_equal(c->waiting.row, 2);
        assert_null(queue_next(&q, 0));
        assert_int_equal(queue_running(&q), 3);
        queue_end(&q, b);
        assert_int_equal(queue_running(&q), 2);
        queue_deinit(&q);
}

static void test_retry(void **state)
{
        struct queue q;
        struct queue_item *item;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_STORIES, 1, 1);
        item = queue_next(&q, 1000);
        assert_int_equal(queue_failed(&q, item, "it died", false, 1000), QUEUE_TRY_AGAIN);
        assert_null(queue_next(&q, 1000));
        assert_int_equal(queue_next_time(&q, 1000), 1000 + QUEUE_RETRY_US);
        item = queue_next(&q, 1000 + QUEUE_RETRY_US);
        assert_non_null(item);
        assert_int_equal(queue_failed(&q, item, "it died", false, 2000), QUEUE_TRY_AGAIN);
        assert_int_equal(queue_next_time(&q, 2000), 2000 + 2 * QUEUE_RETRY_US);
        item = queue_next(&q, INT64_MAX);
        assert_int_equal(queue_failed(&q, item, "it hung", false, 3000), QUEUE_GIVE_UP);
        assert_string_equal(item->reason, "it hung");
        assert_int_equal(item->waiting.attempts, 3);
        assert_null(queue_next(&q, INT64_MAX));
        queue_deinit(&q);
}

/* What failed goes behind what was never tried, of either kind, for a while. */
static void test_lets_pass(void **state)
{
        struct queue q;
        struct queue_item *item;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_STORIES, 1, 2);
        feed(&q, QUEUE_DELIVERIES, 7, 2);
        item = queue_next(&q, 0);
        assert_int_equal(item->waiting.row, 1);
        assert_int_equal(queue_failed(&q, item, "it died", false, 0), QUEUE_TRY_AGAIN);
        assert_int_equal(queue_next(&q, QUEUE_RETRY_US)->waiting.row, 2);
        assert_int_equal(queue_next(&q, QUEUE_RETRY_US)->waiting.row, 7);
        item = queue_next(&q, QUEUE_RETRY_US + QUEUE_PASS_US);
        assert_int_equal(item->waiting.row, 1);
        assert_true(item->kind == QUEUE_STORIES);
        assert_int_equal(queue_next(&q, QUEUE_RETRY_US)->waiting.row, 8);
        queue_deinit(&q);
}

static void test_final(void **state)
{
        struct queue q;
        struct queue_item *item;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_DELIVERIES, 1, 1);
        item = queue_next(&q, 0);
        assert_int_equal(queue_failed(&q, item, "not text", true, 0), QUEUE_GIVE_UP);
        queue_deinit(&q);
}

static void test_given_back(void **state)
{
        struct queue q;
        struct queue_item *item;

        (void)state;
        queue_init(&q, 1);
        feed(&q, QUEUE_DELIVERIES, 1, 1);
        item = queue_next(&q, 0);
        queue_give_back(item, 50);
        assert_int_equal(item->waiting.attempts, 0);
        assert_null(queue_next(&q, 49));
        assert_ptr_equal(queue_next(&q, 50), item);
        queue_deinit(&q);
}

/* A window is fetched again when it is half empty and the store may have more. */
static void test_fetching(void **state)
{
        struct queue q;
        struct queue_item *items[QUEUE_WINDOW];
        struct waiting none[1];
        int64_t after;
        size_t max, max_bytes;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_DELIVERIES, 1, QUEUE_WINDOW);
        assert_false(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));
        for (int i = 0; i < QUEUE_WINDOW; i++)
                items[i] = queue_next(&q, 0);
        for (int i = 0; i < QUEUE_WINDOW / 2; i++)
                queue_end(&q, items[i]);
        assert_true(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));
        assert_int_equal(after, QUEUE_WINDOW);
        assert_int_equal(max, QUEUE_WINDOW / 2);
        assert_false(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));      /* one at a time */
        assert_int_equal(queue_fetched(&q, QUEUE_DELIVERIES, 0, none, 0), 0);
        assert_false(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));      /* nothing there */
        queue_kick(&q, QUEUE_DELIVERIES, false);
        assert_true(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));
        queue_kick(&q, QUEUE_DELIVERIES, false);        /* while the fetch runs: it may have missed it */
        assert_int_equal(queue_fetched(&q, QUEUE_DELIVERIES, 0, none, 0), 0);
        assert_true(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));
        assert_int_equal(queue_fetched(&q, QUEUE_DELIVERIES, -EIO, none, 0), 0);
        assert_true(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));       /* again after a failure */
        queue_deinit(&q);
}

static void test_known_row(void **state)
{
        struct queue q;
        struct queue_item *item;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_STORIES, 5, 2);
        item = queue_next(&q, 0);
        queue_kick(&q, QUEUE_STORIES, true);
        feed(&q, QUEUE_STORIES, 4, 3);          /* 5 and 6 are here, 5 is running */
        assert_int_equal(q.windows[QUEUE_STORIES].n, 3);
        queue_end(&q, item);
        assert_int_equal(queue_next(&q, 0)->waiting.row, 6);
        assert_int_equal(queue_next(&q, 0)->waiting.row, 4);
        assert_null(queue_next(&q, 0));
        queue_deinit(&q);
}

/* What ended while a fetch was on its way may have been seen pending by it: it does not run again. */
static void test_ended_meanwhile(void **state)
{
        struct queue q;
        struct queue_item *item;
        struct waiting items[2];
        int64_t after;
        size_t max, max_bytes;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_DELIVERIES, 5, 1);
        item = queue_next(&q, 0);
        queue_kick(&q, QUEUE_DELIVERIES, true);
        assert_true(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));
        assert_int_equal(after, 0);
        queue_end(&q, item);
        items[0] = waiting(false, 5, 10);
        items[1] = waiting(false, 6, 10);
        assert_int_equal(queue_fetched(&q, QUEUE_DELIVERIES, 0, items, 2), 0);
        item = queue_next(&q, 0);
        assert_int_equal(item->waiting.row, 6);
        assert_null(queue_next(&q, 0));
        queue_end(&q, item);
        /* Put back to pending later, it is fetched as any other. */
        queue_kick(&q, QUEUE_DELIVERIES, true);
        feed(&q, QUEUE_DELIVERIES, 5, 1);
        assert_int_equal(queue_next(&q, 0)->waiting.row, 5);
        queue_deinit(&q);
}

/* A row is put back to pending while a fetch from behind it is on its way: the next fetch begins at the start. */
static void test_kick_meanwhile(void **state)
{
        struct queue q;
        struct waiting items[1];
        int64_t after;
        size_t max, max_bytes;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_STORIES, 1, 20);
        assert_true(queue_wants(&q, QUEUE_STORIES, &after, &max, &max_bytes));
        assert_int_equal(after, 20);
        queue_kick(&q, QUEUE_STORIES, true);
        items[0] = waiting(true, 21, 10);
        assert_int_equal(queue_fetched(&q, QUEUE_STORIES, 0, items, 1), 0);
        assert_true(queue_wants(&q, QUEUE_STORIES, &after, &max, &max_bytes));
        assert_int_equal(after, 0);
        assert_int_equal(queue_fetched(&q, QUEUE_STORIES, 0, items, 0), 0);
        assert_false(queue_wants(&q, QUEUE_STORIES, &after, &max, &max_bytes));
        queue_kick(&q, QUEUE_STORIES, true);
        assert_true(queue_wants(&q, QUEUE_STORIES, &after, &max, &max_bytes));
        queue_kick(&q, QUEUE_STORIES, true);
        assert_int_equal(queue_fetched(&q, QUEUE_STORIES, -EIO, items, 0), 0);
        assert_true(queue_wants(&q, QUEUE_STORIES, &after, &max, &max_bytes));
        assert_int_equal(after, 0);
        queue_deinit(&q);
}

/* Large bodies close the window before the number does. */
static void test_bytes(void **state)
{
        struct queue q;
        struct waiting items[2] = { waiting(false, 1, 3 << 20), waiting(false, 2, 3 << 20) };
        int64_t after;
        size_t max, max_bytes;

        (void)state;
        queue_init(&q, 3);
        assert_true(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));
        assert_int_equal(max_bytes, QUEUE_WINDOW_BYTES);
        assert_int_equal(queue_fetched(&q, QUEUE_DELIVERIES, 0, items, 2), 0);
        assert_false(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));
        queue_end(&q, queue_next(&q, 0));
        assert_true(queue_wants(&q, QUEUE_DELIVERIES, &after, &max, &max_bytes));
        queue_deinit(&q);
}

/* Ends come in the order of rows: the quick ones wait for the slow one before them. */
static void test_turns(void **state)
{
        struct queue q;
        struct queue_item *items[4];
        int run[4];

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_STORIES, 1, 4);
        for (int i = 0; i < 4; i++)
                items[i] = queue_next(&q, 100);
        assert_null(queue_next_end(&q, 100));
        queue_answered(items[2], &run[2]);
        queue_answered(items[1], &run[1]);
        assert_null(queue_next_end(&q, 100));
        assert_int_equal(queue_next_time(&q, 100), 100 + QUEUE_HOLD_US);
        queue_answered(items[0], &run[0]);
        for (int i = 0; i < 3; i++) {
                struct queue_item *item = queue_next_end(&q, 100);

                assert_ptr_equal(item, items[i]);
                assert_ptr_equal(item->run, &run[i]);
                assert_int_equal(item->state, QUEUE_ENDING);
        }
        assert_null(queue_next_end(&q, 100));
        queue_end(&q, items[0]);
        queue_answered(items[3], &run[3]);      /* those that are being committed hold nobody up */
        assert_ptr_equal(queue_next_end(&q, 100), items[3]);
        queue_deinit(&q);
}

/* One that fails, or runs too long, loses its turn. */
static void test_lost_turn(void **state)
{
        struct queue q;
        struct queue_item *slow, *bad, *good;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_DELIVERIES, 1, 3);
        bad = queue_next(&q, 0);
        slow = queue_next(&q, 10);
        good = queue_next(&q, 20);
        queue_answered(good, NULL);
        assert_int_equal(queue_failed(&q, bad, "x", false, 30), QUEUE_TRY_AGAIN);
        assert_null(queue_next_end(&q, 40));
        assert_int_equal(queue_next_time(&q, 30 + QUEUE_RETRY_US), 10 + QUEUE_HOLD_US);
        assert_ptr_equal(queue_next_end(&q, 10 + QUEUE_HOLD_US), good);
        assert_int_equal(slow->state, QUEUE_RUNNING);
        queue_answered(slow, NULL);
        assert_ptr_equal(queue_next_end(&q, 10 + QUEUE_HOLD_US), slow);
        queue_deinit(&q);
}

/* A worker that was taken away gives its item back, which keeps its turn; at the end nobody waits for a turn. */
static void test_turn_is_kept(void **state)
{
        struct queue q;
        struct queue_item *first, *second;

        (void)state;
        queue_init(&q, 3);
        feed(&q, QUEUE_STORIES, 1, 2);
        first = queue_next(&q, 1);
        second = queue_next(&q, 1);
        queue_give_back(first, 0);
        queue_answered(second, NULL);
        assert_null(queue_next_end(&q, 2));
        assert_ptr_equal(queue_next_end(&q, INT64_MAX), second);
        queue_deinit(&q);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),     cmocka_unit_test(test_retry),    cmocka_unit_test(test_final),
                cmocka_unit_test(test_lets_pass),
                cmocka_unit_test(test_given_back), cmocka_unit_test(test_fetching), cmocka_unit_test(test_known_row),
                cmocka_unit_test(test_bytes),     cmocka_unit_test(test_turns),    cmocka_unit_test(test_lost_turn),
                cmocka_unit_test(test_turn_is_kept), cmocka_unit_test(test_ended_meanwhile),
                cmocka_unit_test(test_kick_meanwhile),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
