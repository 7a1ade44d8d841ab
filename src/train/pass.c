/* See pass.h: memory, embeddings, and the order of things. */
#include "train/pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "train/brief.h"

static void *room(struct net_work *w, size_t n, size_t size)
{
        void *p = aligned_alloc(64, (n * size + 127) / 64 * 64);

        if (p == NULL)
                return NULL;
        memset(p, 0, (n * size + 127) / 64 * 64);
        w->all[w->n_all++] = p;
        return p;
}

struct want {
        void *where;
        size_t n, size;
};

static int get_all(struct net_work *w, const struct want *wants, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++) {
                void *p = room(w, wants[i].n, wants[i].size);

                if (p == NULL)
                        return error_origin(-ENOMEM);
                memcpy(wants[i].where, &p, sizeof(p));
        }
        return 0;
}

static int layer_new(struct net *net, size_t l)
{
        struct pass_layer *layer = &net->work->layer[l];
        size_t h = net->dims.hidden, in = l == 0 ? net->dims.word + net->dims.affix : 2 * h, side, f = sizeof(float);
        const struct want whole[] = {
                { &layer->out, NET_ROWS * 2 * h, f },
                { &layer->mask, NET_ROWS * 2 * h, f },
                { &layer->d_out, NET_ROWS * 2 * h, f },
        };
        int r = get_all(net->work, whole, N_ELEMENTS(whole));

        for (side = 0; r == 0 && side < 2; side++) {
                struct pass_side *s = &layer->side[side];
                const struct want wants[] = {
                        { &s->gathered, NET_ROWS * in, f },     { &s->before, NET_ROWS * h, f },
                        { &s->value, NET_ROWS * 3 * h, f },     { &s->slope, NET_ROWS * 3 * h, f },
                        { &s->c_before, NET_ROWS * h, f },      { &s->c, NET_ROWS * h, f },
                        { &s->tanh_c, NET_ROWS * h, f },        { &s->tanh_slope, NET_ROWS * h, f },
                        { &s->h, NET_ROWS * h, f },             { &s->mask, NET_SENTENCES * h, f },
                };

                r = get_all(net->work, wants, N_ELEMENTS(wants));
        }
        return r;
}

int pass_new(struct net *net)
{
        const struct net_dims *d = &net->dims;
        size_t f = sizeof(float), x = d->word + d->affix, l, wide = MAX_OF(x, 2 * (size_t)d->hidden), rows = NET_ROWS;
        size_t widest = MAX_OF(MAX_OF(wide, 3 * (size_t)d->hidden), MAX_OF(net->n_tags, net->n_labels));
        struct net_work *w = net->work = calloc(1, sizeof(*w));
        int r;

        if (w == NULL || (w->all = calloc(256, sizeof(void *))) == NULL)
                return error_origin(-ENOMEM);
        const struct want wants[] = {
                { &w->reverse, rows, sizeof(uint32_t) }, { &w->x, rows * x, f }, { &w->x_sum, rows * x, f },
                { &w->x_mask, rows * x, f }, { &w->d_x, rows * x, f },
                { &w->tag, rows * d->tag, f }, { &w->tag_mask, rows * d->tag, f }, { &w->d_tag, rows * d->tag, f },
                { &w->tag_scores, rows * net->n_tags, f },
                { &w->dependent, rows * d->arc, f }, { &w->dependent_mask, rows * d->arc, f },
                { &w->head, rows * d->arc, f }, { &w->head_mask, rows * d->arc, f },
                { &w->d_dependent, rows * d->arc, f }, { &w->d_head, rows * d->arc, f },
                { &w->label_dependent, rows * d->label, f }, { &w->label_head, rows * d->label, f },
                { &w->label_dependent_mask, rows * d->label, f }, { &w->label_head_mask, rows * d->label, f },
                { &w->d_label_dependent, rows * d->label, f }, { &w->d_label_head, rows * d->label, f },
                { &w->z, rows * d->label, f }, { &w->d_z, rows * d->label, f },
                { &w->label_scores, rows * net->n_labels, f },
                { &w->arc_scores, rows * (NET_LENGTH + 16), f },
                { &w->one, wide * 3 * d->hidden + (NET_LENGTH + 16) * (d->arc + 64) + wide * net->n_tags, f },
                { &w->two, rows * wide + (NET_LENGTH + 16) * (d->arc + 64), f },
                { &w->three, (NET_LENGTH + 16) * (d->arc + NET_LENGTH + 16), f },
                { &w->d_pre, rows * 3 * d->hidden, f }, { &w->d_h, rows * d->hidden, f },
                { &w->d_state, NET_SENTENCES * d->hidden, f }, { &w->d_c, NET_SENTENCES * d->hidden, f },
                { &w->chosen, rows, sizeof(uint32_t) }, { &w->touched_words, rows, sizeof(uint32_t) },
                { &w->touched_affixes, rows * FEATURE_MAX, sizeof(uint32_t) },
                { &w->brief_left, (MAX_OF(rows, widest) + 16) * widest / 2, sizeof(uint32_t) },
                { &w->brief_right, (MAX_OF(rows, widest) + 16) * widest / 2, sizeof(uint32_t) },
                { &w->word_mark, d->n_words, 1 }, { &w->affix_mark, d->n_affixes, 1 },
        };
        r = get_all(w, wants, N_ELEMENTS(wants));
        for (l = 0; r == 0 && l < d->layers; l++)
                r = layer_new(net, l);
        return r;
}

