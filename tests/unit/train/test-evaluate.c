/* The counts of the shared task, on cases small enough to count by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "train/evaluate.h"

#define WORD(id, form, upos, head, rel, misc)                                                                          \
        id "\t" form "\t" form "\t" upos "\tT\t_\t" head "\t" rel "\t_\t" misc "\n"
#define MULTI(id, form) id "\t" form "\t_\t_\t_\t_\t_\t_\t_\t_\n"

static struct evaluate_result compare(const char *gold, const char *system, bool same)
{
        struct conllu g, s;
        struct evaluate_result r;
        char *error;

        assert_int_equal(conllu_parse(&g, "gold", gold, strlen(gold), &error), 0);
        assert_int_equal(conllu_parse(&s, "system", system, strlen(system), &error), 0);
        assert_int_equal(evaluate(&g, &s, &r), same);
        conllu_deinit(&g);
        conllu_deinit(&s);
        return r;
}

static void count_is(struct evaluate_count c, size_t right, size_t gold, size_t system)
{
        assert_int_equal(c.right, right);
        assert_int_equal(c.gold, gold);
        assert_int_equal(c.system, system);
}

static void test_same(void **unused)
{
        static const char text[] = MULTI("1-2", "don't") WORD("1", "do", "AUX", "0", "root", "_")
                WORD("2", "n't", "PART", "1", "advmod", "_") WORD("3", "go", "VERB", "1", "obl:x", "_");
        struct evaluate_result r = compare(text, text, true);

        (void)unused;
        count_is(r.tokens, 2, 2, 2);
        count_is(r.sentences, 1, 1, 1);
        count_is(r.las, 3, 3, 3);
        assert_true(fabs(evaluate_f1(r.las_subtypes) - 100) < 1e-9);
}

/* A token that is split, a sentence that is split, a subtype that differs. */
static void test_splits(void **unused)
{
        struct evaluate_result r = compare(
                WORD("1", "a-b", "NOUN", "2", "nsubj", "_") WORD("2", "c", "VERB", "0", "root", "_")
                WORD("3", "d", "NOUN", "2", "obl:agent", "_"),
                WORD("1", "a", "NOUN", "3", "nsubj", "SpaceAfter=No") WORD("2", "-b", "X", "1", "dep", "_")
                WORD("3", "c", "VERB", "0", "root", "_") "\n" WORD("1", "d", "ADJ", "0", "root", "_"), true);

        (void)unused;
        count_is(r.tokens, 2, 3, 4);
        count_is(r.sentences, 0, 1, 2);
        count_is(r.words, 2, 3, 4);
        count_is(r.upos, 1, 3, 4);
        count_is(r.uas, 1, 3, 4);
        r = compare(WORD("1", "c", "VERB", "0", "root", "_") WORD("2", "d", "NOUN", "1", "obl:agent", "_"),
                    WORD("1", "c", "VERB", "0", "root", "_") WORD("2", "d", "NOUN", "1", "obl", "_"), true);
        count_is(r.las, 2, 2, 2);
        count_is(r.las_subtypes, 1, 2, 2);
}

/* Words of multiword tokens are aligned by their forms, not by their places. */
static void test_multi(void **unused)
{
        struct evaluate_result r = compare(
                WORD("1", "x", "X", "2", "dep", "_") MULTI("2-4", "abc") WORD("2", "a", "X", "0", "root", "_")
                WORD("3", "b", "X", "2", "dep", "_") WORD("4", "c", "X", "2", "dep", "_"),
                WORD("1", "x", "X", "2", "dep", "_") MULTI("2-3", "abc") WORD("2", "a", "X", "0", "root", "_")
                WORD("3", "C", "X", "2", "dep", "_"), true);

        (void)unused;
        count_is(r.tokens, 2, 2, 2);
        count_is(r.words, 3, 4, 3);
        count_is(r.uas, 3, 4, 3);
}

static void test_different_text(void **unused)
{
        struct evaluate_result r = compare(WORD("1", "a", "X", "0", "root", "_"), WORD("1", "b", "X", "0", "root", "_"),
                                           false);

        (void)unused;
        (void)r;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_same), cmocka_unit_test(test_splits), cmocka_unit_test(test_multi),
                cmocka_unit_test(test_different_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
