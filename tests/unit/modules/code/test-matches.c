/* Phrases of the dictionaries in a sentence: the longest, the office of the day, the head. */
#include "fixture.h"

#include <string.h>

static const struct coding_match *match_at(struct coding *c, int node)
{
        int32_t match = c->sentences[0].match_of[node - 1];

        return match >= 0 ? &c->sentences[0].matches[match] : NULL;
}

static void test_longest(void **state)
{
        struct coding *c = fixture_code(*state,
                                        "U.S. U.S. PROPN NNP 2 compound\nSecretary Secretary PROPN NNP 6 nsubj\n"
                                        "of of ADP IN 4 case\nState State PROPN NNP 5 compound\n"
                                        "Albright Albright PROPN NNP 2 nmod\nspoke speak VERB VBD 0 root",
                                        "1998-01-01");
        const struct coding_match *m = match_at(c, 4);

        assert_non_null(m);
        assert_string_equal(m->entry->name, "secretary of state");
        assert_int_equal(m->head, 1);   /* highest in the tree, however its parts hang */
        assert_ptr_equal(m, match_at(c, 2));
        assert_string_equal(match_at(c, 5)->entry->name, "Madeleine Albright");
}

static void test_day(void **state)
{
        static const char clinton[] = "Labour Labour PROPN NNP 2 nsubj\nspoke speak VERB VBD 0 root";

        assert_string_equal(match_at(fixture_code(*state, clinton, "1990-01-01"), 1)->entry->code, "GBROPP");
        assert_string_equal(match_at(fixture_code(*state, clinton, "2000-01-01"), 1)->entry->code, "GBRGOV");
}

/* The Congress of the country that the phrase or the story names; of no other, that of the United States. */
static void test_open(void **state)
{
        static const char congress[] = "Congress Congress PROPN NNP 2 nsubj\nvoted vote VERB VBD 0 root";
        static const char peru[] = "Peru Peru PROPN NNP 3 nmod:poss\n's 's PART POS 1 case\n"
                                   "Congress Congress PROPN NNP 4 nsubj\nvoted vote VERB VBD 0 root";
        static const char ghana[] = "Ghana Ghana PROPN NNP 3 nmod:poss\n's 's PART POS 1 case\n"
                                    "Congress Congress PROPN NNP 4 nsubj\nvoted vote VERB VBD 0 root";
        static const char common[] = "a a DET DT 2 det\ncongress congress NOUN NN 3 nsubj\nvoted vote VERB VBD 0 root";
        struct coding *c = fixture_code(*state, congress, NULL);

        assert_string_equal(match_at(c, 1)->entry->code, "USALEG");
        assert_string_equal(c->country, "USA");
        assert_string_equal(match_at(fixture_code(*state, peru, NULL), 3)->entry->code, "PERLEG");
        assert_int_equal(match_at(fixture_code(*state, ghana, NULL), 3)->entry->kind, DICTIONARY_AGENT);
        assert_int_equal(match_at(fixture_code(*state, common, NULL), 2)->entry->kind, DICTIONARY_AGENT);
}

static void test_discard(void **state)
{
        struct coding *c = fixture_code(*state,
                                        "Jordan Jordan PROPN NNP 2 compound\nSpieth Spieth PROPN NNP 3 nsubj\n"
                                        "won win VERB VBD 0 root",
                                        NULL);

        assert_null(match_at(c, 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_longest), cmocka_unit_test(test_day),
                                            cmocka_unit_test(test_open), cmocka_unit_test(test_discard) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
