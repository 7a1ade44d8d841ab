/* Later mentions: names, first names, nouns, roles, pronouns, pairs. */
#include "fixture.h"

#include <string.h>

#include "modules/code/actors.h"
#include "modules/code/coreference.h"

#define AFGHAN_TEAM                                                                                                  \
        "The the DET DT 3 det\nAfghan Afghan ADJ JJ 3 amod\nteam team NOUN NN 4 nsubj\n"                \
        "arrived arrive VERB VBD 0 root\n\n"
/* The code of token `node` (from 1) of the last sentence. */
static const char *code_at(void **state, const char *conllu, int node)
{
        struct coding *c = fixture_code(*state, conllu, "2016-10-01");
        struct coding_actor *a = actors_at(&c->sentences[c->n_sentences - 1], node - 1);

        return a ? a->code : "";
}

static void test_noun(void **state)
{
        assert_string_equal(
                code_at(state, AFGHAN_TEAM "The the DET DT 2 det\nteam team NOUN NN 3 nsubj\nwon win VERB VBD 0 root",
                        2),
                "AFGCVL");
        /* another one */
        assert_string_not_equal(
                code_at(state,
                        AFGHAN_TEAM
                        "Some some DET DT 2 det\nofficials official NOUN NNS 3 nsubj\nwon win VERB VBD 0 root",
                        2),
                "AFGCVL");
}

static void test_names(void **state)
{
        static const char minister[] =
                "Peruvian Peruvian ADJ JJ 2 amod\nminister minister NOUN NN 3 compound\nJuana Juana PROPN NNP 5 nsubj\n"
                "Quispe Quispe PROPN NNP 3 flat\nspoke speak VERB VBD 0 root\n\n";
        struct fixture *f = *state;

        assert_string_equal(
                code_at(state,
                        arena_printf(&f->arena, "%sQuispe Quispe PROPN NNP 2 nsubj\nleft leave VERB VBD 0 root",
                                     minister),
                        1),
                "PERGOV");
        assert_string_equal(code_at(state,
                                    arena_printf(&f->arena,
                                                 "%sMs. Ms. PROPN NNP 2 compound\nQuispe Quispe PROPN NNP 3 nsubj\n"
                                                 "left leave VERB VBD 0 root",
                                                 minister),
                                    2),
                            "PERGOV");
        assert_string_equal(
                code_at(state,
                        arena_printf(&f->arena, "%sShe she PRON PRP 2 nsubj\nleft leave VERB VBD 0 root", minister), 1),
                "PERGOV");
        /* the dictionary's person by her first name */
        assert_string_equal(code_at(state,
                                    "Clinton Clinton PROPN NNP 2 nsubj\nspoke speak VERB VBD 0 root\n\n"
                                    "Hillary Hillary PROPN NNP 2 nsubj\nleft leave VERB VBD 0 root",
                                    1),
                            "USAELI");
}

/* Somebody else of a known surname. */
static void test_namesake(void **state)
{
        assert_string_equal(
                code_at(state,
                        "Zora Zora PROPN NNP 2 compound\nTrump Trump PROPN NNP 3 nsubj\nspoke speak VERB VBD 0 root",
                        2),
                "---");
        assert_string_equal(
                code_at(state,
                        "Mr. Mr. PROPN NNP 2 compound\nTrump Trump PROPN NNP 3 nsubj\nspoke speak VERB VBD 0 root", 2),
                "USAELI");
        assert_string_equal(
                code_at(state,
                        "Donald Donald PROPN NNP 3 nsubj\nTrump Trump PROPN NNP 1 flat\nspoke speak VERB VBD 0 root",
                        1),
                "USAELI");
}

static void test_pair(void **state)
{
        struct fixture *f = *state;
        struct coding *c =
                fixture_code(f,
                             "Chad Chad PROPN NNP 4 nsubj\nand and CCONJ CC 3 cc\nLibya Libya PROPN NNP 1 conj\n"
                             "met meet VERB VBD 0 root\n\n"
                             "Both both DET DT 2 det\nsides side NOUN NNS 3 nsubj\nagreed agree VERB VBD 0 root",
                             NULL);

        assert_string_equal(fixture_events(f, c), "CONSULT TCD+LBY>- happened; AGREE TCD+LBY>- happened");
}

/* What is done to "themselves" is done to nobody else. */
static void test_reflexive(void **state)
{
        struct fixture *f = *state;
        struct coding *c =
                fixture_code(f,
                             "Libyan Libyan ADJ JJ 2 amod\nrebels rebel NOUN NNS 3 nsubj\nkilled kill VERB VBD 0 root\n"
                             "themselves themselves PRON PRP 3 obj",
                             NULL);

        for (size_t i = 0; i < c->n_events; i++)
                assert_int_equal(c->events[i]->n_target, 0);
}

static void test_honorific(void **state)
{
        (void)state;
        assert_true(coreference_is_honorific("Mr."));
        assert_true(coreference_is_honorific("Sen"));
        assert_false(coreference_is_honorific("Senegal"));
        assert_false(coreference_is_honorific("."));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_noun), cmocka_unit_test(test_names), cmocka_unit_test(test_namesake),
                cmocka_unit_test(test_pair), cmocka_unit_test(test_reflexive), cmocka_unit_test(test_honorific),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
