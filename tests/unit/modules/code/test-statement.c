/* How a statement is made: broken content, whole quotations, kinds, the edges of a source. */
#include "fixture.h"

#include "modules/code/statement.h"

static const char sentence[] = "Marsh Marsh PROPN NNP 6 nsubj join\n, , PUNCT , 4 punct\nwho who PRON WP 4 nsubj\n"
                               "lies lie VERB VBZ 1 acl:relcl join\n, , PUNCT , 4 punct\nsaid say VERB VBD 0 root\n"
                               "\" \" PUNCT `` 8 punct join\nit it PRON PRP 6 ccomp\nis be AUX VBZ 8 cop\n"
                               "so so ADV RB 8 advmod join\n\" \" PUNCT '' 8 punct\nto to ADP IN 13 case\n"
                               "us we PRON PRP 6 obl join\n. . PUNCT . 6 punct";

static struct statement begin(void **state, struct coding **c)
{
        *c = fixture_code(*state, sentence, NULL);
        (*c)->n_statements = 0;
        return statement_new(*c, &(*c)->sentences[0], 5, 5, 5);
}

static void test_empty(void **state)
{
        struct coding *c;
        struct statement st = begin(state, &c);

        assert_true(statement_is_empty(&st));
        statement_add(&st, 5, 6);       /* the cue and a mark */
        assert_null(statement_end(&st));
        assert_int_equal(c->n_statements, 0);
}

static void test_whole_quotation(void **state)
{
        struct coding *c;
        struct statement st = begin(state, &c);
        struct coding_statement *out;

        statement_source(&st, 0, 0);
        statement_add(&st, 8, 8);
        out = statement_end(&st);
        assert_non_null(out);
        assert_int_equal(out->n_content, 1);
        assert_string_equal(coding_text(c, out->content[0]), "\"it is so\"");
        assert_string_equal(out->kind, "direct");
        assert_string_equal(coding_text(c, out->source_span), "Marsh, who lies");
}

static void test_broken(void **state)
{
        struct coding *c;
        struct statement st = begin(state, &c);
        struct coding_statement *out;

        statement_add(&st, 0, 13);
        statement_drop(&st, 11, 11);
        out = statement_end(&st);
        assert_non_null(out);
        assert_int_equal(out->n_content, 3);
        assert_string_equal(coding_text(c, out->content[0]), "Marsh, who lies");
        assert_string_equal(coding_text(c, out->content[1]), "\"it is so\"");
        assert_string_equal(coding_text(c, out->content[2]), "us");
        assert_string_equal(out->kind, "mixed");
        assert_false(out->has_source);
}

/* The clause that the cue stands in is no part of its source. */
static void test_source_of_relative(void **state)
{
        struct coding *c;
        struct statement st = begin(state, &c);

        st.node = st.cue_first = st.cue_last = 3;
        statement_source(&st, 0, 0);
        assert_int_equal(st.source_first, 0);
        assert_int_equal(st.source_last, 0);
        statement_source(&st, 2, 0);
        assert_int_equal(st.source_first, 2);
        assert_int_equal(st.source_last, 2);
        assert_int_equal(st.meant, 0);
}

/* Words of one token have their own bytes. */
static void test_multiword(void **state)
{
        struct fixture *f = *state;
        struct reading *r = fixture_reading(
                f, "He he PRON PRP 3 nsubj join\n's be AUX VBZ 3 aux\nlying lie VERB VBG 0 root");
        struct dep_tree *tree;

        r->tokens[0].end = r->tokens[1].end;
        r->tokens[1].begin = r->tokens[0].begin;
        tree = dep_new(&f->arena, r, 0, f->state.dictionary->lexicon);
        assert_int_equal(coding_span_of(tree, 0, 0).end, 2);
        assert_int_equal(coding_span_of(tree, 1, 2).begin, 2);
        assert_int_equal(coding_span_of(tree, 0, 1).end, 4);
        r->tokens[1].form = "has";      /* not as it is written */
        assert_int_equal(coding_span_of(tree, 0, 0).end, 4);
        assert_int_equal(coding_span_of(tree, 1, 1).begin, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),  cmocka_unit_test(test_whole_quotation),
                cmocka_unit_test(test_broken), cmocka_unit_test(test_source_of_relative),
                cmocka_unit_test(test_multiword),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
