/* Who says what: before, after and around the content, "according to", nesting, and who "we" are. */
#include "fixture.h"

#include <string.h>

static const char *content(struct fixture *f, const struct coding *c, size_t i)
{
        (void)f;
        return coding_text(c, c->statements[i]->content[0]);
}

static void test_before(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Tokyo Tokyo PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root\nSeoul Seoul PROPN NNP 4 nsubj\n"
                "agreed agree VERB VBD 2 ccomp",
                NULL);

        assert_int_equal(c->n_statements, 1);
        assert_string_equal(c->statements[0]->source->code, "JPN");
        assert_string_equal(content(*state, c, 0), "Seoul agreed");
        assert_string_equal(c->statements[0]->kind, "indirect");
}

static void test_after(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Seoul Seoul PROPN NNP 2 nsubj\nagreed agree VERB VBD 0 root\n, , PUNCT , 2 punct\n"
                "Tokyo Tokyo PROPN NNP 5 nsubj\nsaid say VERB VBD 2 parataxis",
                NULL);

        assert_int_equal(c->n_statements, 1);
        assert_string_equal(content(*state, c, 0), "Seoul agreed");
        assert_string_equal(coding_text(c, c->statements[0]->cue_span), "said");
}

static void test_according(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Seoul Seoul PROPN NNP 2 nsubj\nagreed agree VERB VBD 0 root\n, , PUNCT , 2 punct\n"
                "according accord VERB VBG 6 case\nto to ADP IN 4 fixed\nTokyo Tokyo PROPN NNP 2 obl",
                NULL);

        assert_int_equal(c->n_statements, 1);
        assert_string_equal(coding_text(c, c->statements[0]->cue_span), "according to");
        assert_string_equal(coding_text(c, c->statements[0]->source_span), "Tokyo");
        assert_string_equal(content(*state, c, 0), "Seoul agreed");
}

static void test_nested(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Tokyo Tokyo PROPN NNP 2 nsubj\nsaid say VERB VBD 0 root\nSeoul Seoul PROPN NNP 4 nsubj\n"
                "confirmed confirm VERB VBD 2 ccomp\nParis Paris PROPN NNP 6 nsubj\n"
                "condemned condemn VERB VBD 4 ccomp\nRome Rome PROPN NNP 6 obj",
                NULL);
        const struct coding_event *e = NULL;

        for (size_t i = 0; i < c->n_events; i++)
                if (strcmp(coding_text(c, c->events[i]->trigger), "condemned") == 0)
                        e = c->events[i];
        assert_non_null(e);
        assert_non_null(e->attribution);
        assert_string_equal(e->attribution->source->code, "KOR");
        assert_non_null(e->attribution->outer);
        assert_string_equal(e->attribution->outer->source->code, "JPN");
}

static void test_we(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "\" \" PUNCT `` 3 punct\nWe we PRON PRP 3 nsubj\ncondemn condemn VERB VBP 7 ccomp\n"
                "Iran Iran PROPN NNP 3 obj\n\" \" PUNCT '' 3 punct\nParis Paris PROPN NNP 7 nsubj\n"
                "said say VERB VBD 0 root",
                NULL);

        assert_string_equal(fixture_events(*state, c), "ACCUSE FRA>IRN happened");
        assert_true(c->events[0]->quoted);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_before), cmocka_unit_test(test_after), cmocka_unit_test(test_according),
                cmocka_unit_test(test_nested), cmocka_unit_test(test_we),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
