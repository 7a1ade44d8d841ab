/* Who does what to whom in the grammar: passives, control, relative clauses, coordination. */
#include "fixture.h"

#include "modules/code/clause.h"

static struct dep_tree *tree(void **state, const char *conllu)
{
        struct fixture *f = *state;

        return dep_new(&f->arena, fixture_reading(f, conllu), 0, f->state.dictionary->lexicon);
}

static const struct clause_sets *sets(void **state)
{
        return &((const struct fixture *)*state)->state.attribution.clause;
}

static void test_active(void **state)
{
        struct dep_tree *t = tree(
                state, "Oman Oman PROPN NNP 2 nsubj\nmet meet VERB VBD 0 root\nYemen Yemen PROPN NNP 2 obj");

        assert_false(clause_is_passive(t, 1));
        assert_int_equal(clause_subject(t, sets(state), 1), 0);
        assert_int_equal(clause_object(t, sets(state), 1), 2);
}

static void test_passive(void **state)
{
        struct dep_tree *t = tree(
                state, "Oman Oman PROPN NNP 3 nsubj:pass\nwas be AUX VBD 3 aux:pass\n"
                       "attacked attack VERB VBN 0 root\nby by ADP IN 5 case\nrebels rebel NOUN NNS 3 obl");

        assert_true(clause_is_passive(t, 2));
        assert_int_equal(clause_subject(t, sets(state), 2), 4);
        assert_int_equal(clause_object(t, sets(state), 2), 0);
}

/* What follows from a passive its agent did, also where the tree hangs it on the agent's adjective. */
static void test_beside_passive(void **state)
{
        struct dep_tree *t = tree(
                state, "camps camp NOUN NNS 3 nsubj:pass\nwere be AUX VBD 3 aux:pass\nattacked attack VERB VBN 0 root\n"
                       "by by ADP IN 5 case\nrebels rebel NOUN NNS 3 obl:agent\narmed armed ADJ JJ 5 amod\n"
                       ", , PUNCT , 8 punct\nkilling kill VERB VBG 6 advcl\nten ten NUM CD 8 obj");

        assert_int_equal(clause_subject(t, sets(state), 7), 4);
        t = tree(
                state, "camps camp NOUN NNS 3 nsubj:pass\nwere be AUX VBD 3 aux:pass\nattacked attack VERB VBN 0 root\n"
                       ", , PUNCT , 5 punct\nleaving leave VERB VBG 3 advcl\nruins ruin NOUN NNS 5 obj");
        assert_int_equal(clause_subject(t, sets(state), 4), 0);
}

/* "asked rebels to leave": rebels leave; "promised to leave": whoever promises does. */
static void test_control(void **state)
{
        struct dep_tree *t = tree(
                state, "Oman Oman PROPN NNP 2 nsubj\nasked ask VERB VBD 0 root\nrebels rebel NOUN NNS 2 obj\n"
                       "to to PART TO 5 mark\nleave leave VERB VB 2 xcomp");

        assert_int_equal(clause_subject(t, sets(state), 4), 2);
        assert_int_equal(clause_complement(t, 1), 4);
        t = tree(
                state, "Oman Oman PROPN NNP 2 nsubj\npromised promise VERB VBD 0 root\nto to PART TO 4 mark\n"
                       "leave leave VERB VB 2 xcomp");
        assert_int_equal(clause_subject(t, sets(state), 3), 0);
}

static void test_relative(void **state)
{
        struct dep_tree *t = tree(
                state, "rebels rebel NOUN NNS 4 nsubj\nwho who PRON WP 3 nsubj\nattacked attack VERB VBD 1 acl:relcl\n"
                       "left leave VERB VBD 0 root");

        assert_true(clause_is_relative(t, 1));
        assert_int_equal(clause_own_subject(t, 2), 1);
        assert_int_equal(clause_subject(t, sets(state), 2), 0);
        /* "the rebels they attacked" */
        t = tree(
                state, "rebels rebel NOUN NNS 4 nsubj\nthey they PRON PRP 3 nsubj\n"
                       "attacked attack VERB VBD 1 acl:relcl\n"
                       "left leave VERB VBD 0 root");
        assert_int_equal(clause_object(t, sets(state), 2), 0);
}

static void test_joined(void **state)
{
        struct dep_tree *t = tree(
                state, "Oman Oman PROPN NNP 2 nsubj\narrested arrest VERB VBD 0 root\nand and CCONJ CC 4 cc\n"
                       "tried try VERB VBD 2 conj\nrebels rebel NOUN NNS 4 obj");

        assert_int_equal(clause_subject(t, sets(state), 3), 0);
        assert_int_equal(clause_object(t, sets(state), 1), 4);
}

static void test_phrases(void **state)
{
        struct dep_tree *t = tree(
                state, "Oman Oman PROPN NNP 2 nsubj\nheld hold VERB VBD 0 root\ntalks talk NOUN NNS 2 obj\n"
                       "with with ADP IN 5 case\nhundreds hundred NOUN NNS 3 nmod\nof of ADP IN 7 case\n"
                       "rebels rebel NOUN NNS 5 nmod");

        assert_int_equal(clause_prepositional(t, sets(state), 1, "with"), 4);
        assert_int_equal(clause_prepositional(t, sets(state), 1, "against"), DEP_NONE);
        assert_int_equal(clause_light_verb(t, sets(state), 2), 1);
        assert_int_equal(clause_meant(t, sets(state), 4), 6);
}

static void test_negated(void **state)
{
        struct dep_tree *t = tree(
                state, "Oman Oman PROPN NNP 4 nsubj\ndid do AUX VBD 4 aux\nnot not PART RB 4 advmod\n"
                       "attack attack VERB VB 0 root");

        assert_true(clause_is_negated(t, 3));
        t = tree(
                state, "nobody nobody PRON NN 2 nsubj\nattacked attack VERB VBD 0 root");
        assert_true(clause_is_negated(t, 1));
        t = tree(
                state, "Oman Oman PROPN NNP 2 nsubj\nattacked attack VERB VBD 0 root");
        assert_false(clause_is_negated(t, 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_active), cmocka_unit_test(test_passive), cmocka_unit_test(test_beside_passive),
                cmocka_unit_test(test_control), cmocka_unit_test(test_relative), cmocka_unit_test(test_joined),
                cmocka_unit_test(test_phrases), cmocka_unit_test(test_negated),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
