/* Hashes of forms and affixes: what is told apart, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "modules/read/feature.h"

static struct feature_word of(const char *form, struct feature_place place)
{
        struct feature_word f;

        feature_word(&f, form, strlen(form), place);
        return f;
}

static bool shares(const struct feature_word *a, const struct feature_word *b)
{
        size_t i, j;

        for (i = 0; i < a->n; i++)
                for (j = 0; j < b->n; j++)
                        if (a->affix[i] == b->affix[j])
                                return true;
        return false;
}

static void test_word(void **unused)
{
        struct feature_place place = { .space_before = true, .space_after = true };
        struct feature_word a = of("Signed", place), b = of("signed", place), c = of("1999", place),
                            d = of("2024", place);

        (void)unused;
        assert_int_equal(a.word, b.word);
        assert_int_equal(c.word, d.word);
        assert_int_not_equal(a.word, c.word);
        assert_true(shares(&a, &b));
        assert_true(a.n <= FEATURE_MAX && a.n > 8);
}

/* A prefix is no suffix, and the place of a word is seen. */
static void test_kinds(void **unused)
{
        struct feature_place plain = { 0 }, first = { .first = true };
        struct feature_word a = of("anna", plain), b = of("anna", first);

        (void)unused;
        assert_int_not_equal(feature_hash(1, "ab", 2), feature_hash(2, "ab", 2));
        assert_int_not_equal(b.n, a.n);
        assert_true(feature_hash(0, "", 0) != 0);
}

static void test_odd_forms(void **unused)
{
        static char giant[5000];
        struct feature_word f;

        (void)unused;
        memset(giant, 'x', sizeof(giant));
        feature_word(&f, giant, sizeof(giant), (struct feature_place){ 0 });
        assert_true(f.n <= FEATURE_MAX);
        feature_word(&f, "", 0, (struct feature_place){ 0 });
        feature_word(&f, "\xFF\xC3", 2, (struct feature_place){ .first = true, .capitals = true });
        assert_true(feature_has_lower("ABc", 3));
        assert_false(feature_has_lower("ABC 1", 5));
        assert_true(feature_has_lower("\xC3\xA9", 2));
}

static void test_distance(void **unused)
{
        (void)unused;
        assert_int_not_equal(feature_distance(3, 4), feature_distance(4, 3));
        assert_int_equal(feature_distance(0, 30), feature_distance(0, 200));
        assert_in_range(feature_distance(250, 0), 0, FEATURE_DISTANCES - 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_word), cmocka_unit_test(test_kinds), cmocka_unit_test(test_odd_forms),
                cmocka_unit_test(test_distance),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
