/*
 * See matrix.h. One body for every kind of machine, written with vector types and inlined into functions that are
 * compiled for that machine; the compiler's splitting of 64-byte vectors is slow on old ones, and right.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic", "no-math-errno", "no-trapping-math")
#endif
#include "train/matrix.h"

#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));

enum { LANES = 16 };

/* The sums must stay in registers: gcc must be told so at -O2, clang does better when it is not. */
#ifdef __clang__
#define UNROLL
#else
#define UNROLL _Pragma("GCC unroll 6")
#endif

/* mr rows of c times nr vectors, all of k. */
INLINE void tile(float *c, size_t ldc, const float *a, size_t row, size_t column, const float *b, size_t ldb, size_t k,
                 bool accumulate, const size_t mr, const size_t nr)
{
        vec sum[6][4];
        size_t i, j, p;

        UNROLL for (i = 0; i < mr; i++)
                UNROLL for (j = 0; j < nr; j++)
                        sum[i][j] = accumulate ? *(const vec *)(c + i * ldc + j * LANES) : (vec){ 0 };
        for (p = 0; p < k; p++) {
                UNROLL for (i = 0; i < mr; i++) {
                        float x = a[i * row + p * column];

                        UNROLL for (j = 0; j < nr; j++)
                                sum[i][j] += x * *(const vec *)(b + p * ldb + j * LANES);
                }
        }
        UNROLL for (i = 0; i < mr; i++)
                UNROLL for (j = 0; j < nr; j++)
                        *(vec *)(c + i * ldc + j * LANES) = sum[i][j];
}

INLINE void panel(float *c, size_t ldc, const float *a, size_t row, size_t column, const float *b, size_t ldb, size_t m,
                  size_t k, bool accumulate, const size_t nr)
{
        size_t i = 0;

        for (; i + 6 <= m; i += 6)
                tile(c + i * ldc, ldc, a + i * row, row, column, b, ldb, k, accumulate, 6, nr);
        for (; i + 2 <= m; i += 2)
                tile(c + i * ldc, ldc, a + i * row, row, column, b, ldb, k, accumulate, 2, nr);
        for (; i < m; i++)
                tile(c + i * ldc, ldc, a + i * row, row, column, b, ldb, k, accumulate, 1, nr);
}

INLINE void multiply(float *c, size_t ldc, const float *a, size_t row, size_t column, const float *b, size_t ldb,
                     size_t m, size_t n, size_t k, bool accumulate)
{
        size_t block, from, to, j;

        for (from = 0; from < k || from == 0; from = to) {      /* a stretch of k whose panel stays in the cache */
                to = from + 512 < k ? from + 512 : k;
                block = to - from;
                for (j = 0; j + 64 <= n; j += 64)
                        panel(c + j, ldc, a + from * column, row, column, b + from * ldb + j, ldb, m, block, accumulate,
                              4);
                for (; j + 32 <= n; j += 32)
                        panel(c + j, ldc, a + from * column, row, column, b + from * ldb + j, ldb, m, block, accumulate,
                              2);
                for (; j < n; j += 16)
                        panel(c + j, ldc, a + from * column, row, column, b + from * ldb + j, ldb, m, block, accumulate,
                              1);
                accumulate = true;
                if (to == k)
                        break;
        }
}

/* tanh as the reader computes it: x (27 + x^2) / (27 + 9 x^2) within [-3, 3], where it reaches 1 with slope 0. */
INLINE void squash(float x, float *value, float *slope)
{
        float clipped = x < -3 ? -3 : x > 3 ? 3 : x, s = clipped * clipped, d = 1 / (27 + 9 * s), e = (9 - s) * d;

        *value = clipped * (27 + s) * d;
        *slope = 9 * e * e;
}

INLINE void gates(float *pre, float *slope, const float *c_before, float *c, float *tanh_c, float *tanh_slope,
                  float *out,
                  size_t h)
{
        size_t i;

        for (i = 0; i < h; i++) {
                float f, o, g, df, d_o, dg;

                squash(pre[i] * 0.5f, &f, &df);
                squash(pre[h + i] * 0.5f, &o, &d_o);
                squash(pre[2 * h + i], &g, &dg);
                f = 0.5f * f + 0.5f;
                o = 0.5f * o + 0.5f;
                c[i] = f * c_before[i] + (1 - f) * g;
                squash(c[i], &tanh_c[i], &tanh_slope[i]);
                out[i] = o * tanh_c[i];
                pre[i] = f;
                pre[h + i] = o;
                pre[2 * h + i] = g;
                slope[i] = 0.25f * df;
                slope[h + i] = 0.25f * d_o;
                slope[2 * h + i] = dg;
        }
}

