/* Where a story is set. */
#include "fixture.h"

#include <string.h>

#include "modules/code/setting.h"

static void test_most(void **state)
{
        struct coding *c = fixture_code(*state,
                                        "Police police NOUN NNS 2 nsubj\nfled flee VERB VBD 0 root\n"
                                        "to to ADP IN 4 case\nChad Chad PROPN NNP 2 obl\n\n"
                                        "Sudan Sudan PROPN NNP 2 nsubj\nlost lose VERB VBD 0 root\n\n"
                                        "Sudanese Sudanese ADJ JJ 2 amod\ntroops troop NOUN NNS 3 nsubj\n"
                                        "fled flee VERB VBD 0 root",
                                        NULL);

        assert_string_equal(c->country, "SDN");
        assert_true(setting_weight(c, "SDN") > setting_weight(c, "TCD"));
        assert_true(setting_weight(c, "TCD") > 0);
        assert_int_equal(setting_weight(c, "FRA"), 0);
}

/* A news agency and the United Nations are of no place. */
static void test_none(void **state)
{
        struct coding *c = fixture_code(*state,
                                        "Reuters Reuters PROPN NNP 2 nsubj\ntold tell VERB VBD 0 root\n"
                                        "NATO NATO PROPN NNP 2 obj",
                                        NULL);

        assert_string_equal(c->country, "");
}

static void test_country(void **state)
{
        (void)state;
        assert_true(setting_is_country("FRAGOV"));
        assert_false(setting_is_country("IGOUNO"));
        assert_false(setting_is_country("EUR"));
        assert_false(setting_is_country("---GOV"));
        assert_false(setting_is_country(""));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_most), cmocka_unit_test(test_none),
                                            cmocka_unit_test(test_country) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
