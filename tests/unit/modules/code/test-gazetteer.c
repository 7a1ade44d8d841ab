/* The gazetteer file: finding by halves, namesakes in order, rows that are none; and the shipped file as a whole. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/code/gazetteer.h"

static const char small[] = "# a comment\n"
                            "=fra\tFRA\tFRA\t-\t46.5\t2.5\t60000000\tcountry\n"
                            "=fra=\tParis\tFRA\t-\t48.853\t2.349\t2138551\tcapital\n"
                            "aix\tAix\tFRA\t-\t43.5\t5.4\t146821\tcity\n"
                            "bad\tBad\tFRA\t-\t143.5\t5.4\t1\tcity\n"
                            "bad\tBad\n"
                            "bad\tBad\tFRA\t-\t43.5\t5.4\t1\thamlet\n"
                            "paris\tParis\tFRA\t-\t48.853\t2.349\t2138551\tcapital\n"
                            "paris\tParis\tUSA\tTX\t33.661\t-95.556\t24782\tcity\n"
                            "parisot\tParisot\tFRA\t-\t44\t1\t900\tcity";

static void test_find(void **state)
{
        struct fixture *f = *state;
        struct gazetteer *g = gazetteer_new(&f->arena, small, sizeof small - 1);
        struct gazetteer_place p[GAZETTEER_SAME_MAX];

        assert_int_equal(gazetteer_find(g, "paris", p), 2);
        assert_string_equal(p[0].country, "FRA");
        assert_string_equal(p[1].region, "TX");
        assert_int_equal(p[1].people, 24782);
        assert_true(p[1].longitude < -95.5 && p[1].longitude > -95.6);
        assert_int_equal(gazetteer_find(g, "parisot", p), 1);   /* the last line has no end */
        assert_memory_equal(p[0].name, "Parisot", p[0].n_name);
        assert_int_equal(gazetteer_find(g, "aix", p), 1);
        assert_int_equal(gazetteer_find(g, "pari", p), 0);
        assert_int_equal(gazetteer_find(g, "a", p), 0);
        assert_int_equal(gazetteer_find(g, "zürich", p), 0);
        assert_int_equal(gazetteer_find(g, "bad", p), 0);
        assert_int_equal(gazetteer_find(NULL, "paris", p), 0);
        assert_true(gazetteer_country(g, "FRA", false, &p[0]));
        assert_int_equal(p[0].kind, GAZETTEER_COUNTRY);
        assert_true(gazetteer_country(g, "FRA", true, &p[0]));
        assert_int_equal(p[0].kind, GAZETTEER_CAPITAL);
        assert_false(gazetteer_country(g, "XYZ", true, &p[0]));
}

static void test_empty(void **state)
{
        struct fixture *f = *state;
        struct gazetteer_place p[GAZETTEER_SAME_MAX];

        assert_int_equal(gazetteer_find(gazetteer_new(&f->arena, "", 0), "paris", p), 0);
        assert_int_equal(gazetteer_find(gazetteer_new(&f->arena, "\n\n\t\n", 4), "paris", p), 0);
}

static void test_key(void **state)
{
        char key[GAZETTEER_KEY_MAX] = "";

        (void)state;
        assert_true(gazetteer_key("São", 4, key));
        assert_true(gazetteer_key("Paulo", 5, key));
        assert_string_equal(key, "sao paulo");
        key[0] = '\0';
        assert_true(gazetteer_key("N.C.", 4, key));
        assert_string_equal(key, "nc");
        for (int i = 0; i < 3; i++)
                gazetteer_key("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 43, key);
        assert_false(gazetteer_key("bbbbbbbb", 8, key));
}

/* Every row of the shipped file is found by its key, and its key is what the coder makes of the name, but for letters
 * that English does without ("GroÃenhain"). */
static void test_shipped(void **state)
{
        struct fixture *f = *state;
        const char *top = getenv("top_srcdir");
        FILE *file = fopen(arena_printf(&f->arena, "%s/data/gazetteer.tab", top ? top : "."), "r");
        char line[256], before[256] = "";
        size_t rows = 0, others = 0;

        assert_non_null(file);
        while (fgets(line, sizeof line, file)) {
                struct gazetteer_place p[GAZETTEER_SAME_MAX];
                char made[GAZETTEER_KEY_MAX] = "", *tab, *name, *end;
                size_t n, found = 0;

                if (line[0] == '#')
                        continue;
                tab = strchr(line, '\t');
                assert_non_null(tab);
                *tab = '\0';
                name = tab + 1;
                end = strchr(name, '\t');
                assert_non_null(end);
                n = gazetteer_find(f->state.gazetteer, line, p);
                for (size_t i = 0; i < n; i++)
                        found += p[i].n_name == (size_t)(end - name) && memcmp(p[i].name, name, p[i].n_name) == 0;
                if (found == 0 && n < GAZETTEER_SAME_MAX)
                        fail_msg("%s is not found", line);
                if (line[0] != '=' && strstr(end + 1, "\tregion") == NULL &&
                    gazetteer_key(name, (size_t)(end - name), made) && strcmp(made, line) != 0)
                        others++;
                assert_true(strcmp(before, line) <= 0);
                strcpy(before, line);
                rows++;
        }
        fclose(file);
        assert_true(rows > 20000);
        assert_true(others < rows / 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_find), cmocka_unit_test(test_empty), cmocka_unit_test(test_key),
                cmocka_unit_test(test_shipped),
        };

        return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
