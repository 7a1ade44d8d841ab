/* Quotations: marks of all kinds, one in another, over sentences and paragraphs; apostrophes are none. */
#include "fixture.h"

#include <string.h>

#include "modules/code/quotes.h"

/* The quotations of a text, each from its first mark to its last, joined by " | ". */
static const char *quotes(void **state, const char *text)
{
        struct fixture *f = *state;
        struct coding *c = fixture_story(f, text);
        const char *out = "";

        for (size_t i = 0; i < c->n_quotes; i++) {
                const struct coding_quote *q = &c->quotes[i];
                struct coding_span span = {
                        coding_span_of(c->sentences[q->first_sentence].tree, q->first, q->first).begin,
                        coding_span_of(c->sentences[q->last_sentence].tree, q->last, q->last).end,
                };

                out = arena_printf(&f->arena, "%s%s%s", out, i ? " | " : "", coding_text(c, span));
        }
        return out;
}

static void test_marks(void **state)
{
        assert_string_equal(quotes(state, "He said \"yes, it is\" and left."), "\"yes, it is\"");
        assert_string_equal(quotes(state, "He said \xE2\x80\x9Cyes\xE2\x80\x9D and \xC2\xABno\xC2\xBB."),
                            "\xE2\x80\x9Cyes\xE2\x80\x9D | \xC2\xABno\xC2\xBB");
        assert_string_equal(quotes(state, "He said nothing."), "");
}

/* Two apostrophes, as a tokenizer leaves them. */
static void test_doubled(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "'' '' PUNCT `` 2 punct join\nYes yes INTJ UH 6 ccomp join\n, , PUNCT , 2 punct join\n"
                "'' '' PUNCT '' 2 punct\nhe he PRON PRP 6 nsubj\nsaid say VERB VBD 0 root",
                NULL);

        assert_int_equal(c->n_quotes, 1);
        assert_int_equal(c->quotes[0].first, 0);
        assert_int_equal(c->quotes[0].last, 3);
        assert_true(c->sentences[0].quoted[1]);
        assert_false(c->sentences[0].quoted[4]);
}

static void test_single(void **state)
{
        assert_string_equal(quotes(state, "He called it 'a lie' and left."), "'a lie'");
        assert_string_equal(quotes(state, "He called it \xE2\x80\x98""a lie\xE2\x80\x99 and left."),
                            "\xE2\x80\x98""a lie\xE2\x80\x99");
        assert_string_equal(quotes(state, "The dockers' union can't meet the owners' men."), "");
        assert_string_equal(quotes(state, "It was the winter of '99 and the port's gates were shut."), "");
}

/* The outermost one counts. */
static void test_nested(void **state)
{
        assert_string_equal(quotes(state, "\"He said, 'The port is shut,' and left,\" she added."),
                            "\"He said, 'The port is shut,' and left,\"");
        assert_string_equal(quotes(state, "She said: 'He called it \"a lie\" twice.'"),
                            "'He called it \"a lie\" twice.'");
}

static void test_sentences(void **state)
{
        assert_string_equal(quotes(state, "\"The port is shut. It stays so,\" she said. \"Go home.\""),
                            "\"The port is shut. It stays so,\" | \"Go home.\"");
}

/* A quotation ends with its paragraph, and runs on where the next one opens again. */
static void test_paragraphs(void **state)
{
        struct coding *c;

        assert_string_equal(quotes(state, "\"The port is shut, she said.\nNobody came."),
                            "\"The port is shut, she said.");
        c = fixture_story(*state, "\"The port is shut.\n\"It stays so,\" she said.\n\"Go home.\"");
        assert_int_equal(c->n_quotes, 3);
        assert_true(c->quotes[0].open);
        assert_false(c->quotes[1].open);
}

/* An opening mark in the place of a closing one, and the other way about. */
static void test_wrong_marks(void **state)
{
        assert_string_equal(quotes(state, "\xE2\x80\x9DThe port is shut,\xE2\x80\x9D she said."),
                            "\xE2\x80\x9DThe port is shut,\xE2\x80\x9D");
        assert_string_equal(quotes(state, "The port is shut,\xE2\x80\x9D she said."), "");
}

static void test_span(void **state)
{
        struct coding *c = fixture_story(*state, "She called it \"a 'plain' lie\" twice.");
        const struct coding_sentence *s = &c->sentences[0];
        struct coding_span span;

        assert_false(quotes_span(c, s, 0, &span));
        assert_true(quotes_span(c, s, 4, &span));
        assert_string_equal(coding_text(c, span), "a 'plain' lie");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_marks),     cmocka_unit_test(test_single),     cmocka_unit_test(test_nested),
                cmocka_unit_test(test_sentences), cmocka_unit_test(test_paragraphs), cmocka_unit_test(test_wrong_marks),
                cmocka_unit_test(test_span),      cmocka_unit_test(test_doubled),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
