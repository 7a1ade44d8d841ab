/* One name for a body, however it is written: an event's origins are counted by names. */
#include "fixture.h"

#include "modules/code/actors.h"

/* "CODE name" of token `node` (from 1) of the last sentence. */
static const char *who(void **state, const char *conllu, int node)
{
        struct fixture *f = *state;
        struct coding *c = fixture_code(f, conllu, "2016-10-01");
        const struct coding_actor *a = actors_at(&c->sentences[c->n_sentences - 1], node - 1);

        return a ? arena_printf(&f->arena, "%s %s", a->code, a->name ? a->name : "-") : "";
}

static void test_one_name(void **state)
{
        static const struct {
                const char *conllu;
                int node;
        } ways[] = {
                { "Ukraine Ukraine PROPN NNP 4 nmod:poss\n's 's PART POS 1 case\n"
                  "Interior interior PROPN NNP 4 compound\n"
                  "Ministry ministry PROPN NNP 5 nsubj\nspoke speak VERB VBD 0 root", 4 },
                { "the the DET DT 4 det\nUkrainian Ukrainian ADJ JJ 4 amod\ninterior interior ADJ JJ 4 amod\n"
                  "ministry ministry NOUN NN 5 nsubj\nspoke speak VERB VBD 0 root", 4 },
                { "the the DET DT 3 det\ninterior interior ADJ JJ 3 amod\nministry ministry NOUN NN 6 nsubj\n"
                  "of of ADP IN 5 case\nUkraine Ukraine PROPN NNP 3 nmod\nspoke speak VERB VBD 0 root", 3 },
                { "Ukraine Ukraine PROPN NNP 3 nmod:poss\n's 's PART POS 1 case\nMinistry ministry PROPN NNP 7 nsubj\n"
                  "of of ADP IN 6 case\nInternal Internal ADJ JJ 6 amod\nAffairs affair PROPN NNPS 3 nmod\n"
                  "spoke speak VERB VBD 0 root", 3 },
        };

        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
                assert_string_equal(who(state, ways[i].conllu, ways[i].node), "UKRGOV Ukraine Interior Ministry");
}

/* A ministry that no dictionary has is named by its own words, in whichever order. */
static void test_other_ministries(void **state)
{
        assert_string_equal(who(state,
                                "Ukraine Ukraine PROPN NNP 3 nmod:poss\n's 's PART POS 1 case\n"
                                "Ministry ministry PROPN NNP 7 nsubj\nof of ADP IN 6 case\n"
                                "Digital Digital ADJ JJ 6 amod\nTransformation transformation PROPN NNP 3 nmod\n"
                                "spoke speak VERB VBD 0 root",
                                3),
                            "UKRGOV Ukraine Digital Transformation Ministry");
        assert_string_equal(who(state,
                                "the the DET DT 5 det\nUkrainian Ukrainian ADJ JJ 5 amod\n"
                                "digital digital ADJ JJ 4 amod\n"
                                "transformation transformation NOUN NN 5 compound\nministry ministry NOUN NN 6 nsubj\n"
                                "spoke speak VERB VBD 0 root",
                                5),
                            "UKRGOV Ukraine Digital Transformation Ministry");
}

#define INTERIOR                                                                                                      \
        "Ukrainian Ukrainian ADJ JJ 3 amod\ninterior interior ADJ JJ 3 amod\nministry ministry NOUN NN 4 nsubj\n"      \
        "spoke speak VERB VBD 0 root\n\n"

static void test_later(void **state)
{
        assert_string_equal(
                who(state, INTERIOR "The the DET DT 2 det\nministry ministry NOUN NN 3 nsubj\n"
                "left leave VERB VBD 0 root",
                    2),
                "UKRGOV Ukraine Interior Ministry");
        /* another one of the same country */
        assert_string_equal(who(state,
                                INTERIOR "The the DET DT 3 det\nDefense defense PROPN NNP 3 compound\n"
                                         "Ministry ministry PROPN NNP 4 nsubj\nleft leave VERB VBD 0 root",
                                3),
                            "UKRGOV Ukraine Defence Ministry");
}

