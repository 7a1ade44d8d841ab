/* See export.h. Sections are put together in memory, then the table and the header before them. */
#include "train/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "modules/read/layout.h"
#include "modules/read/reading.h"

struct section {
        uint32_t id;
        size_t at, size;
};

struct writer {
        char *bytes;
        size_t n, size;
        struct section sections[LAYOUT_SECTIONS_MAX];
        size_t n_sections;
        char *strings;
        size_t n_strings, strings_size;
        struct names string_numbers;
        uint32_t *string_at;
};

static void put(struct writer *w, const void *p, size_t n)
{
        if (w->n + n > w->size) {
                w->size = 2 * (w->n + n) + 4096;
                w->bytes = map_allocate(w->bytes, w->size, 1);
        }
        if (n > 0)
                memcpy(w->bytes + w->n, p, n);
        w->n += n;
}

static void begin(struct writer *w, uint32_t id)
{
        static const char zeros[LAYOUT_ALIGN];

        put(w, zeros, (LAYOUT_ALIGN - w->n % LAYOUT_ALIGN) % LAYOUT_ALIGN);
        w->sections[w->n_sections++] = (struct section){ id, w->n, 0 };
}

static void end(struct writer *w)
{
        struct section *s = &w->sections[w->n_sections - 1];

        s->size = w->n - s->at;
}

static void whole(struct writer *w, uint32_t id, const void *p, size_t n)
{
        begin(w, id);
        put(w, p, n);
        end(w);
}

/* Where the string is in the pool; the same string is there once. */
static uint32_t string(struct writer *w, const char *s)
{
        uint32_t number = names_add(&w->string_numbers, s);
        size_t n = strlen(s) + 1;

        if (w->string_numbers.counts[number] > 1)
                return w->string_at[number];
        w->string_at = map_allocate(w->string_at, w->string_numbers.n, sizeof(*w->string_at));
        w->string_at[number] = (uint32_t)w->n_strings;
        w->strings = map_allocate(w->strings, w->n_strings + n, 1);
        memcpy(w->strings + w->n_strings, s, n);
        w->n_strings += n;
        return w->string_at[number];
}

static void table(struct writer *w, uint32_t id, const uint32_t *keys, const uint32_t *values, size_t n)
{
        struct layout_slot *slots;
        size_t size = 16, i;

        while (size < n + n / 2 + 1)
                size *= 2;
        slots = calloc(size, sizeof(*slots));
        if (slots == NULL)
                exit(1);
        for (i = 0; i < n; i++) {
                size_t at = keys[i] & (size - 1);

                while (slots[at].key != 0 && slots[at].key != keys[i])
                        at = (at + 1) & (size - 1);
                slots[at] = (struct layout_slot){ keys[i], values[i] };
        }
        whole(w, id, slots, size * sizeof(*slots));
        free(slots);
}

static void map_table(struct writer *w, uint32_t id, const struct map *map)
{
        uint32_t *keys = map_allocate(NULL, map->n, sizeof(*keys)),
                 *values = map_allocate(NULL, map->n, sizeof(*values));
        size_t i, n = 0;

        for (i = 0; i < map->size; i++) {
                if (map->keys[i] != 0) {
                        keys[n] = (uint32_t)map->keys[i];
                        values[n++] = map->values[i];
                }
        }
        table(w, id, keys, values, n);
        free(keys);
        free(values);
}

static void kept_table(struct writer *w, uint32_t id, const struct backoff_kept *kept, size_t n)
{
        uint32_t *keys = map_allocate(NULL, n, sizeof(*keys)), *values = map_allocate(NULL, n, sizeof(*values));
        size_t i;

        for (i = 0; i < n; i++) {
                keys[i] = kept[i].key;
                values[i] = kept[i].rule;
        }
        table(w, id, keys, values, n);
        free(keys);
        free(values);
}

static void put_rows(struct writer *w, uint32_t id, const float *rows, size_t n, float steps, float most)
{
        size_t i;

        begin(w, id);
        for (i = 0; i < n; i++) {
                float x = rows[i] * steps;
                int8_t q = (int8_t)lrintf(x < -most ? -most : x > most ? most : x);

                put(w, &q, 1);
        }
        end(w);
}

