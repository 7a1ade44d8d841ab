/* Noun phrases to codes: dictionaries, dates of office, roles, what hangs on the phrase, and the story. */
#include "fixture.h"

#include <string.h>

#include "modules/code/actors.h"

/* The code of the phrase headed by token `node` (from 1) of the last sentence. */
static const char *code_at(void **state, const char *conllu, const char *day, int node)
{
        struct coding *c = fixture_code(*state, conllu, day);
        struct coding_actor *a = actors_at(&c->sentences[c->n_sentences - 1], node - 1);

        return a ? a->code : "";
}

static void test_states(void **state)
{
        assert_string_equal(code_at(state,
                                    "The the DET DT 2 det\nKremlin Kremlin PROPN NNP 3 nsubj\nsaid say VERB VBD 0 root",
                                    NULL, 2),
                            "RUSGOV");
        assert_string_equal(code_at(state, "Kyiv Kyiv PROPN NNP 2 nsubj\nagreed agree VERB VBD 0 root", NULL, 1),
                            "UKR");
        /* "us" is nobody's country */
        assert_string_not_equal(
                code_at(state, "They they PRON PRP 2 nsubj\nmet meet VERB VBD 0 root\nus we PRON PRP 2 obj", NULL, 3),
                "USA");
        assert_string_equal(
                code_at(state,
                        "They they PRON PRP 2 nsubj\nmet meet VERB VBD 0 root\nU.S. U.S. PROPN NNP 4 compound\n"
                        "senators senator NOUN NNS 2 obj",
                        NULL, 4),
                "USALEG");
}

static void test_office(void **state)
{
        const char *rutte = "Rutte Rutte PROPN NNP 2 nsubj\nspoke speak VERB VBD 0 root";

        assert_string_equal(code_at(state, rutte, "2015-05-05", 1), "NLDGOV");
        assert_string_equal(code_at(state, rutte, "2025-05-05", 1), "IGOMIL");
}

static void test_roles(void **state)
{
        assert_string_equal(
                code_at(state,
                        "Rebels rebel NOUN NNS 5 nsubj\nin in ADP IN 4 case\nthe the DET DT 4 det\n"
                        "Sudan Sudan PROPN NNP 1 nmod\nfled flee VERB VBD 0 root",
                        NULL, 1),
                "SDNREB");
        assert_string_equal(
                code_at(state,
                        "Serbia Serbia PROPN NNP 3 nmod:poss\n's 's PART POS 1 case\n"
                        "president president NOUN NN 4 nsubj\nspoke speak VERB VBD 0 root",
                        NULL, 3),
                "SRBGOV");
        assert_string_equal(code_at(state, "Police police NOUN NNS 2 nsubj\nfled flee VERB VBD 0 root", NULL, 1),
                            "---COP");
        assert_string_equal(code_at(state, "Refugees refugee NOUN NNS 2 nsubj\nfled flee VERB VBD 0 root", NULL, 1),
                            "REF");
        /* a role inside a name is a surname */
        assert_string_equal(
                code_at(state, "Tom Tom PROPN NNP 3 nsubj\nKing King PROPN NNP 1 flat\nspoke speak VERB VBD 0 root",
                        NULL, 1),
                "---");
        /* a thing of the army is not the army */
        assert_string_equal(
                code_at(state,
                        "They they PRON PRP 2 nsubj\nheld hold VERB VBD 0 root\nmilitary military ADJ JJ 4 amod\n"
                        "talks talk NOUN NNS 2 obj",
                        NULL, 4),
                "");
}

static void test_unknown_person(void **state)
{
        const char *story =
                "Malian malian ADJ JJ 3 amod\nForeign foreign PROPN NNP 3 compound\n"
                "Minister minister PROPN NNP 4 compound\n"
                "Oumar Oumar PROPN NNP 6 nsubj\nSangare Sangare PROPN NNP 4 flat\nspoke speak VERB VBD 0 root\n\n"
                "Sangare Sangare PROPN NNP 2 nsubj\nleft leave VERB VBD 0 root\n\n"
                "He he PRON PRP 2 nsubj\nslept sleep VERB VBD 0 root";

        assert_string_equal(code_at(state, story, NULL, 1), "MLIGOV");
}

static void test_pair(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Togo Togo PROPN NNP 4 nsubj\nand and CCONJ CC 3 cc\nBenin Benin PROPN NNP 1 conj\n"
                "spoke speak VERB VBD 0 root\n\n"
                "Both both DET DT 2 det\nsides side NOUN NNS 3 nsubj\nleft leave VERB VBD 0 root",
                NULL);
        struct coding_actor *a = actors_at(&c->sentences[1], 1);

        assert_non_null(a);
        assert_string_equal(a->code, "TGO");
        assert_non_null(a->also);
        assert_string_equal(a->also->code, "BEN");
}

static void test_half_of_country(void **state)
{
        assert_string_equal(
                code_at(state,
                        "North North PROPN NNP 2 compound\nKorea Korea PROPN NNP 3 nsubj\n"
                        "spoke speak VERB VBD 0 root\n\n"
                        "The the DET DT 2 det\nNorth North PROPN NNP 3 nsubj\nfired fire VERB VBD 0 root",
                        NULL, 2),
                "PRK");
}

static void test_apposition(void **state)
{
        assert_string_equal(
                code_at(state,
                        "State state NOUN NN 2 compound\nmedia media NOUN NNS 4 nsubj\nKCNA KCNA PROPN NNP 2 appos\n"
                        "said say VERB VBD 0 root",
                        NULL, 2),
                "PRKMED");
}

/* Who leads or speaks for a body is of its kind; an international one keeps its letters. */
static void test_bodies(void **state)
{
        assert_string_equal(code_at(state,
                                    "EU EU PROPN NNP 2 compound\nleaders leader NOUN NNS 3 nsubj\n"
                                    "met meet VERB VBD 0 root",
                                    NULL, 2),
                            "IGOEURGOV");
        assert_string_equal(code_at(state,
                                    "Hamas Hamas PROPN NNP 2 compound\nofficials official NOUN NNS 3 nsubj\n"
                                    "met meet VERB VBD 0 root",
                                    NULL, 2),
                            "PSEREB");
        assert_string_equal(code_at(state,
                                    "Oman Oman PROPN NNP 2 nsubj\nmet meet VERB VBD 0 root\n"
                                    "his his PRON PRP$ 5 nmod:poss\n"
                                    "French French ADJ JJ 5 amod\ncounterpart counterpart NOUN NN 2 obj\n"
                                    "Emmanuel Emmanuel PROPN NNP 5 appos\nMacron Macron PROPN NNP 6 flat",
                                    "2024-02-02", 5),
                            "FRAGOV");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bodies),
                cmocka_unit_test(test_states),     cmocka_unit_test(test_office),
                cmocka_unit_test(test_roles),      cmocka_unit_test(test_unknown_person),
                cmocka_unit_test(test_pair),       cmocka_unit_test(test_half_of_country),
                cmocka_unit_test(test_apposition),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
