/*
 * Products of short floats (bfloat16: 8 bits of mantissa), two to a lane, summed as floats: twice as many an
 * instruction as matrix.h has. Noise of that size does training no harm; reading and measuring never use it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does this machine have them (AVX-512 BF16)? */
bool brief_here(void);
/* b[k][n] as pairs of rows, out[(k + 1) / 2][n]; n is a multiple of 16. */
void brief_rows(uint32_t *out, const float *b, size_t ldb, size_t k, size_t n);
/* a[m][k] as pairs of columns, out[m][k / 2]; k is a multiple of 16. */
void brief_columns(uint32_t *out, const float *a, size_t lda, size_t m, size_t k);
/* c[m][n] = (accumulate ? c : 0) + a b, where pair p of row i of a is at a[i * row + p * column] and b is as
 * brief_rows() leaves it. */
void brief_multiply(float *c, size_t ldc, const uint32_t *a, size_t row, size_t column, const uint32_t *b, size_t ldb,
                    size_t m, size_t n, size_t pairs, bool accumulate);
