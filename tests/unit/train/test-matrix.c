/* Products against sums written out, in every shape of tile, and the rounding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "train/brief.h"
#include "train/matrix.h"
#include "train/rng.h"

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

/* Short floats are exact for small integers, and near for the rest. */
static void test_brief(void **unused)
{
        enum { M = 13, N = 112, K = 48, ODD = 47 };
        static float a[M * K], b[K * N], c[M * N], turned[K * 16];
        static uint32_t left[M * K], right[K * N];
        size_t i, j, p, half;

        (void)unused;
        if (!brief_here())
                skip();
        for (half = 0; half < 2; half++) {      /* rows of a, then columns of a, whose number may be odd */
                size_t k = half ? ODD : K;

                for (i = 0; i < K * N; i++)
                        b[i] = (float)((i * 7919 + 31) % 127) - 63;
                for (i = 0; i < M * K; i++)
                        a[i] = (float)((i * 104729 + 7) % 127) - 63;
                for (i = 0; i < M; i++)
                        for (p = 0; p < k; p++)
                                turned[p * 16 + i] = a[i * K + p];
                fill(c, M * N);
                brief_rows(right, b, N, k, N);
                if (half)
                        brief_rows(left, turned, 16, k, 16);
                else
                        brief_columns(left, a, K, M, K);
                brief_multiply(c, N, left, half ? 1 : K / 2, half ? 16 : 1, right, N, M, N, (k + 1) / 2, half);
                for (i = 0; i < M; i++)
                        for (j = 0; j < N; j++) {
                                float sum = half ? (float)(((i * N + j) * 7919 + 31) % 101) / 50 - 1 : 0;

                                for (p = 0; p < k; p++)
                                        sum += a[i * K + p] * b[p * N + j];
                                assert_true(fabsf(sum - c[i * N + j]) < 0.02f);
                        }
        }
        b[0] = 0.123456f;
        a[0] = 1;
        brief_rows(right, b, N, 1, 16);
        brief_rows(left, a, 16, 1, 16);
        brief_multiply(c, N, left, 1, 16, right, 16, 1, 16, 1, false);
        assert_true(fabsf(c[0] - 0.123456f) < 0.0005f);
}

/* The masks are what the scalar generator draws. */
static void test_draw(void **unused)
{
        static float mask[200];
        struct rng rng = { 99 };
        size_t i, zeros = 0;

        (void)unused;
        matrix_ops()->draw(mask, 200, rng.state, 65536 / 4, 2);
        for (i = 0; i < 200; i += 4) {
                uint64_t bits = rng_next(&rng);
                size_t k;

                for (k = 0; k < 4; k++, bits >>= 16)
                        assert_true(mask[i + k] == ((bits & 0xFFFF) < 65536 / 4 ? 0.0f : 2.0f));
        }
        for (i = 0; i < 200; i++)
                zeros += mask[i] == 0;
        assert_true(zeros > 25 && zeros < 75);
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
                cmocka_unit_test(test_multiply), cmocka_unit_test(test_brief), cmocka_unit_test(test_draw),
                cmocka_unit_test(test_transpose), cmocka_unit_test(test_rounding),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
