/* Parameters of the network: where they lie, how they begin, how they are rounded. See net.h; the passes are in pass.c.
 */
#include "train/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "train/pass.h"

static struct net_block block(struct net_params *at, size_t rows, size_t columns, bool sparse)
{
        struct net_block b = { .at = at->n, .rows = rows, .columns = columns, .sparse = sparse };

        at->n += (rows * columns + 15) / 16 * 16;
        return b;
}

static size_t sixteens(size_t n)
{
        return (n + 15) / 16 * 16;
}

static void lay_out(struct net *net)
{
        const struct net_dims *d = &net->dims;
        struct net_params *at = &net->at;
        size_t l, side, in = d->word + d->affix, top = 2 * d->hidden;

        net->n_tags = sixteens(d->n_upos + d->n_xpos + d->n_feats);
        net->n_labels = sixteens(d->n_labels);
        at->word = block(at, d->n_words, d->word, true);
        at->affix = block(at, d->n_affixes, d->affix, true);
        for (l = 0; l < d->layers; l++) {
                for (side = 0; side < 2; side++) {
                        at->layer[l].input[side] = block(at, in, 3 * d->hidden, false);
                        at->layer[l].recurrent[side] = block(at, d->hidden, 3 * d->hidden, false);
                        at->layer[l].bias[side] = block(at, 1, 3 * d->hidden, false);
                }
                in = top;
        }
        at->tag_in = block(at, top * d->layers, d->tag, false);
        at->tag_bias = block(at, 1, d->tag, false);
        at->tag_out = block(at, d->tag, net->n_tags, false);
        at->tag_out_bias = block(at, 1, net->n_tags, false);
        at->arc_dependent = block(at, top, d->arc, false);
        at->arc_dependent_bias = block(at, 1, d->arc, false);
        at->arc_head = block(at, top, d->arc, false);
        at->arc_root = block(at, 1, d->arc, false);
        at->arc_distance = block(at, 1, NET_DISTANCES, false);
        at->label_dependent = block(at, top, d->label, false);
        at->label_bias = block(at, 1, d->label, false);
        at->label_head = block(at, top, d->label, false);
        at->label_root = block(at, 1, d->label, false);
        at->label_out = block(at, d->label, net->n_labels, false);
        at->label_out_bias = block(at, 1, net->n_labels, false);
}

static void fill(struct net *net, const struct net_block *b, float range)
{
        size_t i;

        for (i = 0; i < b->rows * b->columns; i++)
                net->weights[b->at + i] = (2 * rng_unit(&net->rng) - 1) * range;
}

/* Glorot and Bengio (2010). */
static void fill_matrix(struct net *net, const struct net_block *b)
{
        fill(net, b, sqrtf(6.0f / (float)(b->rows + b->columns)));
}

static void begin(struct net *net)
{
        const struct net_params *at = &net->at;
        size_t l, side, i;

        fill(net, &at->word, 0.3f);
        for (l = 0; l < net->dims.layers; l++) {
                for (side = 0; side < 2; side++) {
                        const struct net_layer *layer = &at->layer[l];

                        fill(net, &layer->input[side],
                             sqrtf(6.0f / (float)(layer->input[side].rows + net->dims.hidden)));
                        fill(net, &layer->recurrent[side], sqrtf(3.0f / (float)net->dims.hidden));
                        for (i = 0; i < net->dims.hidden; i++)
                                net->weights[layer->bias[side].at + i] = 0.5f;
                }
        }
        fill_matrix(net, &at->tag_in);
        fill_matrix(net, &at->tag_out);
        fill_matrix(net, &at->arc_dependent);
        fill_matrix(net, &at->arc_head);
        fill(net, &at->arc_root, 0.3f);
        fill_matrix(net, &at->label_dependent);
        fill_matrix(net, &at->label_head);
        fill(net, &at->label_root, 0.3f);
        fill_matrix(net, &at->label_out);
        for (i = 0; i < net->dims.label; i++)
                net->weights[at->label_bias.at + i] = 0.3f;
        for (i = 0; i < net->dims.tag; i++)
                net->weights[at->tag_bias.at + i] = 0.3f;
}

int net_new(struct net **out, const struct net_dims *dims, uint64_t seed)
{
        struct net *net = calloc(1, sizeof(*net));
        int r;

        if (net == NULL)
                return error_origin(-ENOMEM);
        net->dims = *dims;
        net->ops = matrix_ops();
        net->rng.state = seed * 0x9E3779B97F4A7C15u + 1;
        lay_out(net);
        net->weights = calloc(net->at.n, sizeof(float));
        net->rounded = calloc(net->at.n, sizeof(float));
        net->gradient = calloc(net->at.n, sizeof(float));
        r = net->weights == NULL || net->rounded == NULL || net->gradient == NULL ? -ENOMEM : pass_new(net);
        if (r < 0) {
                net_free(net);
                return error_origin(r);
        }
        begin(net);
        net_round(net);
        *out = net;
        return 0;
}

void net_free(struct net *net)
{
        if (net == NULL)
                return;
        pass_free(net);
        free(net->weights);
        free(net->rounded);
        free(net->gradient);
        free(net);
}

static void column_peaks(const float *w, const struct net_block *b, float *peaks)
{
        size_t i, j;

        for (i = 0; i < b->rows; i++)
                for (j = 0; j < b->columns; j++) {
                        float x = fabsf(w[b->at + i * b->columns + j]);

                        peaks[j] = x > peaks[j] ? x : peaks[j];
                }
}

void net_column_scales(const float *weights, const struct net_block *a, const struct net_block *b, float *scales)
{
        size_t j;

        memset(scales, 0, a->columns * sizeof(*scales));
        column_peaks(weights, a, scales);
        if (b != NULL)
                column_peaks(weights, b, scales);
        for (j = 0; j < a->columns; j++)
                scales[j] = scales[j] > 0 ? scales[j] / 63 : 1;
}

static void round_block(struct net *net, const struct net_block *b, const float *scales, const float *inverse)
{
        size_t i;

        for (i = 0; i < b->rows; i++)
                net->ops->round(net->rounded + b->at + i * b->columns, net->weights + b->at + i * b->columns, inverse,
                                scales, b->columns);
}

static void round_pair(struct net *net, const struct net_block *a, const struct net_block *b)
{
        float scales[NET_COLUMNS], inverse[NET_COLUMNS];
        size_t j;

        net_column_scales(net->weights, a, b, scales);
        for (j = 0; j < a->columns; j++)
                inverse[j] = 1 / scales[j];
        round_block(net, a, scales, inverse);
        if (b != NULL)
                round_block(net, b, scales, inverse);
}

void net_round(struct net *net)
{
        const struct net_params *at = &net->at;
        size_t l, side, dense = at->layer[0].input[0].at;

        memcpy(net->rounded + dense, net->weights + dense, (at->n - dense) * sizeof(float));
        if (net->options.exact)
                return;
        for (l = 0; l < net->dims.layers; l++)
                for (side = 0; side < 2; side++)
                        round_pair(net, &at->layer[l].input[side], &at->layer[l].recurrent[side]);
        round_pair(net, &at->tag_in, NULL);
        round_pair(net, &at->tag_out, NULL);
        round_pair(net, &at->arc_dependent, NULL);
        round_pair(net, &at->arc_head, NULL);
        round_pair(net, &at->label_dependent, NULL);
        round_pair(net, &at->label_head, NULL);
        round_pair(net, &at->label_out, NULL);
}
