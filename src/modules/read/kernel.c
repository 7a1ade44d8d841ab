/* Which kernels this machine runs; and the plain ones, which show what the others compute. See kernel.h. */
#include "modules/read/kernel.h"

#include <string.h>

#define KERNEL_BYTES 16
#define KERNEL_TARGET
#include "modules/read/kernel-float.h"

static void multiply(const struct kernel_matrix *m, const uint8_t *x, size_t x_stride, size_t rows, float *out,
                     size_t out_stride)
{
        size_t j, r, k, i;

        for (j = 0; j < m->out; j += 16) {
                for (r = 0; r < rows; r++) {
                        const int8_t *w = m->weight + j * m->in;
                        int32_t sum[16];

                        memcpy(sum, m->start + j, sizeof(sum));
                        for (k = 0; k < m->in; k += 4, w += 64) {
                                const uint8_t *y = x + r * x_stride + k;

                                for (i = 0; i < 16; i++)
                                        sum[i] += y[0] * w[4 * i] + y[1] * w[4 * i + 1] + y[2] * w[4 * i + 2] +
                                                  y[3] * w[4 * i + 3];
                        }
                        for (i = 0; i < 16; i++)
                                out[r * out_stride + j + i] = (float)sum[i] * m->scale[j + i] + m->bias[j + i];
                }
        }
}

const struct kernel kernel_plain = { "plain", multiply, float_gates, float_rectify, float_arcs, float_leak };

const struct kernel *kernel_get(int which)
{
        switch (which) {
        case KERNEL_PLAIN:
                return &kernel_plain;
#ifdef __x86_64__
        case KERNEL_SSE:
                return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3") ? &kernel_sse : NULL;
        case KERNEL_AVX2:
                return __builtin_cpu_supports("avx2") ? &kernel_avx2 : NULL;
        case KERNEL_AVX512:
                return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512vnni") ? &kernel_avx512 : NULL;
#endif
        default:
                return NULL;
        }
}

const struct kernel *kernel_choose(const char *name)
{
        const struct kernel *best = NULL;
        int i;

        for (i = 0; i < KERNEL_MAX; i++) {
                const struct kernel *kernel = kernel_get(i);

                if (kernel == NULL)
                        continue;
                if (name != NULL && strcmp(kernel->name, name) == 0)
                        return kernel;
                best = kernel;
        }
        return best;
}
