/* Waking a loop: from another thread, from the loop itself, and no more after the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"
#include "store/wake.h"

enum { ROUNDS = 20000 };

struct fixture {
        uv_loop_t loop;
        struct wake wake;
        uv_mutex_t mutex;
        int made, seen;         /* guarded by the mutex */
        unsigned calls;
        bool again, closed;
};

static void on_closed(struct wake *wake)
{
        container_of(wake, struct fixture, wake)->closed = true;
}

static void end(struct fixture *f)
{
        wake_close(&f->wake, on_closed);
        assert_true(wake_is_closing(&f->wake));
        uv_run(&f->loop, UV_RUN_DEFAULT);
        assert_true(f->closed);
        assert_int_equal(uv_loop_close(&f->loop), 0);
}

static void on_woken(struct wake *wake)
{
        struct fixture *f = container_of(wake, struct fixture, wake);

        f->calls++;
        if (f->again)
                wake_send(wake);
        f->again = false;
}

static void begin(struct fixture *f, void (*woken)(struct wake *wake))
{
        *f = (struct fixture){ 0 };
        assert_int_equal(uv_loop_init(&f->loop), 0);
        assert_int_equal(wake_init(&f->wake, &f->loop, woken), 0);
        assert_false(wake_is_closing(&f->wake));
}

/* Many sends are one call; one from inside is a call in a turn of its own. */
static void test_sends_of_one_turn(void **state)
{
        struct fixture f;

        (void)state;
        begin(&f, on_woken);
        uv_run(&f.loop, UV_RUN_NOWAIT);
        assert_int_equal(f.calls, 0);
        for (int i = 0; i < 1000; i++)
                wake_send(&f.wake);
        f.again = true;
        uv_run(&f.loop, UV_RUN_NOWAIT);
        assert_int_equal(f.calls, 1);
        uv_run(&f.loop, UV_RUN_NOWAIT);
        assert_int_equal(f.calls, 2);
        uv_run(&f.loop, UV_RUN_NOWAIT);
        assert_int_equal(f.calls, 2);
        end(&f);
}

/* What was sent and not heard comes no more. */
static void test_close_with_a_send_on_its_way(void **state)
{
        struct fixture f;

        (void)state;
        begin(&f, on_woken);
        wake_send(&f.wake);
        end(&f);
        assert_int_equal(f.calls, 0);
}

static void make(void *user)
{
        struct fixture *f = user;

        for (int i = 0; i < ROUNDS; i++) {
                uv_mutex_lock(&f->mutex);
                f->made++;
                uv_mutex_unlock(&f->mutex);
                wake_send(&f->wake);
        }
}

static void on_made(struct wake *wake)
{
        struct fixture *f = container_of(wake, struct fixture, wake);

        f->calls++;
        uv_mutex_lock(&f->mutex);
        f->seen = f->made;
        uv_mutex_unlock(&f->mutex);
}

/* Nothing that a thread made before it sent is missed: the loop would wait for ever. */
static void test_thread(void **state)
{
        uv_thread_t thread;
        struct fixture f;

        (void)state;
        begin(&f, on_made);
        assert_int_equal(uv_mutex_init(&f.mutex), 0);
        assert_int_equal(uv_thread_create(&thread, make, &f), 0);
        while (f.seen < ROUNDS)
                uv_run(&f.loop, UV_RUN_ONCE);
        uv_thread_join(&thread);
        assert_true(f.calls >= 1 && f.calls <= ROUNDS);
        end(&f);
        uv_mutex_destroy(&f.mutex);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sends_of_one_turn),
                cmocka_unit_test(test_close_with_a_send_on_its_way),
                cmocka_unit_test(test_thread),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
