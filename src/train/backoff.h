/*
 * From counted examples to the fewest keys that decide them: each type has keys from special to general, and a key is
 * kept where what it says differs from what the next more general kept key says. Lemmas and multiword tokens.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "train/map.h"

enum { BACKOFF_KEYS = 12 };

struct backoff_type {
        uint32_t keys[BACKOFF_KEYS];
        size_t n_keys, n_whole;
};

struct backoff_kept {
        uint32_t key, rule;
};

struct backoff {
        struct map types;               /* hash to index */
        struct backoff_type *list;
        size_t n, size;
        struct map seen;                /* (type, rule) */
        struct map counts;              /* (key, rule): types, or examples for the keys of whole forms */
        struct map best, best_count, totals;    /* of a key */
};

#define BACKOFF_NULL ((struct backoff){ 0 })

/* The first n_whole keys stand for the whole form: they are counted by examples and kept even if seen once. The others
 * are counted once a type, as if it were `weight` types. */
void backoff_add(struct backoff *b, const uint32_t *keys, size_t n_keys, size_t n_whole, uint32_t rule,
                 uint32_t weight);
/* What is kept; `fallback` is what no key at all means (UINT32_MAX: nothing). malloc'ed. */
struct backoff_kept *backoff_finish(struct backoff *b, uint32_t fallback, size_t *n);
void backoff_deinit(struct backoff *b);
