/* Pseudo-random numbers (SplitMix64, Steele et al. 2014): small, and the same everywhere, so that a seed gives a model.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct rng {
        uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
        uint64_t z = rng->state += 0x9E3779B97F4A7C15u;

        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
}

/* 0 <= x < n */
static inline size_t rng_below(struct rng *rng, size_t n)
{
        return (size_t)(((rng_next(rng) >> 32) * (uint64_t)n) >> 32);
}

/* 0 <= x < 1 */
static inline float rng_unit(struct rng *rng)
{
        return (float)(rng_next(rng) >> 40) * 0x1p-24f;
}
