/* Products against sums written out, in every shape of tile, and the rounding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "train/matrix.h"

static void fill(float *x, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                x[i] = (float)((i * 7919 + 31) % 101) / 50 - 1;
}

static void check(size_t m, size_t n, size_t k, bool turned, bool accumulate)
{
        float *a = malloc(m * k * sizeof(float)), *b = malloc(k * n * sizeof(float)),
              *c = malloc(m * n * sizeof(float));
        size_t row = turned ? 1 : k, column = turned ? m : 1, i, j, p;

        fill(a, m * k);
        fill(b, k * n);
        fill(c, m * n);
        matrix_ops()->multiply(c, n, a, row, column, b, n, m, n, k, accumulate);
        for (i = 0; i < m; i++)
                for (j = 0; j < n; j++) {
                        double sum = accumulate ? (double)((float)(((i * n + j) * 7919 + 31) % 101) / 50 - 1) : 0;

                        for (p = 0; p < k; p++)
                                sum += (double)a[i * row + p * column] * (double)b[p * n + j];
                        assert_true(fabs(sum - (double)c[i * n + j]) < 1e-3);
                }
        free(a);
        free(b);
        free(c);
}

static void test_multiply(void **unused)
{
        static const size_t ms[] = { 1, 2, 5, 6, 13 }, ns[] = { 16, 32, 48, 64, 112 }, ks[] = { 1, 7, 513 };
        size_t i, j, k;

        (void)unused;
        for (i = 0; i < 5; i++)
                for (j = 0; j < 5; j++)
                        for (k = 0; k < 3; k++) {
                                check(ms[i], ns[j], ks[k], false, false);
                                check(ms[i], ns[j], ks[k], true, true);
                        }
}

static void test_transpose(void **unused)
{
        float a[20 * 33], t[33 * 20];
        size_t i, j;

        (void)unused;
        fill(a, 20 * 33);
        matrix_transpose(t, a, 20, 33);
        for (i = 0; i < 20; i++)
                for (j = 0; j < 33; j++)
                        assert_true(t[j * 20 + i] == a[i * 33 + j]);
}

static void test_rounding(void **unused)
{
        float x[16] = { 0.4f, 0.5f, 1.5f, -0.6f, 100.49f }, sum[16] = { 0 };

        (void)unused;
        assert_true(matrix_nearest(0.5f) == 0 && matrix_nearest(1.5f) == 2 && matrix_nearest(-0.6f) == -1);
        matrix_ops()->round_all(x, 1, 1, 16);
        assert_true(x[0] == 0 && x[1] == 0 && x[2] == 2 && x[3] == -1 && x[4] == 100);
        x[0] = 5;
        matrix_ops()->add_rounded(sum, x, 16);
        assert_true(fabsf(sum[0] - 1) < 1e-6f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_multiply), cmocka_unit_test(test_transpose), cmocka_unit_test(test_rounding),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
