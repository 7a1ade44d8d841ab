/* Lemma rules by themselves, and those of the shipped model. */
#include "fixture.h"

#include <string.h>

#include "modules/read/lemma.h"

static void test_lemma_rules(void **unused)
{
        char out[2 * LEMMA_FORM_MAX + 8];
        uint32_t keys[LEMMA_KEYS];

        (void)unused;
        assert_int_equal(lemma_apply("Cities", 6, CASE_LOWER, 3, "y", out), 4);
        assert_string_equal(out, "city");
        assert_int_equal(lemma_apply("RUSSIA", 6, CASE_TITLE, 0, "", out), 6);
        assert_string_equal(out, "Russia");
        assert_int_equal(lemma_apply("ab", 2, CASE_KEEP, 3, "x", out), 0);
        assert_int_equal(lemma_apply("\xC3\xA9", 2, CASE_KEEP, 1, "x", out), 0);
        assert_int_equal(lemma_keys("ab", 2, 7, keys), LEMMA_WHOLE + 3);
        assert_int_equal(lemma_keys("abcdefgh", 8, 7, keys), LEMMA_KEYS);
}

static void lemma_is(void **state, const char *sentence, size_t word, const char *lemma)
{
        const struct reading *r = fixture_read(*state, sentence, strlen(sentence));

        assert_true(word < r->n_tokens);
        assert_string_equal(r->tokens[word].lemma, lemma);
}

static void test_model(void **state)
{
        lemma_is(state, "The soldiers fled the cities.", 1, "soldier");
        lemma_is(state, "The soldiers left the cities.", 2, "leave");
        lemma_is(state, "The soldiers left the cities.", 4, "city");
        lemma_is(state, "He was there.", 1, "be");
        lemma_is(state, "i saw it.", 0, "I");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lemma_rules),
                cmocka_unit_test(test_model),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
