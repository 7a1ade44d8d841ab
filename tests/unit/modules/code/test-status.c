/* Did it happen? */
#include "fixture.h"

#include <string.h>

/* The status of token `node` (from 1). */
static const char *status_at(void **state, const char *conllu, int node)
{
        struct fixture *f = *state;
        struct coding *c = fixture_code(f, conllu, NULL);
        const char *rule = NULL;
        const char *name = lexicon_status_name(status_of(c->sentences[0].tree, &f->state.sets, node - 1, &rule));

        assert_non_null(rule);
        return name;
}

static void test_own_form(void **state)
{
        assert_string_equal(status_at(state, "It it PRON PRP 2 nsubj\nfell fall VERB VBD 0 root", 2), "happened");
        assert_string_equal(
                status_at(
                        state,
                        "It it PRON PRP 4 nsubj\ndid do AUX VBD 4 aux\nnot not PART RB 4 advmod\n"
                        "fall fall VERB VB 0 root",
                        4),
                "denied");
        assert_string_equal(
                status_at(state, "It it PRON PRP 3 nsubj\nwill will AUX MD 3 aux\nfall fall VERB VB 0 root", 3),
                "planned");
        assert_string_equal(
                status_at(state, "It it PRON PRP 3 nsubj\nmay may AUX MD 3 aux\nfall fall VERB VB 0 root", 3),
                "hypothetical");
        assert_string_equal(
                status_at(state, "It it PRON PRP 3 nsubj\nmust must AUX MD 3 aux\nfall fall VERB VB 0 root", 3),
                "demanded");
        assert_string_equal(
                status_at(state, "It it PRON PRP 3 nsubj\nis be AUX VBZ 3 aux\nfalling fall VERB VBG 0 root", 3),
                "ongoing");
        assert_string_equal(
                status_at(state, "It it PRON PRP 3 nsubj\nhad have AUX VBD 3 aux\nfallen fall VERB VBN 0 root", 3),
                "background");
}

static void test_governors(void **state)
{
        assert_string_equal(
                status_at(
                        state,
                        "He he PRON PRP 2 nsubj\npledged pledge VERB VBD 0 root\nto to PART TO 4 mark\n"
                        "go go VERB VB 2 xcomp",
                        4),
                "planned");
        assert_string_equal(
                status_at(
                        state,
                        "He he PRON PRP 2 nsubj\nrefused refuse VERB VBD 0 root\nto to PART TO 4 mark\n"
                        "go go VERB VB 2 xcomp",
                        4),
                "denied");
        assert_string_equal(
                status_at(
                        state,
                        "He he PRON PRP 2 nsubj\nmanaged manage VERB VBD 0 root\nto to PART TO 4 mark\n"
                        "go go VERB VB 2 xcomp",
                        4),
                "happened");
        assert_string_equal(
                status_at(
                        state,
                        "He he PRON PRP 2 nsubj\ndenied deny VERB VBD 0 root\nthey they PRON PRP 4 nsubj\n"
                        "went go VERB VBD 2 ccomp",
                        4),
                "denied");
        assert_string_equal(
                status_at(
                        state,
                        "He he PRON PRP 2 nsubj\ndemanded demand VERB VBD 0 root\nthey they PRON PRP 4 nsubj\n"
                        "go go VERB VBP 2 ccomp",
                        4),
                "demanded");
        assert_string_equal(
                status_at(
                        state,
                        "If if SCONJ IN 3 mark\nthey they PRON PRP 3 nsubj\ngo go VERB VBP 5 advcl\n"
                        "we we PRON PRP 5 nsubj\nstay stay VERB VBP 0 root",
                        3),
                "hypothetical");
        assert_string_equal(
                status_at(
                        state,
                        "He he PRON PRP 2 nsubj\nsaid say VERB VBD 0 root\nthey they PRON PRP 4 nsubj\n"
                        "went go VERB VBD 2 ccomp",
                        4),
                "happened");
}

