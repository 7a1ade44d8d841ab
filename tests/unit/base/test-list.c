/* The intrusive list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"

struct element {
        int number;
        struct list link;
};

/* The numbers from front to back as one; the way back must be the same. */
static int digits(struct list *head)
{
        int forth = 0, back = 0, power = 1;

        list_for_each(it, head)
                forth = forth * 10 + list_entry(it, struct element, link)->number;
        for (struct list *it = head->prev; it != head; it = it->prev, power *= 10)
                back += list_entry(it, struct element, link)->number * power;
        assert_int_equal(forth, back);
        return forth;
}

static void test_append_and_prepend(void **state)
{
        struct list head = LIST_INIT(head);
        struct element e[4] = { { .number = 1 }, { .number = 2 }, { .number = 3 }, { .number = 4 } };

        (void)state;
        assert_true(list_is_empty(&head));
        list_append(&head, &e[1].link);
        list_append(&head, &e[2].link);
        list_prepend(&head, &e[0].link);
        list_append(&head, &e[3].link);
        assert_false(list_is_empty(&head));
        assert_int_equal(digits(&head), 1234);
}

static void test_unlink(void **state)
{
        struct list head = LIST_INIT(head);
        struct element e[3] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };

        (void)state;
        for (int i = 0; i < 3; i++)
                list_append(&head, &e[i].link);
        list_unlink(&e[1].link);
        assert_int_equal(digits(&head), 13);
        assert_true(list_is_empty(&e[1].link));
        list_unlink(&e[1].link);        /* twice is no harm */
        assert_int_equal(digits(&head), 13);
        list_unlink(&e[0].link);
        list_unlink(&e[2].link);
        assert_true(list_is_empty(&head));
        list_append(&head, &e[1].link);
        assert_int_equal(digits(&head), 2);
}

static void test_pop(void **state)
{
        struct list head = LIST_INIT(head);
        struct element e[2] = { { .number = 1 }, { .number = 2 } };

        (void)state;
        assert_null(list_pop(&head));
        list_append(&head, &e[0].link);
        list_append(&head, &e[1].link);
        assert_ptr_equal(list_pop(&head), &e[0].link);
        assert_true(list_is_empty(&e[0].link));
        assert_ptr_equal(list_pop(&head), &e[1].link);
        assert_null(list_pop(&head));
}

static void test_splice(void **state)
{
        struct list a = LIST_INIT(a), b = LIST_INIT(b);
        struct element e[4] = { { .number = 1 }, { .number = 2 }, { .number = 3 }, { .number = 4 } };

        (void)state;
        list_splice(&a, &b);
        assert_true(list_is_empty(&a));
        list_append(&b, &e[0].link);
        list_append(&b, &e[1].link);
        list_splice(&a, &b);
        assert_int_equal(digits(&a), 12);
        assert_true(list_is_empty(&b));
        list_append(&b, &e[2].link);
        list_append(&b, &e[3].link);
        list_splice(&a, &b);
        assert_int_equal(digits(&a), 1234);
        list_splice(&a, &b);
        assert_int_equal(digits(&a), 1234);
}

static void test_unlink_while_going(void **state)
{
        struct list head = LIST_INIT(head);
        struct element e[5];

        (void)state;
        for (int i = 0; i < 5; i++) {
                e[i].number = i + 1;
                list_append(&head, &e[i].link);
        }
        list_for_each(it, &head)
                if (list_entry(it, struct element, link)->number % 2 == 0)
                        list_unlink(it);
        assert_int_equal(digits(&head), 135);
        list_for_each(it, &head)
                list_unlink(it);
        assert_true(list_is_empty(&head));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_append_and_prepend), cmocka_unit_test(test_unlink),
                cmocka_unit_test(test_pop),                cmocka_unit_test(test_splice),
                cmocka_unit_test(test_unlink_while_going),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
