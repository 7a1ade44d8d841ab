/* Whose turn it is: the order of times, hosts that are left alone, and how many are under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "watch/turns.h"

enum { MANY = 300 };

struct item {
        struct turn turn;
        uint64_t at;            /* when it went, loop ms; 0: not yet */
        unsigned order;
};

struct fixture {
        uv_loop_t loop;
        struct turns turns;
        struct item items[MANY];
        unsigned n_gone, depth, deepest;        /* depth: turns that stand inside of each other */
        bool keeps, closed;     /* keeps: none is done by itself */
};

/* The callback has nothing but its turn. */
static struct fixture *fixture;

static void on_go(struct turn *turn)
{
        struct item *item = container_of(turn, struct item, turn);

        item->at = uv_now(&fixture->loop);
        item->order = ++fixture->n_gone;
        fixture->depth++;
        fixture->deepest = MAX_OF(fixture->deepest, fixture->depth);
        if (!fixture->keeps)
                turns_done(&fixture->turns, turn);
        fixture->depth--;
}

static int set_up(void **state)
{
        fixture = calloc(1, sizeof(*fixture));
        *state = fixture;
        uv_loop_init(&fixture->loop);
        return turns_init(&fixture->turns, &fixture->loop);
}

static void on_closed(void *user)
{
        ((struct fixture *)user)->closed = true;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        for (size_t i = 0; i < MANY; i++) {
                turns_leave(&f->turns, &f->items[i].turn);
                turns_leave(&f->turns, &f->items[i].turn);
        }
        turns_close(&f->turns, on_closed, f);
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_true(f->closed);
        assert_int_equal(uv_loop_close(&f->loop), 0);
        free(f);
        return 0;
}

static void join(struct fixture *f, size_t i, const char *origin, uint64_t delay, uint64_t in)
{
        assert_int_equal(turns_join(&f->turns, &f->items[i].turn, origin, delay, on_go), 0);
        assert_int_equal(turns_at(&f->turns, &f->items[i].turn, uv_now(&f->loop) + in), 0);
}

static void run_until(struct fixture *f, unsigned n)
{
        while (f->n_gone < n && uv_run(&f->loop, UV_RUN_ONCE) != 0)
                ;
        assert_int_equal(f->n_gone, n);
}

static void test_order(void **state)
{
        struct fixture *f = *state;
        char origin[16];

        for (size_t i = 0; i < MANY; i++) {
                snprintf(origin, sizeof(origin), "h%zu", i);
                join(f, i, origin, 1000, i * 7919 % MANY);
        }
        for (size_t i = 0; i < MANY; i += 3)            /* some change their mind, some leave */
                turns_at(&f->turns, &f->items[i].turn, uv_now(&f->loop) + MANY - i);
        for (size_t i = 1; i < MANY; i += 30)
                turns_leave(&f->turns, &f->items[i].turn);
        run_until(f, MANY - MANY / 30);
        for (size_t i = 0; i < MANY; i++)
                for (size_t k = 0; k < MANY; k++)
                        if (f->items[i].order != 0 && f->items[k].order > f->items[i].order)
                                assert_true(f->items[k].at >= f->items[i].at);
}

/* Ten of one host that are due at once go one after the other. */
static void test_delay(void **state)
{
        struct fixture *f = *state;
        uint64_t began = uv_now(&f->loop);

        for (size_t i = 0; i < 10; i++)
                join(f, i, "host", 20, 0);
        join(f, 10, "other", 20, 0);
        run_until(f, 11);
        assert_true(f->items[10].at - began < 180);
        for (size_t i = 0; i < 10; i++)
                assert_true(f->items[i].at >= began + 20 * (f->items[i].order > 1 ? f->items[i].order - 2 : 0));
        assert_true(uv_now(&f->loop) - began >= 9 * 20);
}