INLINE void gates_back(float *d_pre, const float *d_out, float *d_c, const float *value, const float *slope,
                       const float *c_before, const float *tanh_c, const float *tanh_slope, size_t h)
{
        size_t i;

        for (i = 0; i < h; i++) {
                float f = value[i], o = value[h + i], g = value[2 * h + i];
                float dc = d_c[i] + d_out[i] * o * tanh_slope[i];

                d_pre[i] = dc * (c_before[i] - g) * slope[i];
                d_pre[h + i] = d_out[i] * tanh_c[i] * slope[h + i];
                d_pre[2 * h + i] = dc * (1 - f) * slope[2 * h + i];
                d_c[i] = dc * f;
        }
}

INLINE void adam(float *weight, float *mean, float *square, const float *gradient, size_t n, float scale, float step,
                 float b1, float b2, float epsilon)
{
        size_t i;

        for (i = 0; i < n; i++) {
                float g = gradient[i] * scale;

                mean[i] = b1 * mean[i] + (1 - b1) * g;
                square[i] = b2 * square[i] + (1 - b2) * g * g;
                weight[i] -= step * mean[i] / (__builtin_sqrtf(square[i]) + epsilon);
        }
}

INLINE void add_rows(float *c, const float *bias, size_t m, size_t n)
{
        size_t i, j;

        for (i = 0; i < m; i++)
                for (j = 0; j < n; j++)
                        c[i * n + j] += bias[j];
}

INLINE double sum_squares(const float *x, size_t n)
{
        vec sum = { 0 };
        double total = 0;
        size_t i;

        for (i = 0; i + LANES <= n; i += LANES)
                sum += *(const vec *)(x + i) * *(const vec *)(x + i);
        for (; i < n; i++)
                total += (double)x[i] * x[i];
        for (i = 0; i < LANES; i++)
                total += sum[i];
        return total;
}

INLINE void axpy(float *y, float a, const float *x, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                y[i] += a * x[i];
}

INLINE void blend(float *y, float keep, const float *x, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                y[i] = keep * y[i] + (1 - keep) * x[i];
}

INLINE void round_each(float *out, const float *x, const float *inverse, const float *scale, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                out[i] = matrix_nearest(x[i] * inverse[i]) * scale[i];
}

INLINE void mask_each(float *out, const float *x, const float *mask, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                out[i] = x[i] * mask[i];
}

INLINE void draw(float *mask, size_t n, uint64_t state, uint32_t limit, float keep)
{
        uint64_t bits[32];
        uint16_t part[128];
        size_t i, k;

        for (i = 0; i < n; i += 128) {
                for (k = 0; k < 32; k++) {      /* as rng_next() */
                        uint64_t z = state + (i / 4 + k + 1) * 0x9E3779B97F4A7C15u;

                        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
                        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
                        bits[k] = z ^ (z >> 31);
                }
                memcpy(part, bits, sizeof(part));
                if (i + 128 <= n)
                        for (k = 0; k < 128; k++)
                                mask[i + k] = part[k] < limit ? 0 : keep;
                else
                        for (k = 0; i + k < n; k++)
                                mask[i + k] = part[k] < limit ? 0 : keep;
        }
}

INLINE void round_all(float *x, float inverse, float scale, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                x[i] = matrix_nearest(x[i] * inverse) * scale;
}

INLINE void add_rounded(float *sum, const float *x, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++) {
                float y = x[i] < -1 ? -1 : x[i] > 1 ? 1 : x[i];

                sum[i] += matrix_nearest(y * 126) * (1 / 126.0f);
        }
}

