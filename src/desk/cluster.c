/* See cluster.h. Kruskal's algorithm over the links, with the contradictions of each group as a set of bits. */
#include "desk/cluster.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { WORDS = CLUSTER_MAX / 64 };

struct pair {
        double strength;
        uint16_t a, b;          /* ranks, a < b */
};

struct set {
        uint64_t members[WORDS], against[WORDS];
};

static int compare_reports(const void *x, const void *y)
{
        const struct link_report *a = *(const struct link_report *const *)x, *b = *(const struct link_report *const *)y;
        int c = facts_compare(a->facts, b->facts);

        return c != 0 ? c : (a->story > b->story) - (a->story < b->story);
}

static int compare_pairs(const void *x, const void *y)
{
        const struct pair *a = x, *b = y;

        if (a->strength != b->strength)
                return a->strength > b->strength ? -1 : 1;
        if (a->a != b->a)
                return a->a < b->a ? -1 : 1;
        return (a->b > b->b) - (a->b < b->b);
}

static bool overlap(const uint64_t a[static WORDS], const uint64_t b[static WORDS])
{
        uint64_t any = 0;

        for (int i = 0; i < WORDS; i++)
                any |= a[i] & b[i];
        return any != 0;
}

static size_t find(size_t *parent, size_t i)
{
        while (parent[i] != i)
                i = parent[i] = parent[parent[i]];
        return i;
}

static void join(struct set *sets, size_t *parent, const struct pair *pair)
{
        size_t a = find(parent, pair->a), b = find(parent, pair->b);

        if (a == b || overlap(sets[a].members, sets[b].against))
                return;
        for (int i = 0; i < WORDS; i++) {
                sets[a].members[i] |= sets[b].members[i];
                sets[a].against[i] |= sets[b].against[i];
        }
        parent[b] = a;
}

void cluster_make(struct arena *arena, const struct link_report *reports, size_t n, size_t *group)
{
        const struct link_report **ranked = arena_array(arena, const struct link_report *, n);
        struct pair *pairs = arena_array(arena, struct pair, n * n / 2 + 1);
        struct set *sets = arena_array(arena, struct set, n);
        size_t *parent = arena_array(arena, size_t, n), *least = arena_array(arena, size_t, n), n_pairs = 0;

        for (size_t i = 0; i < n; i++) {
                ranked[i] = &reports[i];
                parent[i] = i;
                least[i] = SIZE_MAX;
                sets[i].members[i / 64] |= UINT64_C(1) << i % 64;
        }
        qsort(ranked, n, sizeof(const struct link_report *), compare_reports);
        for (size_t i = 0; i < n; i++)
                for (size_t j = i + 1; j < n; j++) {
                        double strength;
                        enum link link = link_compare(ranked[i], ranked[j], &strength);

                        if (link == LINK_SAME)
                                pairs[n_pairs++] = (struct pair){ strength, (uint16_t)i, (uint16_t)j };
                        if (link != LINK_CONFLICT)
                                continue;
                        sets[i].against[j / 64] |= UINT64_C(1) << j % 64;
                        sets[j].against[i / 64] |= UINT64_C(1) << i % 64;
                }
        qsort(pairs, n_pairs, sizeof(*pairs), compare_pairs);
        for (size_t i = 0; i < n_pairs; i++)
                join(sets, parent, &pairs[i]);
        for (size_t i = 0; i < n; i++) {
                size_t root = find(parent, i), index = (size_t)(ranked[i] - reports);

                least[root] = MIN_OF(least[root], index);
        }
        for (size_t i = 0; i < n; i++)
                group[ranked[i] - reports] = least[find(parent, i)];
}
