/* See backoff.h. */
#include "train/backoff.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void count(struct backoff *b, uint32_t key, uint32_t rule, uint32_t weight)
{
        uint32_t pair[2] = { key, rule }, n, *best_count;

        n = *map_at(&b->counts, map_hash(pair, sizeof(pair)), 0) += weight;
        ++*map_at(&b->totals, (uint64_t)key + 1, 0);
        best_count = map_at(&b->best_count, (uint64_t)key + 1, 0);
        if (n > *best_count) {
                *best_count = n;
                *map_at(&b->best, (uint64_t)key + 1, rule) = rule;
        }
}

void backoff_add(struct backoff *b, const uint32_t *keys, size_t n_keys, size_t n_whole, uint32_t rule, uint32_t weight)
{
        uint32_t *at = map_at(&b->types, map_hash(keys, n_keys * sizeof(*keys)), (uint32_t)b->n), seen[2];
        uint32_t *fresh;
        size_t i;

        if (*at == b->n) {
                if (b->n == b->size) {
                        b->size = b->size == 0 ? 1024 : 2 * b->size;
                        b->list = map_allocate(b->list, b->size, sizeof(*b->list));
                }
                memcpy(b->list[b->n].keys, keys, n_keys * sizeof(*keys));
                b->list[b->n].n_whole = n_whole;
                b->list[b->n++].n_keys = n_keys;
        }
        for (i = 0; i < n_whole; i++)
                count(b, keys[i], rule, 1);
        seen[0] = *at;
        seen[1] = rule;
        fresh = map_at(&b->seen, map_hash(seen, sizeof(seen)), 0);
        if ((*fresh)++ == 0)
                for (i = n_whole; i < n_keys; i++)
                        count(b, keys[i], rule, weight);
}

struct backoff_kept *backoff_finish(struct backoff *b, uint32_t fallback, size_t *n)
{
        struct backoff_kept *out = NULL;
        struct map kept = MAP_NULL;
        size_t level, i, k;

        *n = 0;
        for (level = 0; level < BACKOFF_KEYS; level++) {
                for (i = 0; i < b->n; i++) {
                        const struct backoff_type *t = &b->list[i];
                        uint32_t key, best, said = fallback;
                        bool whole;

                        if (t->n_keys <= level)
                                continue;
                        k = t->n_keys - 1 - level;
                        key = t->keys[k];
                        whole = k < t->n_whole;
                        if (map_get(&kept, (uint64_t)key + 1) != MAP_ABSENT)
                                continue;
                        best = map_get(&b->best, (uint64_t)key + 1);
                        for (k++; k < t->n_keys; k++) {
                                uint32_t rule = map_get(&kept, (uint64_t)t->keys[k] + 1);

                                if (rule != MAP_ABSENT) {
                                        said = rule;
                                        break;
                                }
                        }
                        if (best == said || (!whole && map_get(&b->totals, (uint64_t)key + 1) < 2))
                                continue;
                        *map_at(&kept, (uint64_t)key + 1, best) = best;
                        out = map_allocate(out, *n + 1, sizeof(*out));
                        out[(*n)++] = (struct backoff_kept){ key, best };
                }
        }
        map_deinit(&kept);
        return out;
}

void backoff_deinit(struct backoff *b)
{
        map_deinit(&b->types);
        map_deinit(&b->seen);
        map_deinit(&b->counts);
        map_deinit(&b->best);
        map_deinit(&b->best_count);
        map_deinit(&b->totals);
        free(b->list);
        *b = BACKOFF_NULL;
}
