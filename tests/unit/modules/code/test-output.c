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

/* A story that never ends is coded as far as the bound, and says so; one that is as long as it has nothing to say. */
static void test_bound(void **state)
{
        static const char act[] = "Poland Poland PROPN NNP 2 nsubj\nattacked attack VERB VBD 0 root\n"
                                  "Chad Chad PROPN NNP 2 obj\n\n";
        struct fixture *f = *state;
        char *text = arena_alloc(&f->arena, (CODING_EVENTS_MAX + 5) * (sizeof act - 1) + 1);

        for (int more = 0; more <= 5; more += 5) {
                size_t n = CODING_EVENTS_MAX + (size_t)more;
                struct coding *c;
                json_t *coded, *unread;

                for (size_t i = 0; i < n; i++)
                        memcpy(text + i * (sizeof act - 1), act, sizeof act);
                c = fixture_code(f, text, "2026-03-12");
                coded = output_json(c, 0);
                unread = json_object_get(coded, "unread");
                assert_int_equal(json_array_size(json_object_get(coded, "events")), CODING_EVENTS_MAX);
                assert_int_equal(json_array_size(unread), more ? 2 : 0);
                if (more) {
                        assert_int_equal(json_integer_value(json_array_get(unread, 0)),
                                         c->reading->sentences[CODING_EVENTS_MAX].begin);
                        assert_int_equal(json_integer_value(json_array_get(unread, 1)), c->reading->n_text);
                }
                json_decref(coded);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_event), cmocka_unit_test(test_bound) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
