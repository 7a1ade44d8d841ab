/* See brief.h. */
#include "train/brief.h"

#ifdef __x86_64__
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define INLINE TARGET static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL
#else
#define UNROLL _Pragma("GCC unroll 6")
#endif

bool brief_here(void)
{
#ifdef __clang__
        return false;   /* clang 14 cannot be asked */
#else
        return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
}

TARGET void brief_rows(uint32_t *out, const float *b, size_t ldb, size_t k, size_t n)
{
        const __m512i pairs = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                               6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
        size_t p, j;

        for (p = 0; p < k; p += 2, out += n)
                for (j = 0; j < n; j += 16) {
                        __m512 one = _mm512_loadu_ps(b + p * ldb + j),
                               two = p + 1 < k ? _mm512_loadu_ps(b + (p + 1) * ldb + j) : _mm512_setzero_ps();

                        _mm512_storeu_si512(out + j, _mm512_permutexvar_epi16(
                                                             pairs, (__m512i)_mm512_cvtne2ps_pbh(two, one)));
                }
}

TARGET void brief_columns(uint32_t *out, const float *a, size_t lda, size_t m, size_t k)
{
        size_t i, p;

        for (i = 0; i < m; i++, out += k / 2)
                for (p = 0; p < k; p += 16)
                        _mm256_storeu_si256((__m256i *)(void *)(out + p / 2),
                                            (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(a + i * lda + p)));
}

/* mr rows of c times nr vectors. */
INLINE void tile(float *c, size_t ldc, const uint32_t *a, size_t row, size_t column, const uint32_t *b, size_t ldb,
                 size_t pairs, bool accumulate, const size_t mr, const size_t nr)
{
        __m512 sum[6][4];
        size_t i, j, p;

        UNROLL for (i = 0; i < mr; i++)
                UNROLL for (j = 0; j < nr; j++)
                        sum[i][j] = accumulate ? _mm512_loadu_ps(c + i * ldc + j * 16) : _mm512_setzero_ps();
        for (p = 0; p < pairs; p++) {
                UNROLL for (i = 0; i < mr; i++) {
                        __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[i * row + p * column]);

                        UNROLL for (j = 0; j < nr; j++)
                                sum[i][j] = _mm512_dpbf16_ps(
                                        sum[i][j], x, (__m512bh)_mm512_loadu_si512(b + p * ldb + j * 16));
                }
        }
        UNROLL for (i = 0; i < mr; i++)
                UNROLL for (j = 0; j < nr; j++)
                        _mm512_storeu_ps(c + i * ldc + j * 16, sum[i][j]);
}

INLINE void panel(float *c, size_t ldc, const uint32_t *a, size_t row, size_t column, const uint32_t *b, size_t ldb,
                  size_t m, size_t pairs, bool accumulate, const size_t nr)
{
        size_t i = 0;

        for (; i + 6 <= m; i += 6)
                tile(c + i * ldc, ldc, a + i * row, row, column, b, ldb, pairs, accumulate, 6, nr);
        for (; i + 2 <= m; i += 2)
                tile(c + i * ldc, ldc, a + i * row, row, column, b, ldb, pairs, accumulate, 2, nr);
        for (; i < m; i++)
                tile(c + i * ldc, ldc, a + i * row, row, column, b, ldb, pairs, accumulate, 1, nr);
}

TARGET void brief_multiply(float *c, size_t ldc, const uint32_t *a, size_t row, size_t column, const uint32_t *b,
                           size_t ldb, size_t m, size_t n, size_t pairs, bool accumulate)
{
        size_t from, to, j;

        for (from = 0; from < pairs; from = to, accumulate = true) {    /* a stretch whose panel stays in the cache */
                const uint32_t *x = a + from * column, *y = b + from * ldb;

                to = from + 256 < pairs ? from + 256 : pairs;
                for (j = 0; j + 64 <= n; j += 64)
                        panel(c + j, ldc, x, row, column, y + j, ldb, m, to - from, accumulate, 4);
                for (; j + 32 <= n; j += 32)
                        panel(c + j, ldc, x, row, column, y + j, ldb, m, to - from, accumulate, 2);
                for (; j < n; j += 16)
                        panel(c + j, ldc, x, row, column, y + j, ldb, m, to - from, accumulate, 1);
        }
}
#else
bool brief_here(void)
{
        return false;
}

/* Never called: brief_here() said no. */
void brief_rows(uint32_t *out, const float *b, size_t ldb, size_t k, size_t n)
{
        (void)out, (void)b, (void)ldb, (void)k, (void)n;
}

void brief_columns(uint32_t *out, const float *a, size_t lda, size_t m, size_t k)
{
        (void)out, (void)a, (void)lda, (void)m, (void)k;
}

void brief_multiply(float *c, size_t ldc, const uint32_t *a, size_t row, size_t column, const uint32_t *b, size_t ldb,
                    size_t m, size_t n, size_t pairs, bool accumulate)
{
        (void)c, (void)ldc, (void)a, (void)row, (void)column, (void)b, (void)ldb, (void)m, (void)n, (void)pairs;
        (void)accumulate;
}
#endif
