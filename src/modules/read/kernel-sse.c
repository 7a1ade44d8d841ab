/* The kernel for x86-64-v2: pmaddubsw, 16 products an instruction. See kernel.h. */
#ifdef __x86_64__
#include "modules/read/kernel.h"

#include <immintrin.h>
#include <string.h>

#define KERNEL_BYTES 16
#define KERNEL_TARGET __attribute__((target("sse4.1,ssse3")))
#include "modules/read/kernel-float.h"

FLOAT_INLINE __m128i four(const uint8_t *x)
{
        int32_t v;

        memcpy(&v, x, sizeof(v));
        return _mm_set1_epi32(v);
}

/* Eight inputs times four outputs: two products of two fit into 16 bits, see layout.h. */
FLOAT_INLINE __m128i add_eight(__m128i sum, __m128i xa, __m128i xb, const int8_t *w)
{
        __m128i pairs = _mm_add_epi16(_mm_maddubs_epi16(xa, _mm_load_si128((const __m128i *)w)),
                                      _mm_maddubs_epi16(xb, _mm_load_si128((const __m128i *)(w + 64))));

        return _mm_add_epi32(sum, _mm_madd_epi16(pairs, _mm_set1_epi16(1)));
}

FLOAT_INLINE void store(const struct kernel_matrix *m, size_t j, __m128i sum, float *out)
{
        _mm_storeu_ps(out + j, _mm_add_ps(_mm_mul_ps(_mm_cvtepi32_ps(sum), _mm_loadu_ps(m->scale + j)),
                                          _mm_loadu_ps(m->bias + j)));
}

FLOAT_INLINE __m128i start(const struct kernel_matrix *m, size_t j)
{
        return _mm_loadu_si128((const __m128i *)(m->start + j));
}

KERNEL_TARGET static void one_row(const struct kernel_matrix *m, size_t j, const uint8_t *x, float *out)
{
        __m128i a = start(m, j), b = start(m, j + 4), c = start(m, j + 8), d = start(m, j + 12);
        const int8_t *w = m->weight + j * m->in;
        size_t k;

        for (k = 0; k < m->in; k += 8, w += 128) {
                __m128i xa = four(x + k), xb = four(x + k + 4);

                a = add_eight(a, xa, xb, w);
                b = add_eight(b, xa, xb, w + 16);
                c = add_eight(c, xa, xb, w + 32);
                d = add_eight(d, xa, xb, w + 48);
        }
        store(m, j, a, out);
        store(m, j + 4, b, out);
        store(m, j + 8, c, out);
        store(m, j + 12, d, out);
}

KERNEL_TARGET static void two_rows(const struct kernel_matrix *m, size_t j, const uint8_t *x, const uint8_t *y,
                                   float *out, float *out_y)
{
        __m128i a = start(m, j), b = start(m, j + 4), c = start(m, j + 8), d = start(m, j + 12);
        __m128i e = a, f = b, g = c, h = d;
        const int8_t *w = m->weight + j * m->in;
        size_t k;

        for (k = 0; k < m->in; k += 8, w += 128) {
                __m128i xa = four(x + k), xb = four(x + k + 4), ya = four(y + k), yb = four(y + k + 4);

                a = add_eight(a, xa, xb, w);
                e = add_eight(e, ya, yb, w);
                b = add_eight(b, xa, xb, w + 16);
                f = add_eight(f, ya, yb, w + 16);
                c = add_eight(c, xa, xb, w + 32);
                g = add_eight(g, ya, yb, w + 32);
                d = add_eight(d, xa, xb, w + 48);
                h = add_eight(h, ya, yb, w + 48);
        }
        store(m, j, a, out);
        store(m, j + 4, b, out);
        store(m, j + 8, c, out);
        store(m, j + 12, d, out);
        store(m, j, e, out_y);
        store(m, j + 4, f, out_y);
        store(m, j + 8, g, out_y);
        store(m, j + 12, h, out_y);
}

static void multiply(const struct kernel_matrix *m, const uint8_t *x, size_t x_stride, size_t rows, float *out,
                     size_t out_stride)
{
        size_t j, r;

        for (j = 0; j < m->out; j += 16) {
                for (r = 0; r + 2 <= rows; r += 2)
                        two_rows(m, j, x + r * x_stride, x + (r + 1) * x_stride, out + r * out_stride,
                                 out + (r + 1) * out_stride);
                if (r < rows)
                        one_row(m, j, x + r * x_stride, out + r * out_stride);
        }
}

const struct kernel kernel_sse = { "sse", multiply, float_gates, float_rectify, float_arcs, float_leak };
#else
typedef int kernel_sse_is_not_for_this_processor;
#endif
