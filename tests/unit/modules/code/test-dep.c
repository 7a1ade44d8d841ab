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

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_cycle), cmocka_unit_test(test_extent),
                                            cmocka_unit_test(test_mends) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
