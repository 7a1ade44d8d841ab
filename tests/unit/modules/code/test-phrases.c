/* The longest phrase wins; capitals, accents, hyphens and full stops. */
#include "fixture.h"

#include <string.h>

#include "modules/code/phrases.h"

/* The payload of the phrase that a text begins with, 0; the text is cut at spaces. */
static uint32_t first(struct phrases *p, const char *text, size_t *tokens)
{
        char copy[128], *save = copy, *word;
        struct reading_token t[16] = { 0 };
        struct phrases_atom atoms[64];
        size_t n = 0, n_atoms, length = 0;
        const struct phrases_payload *found;

        strcpy(copy, text);
        while ((word = strsep(&save, " ")) != NULL)
                t[n++].form = word;
        n_atoms = phrases_atomise(p, t, 0, n, atoms);
        found = phrases_find(p, atoms, n_atoms, &length);
        if (tokens)
                *tokens = found ? atoms[length - 1].token + 1 : 0;
        return found ? found->payload : 0;
}

static void test_find(void **state)
{
        struct fixture *f = *state;
        struct phrases *p = phrases_new(&f->arena);
        size_t tokens;

        assert_true(phrases_add(p, "North Korea", 1));
        assert_true(phrases_add(p, "North", 2));
        assert_true(phrases_add(p, "US", 3));
        assert_true(phrases_add(p, "Sao Tome", 4));
        assert_true(phrases_add(p, "al-Bashir", 5));
        assert_true(phrases_add(p, "army", 6));
        assert_false(phrases_add(p, "...", 7));
        assert_int_equal(first(p, "North Korea said", &tokens), 1);
        assert_int_equal(tokens, 2);
        assert_int_equal(first(p, "North wind", &tokens), 2);
        assert_int_equal(first(p, "north wind", NULL), 0);
        assert_int_equal(first(p, "U.S. troops", NULL), 3);
        assert_int_equal(first(p, "us all", NULL), 0);
        assert_int_equal(first(p, "S\xC3\xA3o Tom\xC3\xA9", NULL), 4);
        assert_int_equal(first(p, "al - Bashir", NULL), 5);
        assert_int_equal(first(p, "Army chiefs", NULL), 6);
        assert_int_equal(first(p, "North , Korea", &tokens), 2);
}

/* The tables grow. */
static void test_many(void **state)
{
        struct fixture *f = *state;
        struct phrases *p = phrases_new(&f->arena);

        for (uint32_t i = 1; i <= 5000; i++)
                assert_true(phrases_add(p, arena_printf(&f->arena, "Name%u of%u", i, i % 7), i));
        for (uint32_t i = 1; i <= 5000; i += 97)
                assert_int_equal(first(p, arena_printf(&f->arena, "Name%u of%u", i, i % 7), NULL), i);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_find), cmocka_unit_test(test_many) };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