void pass_free(struct net *net)
{
        size_t i;

        if (net->work == NULL)
                return;
        for (i = 0; i < net->work->n_all; i++)
                free(net->work->all[i]);
        free(net->work->all);
        free(net->work);
        net->work = NULL;
}

void pass_take(struct net *net, const float *b, size_t ldb, size_t k, size_t n)
{
        net->work->right = (struct pass_right){ b, ldb, k, n };
        if (net->work->brief)
                brief_rows(net->work->brief_right, b, ldb, k, n);
}

void pass_multiply(struct net *net, float *c, size_t ldc, const float *a, size_t row, size_t column, size_t m,
                   bool accumulate)
{
        const struct net_work *w = net->work;
        const struct pass_right *r = &w->right;
        size_t pairs = (r->k + 1) / 2;

        if (!w->brief) {
                net->ops->multiply(c, ldc, a, row, column, r->b, r->ldb, m, r->n, r->k, accumulate);
                return;
        }
        if (column == 1)
                brief_columns(w->brief_left, a, row, m, r->k);
        else
                brief_rows(w->brief_left, a, column, r->k, m);
        brief_multiply(c, ldc, w->brief_left, column == 1 ? pairs : 1, column == 1 ? 1 : m, w->brief_right, r->n, m,
                       r->n, pairs, accumulate);
}

void pass_drop(struct net *net, float *x, float *mask, size_t n, float share)
{
        if (!net->work->train || share <= 0)
                return;
        net->ops->draw(mask, n, net->rng.state, (uint32_t)(share * 65536), 1 / (1 - share));
        net->rng.state += (n + 3) / 4 * 0x9E3779B97F4A7C15u;
        if (x != mask)
                net->ops->mask(x, x, mask, n);
}

void pass_drop_columns(struct net *net, float *x, float *mask, size_t width, float share)
{
        const struct net_work *w = net->work;
        size_t b, t;

        if (!w->train || share <= 0)
                return;
        for (b = 0; b < w->n; b++) {
                float *first = mask + pass_row(w, b, 0) * width;

                pass_drop(net, first, first, width, share);
                for (t = 1; t < w->sentences[b]->n; t++)
                        memcpy(mask + pass_row(w, b, t) * width, first, width * sizeof(float));
        }
        net->ops->mask(x, x, mask, w->rows * width);
}

void pass_drop_back(const struct net *net, float *d, const float *mask, size_t n, float share)
{
        if (share > 0)
                net->ops->mask(d, d, mask, n);
}

void pass_round(struct net *net, float *x, float inverse, size_t n)
{
        if (!net->options.exact)
                net->ops->round_all(x, inverse, 1 / inverse, n);
}

void pass_bias_back(struct net *net, const struct net_block *b, const float *d)
{
        size_t r;

        for (r = 0; r < net->work->rows; r++)
                net->ops->axpy(net->gradient + b->at, 1, d + r * b->columns, b->columns);
}

static void arrange(struct net *net, const struct net_sentence *const *sentences, size_t n, bool train)
{
        struct net_work *w = net->work;
        size_t t, b, at = 0;

        w->sentences = sentences;
        w->n = n;
        w->train = train;
        w->brief = train && !net->options.exact && brief_here();
        w->steps = sentences[0]->n;
        w->rows = 0;
        for (t = 0; t < w->steps; t++) {
                for (b = 0; b < n && sentences[b]->n > t; b++)
                        ;
                w->offset[t] = w->rows;
                w->count[t] = b;
                w->rows += b;
        }
        w->offset[t] = w->rows;
        for (b = 0; b < n; b++) {
                for (t = 0; t < sentences[b]->n; t++)
                        w->reverse[pass_row(w, b, t)] = (uint32_t)pass_row(w, b, sentences[b]->n - 1 - t);
                w->arc_at[b] = at;
                w->arc_stride[b] = (sentences[b]->n + 1 + 15) / 16 * 16;
                at += sentences[b]->n * w->arc_stride[b];
        }
}

