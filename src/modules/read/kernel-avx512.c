/* The kernel for AVX-512 with VNNI: vpdpbusd, 64 products an instruction, summed to 32 bits at once. See kernel.h. */
#ifdef __x86_64__
#include "modules/read/kernel.h"

#include <immintrin.h>
#include <string.h>

#define KERNEL_BYTES 64
#define KERNEL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#include "modules/read/kernel-float.h"

FLOAT_INLINE __m512i four(const uint8_t *x)
{
        int32_t v;

        memcpy(&v, x, sizeof(v));
        return _mm512_set1_epi32(v);
}

FLOAT_INLINE void store(const struct kernel_matrix *m, size_t j, __m512i sum, float *out)
{
        _mm512_storeu_ps(out + j, _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(m->scale + j)),
                                                _mm512_loadu_ps(m->bias + j)));
}

KERNEL_TARGET static void one_row(const struct kernel_matrix *m, size_t j, const uint8_t *x, float *out)
{
        __m512i a = _mm512_loadu_si512(m->start + j), b = _mm512_setzero_si512();
        const int8_t *w = m->weight + j * m->in;
        size_t k;

        for (k = 0; k < m->in; k += 8, w += 128) {
                a = _mm512_dpbusd_epi32(a, four(x + k), _mm512_load_si512(w));
                b = _mm512_dpbusd_epi32(b, four(x + k + 4), _mm512_load_si512(w + 64));
        }
        store(m, j, _mm512_add_epi32(a, b), out);
}

KERNEL_TARGET static void four_rows(const struct kernel_matrix *m, size_t j, const uint8_t *x, size_t stride,
                                    float *out, size_t out_stride)
{
        __m512i a = _mm512_loadu_si512(m->start + j), b = a, c = a, d = a, zero = _mm512_setzero_si512();
        __m512i e = zero, f = zero, g = zero, h = zero;
        const int8_t *w = m->weight + j * m->in;
        size_t k;

        for (k = 0; k < m->in; k += 8, w += 128) {
                __m512i wa = _mm512_load_si512(w), wb = _mm512_load_si512(w + 64);

                a = _mm512_dpbusd_epi32(a, four(x + k), wa);
                b = _mm512_dpbusd_epi32(b, four(x + stride + k), wa);
                c = _mm512_dpbusd_epi32(c, four(x + 2 * stride + k), wa);
                d = _mm512_dpbusd_epi32(d, four(x + 3 * stride + k), wa);
                e = _mm512_dpbusd_epi32(e, four(x + k + 4), wb);
                f = _mm512_dpbusd_epi32(f, four(x + stride + k + 4), wb);
                g = _mm512_dpbusd_epi32(g, four(x + 2 * stride + k + 4), wb);
                h = _mm512_dpbusd_epi32(h, four(x + 3 * stride + k + 4), wb);
        }
        store(m, j, _mm512_add_epi32(a, e), out);
        store(m, j, _mm512_add_epi32(b, f), out + out_stride);
        store(m, j, _mm512_add_epi32(c, g), out + 2 * out_stride);
        store(m, j, _mm512_add_epi32(d, h), out + 3 * out_stride);
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

const struct kernel kernel_avx512 = { "avx512", multiply, float_gates, float_rectify, float_arcs, float_leak };
#else
typedef int kernel_avx512_is_not_for_this_processor;
#endif
