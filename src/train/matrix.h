/*
 * The arithmetic of training: products of float matrices and the gates of the LSTM, for AVX-512, AVX2 or whatever
 * there is, chosen at run time. Row-major; widths are multiples of 16.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct matrix_ops {
        const char *name;
        /* c[m][n] = (accumulate ? c : 0) + a[m][k] b[k][n]; element (i, k) of a is at a[i * row + k * column]. */
        void (*multiply)(float *c, size_t ldc, const float *a, size_t row, size_t column, const float *b, size_t ldb,
                         size_t m, size_t n, size_t k, bool accumulate);
        /* Gates of one step: see lstm.c. pre[3h] becomes the values, slope[3h] their derivatives. */
        void (*gates)(float *pre, float *slope, const float *c_before, float *c, float *tanh_c, float *tanh_slope,
                      float *out, size_t h);
        void (*gates_back)(float *d_pre, const float *d_out, float *d_c, const float *value, const float *slope,
                           const float *c_before, const float *tanh_c, const float *tanh_slope, size_t h);
        /* One step of Adam over n weights; rate and the corrections are folded into `step`. */
        void (*adam)(float *weight, float *mean, float *square, const float *gradient, size_t n, float scale,
                     float step, float b1, float b2, float epsilon);
        void (*add_rows)(float *c, const float *bias, size_t m, size_t n);
        double (*sum_squares)(const float *x, size_t n);
        void (*axpy)(float *y, float a, const float *x, size_t n);
        void (*blend)(float *y, float keep, const float *x, size_t n);          /* y = keep y + (1 - keep) x */
        /* Rounds to the nearest multiple of scale[i]; inverse[i] is 1 / scale[i]. */
        void (*round)(float *out, const float *x, const float *inverse, const float *scale, size_t n);
        /* out = x * mask, and the like with one rounding step for all. */
        void (*mask)(float *out, const float *x, const float *mask, size_t n);
        /* mask[i] = 0 for `limit` of 65536 numbers drawn from SplitMix64 at `state`, four a number, and else keep. */
        void (*draw)(float *mask, size_t n, uint64_t state, uint32_t limit, float keep);
        void (*round_all)(float *x, float inverse, float scale, size_t n);
        /* sum += x rounded to steps of 1/126 */
        void (*add_rounded)(float *sum, const float *x, size_t n);
};

/* Rounds to the nearest integer, ties to even, without a call: |x| < 2^22. */
static inline float matrix_nearest(float x)
{
        return (x + 0x1.8p23f) - 0x1.8p23f;
}

/* The best this machine runs. */
const struct matrix_ops *matrix_ops(void);

/* out[n][m] = a[m][n]. */
void matrix_transpose(float *out, const float *a, size_t m, size_t n);
