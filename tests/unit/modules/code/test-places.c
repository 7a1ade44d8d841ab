/* Where an act took place. */
#include "fixture.h"

static void test_where(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Poland Poland PROPN NNP 2 nsubj\nattacked attack VERB VBD 0 root\nIran Iran PROPN NNP 2 obj\n"
                "in in ADP IN 5 case\nCairo Cairo PROPN NNP 2 obl",
                NULL);

        assert_int_equal(c->n_events, 1);
        assert_non_null(c->events[0]->where);
        assert_string_equal(c->events[0]->where->name, "Cairo");
        assert_string_equal(c->events[0]->where->country, "EGY");
}

static void test_nowhere(void **state)
{
        struct coding *c = fixture_code(
                *state, "Poland Poland PROPN NNP 2 nsubj\nattacked attack VERB VBD 0 root\nIran Iran PROPN NNP 2 obj",
                NULL);

        assert_int_equal(c->n_events, 1);
        assert_null(c->events[0]->where);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_where), cmocka_unit_test(test_nowhere) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
