/* Contexts and modes: of the code, of words, of actors. */
#include "fixture.h"

#include <string.h>

static const char *contexts(void **state, const char *conllu)
{
        struct fixture *f = *state;
        struct coding *c = fixture_code(f, conllu, NULL);
        const char *out = "";

        assert_int_equal(c->n_events, 1);
        for (size_t i = 0; i < c->events[0]->n_contexts; i++)
                out = arena_printf(&f->arena, "%s%s%s", out, i ? " " : "", c->events[0]->contexts[i]);
        return arena_printf(&f->arena, "%s; %s", out, c->events[0]->mode ? c->events[0]->mode : "-");
}

static void test_words(void **state)
{
        assert_string_equal(
                contexts(state, "Chad Chad PROPN NNP 2 nsubj\ncriticized criticize VERB VBD 0 root\n"
                                "Niger Niger PROPN NNP 2 obj\nover over ADP IN 6 case\noil oil NOUN NN 6 compound\n"
                                "tariffs tariff NOUN NNS 2 obl"),
                "economic natural_resource diplomatic; disapprove");
}

static void test_actors(void **state)
{
        assert_string_equal(contexts(state,
                                     "Chadian Chadian ADJ JJ 2 amod\ntroops troop NOUN NNS 3 nsubj\n"
                                     "attacked attack VERB VBD 0 root\nrebels rebel NOUN NNS 3 obj\n"
                                     "with with ADP IN 6 case\nhelicopters helicopter NOUN NNS 3 obl"),
                            "military; aerial");
}

/* Another verb's words are another act's. */
static void test_joined(void **state)
{
        assert_string_equal(contexts(state,
                                     "Chad Chad PROPN NNP 2 nsubj\ncriticized criticize VERB VBD 0 root\n"
                                     "Niger Niger PROPN NNP 2 obj\nand and CCONJ CC 5 cc\nlost lose VERB VBD 2 conj\n"
                                     "oil oil NOUN NN 5 obj"),
                            "diplomatic; disapprove");
}

/* Two words side by side, and a name's words; the rest of the sentence, but not who tells. */
static void test_sentence(void **state)
{
        assert_string_equal(contexts(state,
                                     "Chadian Chadian ADJ JJ 3 amod\nnaval naval ADJ JJ 3 amod\n"
                                     "officials official NOUN NNS 4 nsubj\nsaid say VERB VBD 0 root\n"
                                     "Niger Niger PROPN NNP 6 nsubj\ncriticized criticize VERB VBD 4 ccomp\n"
                                     "Mali Mali PROPN NNP 6 obj\nover over ADP IN 10 case\nhuman human ADJ JJ 10 amod\n"
                                     "rights right NOUN NNS 6 obl\nwhen when ADV WRB 13 mark\n"
                                     "Court Court PROPN NNP 13 nsubj\nmet meet VERB VBD 6 advcl"),
                            "human_rights legal diplomatic; disapprove");
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_words), cmocka_unit_test(test_actors),
                                            cmocka_unit_test(test_joined), cmocka_unit_test(test_sentence) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
