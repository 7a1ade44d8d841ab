/* Every kernel that this machine runs gives what the plain one gives, to the bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "modules/read/kernel.h"

enum { IN = 40, OUT = 48, UNITS = 48, WIDTH = 24, COLUMNS = 32 };

static uint64_t state = 1;

static uint32_t any(uint32_t below)
{
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (uint32_t)(state >> 33) % below;
}

static float any_float(float range)
{
        return ((float)any(200001) - 100000) / 100000 * range;
}

static void fill(float *x, size_t n, float range)
{
        size_t i;

        for (i = 0; i < n; i++)
                x[i] = any_float(range);
}

static void test_multiply(void **unused)
{
        static _Alignas(64) int8_t weight[IN * OUT];
        static int32_t start[OUT];
        static float scale[OUT], bias[OUT], plain[KERNEL_ROWS * OUT], other[KERNEL_ROWS * OUT];
        static uint8_t x[KERNEL_ROWS * IN];
        const struct kernel_matrix m = { IN, OUT, start, scale, bias, weight };
        size_t i, rows;
        int k, extreme;

        (void)unused;
        fill(scale, OUT, 0.01f);
        fill(bias, OUT, 1);
        for (extreme = 0; extreme < 2; extreme++) {
                for (i = 0; i < sizeof(weight); i++)
                        weight[i] = (int8_t)(extreme ? (any(2) ? 63 : -63) : (int)any(127) - 63);
                for (i = 0; i < sizeof(x); i++)
                        x[i] = (uint8_t)(extreme ? 127 : any(128));
                for (i = 0; i < OUT; i++)
                        start[i] = (int32_t)any(1 << 20) - (1 << 19);
                for (rows = 1; rows <= KERNEL_ROWS; rows++)
                        for (k = 0; k < KERNEL_MAX; k++) {
                                memset(plain, 0, sizeof(plain));
                                memset(other, 0, sizeof(other));
                                kernel_plain.multiply(&m, x, IN, rows, plain, OUT);
                                if (kernel_get(k) == NULL)
                                        continue;
                                kernel_get(k)->multiply(&m, x, IN, rows, other, OUT);
                                assert_memory_equal(plain, other, sizeof(plain));
                        }
        }
}

/* The plain kernel against the sum as one would write it. */
static void test_plain_is_right(void **unused)
{
        static _Alignas(64) int8_t weight[8 * 16];
        int32_t start[16];
        float scale[16], bias[16], out[16];
        uint8_t x[8];
        const struct kernel_matrix m = { 8, 16, start, scale, bias, weight };
        size_t i, j;

        (void)unused;
        for (i = 0; i < sizeof(weight); i++)
                weight[i] = (int8_t)((int)any(127) - 63);
        for (i = 0; i < 8; i++)
                x[i] = (uint8_t)any(128);
        for (j = 0; j < 16; j++) {
                start[j] = (int32_t)j;
                scale[j] = 0.5f;
                bias[j] = 1;
        }
        kernel_plain.multiply(&m, x, 8, 1, out, 16);
        for (j = 0; j < 16; j++) {
                int32_t sum = (int32_t)j;

                for (i = 0; i < 8; i++)
                        sum += x[i] * weight[i / 4 * 64 + j * 4 + i % 4];
                assert_true(out[j] == (float)sum * 0.5f + 1);
        }
}

static void test_floats(void **unused)
{
        static float pre[3 * UNITS], c[UNITS], c_plain[UNITS], c_other[UNITS];
        static float d[WIDTH], head[WIDTH * COLUMNS], scores[COLUMNS], scores_other[COLUMNS];
        static uint8_t h[UNITS], h_other[UNITS];
        int k, round;

        (void)unused;
        for (round = 0; round < 50; round++) {
                fill(pre, 3 * UNITS, 8);
                fill(c, UNITS, 1);
                fill(d, WIDTH, 3);
                fill(head, WIDTH * COLUMNS, 3);
                memcpy(c_plain, c, sizeof(c));
                kernel_plain.gates(pre, c_plain, h, UNITS);
                kernel_plain.arcs(d, head, COLUMNS, WIDTH, scores, COLUMNS);
                for (k = 0; k < KERNEL_MAX; k++) {
                        const struct kernel *kernel = kernel_get(k);

                        if (kernel == NULL)
                                continue;
                        memcpy(c_other, c, sizeof(c));
                        kernel->gates(pre, c_other, h_other, UNITS);
                        assert_memory_equal(c_plain, c_other, sizeof(c));
                        assert_memory_equal(h, h_other, sizeof(h));
                        kernel->arcs(d, head, COLUMNS, WIDTH, scores_other, COLUMNS);
                        assert_memory_equal(scores, scores_other, sizeof(scores));
                        kernel->rectify(pre, pre + UNITS, h_other, UNITS);
                        kernel_plain.rectify(pre, pre + UNITS, h, UNITS);
                        assert_memory_equal(h, h_other, sizeof(h));
                        kernel->leak(c_other, pre, UNITS);
                        kernel_plain.leak(c_plain, pre, UNITS);
                        assert_memory_equal(c_plain, c_other, sizeof(c));
                        memcpy(c_plain, c, sizeof(c));
                        kernel_plain.gates(pre, c_plain, h, UNITS);
                }
        }
}

static void test_ranges(void **unused)
{
        float x[16] = { -1, 0, 0.5f, 1, 2, 3, 1e30f, -1e30f }, out[16];
        uint8_t h[16];

        (void)unused;
        kernel_plain.rectify(x, NULL, h, 16);
        assert_int_equal(h[0], 0);
        assert_int_equal(h[2], 32);
        assert_int_equal(h[4], 127);
        assert_int_equal(h[6], 127);
        assert_int_equal(h[7], 0);
        kernel_plain.leak(out, x, 16);
        assert_true(out[0] == -0.125f && out[4] == 2);
}

static void test_choose(void **unused)
{
        (void)unused;
        assert_ptr_equal(kernel_choose("plain"), &kernel_plain);
        assert_non_null(kernel_choose(NULL));
        assert_ptr_equal(kernel_choose("no such thing"), kernel_choose(NULL));
        assert_null(kernel_get(KERNEL_MAX));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_multiply), cmocka_unit_test(test_plain_is_right), cmocka_unit_test(test_floats),
                cmocka_unit_test(test_ranges), cmocka_unit_test(test_choose),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
