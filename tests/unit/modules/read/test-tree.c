/* The best tree against trying all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "modules/read/tree.h"

enum { STRIDE = TREE_MAX + 1, SMALL = 5 };

static uint64_t state = 7;

static float noise(void)
{
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (float)(state >> 40) / (float)(1 << 20) - 8;
}

static bool is_tree(const int32_t *heads, size_t n)
{
        size_t i, steps, roots = 0;

        for (i = 0; i < n; i++) {
                int32_t at = (int32_t)i;

                roots += heads[i] < 0;
                for (steps = 0; at >= 0 && steps <= n; steps++)
                        at = heads[at];
                if (at >= 0)
                        return false;
        }
        return roots == 1;
}

static double weight(const float *scores, const int32_t *heads, size_t n)
{
        double sum = 0;
        size_t i;

        for (i = 0; i < n; i++)
                sum += (double)scores[i * STRIDE + (heads[i] < 0 ? n : (size_t)heads[i])];
        return sum;
}

/* All assignments of heads, n + 1 to the power of n. */
static double best_of_all(const float *scores, size_t n)
{
        int32_t heads[SMALL] = { 0 };
        double best = -1e9;
        size_t i;

        for (;;) {
                bool self = false;

                for (i = 0; i < n; i++)
                        self = self || heads[i] == (int32_t)i;
                if (!self && is_tree(heads, n) && weight(scores, heads, n) > best)
                        best = weight(scores, heads, n);
                for (i = 0; i < n; i++) {
                        if (heads[i] >= 0) {
                                if (++heads[i] == (int32_t)n)
                                        heads[i] = -1;
                                break;
                        }
                        heads[i] = 0;
                }
                for (i = 0; i < n && heads[i] == 0; i++)
                        ;
                if (i == n)
                        return best;
        }
}

static void test_against_all(void **unused)
{
        static float scores[SMALL * STRIDE];
        struct tree *tree;
        size_t n, i, j, round;
        int32_t heads[SMALL];

        (void)unused;
        assert_int_equal(tree_new(&tree), 0);
        for (round = 0; round < 300; round++) {
                n = 1 + round % SMALL;
                for (i = 0; i < n; i++)
                        for (j = 0; j <= n; j++)
                                scores[i * STRIDE + j] = noise() + (j == n && round % 2 ? 9 : 0);
                tree_best(tree, scores, STRIDE, n, heads);
                assert_true(is_tree(heads, n));
                assert_true(fabs(weight(scores, heads, n) - best_of_all(scores, n)) < 1e-3);
        }
        tree_free(tree);
}

/* Cycles within cycles: always a tree, whatever the scores. */
static void test_large(void **unused)
{
        float *scores = malloc(sizeof(*scores) * TREE_MAX * STRIDE);
        int32_t heads[TREE_MAX];
        struct tree *tree;
        size_t i, j, round;

        (void)unused;
        assert_int_equal(tree_new(&tree), 0);
        for (round = 0; round < 6; round++) {
                for (i = 0; i < TREE_MAX; i++)
                        for (j = 0; j <= TREE_MAX; j++)
                                scores[i * STRIDE + j] =
                                        round == 0 ? 0 : noise() - (j == (i ^ 1) && round > 3 ? -30.f : 0);
                tree_best(tree, scores, STRIDE, TREE_MAX, heads);
                assert_true(is_tree(heads, TREE_MAX));
        }
        tree_free(tree);
        free(scores);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_against_all),
                cmocka_unit_test(test_large),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
