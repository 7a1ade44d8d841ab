/* Texts with fields: what they are taken apart into, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "config/template.h"

static void test_pieces(void **state)
{
        struct arena arena = ARENA_NULL;
        struct template t;
        const char *error;
        size_t at;

        (void)state;
        assert_int_equal(template_parse(&arena, "a {source}{target}, {{x}} {count}", TEMPLATE_EVENT, &t, &error, &at),
                         0);
        assert_int_equal(t.n, 7);
        assert_int_equal(t.pieces[0].field, TEMPLATE_LITERAL);
        assert_int_equal(t.pieces[0].n, 2);
        assert_int_equal(t.pieces[1].field, TEMPLATE_SOURCE);
        assert_int_equal(t.pieces[2].field, TEMPLATE_TARGET);
        assert_memory_equal(t.pieces[3].text, ", {", 3);
        assert_int_equal(t.pieces[3].n, 3);
        assert_memory_equal(t.pieces[4].text, "x}", 2);
        assert_int_equal(t.pieces[4].n, 2);
        assert_memory_equal(t.pieces[5].text, " ", 1);
        assert_int_equal(t.pieces[6].field, TEMPLATE_COUNT);
        t.n = 0;
        assert_int_equal(template_parse(&arena, "", TEMPLATE_EVENT, &t, &error, &at), 0);
        assert_int_equal(t.n, 0);
        arena_deinit(&arena);
}

static void test_errors(void **state)
{
        static const struct {
                const char *text;
                enum template_kind kind;
                const char *error;
                size_t at;
        } rows[] = {
                { "{sorce}", TEMPLATE_EVENT, "there is no field {sorce} (did you mean {source}?)", 0 },
                { "ab {xyzzy}", TEMPLATE_EVENT, "there is no field {xyzzy}", 3 },
                { "{}", TEMPLATE_EVENT, "there is no field {}", 0 },
                { "{source", TEMPLATE_EVENT, "'{' without its '}' (write '{{' for a brace)", 0 },
                { "a}", TEMPLATE_EVENT, "'}' without its '{' (write '}}' for a brace)", 1 },
                { "{usual}", TEMPLATE_EVENT, "{usual} has no value here: it goes only with 'rate'", 0 },
                { "{since}", TEMPLATE_RATE, "{since} has no value here: it goes only with 'absence'", 0 },
                { "{window}", TEMPLATE_EVENT, "{window} has no value here: it goes only with 'rate' or 'absence'", 0 },
                { "{source}", TEMPLATE_ABSENCE, "{source} has no value here: it goes only with events", 0 },
        };

        (void)state;
        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct arena arena = ARENA_NULL;
                struct template t;
                const char *error;
                size_t at;

                assert_int_equal(template_parse(&arena, rows[i].text, rows[i].kind, &t, &error, &at), TEMPLATE_E_BAD);
                assert_string_equal(error, rows[i].error);
                assert_int_equal(at, rows[i].at);
                arena_deinit(&arena);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pieces),
                cmocka_unit_test(test_errors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
