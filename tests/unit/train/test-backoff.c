/* The fewest keys that decide the examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "train/backoff.h"

/* Keys: whole form, ending, nothing. */
static void add(struct backoff *b, uint32_t whole, uint32_t ending, uint32_t rule)
{
        const uint32_t keys[] = { whole, ending, 1 };

        backoff_add(b, keys, 3, 1, rule, 1);
}

static uint32_t kept(const struct backoff_kept *list, size_t n, uint32_t key)
{
        size_t i;

        for (i = 0; i < n; i++)
                if (list[i].key == key)
                        return list[i].rule;
        return UINT32_MAX;
}

static void test_keeps_what_differs(void **unused)
{
        struct backoff b = BACKOFF_NULL;
        struct backoff_kept *list;
        size_t n;

        (void)unused;
        add(&b, 100, 10, 7);    /* most forms: rule 7 */
        add(&b, 101, 10, 7);
        add(&b, 102, 11, 7);
        add(&b, 103, 12, 8);    /* the ending 12: rule 8 */
        add(&b, 104, 12, 8);
        add(&b, 105, 12, 9);    /* but for one form */
        add(&b, 106, 13, 9);    /* an ending seen once decides nothing, its form does */
        list = backoff_finish(&b, UINT32_MAX, &n);
        assert_int_equal(kept(list, n, 1), 7);
        assert_int_equal(kept(list, n, 10), UINT32_MAX);
        assert_int_equal(kept(list, n, 12), 8);
        assert_int_equal(kept(list, n, 105), 9);
        assert_int_equal(kept(list, n, 103), UINT32_MAX);
        assert_int_equal(kept(list, n, 13), UINT32_MAX);
        assert_int_equal(kept(list, n, 106), 9);
        assert_int_equal(n, 4);
        free(list);
        backoff_deinit(&b);
}

/* What no key means need not be kept; a form often seen counts once for its ending, every time for itself. */
static void test_fallback_and_counts(void **unused)
{
        struct backoff b = BACKOFF_NULL;
        struct backoff_kept *list;
        size_t n, i;

        (void)unused;
        for (i = 0; i < 50; i++)
                add(&b, 100, 10, 5);
        add(&b, 101, 10, 0);
        add(&b, 102, 10, 0);
        add(&b, 100, 10, 0);
        list = backoff_finish(&b, 0, &n);
        assert_int_equal(n, 1);
        assert_int_equal(kept(list, n, 100), 5);
        free(list);
        backoff_deinit(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_keeps_what_differs), cmocka_unit_test(test_fallback_and_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