static void embed_word(struct net *net, size_t row, const struct net_sentence *s, size_t t)
{
        struct net_work *w = net->work;
        size_t width = net->dims.word + net->dims.affix, i;
        float *sum = w->x_sum + row * width;
        uint32_t word = s->word[t];

        if (w->train && word != 0 && rng_unit(&net->rng) < s->word_drop[t])
                word = 0;
        w->chosen[row] = word;
        memset(sum, 0, width * sizeof(float));
        memcpy(sum, net->weights + net->at.word.at + word * net->dims.word, net->dims.word * sizeof(float));
        for (i = 0; i < s->n_affix[t]; i++) {
                const float *affix = net->weights + net->at.affix.at + s->affix[t][i] * net->dims.affix;

                if (net->options.exact)
                        net->ops->axpy(sum + net->dims.word, 1, affix, net->dims.affix);
                else
                        net->ops->add_rounded(sum + net->dims.word, affix, net->dims.affix);
        }
        for (i = 0; i < width; i++)
                w->x[row * width + i] = sum[i] < -1 ? -1 : sum[i] > 1 ? 1 : sum[i];
}

static void embed(struct net *net)
{
        struct net_work *w = net->work;
        size_t width = net->dims.word + net->dims.affix, b, t;

        for (b = 0; b < w->n; b++)
                for (t = 0; t < w->sentences[b]->n; t++)
                        embed_word(net, pass_row(w, b, t), w->sentences[b], t);
        pass_round(net, w->x, 63, w->rows * width);
        pass_drop_columns(net, w->x, w->x_mask, width, net->options.drop_input);
}

static float *touch(struct net *net, const struct net_block *block, uint32_t row, uint8_t *mark, uint32_t *list,
                    size_t *n)
{
        float *gradient = net->gradient + block->at + row * block->columns;

        if (!mark[row]) {
                mark[row] = 1;
                list[(*n)++] = row;
                memset(gradient, 0, block->columns * sizeof(float));
        }
        return gradient;
}

static void embed_back(struct net *net)
{
        struct net_work *w = net->work;
        size_t width = net->dims.word + net->dims.affix, b, t, i;

        pass_drop_back(net, w->d_x, w->x_mask, w->rows * width, net->options.drop_input);
        for (i = 0; i < w->rows * width; i++)
                if (fabsf(w->x_sum[i]) > 1 && w->x_sum[i] * w->d_x[i] < 0)
                        w->d_x[i] = 0;
        for (b = 0; b < w->n; b++) {
                const struct net_sentence *s = w->sentences[b];

                for (t = 0; t < s->n; t++) {
                        size_t row = pass_row(w, b, t);
                        const float *d = w->d_x + row * width;

                        net->ops->axpy(touch(net, &net->at.word, w->chosen[row], w->word_mark, w->touched_words,
                                             &w->n_touched_words), 1, d, net->dims.word);
                        for (i = 0; i < s->n_affix[t]; i++)
                                net->ops->axpy(touch(net, &net->at.affix, s->affix[t][i], w->affix_mark,
                                                     w->touched_affixes, &w->n_touched_affixes),
                                               1, d + net->dims.word, net->dims.affix);
                }
        }
}

static void clear(struct net *net)
{
        struct net_work *w = net->work;
        size_t dense = net->at.layer[0].input[0].at, i, l;

        memset(net->gradient + dense, 0, (net->at.n - dense) * sizeof(float));
        for (i = 0; i < w->n_touched_words; i++)
                w->word_mark[w->touched_words[i]] = 0;
        for (i = 0; i < w->n_touched_affixes; i++)
                w->affix_mark[w->touched_affixes[i]] = 0;
        w->n_touched_words = w->n_touched_affixes = 0;
        memset(w->d_x, 0, w->rows * (net->dims.word + net->dims.affix) * sizeof(float));
        for (l = 0; l < net->dims.layers; l++)
                memset(w->layer[l].d_out, 0, w->rows * 2 * net->dims.hidden * sizeof(float));
}

void net_run(struct net *net, const struct net_sentence *const *sentences, size_t n, bool train, struct net_loss *loss)
{
        struct net_work *w = net->work;
        size_t width = net->dims.word + net->dims.affix, h = net->dims.hidden, l;

        arrange(net, sentences, n, train);
        embed(net);
        for (l = 0; l < net->dims.layers; l++) {
                w->layer[l].in = l == 0 ? w->x : w->layer[l - 1].out;
                lstm_forward(net, l, l == 0 ? width : 2 * h);
        }
        if (train)
                clear(net);
        loss->words += w->rows;
        heads_tags(net, loss);
        heads_arcs(net, loss);
        heads_labels(net, loss);
        if (!train)
                return;
        for (l = net->dims.layers; l-- > 0;)
                lstm_backward(net, l, l == 0 ? width : 2 * h, l == 0 ? w->d_x : w->layer[l - 1].d_out);
        embed_back(net);
}

const uint32_t *net_touched(const struct net *net, bool affixes, size_t *n)
{
        *n = affixes ? net->work->n_touched_affixes : net->work->n_touched_words;
        return affixes ? net->work->touched_affixes : net->work->touched_words;
}
