/* Trees: cycles are cut, and what parsers get wrong is mended where the words alone can tell. */
#include "fixture.h"

#include <string.h>

#include "modules/code/dep.h"

static struct dep_tree *tree(void **state, const char *conllu)
{
        struct fixture *f = *state;

        return dep_new(&f->arena, fixture_reading(f, conllu), 0, f->state.dictionary->lexicon);
}

static void test_cycle(void **state)
{
        struct dep_tree *t = tree(state, "a a NOUN NN 2 dep\nb b NOUN NN 3 dep\nc c NOUN NN 1 dep\nd d NOUN NN 9 dep");

        assert_true(t->root >= 0);
        for (int32_t i = 0; i < t->n; i++) {
                int32_t at = i, steps = 0;

                while (at != DEP_NONE && steps++ < 10)
                        at = t->nodes[at].head;
                assert_true(steps < 10);
        }
}

static void test_extent(void **state)
{
        struct dep_tree *t = tree(
                state,
                "the the DET DT 2 det\nking king NOUN NN 5 nsubj\nof of ADP IN 4 case\nSpain Spain PROPN NNP 2 nmod\n"
                "slept sleep VERB VBD 0 root");

        assert_int_equal(t->nodes[1].left, 0);
        assert_int_equal(t->nodes[1].right, 3);
        assert_true(dep_below(t, 3, 4));
        assert_false(dep_below(t, 4, 3));
}

static void test_mends(void **state)
{
        struct dep_tree *t =
                tree(state, "leader leader NOUN NN 3 nsubj\nKim Kim PROPN NNP 3 nsubj\nspoke speak VERB VBD 0 root");

        assert_int_equal(t->nodes[0].head, 1);
        assert_int_equal(t->nodes[0].rel, REL_COMPOUND);
        /* nothing hangs on an auxiliary */
        t = tree(state, "Oman Oman PROPN NNP 2 nsubj\nhas have AUX VBZ 3 aux\nagreed agree VERB VBN 0 root");
        assert_int_equal(dep_child(t, 2, REL_NSUBJ), 0);
        t = tree(
                state,
                "Secretary Secretary PROPN NNP 5 nsubj\n- - PUNCT HYPH 1 punct\n"
                "General General PROPN NNP 4 compound\nKlibi Klibi PROPN NNP 5 nsubj\nspoke speak VERB VBD 0 root");
        assert_int_equal(t->nodes[0].head, 3);
        t = tree(
                state,
                "army army NOUN NN 2 nsubj\nlifted lift VERB VBD 0 root\nFriday Friday PROPN NNP 2 obj\n"
                "blockade blockade NOUN NN 2 obj");
        assert_int_equal(dep_child(t, 1, REL_OBJ), 3);
        t = tree(
                state,
                "he he PRON PRP 2 nsubj\nmet meet VERB VBD 0 root\nvisiting visit VERB VBG 2 xcomp\n"
                "Lavrov Lavrov PROPN NNP 3 obj");
        assert_int_equal(dep_child(t, 1, REL_OBJ), 3);
        t = tree(
                state,
                "unions union NOUN NNS 2 nsubj:pass\ncalled call VERB VBD 0 root\noff off ADP RP 2 compound:prt\n"
                "strikes strike NOUN NNS 2 obj");
        assert_int_equal(t->nodes[0].rel, REL_NSUBJ);
}

/* Adjectives, verbs and clauses whose tags or relations the words gainsay. */
static void test_retagged(void **state)
{
        struct dep_tree *t = tree(
                state,
                "Chad Chad PROPN NNP 3 nsubj:pass\nis be AUX VBZ 3 aux:pass\nprepared prepare VERB VBN 0 root\n"
                "to to PART TO 5 mark\nact act VERB VB 3 xcomp");

        assert_int_equal(t->nodes[1].rel, REL_COP);
        assert_int_equal(t->nodes[0].rel, REL_NSUBJ);
        t = tree(state, "troops troop NOUN NNS 3 nsubj:pass\nwere be AUX VBD 3 aux:pass\n"
                        "prepared prepare VERB VBN 0 root\nby by ADP IN 5 case\nChad Chad PROPN NNP 3 obl:agent\n"
                        "to to PART TO 7 mark\nact act VERB VB 3 xcomp");
        assert_int_equal(t->nodes[1].rel, REL_AUX_PASS);
        t = tree(state, "Greece Greece PROPN NNP 2 nsubj\nplans plan NOUN NNS 0 root\nto to PART TO 4 mark\n"
                        "act act VERB VB 2 acl");
        assert_int_equal(t->nodes[1].upos, UPOS_VERB);
        assert_int_equal(dep_child(t, 1, REL_XCOMP), 3);
        t = tree(state, "its its PRON PRP$ 2 nmod:poss\nplans plan NOUN NNS 5 nsubj\nto to PART TO 4 mark\n"
                        "act act VERB VB 2 acl\nfailed fail VERB VBD 0 root");
        assert_int_equal(t->nodes[1].upos, UPOS_NOUN);
        t = tree(state, "he he PRON PRP 2 nsubj\ndemanded demand VERB VBD 0 root\ntoday today NOUN NN 2 obl:tmod\n"
                        "that that SCONJ IN 6 mark\nOman Oman PROPN NNP 6 nsubj\nact act VERB VBP 2 advcl");
        assert_int_equal(dep_child(t, 1, REL_CCOMP), 5);
        t = tree(state, "he he PRON PRP 2 nsubj\nspoke speak VERB VBD 0 root\nso so ADV RB 2 advmod\n"
                        "that that SCONJ IN 6 mark\nall all PRON DT 6 nsubj\nheard hear VERB VBD 2 advcl");
        assert_int_equal(dep_child(t, 1, REL_CCOMP), DEP_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_cycle), cmocka_unit_test(test_extent),
                                            cmocka_unit_test(test_mends), cmocka_unit_test(test_retagged) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