static void test_host_bound(void **state)
{
        struct fixture *f = *state;

        f->keeps = true;
        for (size_t i = 0; i < 5; i++)
                join(f, i, "host", 0, 0);
        uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->n_gone, TURNS_HOST);
        for (size_t i = 0; i < 5; i++)
                if (f->items[i].order == 1)
                        turns_done(&f->turns, &f->items[i].turn);
        assert_int_equal(f->n_gone, TURNS_HOST + 1);
        /* One that waits may leave. */
        for (size_t i = 0; i < 5; i++)
                if (f->items[i].order == 0) {
                        turns_leave(&f->turns, &f->items[i].turn);
                        break;
                }
        for (size_t i = 0; i < 5; i++)
                turns_done(&f->turns, &f->items[i].turn);
        assert_int_equal(f->n_gone, 4);
}

static void test_all_bound(void **state)
{
        struct fixture *f = *state;
        char origin[16];

        f->keeps = true;
        for (size_t i = 0; i < MANY; i++) {
                snprintf(origin, sizeof(origin), "h%zu", i);
                join(f, i, origin, 0, 0);
        }
        uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->n_gone, TURNS_ALL);
        for (unsigned n = 1; n <= MANY; n++) {
                for (size_t i = 0; i < MANY; i++)
                        if (f->items[i].order == n) {
                                turns_done(&f->turns, &f->items[i].turn);
                                turns_done(&f->turns, &f->items[i].turn);
                                break;
                        }
                assert_int_equal(f->n_gone, n + TURNS_ALL < MANY ? n + TURNS_ALL : MANY);
        }
        assert_int_equal(f->turns.busy, 0);
}

static void test_shun(void **state)
{
        struct fixture *f = *state;
        uint64_t began = uv_now(&f->loop);

        join(f, 0, "host", 0, 10);
        join(f, 1, "other", 0, 10);
        turns_shun(&f->turns, &f->items[0].turn, began + 60);
        run_until(f, 2);
        assert_true(f->items[0].at >= began + 60);
        assert_true(f->items[1].at < began + 60);
}

/* Also those that waited for room when the host said so: with an answer "leave me alone" the room comes first. */
static void test_shun_waiting(void **state)
{
        struct fixture *f = *state;
        uint64_t began = uv_now(&f->loop);

        f->keeps = true;
        for (size_t i = 0; i < 100; i++)
                join(f, i, "host", 0, 0);
        uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->n_gone, TURNS_HOST);
        for (size_t i = 0; i < 100; i++)
                if (f->items[i].order != 0) {
                        turns_shun(&f->turns, &f->items[i].turn, began + 60);
                        turns_done(&f->turns, &f->items[i].turn);
                }
        assert_int_equal(f->n_gone, TURNS_HOST);
        f->keeps = false;
        run_until(f, 100);
        assert_true(uv_now(&f->loop) >= began + 60);
}

/* Ten thousand that wait, each of which is over at once, are done one after the other and not inside of each other. */
static void test_many_wait(void **state)
{
        enum { N = 10000 };
        struct fixture *f = *state;
        struct item *items = calloc(N, sizeof(*items));

        assert_non_null(items);
        f->keeps = true;
        join(f, 0, "host", 0, 0);
        join(f, 1, "host", 0, 0);
        uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->n_gone, 2);
        for (size_t i = 0; i < N; i++) {
                assert_int_equal(turns_join(&f->turns, &items[i].turn, "host", 0, on_go), 0);
                assert_int_equal(turns_at(&f->turns, &items[i].turn, uv_now(&f->loop)), 0);
        }
        uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->n_gone, 2);
        f->keeps = false;
        f->deepest = 0;
        turns_done(&f->turns, &f->items[0].turn);
        assert_int_equal(f->n_gone, N + 2);
        assert_int_equal(f->deepest, 1);
        for (size_t i = 0; i < N; i++)
                turns_leave(&f->turns, &items[i].turn);
        free(items);
}

static void test_ramp(void **state)
{
        struct fixture *f = *state;
        uint64_t now = uv_now(&f->loop);

        assert_int_equal(turns_ramp(&f->turns), now);
        assert_int_equal(turns_ramp(&f->turns), now + TURNS_RAMP_MS);
        assert_int_equal(turns_ramp(&f->turns), now + 2 * TURNS_RAMP_MS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_delay, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_host_bound, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_all_bound, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_shun, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_shun_waiting, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_many_wait, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_ramp, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