/* A role is no name, with capitals or without. */
static void test_roles(void **state)
{
        assert_string_equal(who(state,
                                "The the DET DT 4 det\nUkrainian Ukrainian ADJ JJ 4 amod\n"
                                "Defense defense PROPN NNP 4 compound\nMinister minister PROPN NNP 5 nsubj\n"
                                "spoke speak VERB VBD 0 root",
                                4),
                            "UKRGOV -");
        assert_string_equal(who(state,
                                "Ukraine Ukraine PROPN NNP 4 nmod:poss\n's 's PART POS 1 case\n"
                                "defence defence NOUN NN 4 compound\nminister minister NOUN NN 5 nsubj\n"
                                "spoke speak VERB VBD 0 root",
                                4),
                            "UKRGOV -");
        assert_string_equal(who(state,
                                "The the DET DT 3 det\nIsraeli Israeli ADJ JJ 3 amod\nArmy army PROPN NNP 4 nsubj\n"
                                "spoke speak VERB VBD 0 root",
                                3),
                            "ISRMIL -");
}

/* A spokesman without a name has that of the body; "he" is still he. */
static void test_voices(void **state)
{
        static const char a_voice[] =
                "A a DET DT 2 det\nspokesman spokesman NOUN NN 7 nsubj\nfor for ADP IN 6 case\n"
                "Ukrainian Ukrainian ADJ JJ 6 amod\ninterior interior ADJ JJ 6 amod\nministry ministry NOUN NN 2 nmod\n"
                "spoke speak VERB VBD 0 root\n\n";
        struct fixture *f = *state;

        assert_string_equal(who(state, a_voice, 2), "UKRGOV Ukraine Interior Ministry");
        assert_string_equal(
                who(state, arena_printf(&f->arena, "%sHe he PRON PRP 2 nsubj\nleft leave VERB VBD 0 root", a_voice), 1),
                "UKRGOV Ukraine Interior Ministry");
        assert_string_equal(who(state,
                                "An a DET DT 4 det\ninterior interior ADJ JJ 3 amod\n"
                                "ministry ministry NOUN NN 4 compound\n"
                                "spokesman spokesman NOUN NN 7 nsubj\nin in ADP IN 6 case\n"
                                "Ukraine Ukraine PROPN NNP 4 nmod\nspoke speak VERB VBD 0 root",
                                4),
                            "UKRGOV Ukraine Interior Ministry");
        assert_string_equal(who(state,
                                "A a DET DT 3 det\nKremlin Kremlin PROPN NNP 3 compound\n"
                                "spokeswoman spokeswoman NOUN NN 4 nsubj\nspoke speak VERB VBD 0 root",
                                3),
                            "RUSGOV Russia");
        assert_string_equal(who(state,
                                "A a DET DT 3 det\nHamas Hamas PROPN NNP 3 compound\n"
                                "spokesman spokesman NOUN NN 4 nsubj\n"
                                "spoke speak VERB VBD 0 root",
                                3),
                            "PSEREB Hamas");
        /* with a name he is himself */
        assert_string_equal(who(state,
                                "interior interior ADJ JJ 2 amod\nministry ministry NOUN NN 3 compound\n"
                                "spokesman spokesman NOUN NN 4 compound\nIvan Ivan PROPN NNP 8 nsubj\n"
                                "Petrenko Petrenko PROPN NNP 4 flat\nof of ADP IN 7 case\n"
                                "Ukraine Ukraine PROPN NNP 4 nmod\nspoke speak VERB VBD 0 root",
                                4),
                            "UKRGOV Ivan Petrenko");
}

/* Two ways of writing that the dictionary has for one body. */
static void test_abbreviations(void **state)
{
        assert_string_equal(
                who(state, "FTC FTC PROPN NNP 2 nsubj\nspoke speak VERB VBD 0 root", 1),
                "USAGOV Federal Trade Commission");
        assert_string_equal(who(state,
                                "Federal Federal PROPN NNP 3 compound\nTrade Trade PROPN NNP 3 compound\n"
                                "Commission Commission PROPN NNP 4 nsubj\nspoke speak VERB VBD 0 root",
                                3),
                            "USAGOV Federal Trade Commission");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_name), cmocka_unit_test(test_other_ministries), cmocka_unit_test(test_later),
                cmocka_unit_test(test_roles),    cmocka_unit_test(test_voices),
                cmocka_unit_test(test_abbreviations),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
