/* The common part of the watchers. */
#include "harness.h"

#include <stdio.h>
#include <string.h>

static void test_printable(void **state)
{
        char out[16];

        (void)state;
        assert_string_equal(watcher_printable("plain.txt", out, sizeof(out)), "plain.txt");
        assert_string_equal(watcher_printable("b\xc3\xa4r", out, sizeof(out)), "b\xc3\xa4r");
        assert_string_equal(watcher_printable("a\n\x1b[1m\xff", out, sizeof(out)), "a??[1m?");
        assert_string_equal(watcher_printable("123456789012345678", out, sizeof(out)), "123456789012345");
        assert_string_equal(watcher_printable("12345678901234\xc3\xa4", out, sizeof(out)), "12345678901234");
        assert_string_equal(watcher_printable("", out, sizeof(out)), "");
}

static unsigned n_hold, n_resume;

static void count_hold(struct watcher *watcher)
{
        (void)watcher;
        n_hold++;
}

static void count_resume(struct watcher *watcher)
{
        (void)watcher;
        n_resume++;
}

/* hold and resume follow the sum of "held" and "paused". */
static void test_idle(void **state)
{
        const struct watcher_kind kind = { .name = "counting", .hold = count_hold, .resume = count_resume };
        struct watcher watcher = { .kind = &kind, .state = WATCHER_RUNNING };

        (void)state;
        n_hold = n_resume = 0;
        watcher_set_held(&watcher, true);
        watcher_set_held(&watcher, true);
        watcher_set_paused(&watcher, true);
        assert_int_equal(n_hold, 1);
        watcher_set_held(&watcher, false);
        assert_int_equal(n_resume, 0);
        assert_true(watcher_is_idle(&watcher));
        watcher_set_paused(&watcher, false);
        assert_int_equal(n_resume, 1);
        watcher.state = WATCHER_STOPPING;
        watcher_set_paused(&watcher, true);
        assert_int_equal(n_hold, 1);
}

/* Trouble lasts until it is over; told once. */
static void test_trouble(void **state)
{
        const struct config_watch row = { .name = "test" };
        const struct watcher_host host = { 0 };
        struct watcher watcher = { .row = &row, .host = &host };

        (void)state;
        watcher_trouble_over(&watcher);
        assert_null(watcher.trouble);
        watcher_trouble(&watcher, "no %s", "luck");
        assert_string_equal(watcher.trouble, "no luck");
        assert_true(watcher.last_trouble > 0);
        watcher_trouble(&watcher, "worse");
        assert_string_equal(watcher.trouble, "worse");
        watcher_trouble_over(&watcher);
        assert_null(watcher.trouble);
}

static bool is_settled(struct harness *h)
{
        return h->watcher->settled;
}

static void test_kinds(void **state)
{
        static const char *const rows[][2] = {
                { "directory: %s/in\n", "directory" },
                { "listen: %s/wire\n", "socket" },
                { "command: /bin/true\nevery: 1h\n", "command" },
        };
        struct harness h;
        char text[128];

        (void)state;
        harness_init(&h);
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                harness_watch(&h, rows[i][0]);
                assert_string_equal(h.watcher->kind->name, rows[i][1]);
                assert_int_equal(h.watcher->state, WATCHER_RUNNING);
                h.watcher->kind->describe(h.watcher, text, sizeof(text));
                assert_true(strlen(text) > 0);
                assert_true(harness_wait(&h, is_settled, WAIT_MS));
                harness_stop_watch(&h);
        }
        assert_int_equal(h.n_settled, 3);
        harness_deinit(&h);
}

static void on_closed(struct watcher *watcher, void *user)
{
        *(bool *)user = true;
        watcher_free(watcher);
}

/* One that was made and never started can be stopped. */
static void test_never_started(void **state)
{
        static const char text[] = "store: {sqlite: /nowhere/x.db}\nwatch:\n  - {name: a, directory: /nowhere/in}\n";
        struct harness h;
        struct watcher *watcher;
        char *errors = NULL;
        bool closed = false;

        (void)state;
        harness_init(&h);
        assert_int_equal(config_parse("x", text, strlen(text), &h.config, &errors), 0);
        assert_int_equal(watcher_new(&watcher, &h.host, h.config, &h.config->watch[0]), 0);
        watcher_stop(watcher, on_closed, &closed);
        assert_true(closed);
        config_unrefp(&h.config);
        harness_deinit(&h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_printable),
                cmocka_unit_test(test_idle),
                cmocka_unit_test(test_trouble),
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_never_started),
        };

        return harness_exit(cmocka_run_group_tests(tests, NULL, NULL));
}
