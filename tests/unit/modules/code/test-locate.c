/* Names that only the gazetteer knows: which uses make them places, and which place of a name is meant. */
#include "fixture.h"

#include <string.h>

#include "modules/code/gazetteer.h"

/* "USA TX" for the place that covers token `node` (from 1) of the first sentence; "" where there is none. */
static const char *place_at(void **state, const char *conllu, int node)
{
        struct fixture *f = *state;
        struct coding *c = fixture_code(f, conllu, NULL);
        int32_t match = c->sentences[0].match_of[node - 1];
        const struct gazetteer_place *p = match >= 0 ? c->sentences[0].matches[match].place : NULL;

        if (p)
                assert_non_null(c->sentences[0].matches[match].why);
        return p ? arena_printf(&f->arena, "%s %s", p->country, p->region) : "";
}

static void test_behind(void **state)
{
        assert_string_equal(place_at(state,
                                     "He he PRON PRP 2 nsubj\nfled flee VERB VBD 0 root\nfrom from ADP IN 4 case\n"
                                     "Paris Paris PROPN NNP 2 obl\n, , PUNCT , 6 punct\nTexas Texas PROPN NNP 4 appos",
                                     4),
                            "USA TX");
        assert_string_equal(place_at(state,
                                     "He he PRON PRP 2 nsubj\nfled flee VERB VBD 0 root\nfrom from ADP IN 4 case\n"
                                     "Springfield Springfield PROPN NNP 2 obl\n, , PUNCT , 6 punct\n"
                                     "Ill. Ill. PROPN NNP 4 appos",
                                     4),
                            "USA IL");
        /* the dictionary's Paris */
        assert_string_equal(
                place_at(state,
                         "He he PRON PRP 2 nsubj\nfled flee VERB VBD 0 root\nfrom from ADP IN 4 case\n"
                         "Paris Paris PROPN NNP 2 obl\n, , PUNCT , 6 punct\nFrance France PROPN NNP 4 appos",
                         4),
                "");
}

static void test_story(void **state)
{
        /* Cordoba of Argentina is larger, the story is of Spain */
        assert_string_equal(place_at(state,
                                     "Spanish Spanish ADJ JJ 2 amod\npolice police NOUN NNS 3 nsubj\n"
                                     "met meet VERB VBD 0 root\nin in ADP IN 5 case\nMerida Merida PROPN NNP 3 obl",
                                     5),
                            "ESP -");
        /* nothing speaks for one of the Meridas */
        assert_string_equal(place_at(state,
                                     "He he PRON PRP 2 nsubj\nspoke speak VERB VBD 0 root\nin in ADP IN 4 case\n"
                                     "Merida Merida PROPN NNP 2 obl",
                                     4),
                            "");
}

static void test_use(void **state)
{
        assert_string_equal(place_at(state,
                                     "Tulsa Tulsa PROPN NNP 2 compound\npolice police NOUN NNS 3 nsubj\n"
                                     "fled flee VERB VBD 0 root",
                                     1),
                            "USA OK");
        /* somebody of that name */
        assert_string_equal(place_at(state, "Tulsa Tulsa PROPN NNP 2 nsubj\nfled flee VERB VBD 0 root", 1), "");
        assert_string_equal(place_at(state,
                                     "He he PRON PRP 2 nsubj\nspoke speak VERB VBD 0 root\nin in ADP IN 5 case\n"
                                     "Rachel Rachel PROPN NNP 5 flat\nTulsa Tulsa PROPN NNP 2 obl",
                                     5),
                            "");
        /* a senator of that name */
        assert_string_equal(place_at(state,
                                     "Senator senator PROPN NNP 2 compound\nTulsa Tulsa PROPN NNP 3 nsubj\n"
                                     "fled flee VERB VBD 0 root",
                                     2),
                            "");
}

static void test_again(void **state)
{
        struct coding *c = fixture_code(*state,
                                        "He he PRON PRP 2 nsubj\nspoke speak VERB VBD 0 root\nin in ADP IN 4 case\n"
                                        "Tulsa Tulsa PROPN NNP 2 obl\n\n"
                                        "Tulsa Tulsa PROPN NNP 2 nsubj\nburned burn VERB VBD 0 root",
                                        NULL);

        assert_true(c->sentences[1].match_of[0] >= 0);
        assert_string_equal(c->country, "USA");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_behind), cmocka_unit_test(test_story), cmocka_unit_test(test_use),
                cmocka_unit_test(test_again),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
