/* The kernel for x86-64-v3: vpmaddubsw, 32 products an instruction. See kernel.h. */
#ifdef __x86_64__
#include "modules/read/kernel.h"

#include <immintrin.h>
#include <string.h>

#define KERNEL_BYTES 32
#define KERNEL_TARGET __attribute__((target("avx2")))
#include "modules/read/kernel-float.h"

FLOAT_INLINE __m256i four(const uint8_t *x)
{
        int32_t v;

        memcpy(&v, x, sizeof(v));
        return _mm256_set1_epi32(v);
}

/* Eight inputs times eight outputs: two products of two fit into 16 bits, see layout.h. */
FLOAT_INLINE __m256i add_eight(__m256i sum, __m256i xa, __m256i xb, __m256i wa, __m256i wb)
{
        __m256i pairs = _mm256_add_epi16(_mm256_maddubs_epi16(xa, wa), _mm256_maddubs_epi16(xb, wb));

        return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

FLOAT_INLINE void store(const struct kernel_matrix *m, size_t j, __m256i sum, float *out)
{
        _mm256_storeu_ps(out + j, _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(m->scale + j)),
                                                _mm256_loadu_ps(m->bias + j)));
}

FLOAT_INLINE __m256i start(const struct kernel_matrix *m, size_t j)
{
        return _mm256_loadu_si256((const __m256i *)(m->start + j));
}

FLOAT_INLINE __m256i weights(const int8_t *w)
{
        return _mm256_load_si256((const __m256i *)w);
}

KERNEL_TARGET static void one_row(const struct kernel_matrix *m, size_t j, const uint8_t *x, float *out)
{
        __m256i a = start(m, j), b = start(m, j + 8);
        const int8_t *w = m->weight + j * m->in;
        size_t k;

        for (k = 0; k < m->in; k += 8, w += 128) {
                __m256i xa = four(x + k), xb = four(x + k + 4);

                a = add_eight(a, xa, xb, weights(w), weights(w + 64));
                b = add_eight(b, xa, xb, weights(w + 32), weights(w + 96));
        }
        store(m, j, a, out);
        store(m, j + 8, b, out);
}

KERNEL_TARGET static void four_rows(const struct kernel_matrix *m, size_t j, const uint8_t *x, size_t stride,
                                    float *out, size_t out_stride)
{
        __m256i a = start(m, j), b = start(m, j + 8), c = a, d = b, e = a, f = b, g = a, h = b;
        const int8_t *w = m->weight + j * m->in;
        size_t k;

        for (k = 0; k < m->in; k += 8, w += 128) {
                __m256i left_a = weights(w), left_b = weights(w + 64), right_a = weights(w + 32),
                        right_b = weights(w + 96);
                __m256i xa = four(x + k), xb = four(x + k + 4);

                a = add_eight(a, xa, xb, left_a, left_b);
                b = add_eight(b, xa, xb, right_a, right_b);
                xa = four(x + stride + k);
                xb = four(x + stride + k + 4);
                c = add_eight(c, xa, xb, left_a, left_b);
                d = add_eight(d, xa, xb, right_a, right_b);
                xa = four(x + 2 * stride + k);
                xb = four(x + 2 * stride + k + 4);
                e = add_eight(e, xa, xb, left_a, left_b);
                f = add_eight(f, xa, xb, right_a, right_b);
                xa = four(x + 3 * stride + k);
                xb = four(x + 3 * stride + k + 4);
                g = add_eight(g, xa, xb, left_a, left_b);
                h = add_eight(h, xa, xb, right_a, right_b);
        }
        store(m, j, a, out);
        store(m, j + 8, b, out);
        store(m, j, c, out + out_stride);
        store(m, j + 8, d, out + out_stride);
        store(m, j, e, out + 2 * out_stride);
        store(m, j + 8, f, out + 2 * out_stride);
        store(m, j, g, out + 3 * out_stride);
        store(m, j + 8, h, out + 3 * out_stride);
}

static void multiply(const struct kernel_matrix *m, const uint8_t *x, size_t x_stride, size_t rows, float *out,
                     size_t out_stride)
{
        size_t j, r;

        for (j = 0; j < m->out; j += 16) {
                for (r = 0; r + 4 <= rows; r += 4)
                        four_rows(m, j, x + r * x_stride, x_stride, out + r * out_stride, out_stride);
                for (; r < rows; r++)
                        one_row(m, j, x + r * x_stride, out + r * out_stride);
        }
}

const struct kernel kernel_avx2 = { "avx2", multiply, float_gates, float_rectify, float_arcs, float_leak };
#else
typedef int kernel_avx2_is_not_for_this_processor;
#endif
