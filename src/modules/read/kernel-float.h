/*
 * The float part of a kernel, written once with vectors of KERNEL_BYTES and compiled for KERNEL_TARGET by the file that
 * includes this. Every operation is one IEEE operation an element, so the width changes nothing.
 */
#if !defined(KERNEL_BYTES) || !defined(KERNEL_TARGET)
#error "define KERNEL_BYTES and KERNEL_TARGET first"
#endif

#define FLOAT_INLINE KERNEL_TARGET static inline __attribute__((always_inline))

enum { FLOAT_LANES = KERNEL_BYTES / 4 };

typedef float float_v __attribute__((vector_size(KERNEL_BYTES), aligned(4), may_alias));
typedef int32_t float_mask __attribute__((vector_size(KERNEL_BYTES)));
typedef uint8_t float_bytes __attribute__((vector_size(KERNEL_BYTES / 4), aligned(1), may_alias));

FLOAT_INLINE float_v float_pick(float_mask which, float_v yes, float_v no)
{
        return (float_v)((which & (float_mask)yes) | (~which & (float_mask)no));
}

FLOAT_INLINE float_v float_clip(float_v x, float low, float high)
{
        float_v bottom = low - (float_v){ 0 }, top = high - (float_v){ 0 };

        x = float_pick(x < bottom, bottom, x);
        return float_pick(x > top, top, x);
}

/* tanh, near enough: x (27 + x^2) / (27 + 9 x^2) within [-3, 3], where it reaches 1 with slope 0. Training uses the
 * same. */
FLOAT_INLINE float_v float_squash(float_v x)
{
        float_v y = float_clip(x, -3, 3), s = y * y;

        return y * (27 + s) / (27 + 9 * s);
}

/* To the nearest integer, ties to even; |x| < 2^22. */
FLOAT_INLINE float_bytes float_to_bytes(float_v x)
{
        float_v nearest = (x + 0x1.8p23f) - 0x1.8p23f;

        return __builtin_convertvector(__builtin_convertvector(nearest, float_mask), float_bytes);
}

KERNEL_TARGET static void float_gates(const float *pre, float *c, uint8_t *h, size_t n)
{
        size_t i;

        for (i = 0; i < n; i += FLOAT_LANES) {
                float_v f = 0.5f * float_squash(*(const float_v *)(pre + i) * 0.5f) + 0.5f;
                float_v o = 0.5f * float_squash(*(const float_v *)(pre + n + i) * 0.5f) + 0.5f;
                float_v g = float_squash(*(const float_v *)(pre + 2 * n + i));
                float_v now = f * *(const float_v *)(c + i) + (1 - f) * g;

                *(float_v *)(c + i) = now;
                *(float_bytes *)(h + i) = float_to_bytes(o * float_squash(now) * 63 + 64);
        }
}

KERNEL_TARGET static void float_rectify(const float *x, const float *y, uint8_t *out, size_t n)
{
        size_t i;

        for (i = 0; i < n; i += FLOAT_LANES) {
                float_v v = *(const float_v *)(x + i);

                if (y != NULL)
                        v += *(const float_v *)(y + i);
                *(float_bytes *)(out + i) = float_to_bytes(float_clip(v, 0, 2) * 63.5f);
        }
}

KERNEL_TARGET static void float_arcs(const float *d, const float *head, size_t stride, size_t width, float *scores,
                                     size_t n)
{
        size_t j, k;

        for (j = 0; j < n; j += FLOAT_LANES) {
                float_v sum = { 0 };

                for (k = 0; k < width; k++)
                        sum += d[k] * *(const float_v *)(head + k * stride + j);
                *(float_v *)(scores + j) = sum;
        }
}

KERNEL_TARGET static void float_leak(float *out, const float *x, size_t n)
{
        size_t i;

        for (i = 0; i < n; i += FLOAT_LANES) {
                float_v v = *(const float_v *)(x + i);

                *(float_v *)(out + i) = float_pick(v > (float_v){ 0 }, v, v * 0.125f);
        }
}