/* Blocks of the network below and beside each other, that make one matrix of the file. */
struct part {
        const struct net_block *rows[2];        /* below each other; [1] may be NULL */
        const struct net_block *bias;           /* NULL: none */
};

struct plan {
        size_t in, out;
        bool centred;                           /* x has 64 for zero */
        float x_step, out_scale;                /* what 1 of x stands for */
        int8_t *weight;
        int32_t *start;
        float *scale, *bias;
};

static void fill_part(const struct net *net, const float *weights, const struct part *part, struct plan *plan,
                      size_t column)
{
        float scales[NET_COLUMNS];
        size_t columns = part->rows[0]->columns, b, i, j, row = 0;

        net_column_scales(weights, part->rows[0], part->rows[1], scales);
        for (b = 0; b < 2 && part->rows[b] != NULL; b++) {
                const float *w = weights + part->rows[b]->at;

                for (i = 0; i < part->rows[b]->rows; i++, row++)
                        for (j = 0; j < columns; j++) {
                                int q = (int)matrix_nearest(w[i * columns + j] * (1 / scales[j]));
                                size_t to = column + j;

                                plan->weight[to / 16 * 16 * plan->in + row / 4 * 64 + to % 16 * 4 + row % 4] =
                                        (int8_t)q;
                                if (plan->centred)
                                        plan->start[to] -= 64 * q;
                        }
        }
        for (j = 0; j < columns; j++) {
                plan->scale[column + j] = scales[j] * plan->x_step;
                plan->bias[column + j] = part->bias == NULL ? 0 : weights[part->bias->at + j];
        }
        (void)net;
}

static void put_matrix(struct writer *w, const struct net *net, const float *weights, enum layout_matrix which,
                       const struct part *parts, size_t n_parts, bool centred)
{
        struct plan plan = { .centred = centred, .x_step = centred ? 1 / 63.0f : 1 / 63.5f };
        size_t i, column = 0;

        for (i = 0; i < n_parts; i++)
                plan.out += parts[i].rows[0]->columns;
        plan.in = parts[0].rows[0]->rows + (parts[0].rows[1] == NULL ? 0 : parts[0].rows[1]->rows);
        plan.weight = calloc(plan.in * plan.out, 1);
        plan.start = calloc(plan.out, sizeof(*plan.start));
        plan.scale = calloc(plan.out, sizeof(float));
        plan.bias = calloc(plan.out, sizeof(float));
        if (plan.weight == NULL || plan.start == NULL || plan.scale == NULL || plan.bias == NULL)
                exit(1);
        for (i = 0; i < n_parts; i++) {
                fill_part(net, weights, &parts[i], &plan, column);
                column += parts[i].rows[0]->columns;
        }
        begin(w, LAYOUT_MATRIX + (uint32_t)which);
        put(w, plan.start, plan.out * sizeof(*plan.start));
        put(w, plan.scale, plan.out * sizeof(float));
        put(w, plan.bias, plan.out * sizeof(float));
        put(w, plan.weight, plan.in * plan.out);
        end(w);
        free(plan.weight);
        free(plan.start);
        free(plan.scale);
        free(plan.bias);
}

static void put_matrices(struct writer *w, const struct learn *learn)
{
        const struct net *net = learn->net;
        const struct net_params *at = &net->at;
        const float *weights = learn->average;
        size_t l, side;

        for (l = 0; l < 2; l++)
                for (side = 0; side < 2; side++) {
                        const struct net_layer *layer = &at->layer[l];
                        struct part part = { { &layer->input[side], &layer->recurrent[side] }, &layer->bias[side] };

                        put_matrix(w, net, weights, (enum layout_matrix)(MATRIX_FORWARD_1 + 2 * l + side), &part, 1,
                                   true);
                }
        put_matrix(w, net, weights, MATRIX_TAG, &(struct part){ { &at->tag_in, NULL }, &at->tag_bias }, 1, true);
        put_matrix(w, net, weights, MATRIX_TAG_OUT, &(struct part){ { &at->tag_out, NULL }, &at->tag_out_bias }, 1,
                   false);
        put_matrix(w, net, weights, MATRIX_PARSE, (struct part[]){
                { { &at->arc_dependent, NULL }, &at->arc_dependent_bias },
                { { &at->arc_head, NULL }, NULL },
                { { &at->label_dependent, NULL }, &at->label_bias },
                { { &at->label_head, NULL }, NULL },
        }, 4, true);
        put_matrix(w, net, weights, MATRIX_LABEL_OUT, &(struct part){ { &at->label_out, NULL }, &at->label_out_bias },
                   1, false);
}

