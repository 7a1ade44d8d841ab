/*
 * See tree.h. First the greedy choice: nearly always it is a tree with one root, and we are done. Otherwise cycles are
 * contracted one by one in a dense matrix of edges that remember which words they came from, and undone in reverse.
 * A word under the root costs more than any other gain, so that there is exactly one.
 */
#include "modules/read/tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { NODES = TREE_MAX + 1, NONE = 0xFFFF };

#define ROOT_COST 1e6

struct edge {
        double score;
        uint16_t head, dependent;       /* words, before any contraction */
};

struct contraction {
        uint16_t representative;
        uint16_t first, n;              /* its nodes in members[] */
        uint16_t owner[NODES];          /* the node that each word belonged to before */
};

struct member {
        uint16_t node;
        uint16_t head, dependent;       /* its edge within the cycle */
};

struct tree {
        size_t n;                       /* words; node n is the root */
        struct edge edges[NODES][NODES];        /* [head][dependent] */
        bool active[NODES];
        uint16_t parent[NODES];
        uint16_t owner[NODES];
        uint16_t enter[NODES];          /* the word where the tree enters a node */
        uint32_t seen[NODES];           /* the walk that last came by */
        struct contraction contractions[NODES];
        size_t n_contractions;
        struct member members[2 * NODES];
        size_t n_members;
};

int tree_new(struct tree **out)
{
        *out = malloc(sizeof(**out));
        return *out == NULL ? error_origin(-ENOMEM) : 0;
}

void tree_free(struct tree *tree)
{
        free(tree);
}

/* The best head of each word by itself; true if that is a tree with one root. */
static bool greedy(struct tree *t, const float *scores, size_t stride, size_t n, int32_t *heads)
{
        size_t d, h, roots = 0, steps;

        for (d = 0; d < n; d++) {
                const float *row = scores + d * stride;
                size_t best = n;

                for (h = 0; h < n; h++)
                        if (h != d && (row[h] > row[best] || (row[h] == row[best] && best == n)))
                                best = h;
                heads[d] = best == n ? -1 : (int32_t)best;
                roots += best == n;
        }
        if (roots != 1)
                return false;
        memset(t->seen, 0, n * sizeof(t->seen[0]));
        for (d = 0; d < n; d++) {
                int32_t at = (int32_t)d;

                for (steps = 0; at >= 0 && t->seen[at] == 0 && steps <= n; steps++) {
                        t->seen[at] = (uint32_t)d + 1;
                        at = heads[at];
                }
                if (at >= 0 && t->seen[at] == d + 1)
                        return false;
        }
        return true;
}

static void set_up(struct tree *t, const float *scores, size_t stride, size_t n)
{
        size_t d, h;

        t->n = n;
        t->n_contractions = t->n_members = 0;
        for (h = 0; h <= n; h++) {
                t->active[h] = true;
                t->owner[h] = (uint16_t)h;
                t->parent[h] = NONE;
                for (d = 0; d < n; d++)
                        t->edges[h][d] = (struct edge){
                                .score = (double)scores[d * stride + h] - (h == n ? ROOT_COST : 0),
                                .head = (uint16_t)h,
                                .dependent = (uint16_t)d,
                        };
        }
}

static void choose_parent(struct tree *t, size_t d)
{
        size_t h, best = NONE;

        for (h = 0; h <= t->n; h++)
                if (h != d && t->active[h] && (best == NONE || t->edges[h][d].score > t->edges[best][d].score))
                        best = h;
        t->parent[d] = (uint16_t)best;
}

/* A node on a cycle, or NONE. */
static size_t find_cycle(struct tree *t)
{
        size_t d, at;

        memset(t->seen, 0, (t->n + 1) * sizeof(t->seen[0]));
        for (d = 0; d < t->n; d++) {
                if (!t->active[d] || t->seen[d] != 0)
                        continue;
                for (at = d; at != t->n && t->seen[at] == 0; at = t->parent[at])
                        t->seen[at] = (uint32_t)d + 1;
                if (at != t->n && t->seen[at] == d + 1)
                        return at;
        }
        return NONE;
}

/* The edges between the cycle and the node v become those of the representative. */
static void join_edges(struct tree *t, const struct contraction *c, size_t v)
{
        struct edge out = { .score = -1e300 }, in = { .score = -1e300 };
        size_t i;

        for (i = c->first; i < (size_t)c->first + c->n; i++) {
                size_t node = t->members[i].node;
                struct edge edge;

                if (v < t->n && t->edges[node][v].score > out.score)
                        out = t->edges[node][v];
                edge = t->edges[v][node];
                edge.score -= t->edges[t->parent[node]][node].score;
                if (edge.score > in.score)
                        in = edge;
        }
        if (v < t->n)
                t->edges[c->representative][v] = out;
        t->edges[v][c->representative] = in;
}

static void contract(struct tree *t, size_t start)
{
        struct contraction *c = &t->contractions[t->n_contractions++];
        size_t at = start, v, i;

        c->representative = (uint16_t)start;
        c->first = (uint16_t)t->n_members;
        memcpy(c->owner, t->owner, sizeof(c->owner));
        do {
                const struct edge *edge = &t->edges[t->parent[at]][at];

                t->members[t->n_members++] = (struct member){ (uint16_t)at, edge->head, edge->dependent };
                t->active[at] = false;
                at = t->parent[at];
        } while (at != start);
        c->n = (uint16_t)(t->n_members - c->first);
        for (v = 0; v <= t->n; v++)
                if (t->active[v])
                        join_edges(t, c, v);
        for (v = 0; v < t->n; v++) {
                for (i = c->first; i < t->n_members; i++) {
                        if (t->owner[v] == t->members[i].node) {
                                t->owner[v] = (uint16_t)start;
                                break;
                        }
                }
                if (t->active[v])
                        for (i = c->first; i < t->n_members; i++)
                                if (t->parent[v] == t->members[i].node)
                                        t->parent[v] = (uint16_t)start;
        }
        t->active[start] = true;
        choose_parent(t, start);
}

static void expand(struct tree *t, int32_t *heads)
{
        size_t d, k, i;

        for (d = 0; d < t->n; d++) {
                const struct edge *edge;

                if (!t->active[d])
                        continue;
                edge = &t->edges[t->parent[d]][d];
                heads[edge->dependent] = edge->head == t->n ? -1 : (int32_t)edge->head;
                t->enter[d] = edge->dependent;
        }
        for (k = t->n_contractions; k-- > 0;) {
                const struct contraction *c = &t->contractions[k];
                uint16_t word = t->enter[c->representative], node = c->owner[word];

                for (i = c->first; i < (size_t)c->first + c->n; i++) {
                        const struct member *m = &t->members[i];

                        if (m->node == node) {
                                t->enter[node] = word;
                        } else {
                                heads[m->dependent] = m->head == t->n ? -1 : (int32_t)m->head;
                                t->enter[m->node] = m->dependent;
                        }
                }
        }
}

void tree_best(struct tree *t, const float *scores, size_t stride, size_t n, int32_t *heads)
{
        size_t d, cycle;

        if (n == 0 || greedy(t, scores, stride, n, heads))
                return;
        set_up(t, scores, stride, n);
        for (d = 0; d < n; d++)
                choose_parent(t, d);
        while ((cycle = find_cycle(t)) != NONE)
                contract(t, cycle);
        expand(t, heads);
}
