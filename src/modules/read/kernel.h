/*
 * The arithmetic of reading, one set of functions for each kind of machine, with one result: products are of small
 * integers and summed exactly, and float operations are done element by element in one order, never fused
 * (-ffp-contract=off), so that every machine reads alike.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Rows of x that one call of multiply() takes at most. */
enum { KERNEL_ROWS = 8 };

struct kernel_matrix {
        size_t in, out;                 /* multiples of 8 and of 16 */
        const int32_t *start;           /* [out] */
        const float *scale, *bias;      /* [out] */
        const int8_t *weight;           /* [out / 16][in / 4][16][4], aligned to 64 bytes; see layout.h */
};

struct kernel {
        const char *name;
        /* out[r][j] for rows r of x (values 0..127); strides in elements; rows <= KERNEL_ROWS. */
        void (*multiply)(const struct kernel_matrix *m, const uint8_t *x, size_t x_stride, size_t rows, float *out,
                         size_t out_stride);
        /* One step of the LSTM for n units (a multiple of 16): gates f, o, g lie behind each other in pre[3n], c is
         * updated, the new state goes to h as 64 + 63 times its value. */
        void (*gates)(const float *pre, float *c, uint8_t *h, size_t n);
        /* 0..127 for 0..2, cut at both ends: x[i] + y[i], n a multiple of 16. y may be NULL. */
        void (*rectify)(const float *x, const float *y, uint8_t *out, size_t n);
        /* scores[j] = sum over k of d[k] * head[k][j], in the order of k; j < n, a multiple of 16. */
        void (*arcs)(const float *d, const float *head, size_t stride, size_t width, float *scores, size_t n);
        /* out[i] = x[i] > 0 ? x[i] : x[i] / 8; n a multiple of 16 */
        void (*leak)(float *out, const float *x, size_t n);
};

enum { KERNEL_PLAIN, KERNEL_SSE, KERNEL_AVX2, KERNEL_AVX512, KERNEL_MAX };

/* NULL where this machine cannot run it, or the program was built for another processor. */
const struct kernel *kernel_get(int which);
/* The best one. `name` (or NULL) asks for one of "plain", "sse", "avx2", "avx512", for tests and benchmarks; what does
 * not run here is taken for NULL. */
const struct kernel *kernel_choose(const char *name);

extern const struct kernel kernel_plain;
#ifdef __x86_64__
extern const struct kernel kernel_sse, kernel_avx2, kernel_avx512;
#endif
