/* Lemma rules by themselves, and those of the shipped model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "modules/read/lemma.h"
#include "modules/read/model.h"
#include "modules/read/read.h"

static struct read_model *model;
static struct arena arena;

static int load(void **unused)
{
        const char *top = getenv("top_srcdir");
        _cleanup_free_ char *path = NULL, *error = NULL;

        (void)unused;
        return asprintf(&path, "%s/data/en.model", top == NULL ? "." : top) < 0 ? -1
                                                                                : read_model_open(&model, path, &error);
}

static int unload(void **unused)
{
        (void)unused;
        read_model_freep(&model);
        arena_deinit(&arena);
        return 0;
}

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

static void lemma_is(const char *sentence, size_t word, const char *lemma)
{
        _cleanup_(reader_freep) struct reader *reader = NULL;
        struct reading *r;

        assert_int_equal(reader_new(&reader, model), 0);
        assert_int_equal(reader_read(reader, &arena, sentence, strlen(sentence), &r), 0);
        assert_true(word < r->n_tokens);
        assert_string_equal(r->tokens[word].lemma, lemma);
}

static void test_model(void **unused)
{
        (void)unused;
        lemma_is("The soldiers fled the cities.", 1, "soldier");
        lemma_is("The soldiers left the cities.", 2, "leave");
        lemma_is("The soldiers left the cities.", 4, "city");
        lemma_is("He was there.", 1, "be");
        lemma_is("i saw it.", 0, "I");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lemma_rules),
                cmocka_unit_test(test_model),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
