/* The JSON of a story: members, spans that hold their words, bounds. */
#include "fixture.h"

#include <string.h>

#include "modules/code/output.h"

static void check_span(const struct coding *c, json_t *object)
{
        json_t *span = json_object_get(object, "span");
        size_t b = (size_t)json_integer_value(json_array_get(span, 0)),
               e = (size_t)json_integer_value(json_array_get(span, 1));
        const char *text = json_string_value(json_object_get(object, "text"));

        assert_true(b < e && e <= c->reading->n_text);
        assert_memory_equal(c->reading->text + b, text, e - b);
}

static void test_event(void **state)
{
        struct coding *c = fixture_code(
                *state,
                "Poland Poland PROPN NNP 2 nsubj\nexpelled expel VERB VBD 0 root\nRussian russian ADJ JJ 4 amod\n"
                "diplomats diplomat NOUN NNS 2 obj\nyesterday yesterday NOUN NN 2 obl:tmod\n, , PUNCT , 2 punct\n"
                "Tokyo Tokyo PROPN NNP 8 nsubj\nsaid say VERB VBD 2 parataxis",
                "2026-03-12");
        json_t *coded = output_json(c, 0), *none = output_json(c, 1), *e;

        assert_int_equal(json_array_size(json_object_get(coded, "events")), 1);
        e = json_array_get(json_object_get(coded, "events"), 0);
        assert_string_equal(json_string_value(json_object_get(e, "event")), "SANCTION");
        assert_string_equal(json_string_value(json_object_get(e, "cameo")), "166");
        assert_int_equal(json_integer_value(json_object_get(e, "quad")), 4);
        assert_string_equal(json_string_value(json_object_get(json_object_get(e, "when"), "start")), "2026-03-11");
        assert_string_equal(
                json_string_value(json_object_get(json_array_get(json_object_get(e, "attribution"), 0), "code")),
                "JPN");
        check_span(c, json_array_get(json_object_get(e, "source"), 0));
        check_span(c, json_array_get(json_object_get(e, "target"), 0));
        check_span(c, json_object_get(e, "trigger"));
        assert_int_equal(json_array_size(json_object_get(coded, "statements")), 1);
        assert_int_equal(json_array_size(json_object_get(none, "events")), 0);
        json_decref(coded);
        json_decref(none);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_event) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