static void test_clauses(void **state)
{
        assert_string_equal(
                status_at(
                        state,
                        "It it PRON PRP 3 nsubj\nis be AUX VBZ 3 aux\ngoing go VERB VBG 0 root\nto to PART TO 5 mark\n"
                        "fall fall VERB VB 3 xcomp",
                        5),
                "planned");
        assert_string_equal(
                status_at(
                        state,
                        "It it PRON PRP 2 nsubj\nhas have VERB VBZ 0 root\nto to PART TO 4 mark\n"
                        "fall fall VERB VB 2 xcomp",
                        4),
                "demanded");
        assert_string_equal(status_at(state, "Let let VERB VB 0 root\nme I PRON PRP 1 obj\ngo go VERB VB 1 xcomp", 3),
                            "demanded");
        assert_string_equal(
                status_at(
                        state,
                        "They they PRON PRP 4 nsubj\ndid do AUX VBD 4 aux\nnot not PART RB 4 advmod\n"
                        "let let VERB VB 0 root\nme I PRON PRP 4 obj\ngo go VERB VB 4 xcomp",
                        6),
                "denied");
        assert_string_equal(
                status_at(
                        state,
                        "They they PRON PRP 2 nsubj\nmet meet VERB VBD 0 root\nto to PART TO 4 mark\n"
                        "talk talk VERB VB 2 advcl",
                        4),
                "happened");
        assert_string_equal(
                status_at(
                        state,
                        "They they PRON PRP 2 nsubj\nleft leave VERB VBD 0 root\nwithout without SCONJ IN 4 mark\n"
                        "talking talk VERB VBG 2 advcl",
                        4),
                "denied");
        assert_string_equal(
                status_at(
                        state,
                        "They they PRON PRP 2 nsubj\nleft leave VERB VBD 0 root\nbefore before SCONJ IN 5 mark\n"
                        "it it PRON PRP 5 nsubj\nstarts start VERB VBZ 2 advcl",
                        5),
                "planned");
        assert_string_equal(
                status_at(
                        state,
                        "It it PRON PRP 3 nsubj\nis be AUX VBZ 3 cop\nhard hard ADJ JJ 0 root\nto to PART TO 5 mark\n"
                        "talk talk VERB VB 3 csubj",
                        5),
                "hypothetical");
        assert_string_equal(
                status_at(
                        state,
                        "When when ADV WRB 3 advmod\nthey they PRON PRP 3 nsubj\narrive arrive VERB VBP 6 advcl\n"
                        "we we PRON PRP 6 nsubj\nwill will AUX MD 6 aux\ntalk talk VERB VB 0 root",
                        3),
                "planned");
}

static void test_not_only(void **state)
{
        assert_string_equal(
                status_at(
                        state,
                        "It it PRON PRP 5 nsubj\ndid do AUX VBD 5 aux\nnot not PART RB 5 advmod\n"
                        "only only ADV RB 5 advmod\nfall fall VERB VB 0 root",
                        5),
                "happened");
}

/* What was told lately is in the past of the telling; what was long before stays so. */
static void test_reported(void **state)
{
        static const char forces[] = "its its PRON PRP$ 4 nmod:poss\nforces force NOUN NNS 6 nsubj\n"
                                     "had have AUX VBD 6 aux\nkilled kill VERB VBN 2 ccomp\n"
                                     "militants militant NOUN NNS 6 obj";
        struct fixture *f = *state;

        assert_string_equal(status_at(state,
                                      arena_printf(&f->arena,
                                                   "Oman Oman PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root\n%s", forces),
                                      6),
                            "happened");
        assert_string_equal(status_at(state,
                                      arena_printf(&f->arena,
                                                   "Oman Oman PROPN NNP 2 nsubj\nsays say VERB VBZ 0 root\n%s", forces),
                                      6),
                            "background");
}

/* "Accusations that its troops were fighting": no fact, whatever the tree makes of "that"; dismissed, it is denied. */
static void test_claims(void **state)
{
        static const char rest[] = "accusations accusation NOUN NNS 2 obj\nthat that PRON WDT 8 obj\n"
                                   "its its PRON PRP$ 6 nmod:poss\ntroops troops NOUN NNS 8 nsubj\n"
                                   "were be AUX VBD 8 aux\nfighting fight VERB VBG 3 acl:relcl\n"
                                   "alongside alongside ADP IN 10 case\nrebels rebel NOUN NNS 8 obl";
        struct fixture *f = *state;

        assert_string_equal(
                status_at(state,
                          arena_printf(&f->arena,
                                       "Rwanda Rwanda PROPN NNP 2 nsubj\ndismissed dismiss VERB VBD 0 root\n%s", rest),
                          8),
                "denied");
        assert_string_equal(
                status_at(state,
                          arena_printf(&f->arena,
                                       "Rwanda Rwanda PROPN NNP 2 nsubj\nheard hear VERB VBD 0 root\n%s", rest),
                          8),
                "hypothetical");
        /* a relative clause is a fact: the accusations were made */
        assert_string_equal(status_at(state,
                                      "Oman Oman PROPN NNP 2 nsubj\nheard hear VERB VBD 0 root\n"
                                      "accusations accusation NOUN NNS 2 obj\nthat that PRON WDT 6 obj\n"
                                      "Chad Chad PROPN NNP 6 nsubj\nmade make VERB VBD 3 acl:relcl",
                                      6),
                            "happened");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_own_form),
                cmocka_unit_test(test_governors),
                cmocka_unit_test(test_clauses),
                cmocka_unit_test(test_not_only),
                cmocka_unit_test(test_reported),
                cmocka_unit_test(test_claims),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