static void put_names(struct writer *w, uint32_t id, const struct names *names)
{
        uint32_t *at = map_allocate(NULL, names->n, sizeof(*at));
        size_t i;

        for (i = 0; i < names->n; i++)
                at[i] = string(w, names->list[i]);
        whole(w, id, at, names->n * sizeof(*at));
        free(at);
}

static void put_tags(struct writer *w, const struct data_vocabulary *v)
{
        uint32_t upos[UPOS_MAX_ - 1], used = 0;
        struct layout_pair *pairs = map_allocate(NULL, v->n_triples, sizeof(*pairs));
        struct layout_feats *feats = map_allocate(NULL, v->n_triples, sizeof(*feats));
        size_t n = 0, i, k;

        for (i = 0; i < N_ELEMENTS(upos); i++)
                upos[i] = (uint32_t)i + 1;
        whole(w, LAYOUT_UPOS, upos, sizeof(upos));
        put_names(w, LAYOUT_XPOS, &v->xpos);
        put_names(w, LAYOUT_FEATS, &v->feats);
        put_names(w, LAYOUT_LABELS, &v->labels);
        for (i = 0; i < v->n_triples; i++) {
                const struct data_triple *t = &v->triples[i];

                for (k = 0; k < n && (pairs[k].upos != t->upos || pairs[k].xpos != t->xpos); k++)
                        ;
                if (k < n)
                        continue;
                pairs[n++] = (struct layout_pair){ t->upos, t->xpos, used, 0 };
                for (k = i; k < v->n_triples; k++) {
                        const struct data_triple *u = &v->triples[k];

                        if (u->upos != t->upos || u->xpos != t->xpos)
                                continue;
                        feats[used++] = (struct layout_feats){
                                u->feats, rules_lemma_tag((uint8_t)(u->upos + 1), v->xpos.list[u->xpos],
                                                          v->feats.list[u->feats], v->xpos.n)
                        };
                        pairs[n - 1].n_feats++;
                }
        }
        whole(w, LAYOUT_PAIRS, pairs, n * sizeof(*pairs));
        whole(w, LAYOUT_PAIR_FEATS, feats, used * sizeof(*feats));
        free(pairs);
        free(feats);
}

static void put_network(struct writer *w, const struct data_vocabulary *v, const struct learn *learn)
{
        const struct net_dims *d = &learn->net->dims;
        const struct net_params *at = &learn->net->at;
        struct layout_dims dims = {
                .word = d->word,
                .affix = d->affix,
                .hidden = d->hidden,
                .tag = d->tag,
                .arc = d->arc,
                .label = d->label,
                .n_upos = d->n_upos,
                .n_xpos = d->n_xpos,
                .n_feats = d->n_feats,
                .n_labels = d->n_labels,
                .n_words = d->n_words,
                .n_affixes = d->n_affixes,
                .root_label = names_find(&v->labels, "root"),
        };

        if (dims.root_label == MAP_ABSENT)
                dims.root_label = 0;
        whole(w, LAYOUT_DIMS, &dims, sizeof(dims));
        map_table(w, LAYOUT_WORD_KEYS, &v->words);
        put_rows(w, LAYOUT_WORD_ROWS, learn->average + at->word.at, at->word.rows * at->word.columns, 63, 63);
        map_table(w, LAYOUT_AFFIX_KEYS, &v->affixes);
        put_rows(w, LAYOUT_AFFIX_ROWS, learn->average + at->affix.at, at->affix.rows * at->affix.columns, 126, 126);
        put_tags(w, v);
        begin(w, LAYOUT_ARC);
        put(w, learn->average + at->arc_root.at, d->arc * sizeof(float));
        put(w, learn->average + at->arc_distance.at, LAYOUT_DISTANCES * sizeof(float));
        put(w, learn->average + at->label_root.at, d->label * sizeof(float));
        end(w);
        put_matrices(w, learn);
}