#define FOR_MACHINE(suffix, title, attribute)                                                                   \
        attribute static void multiply_##suffix(float *c, size_t ldc, const float *a, size_t row, size_t column, \
                                                const float *b, size_t ldb, size_t m, size_t n, size_t k, bool acc) \
        {                                                                                                       \
                multiply(c, ldc, a, row, column, b, ldb, m, n, k, acc);                                         \
        }                                                                                                       \
        attribute static void gates_##suffix(float *restrict pre, float *restrict slope, const float *restrict cb, \
                                             float *restrict c, float *restrict tc, float *restrict ts,         \
                                             float *restrict out, size_t h)                                     \
        {                                                                                                       \
                gates(pre, slope, cb, c, tc, ts, out, h);                                                       \
        }                                                                                                       \
        attribute static void gates_back_##suffix(float *restrict dp, const float *restrict d_out, float *restrict dc, \
                                                  const float *restrict value, const float *restrict slope,     \
                                                  const float *restrict cb, const float *restrict tc,           \
                                                  const float *restrict ts, size_t h)                           \
        {                                                                                                       \
                gates_back(dp, d_out, dc, value, slope, cb, tc, ts, h);                                         \
        }                                                                                                       \
        attribute static void adam_##suffix(float *restrict w, float *restrict m, float *restrict v,            \
                                            const float *restrict g, size_t n, float scale, float step, float b1, \
                                            float b2, float epsilon)                                            \
        {                                                                                                       \
                adam(w, m, v, g, n, scale, step, b1, b2, epsilon);                                              \
        }                                                                                                       \
        attribute static void add_rows_##suffix(float *restrict c, const float *restrict bias, size_t m, size_t n) \
        {                                                                                                       \
                add_rows(c, bias, m, n);                                                                        \
        }                                                                                                       \
        attribute static double sum_squares_##suffix(const float *x, size_t n)                                  \
        {                                                                                                       \
                return sum_squares(x, n);                                                                       \
        }                                                                                                       \
        attribute static void axpy_##suffix(float *restrict y, float a, const float *restrict x, size_t n)      \
        {                                                                                                       \
                axpy(y, a, x, n);                                                                               \
        }                                                                                                       \
        attribute static void blend_##suffix(float *restrict y, float keep, const float *restrict x, size_t n)  \
        {                                                                                                       \
                blend(y, keep, x, n);                                                                           \
        }                                                                                                       \
        attribute static void round_##suffix(float *restrict out, const float *restrict x,                      \
                                             const float *restrict inverse, const float *restrict scale, size_t n) \
        {                                                                                                       \
                round_each(out, x, inverse, scale, n);                                                          \
        }                                                                                                       \
        attribute static void mask_##suffix(float *out, const float *x, const float *mask, size_t n)            \
        {                                                                                                       \
                mask_each(out, x, mask, n);                                                                     \
        }                                                                                                       \
        attribute static void draw_##suffix(float *mask, size_t n, uint64_t state, uint32_t limit, float keep)  \
        {                                                                                                       \
                draw(mask, n, state, limit, keep);                                                              \
        }                                                                                                       \
        attribute static void round_all_##suffix(float *x, float inverse, float scale, size_t n)                \
        {                                                                                                       \
                round_all(x, inverse, scale, n);                                                                \
        }                                                                                                       \
        attribute static void add_rounded_##suffix(float *restrict sum, const float *restrict x, size_t n)      \
        {                                                                                                       \
                add_rounded(sum, x, n);                                                                         \
        }                                                                                                       \
        static const struct matrix_ops ops_##suffix = {                                                         \
                title, multiply_##suffix, gates_##suffix, gates_back_##suffix, adam_##suffix, add_rows_##suffix, \
                sum_squares_##suffix, axpy_##suffix, blend_##suffix, round_##suffix,                            \
                mask_##suffix, draw_##suffix, round_all_##suffix, add_rounded_##suffix,                         \
        };

FOR_MACHINE(plain, "plain", )
#ifdef __x86_64__
FOR_MACHINE(avx2, "avx2", __attribute__((target("avx2,fma"))))
#ifdef __clang__
FOR_MACHINE(avx512, "avx512", __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))))
#else
FOR_MACHINE(avx512, "avx512",
            __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,prefer-vector-width=512"))))
#endif
#endif

const struct matrix_ops *matrix_ops(void)
{
#ifdef __x86_64__
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
                return &ops_avx512;
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
                return &ops_avx2;
#endif
        return &ops_plain;
}

void matrix_transpose(float *out, const float *a, size_t m, size_t n)
{
        size_t i, j, bi, bj;

        for (bi = 0; bi < m; bi += 16)
                for (bj = 0; bj < n; bj += 16)
                        for (i = bi; i < m && i < bi + 16; i++)
                                for (j = bj; j < n && j < bj + 16; j++)
                                        out[j * m + i] = a[i * n + j];
}
