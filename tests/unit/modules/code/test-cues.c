/* Which words are cues, with which prepositions, and what goes with them. */
#include "fixture.h"

#include "modules/code/cues.h"

static struct dep_tree *tree(void **state, const char *conllu)
{
        struct fixture *f = *state;

        return dep_new(&f->arena, fixture_reading(f, conllu), 0, f->state.dictionary->lexicon);
}

static void test_sets(void **state)
{
        const struct fixture *f = *state;
        const struct cues *cues = &f->state.attribution.cues;
        const struct lexicon *lexicon = f->state.dictionary->lexicon;

        assert_true(cues->say >= 0 && cues->object >= 0 && cues->infinitive >= 0 && cues->told >= 0);
        assert_true(cues->phase >= 0 && cues->noun >= 0 && cues->text >= 0 && cues->sure >= 0 && cues->seem >= 0);
        assert_true(cues->evident >= 0 && cues->carry >= 0 && cues->role >= 0 && cues->adjective >= 0);
        assert_true(cues->preposition >= 0);
        assert_true(cues_knows("cue_against") && cues_knows("cue_noun_of") && cues_knows("say"));
        assert_false(cues_knows("cue_agains") || cues_knows("cue_noun_") || cues_knows("against"));
        assert_true(cues_is_verb(cues, lexicon_find(lexicon, "say")));
        assert_true(cues_is_verb(cues, lexicon_find(lexicon, "criticise")));
        assert_false(cues_is_verb(cues, lexicon_find(lexicon, "bomb")));
        assert_false(cues_is_verb(cues, NULL));
}

static void test_prepositions(void **state)
{
        const struct fixture *f = *state;
        const struct cues *cues = &f->state.attribution.cues;
        struct dep_tree *t = tree(
                state, "warned warn VERB VBD 0 root\nagainst against ADP IN 3 case\nwar war NOUN NN 1 obl\n"
                       "by by ADP IN 5 case\nnight night NOUN NN 1 obl");

        assert_true(cues_takes(cues, t, 0, 1));
        assert_false(cues_takes(cues, t, 0, 3));
        assert_false(cues_takes(cues, t, 0, DEP_NONE));
        t = tree(
                state, "criticism criticism NOUN NN 0 root\nof of ADP IN 3 case\nwar war NOUN NN 1 nmod\n"
                       "in in ADP IN 5 case\nMay May PROPN NNP 1 nmod");
        assert_true(cues_noun_takes(cues, t, 0, 1));
        assert_false(cues_noun_takes(cues, t, 0, 3));
}

static void test_group(void **state)
{
        const struct fixture *f = *state;
        const struct cues *cues = &f->state.attribution.cues;
        struct dep_tree *t = tree(
                state, "he he PRON PRP 5 nsubj\nhas have AUX VBZ 5 aux\nnot not PART RB 5 advmod\n"
                       "openly openly ADV RB 5 advmod\nsaid say VERB VBN 0 root\nlater later ADV RB 5 advmod\n"
                       "that that SCONJ IN 8 mark\nit it PRON PRP 5 ccomp");
        struct cues_group group = cues_group(cues, t, 4);

        assert_int_equal(group.first, 1);
        assert_int_equal(group.last, 5);
        assert_int_equal(group.top, 4);
        /* "refused to disclose it" */
        t = tree(
                state, "he he PRON PRP 2 nsubj\nrefused refuse VERB VBD 0 root\nto to PART TO 4 mark\n"
                       "disclose disclose VERB VB 2 xcomp\nit it PRON PRP 4 obj");
        group = cues_group(cues, t, 3);
        assert_int_equal(group.first, 1);
        assert_int_equal(group.last, 3);
        assert_int_equal(group.top, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_sets), cmocka_unit_test(test_prepositions),
                                            cmocka_unit_test(test_group) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