static void put_rules(struct writer *w, const struct rules *r)
{
        size_t i, k;

        begin(w, LAYOUT_LEMMA_RULES);
        for (i = 0; i < r->n_lemmas; i++) {
                struct layout_lemma l = r->lemmas[i];

                l.append = string(w, r->strings.list[l.append]);
                put(w, &l, sizeof(l));
        }
        end(w);
        kept_table(w, LAYOUT_LEMMA_KEYS, r->lemma_keys, r->n_lemma_keys);
        begin(w, LAYOUT_MULTI_RULES);
        for (i = 0; i < r->n_multis; i++) {
                struct layout_multi m = r->multis[i];

                for (k = 0; k < m.n; k++)
                        m.words[k] = string(w, r->strings.list[m.words[k]]);
                put(w, &m, sizeof(m));
        }
        end(w);
        kept_table(w, LAYOUT_MULTI_KEYS, r->multi_keys, r->n_multi_keys);
}

static void put_splits(struct writer *w, const struct splits *s)
{
        struct layout_split head = { .size = s->size, .token_bias = s->token_bias, .sentence_bias = s->sentence_bias };

        if (s->n_abbreviations > 0)
                whole(w, LAYOUT_ABBREVIATIONS, s->abbreviations, s->n_abbreviations * sizeof(*s->abbreviations));
        begin(w, LAYOUT_SPLIT);
        put(w, &head, sizeof(head));
        put(w, s->token, s->size * sizeof(*s->token));
        put(w, s->sentence, s->size * sizeof(*s->sentence));
        end(w);
}

/* The header and the table go before the sections, which move by as much. */
static int finish(struct writer *w, const char *path)
{
        size_t head = sizeof(struct layout_header) + w->n_sections * sizeof(struct layout_section), i, size;
        struct layout_header *h;
        struct layout_section *table_at;
        _cleanup_free_ char *all = NULL;
        FILE *file;

        head = (head + LAYOUT_ALIGN - 1) / LAYOUT_ALIGN * LAYOUT_ALIGN;
        size = head + w->n;
        all = calloc(size, 1);
        if (all == NULL)
                return error_origin(-ENOMEM);
        memcpy(all + head, w->bytes, w->n);
        table_at = (struct layout_section *)(void *)(all + sizeof(*h));
        for (i = 0; i < w->n_sections; i++)
                table_at[i] =
                        (struct layout_section){ w->sections[i].id, 0, head + w->sections[i].at, w->sections[i].size };
        h = (struct layout_header *)(void *)all;
        memcpy(h->magic, LAYOUT_MAGIC, sizeof(h->magic));
        h->order = LAYOUT_ORDER;
        h->version = LAYOUT_VERSION;
        h->size = size;
        h->n_sections = (uint32_t)w->n_sections;
        h->checksum = XXH3_64bits(all + sizeof(*h), size - sizeof(*h));
        file = fopen(path, "we");
        if (file == NULL)
                return error_origin(-errno);
        i = fwrite(all, size, 1, file);
        if (fclose(file) != 0 || i != 1)
                return error_origin(-EIO);
        fprintf(stderr, "%s: %zu bytes\n", path, size);
        return 0;
}

int export_write(const char *path, const struct export_parts *parts)
{
        struct writer w = { 0 };
        int r;

        if (parts->learn != NULL && parts->learn->net->dims.layers != 2) {
                fprintf(stderr, "%s: the reader takes networks of two layers; this one has %u\n", path,
                        parts->learn->net->dims.layers);
                return 1;
        }
        string(&w, "");
        whole(&w, LAYOUT_NAME, parts->name, strlen(parts->name) + 1);
        if (parts->learn != NULL)
                put_network(&w, parts->vocabulary, parts->learn);
        put_rules(&w, parts->rules);
        put_splits(&w, parts->splits);
        whole(&w, LAYOUT_STRINGS, w.strings, w.n_strings);
        r = finish(&w, path);
        free(w.bytes);
        free(w.strings);
        free(w.string_at);
        names_deinit(&w.string_numbers);
        return error_trace(r);
}
