/* What is read off the layers, its losses and their gradients: tags, arcs, labels. See pass.h. */
#include "train/pass.h"

#include <math.h>
#include <string.h>

/* Rectified, cut at 2, in steps of 2/127: what the reader keeps in 7 bits. */
static void rectify(struct net *net, float *x, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                x[i] = x[i] < 0 ? 0 : x[i] > 2 ? 2 : x[i];
        pass_round(net, x, 63.5f, n);
}

static void rectify_back(float *d, const float *x, size_t n, float keep)
{
        size_t i;

        for (i = 0; i < n; i++)
                if (x[i] <= 0 || x[i] >= 1.999f * keep)
                        d[i] = 0;
}

static float keep_of(const struct net *net, float share)
{
        return net->work->train ? 1 / (1 - share) : 1;
}

/* out[rows][block.columns] = in[rows][block.rows] block + bias */
static void project(struct net *net, float *out, const float *in, const struct net_block *b, size_t first_row,
                    size_t n_rows, const struct net_block *bias, bool accumulate)
{
        pass_take(net, net->rounded + b->at + first_row * b->columns, b->columns, n_rows, b->columns);
        pass_multiply(net, out, b->columns, in, n_rows, 1, net->work->rows, accumulate);
        if (bias != NULL)
                net->ops->add_rows(out, net->rounded + bias->at, net->work->rows, b->columns);
}

/* The gradients of the block's rows [first_row, first_row + n_rows) and, unless NULL, that of `in`, added. */
static void project_back(struct net *net, const float *d, const float *in, float *d_in, const struct net_block *b,
                         size_t first_row, size_t n_rows)
{
        struct net_work *w = net->work;
        size_t at = b->at + first_row * b->columns;

        pass_take(net, d, b->columns, w->rows, b->columns);
        pass_multiply(net, net->gradient + at, b->columns, in, 1, n_rows, n_rows, true);
        matrix_transpose(w->one, net->rounded + at, n_rows, b->columns);
        pass_take(net, w->one, n_rows, b->columns, n_rows);
        pass_multiply(net, d_in, n_rows, d, b->columns, 1, w->rows, true);
}

struct target {
        size_t gold;
        const float *teacher;
        float teach, smooth, scale;
};

/* Softmax cross entropy. x becomes the gradient where `train`, and stays as it is otherwise. */
static double cross_entropy(float *x, size_t n, struct target target, bool train, bool *right)
{
        float peak = x[0], teach = target.teacher != NULL ? target.teach : 0, total = 0, chance, p[NET_COLUMNS];
        size_t i, best = 0;

        *right = true;
        if (n == 0)
                return 0;
        for (i = 1; i < n; i++) {
                if (x[i] > peak) {
                        peak = x[i];
                        best = i;
                }
        }
        *right = best == target.gold;
        for (i = 0; i < n; i++) {
                p[i] = expf(x[i] - peak);
                total += p[i];
        }
        chance = p[target.gold] / total;
        if (train) {
                for (i = 0; i < n; i++) {
                        float want = (1 - teach) * target.smooth / (float)n;

                        if (i == target.gold)
                                want += (1 - teach) * (1 - target.smooth);
                        if (teach > 0)
                                want += teach * target.teacher[i];
                        x[i] = target.scale * (p[i] / total - want);
                }
        }
        return -log((double)chance + 1e-12);
}

static const float *teacher_labels(const struct net *net, const struct net_sentence *s, size_t t)
{
        (void)net;
        return s->teacher == NULL ? NULL : s->teacher + s->n * (s->n + 1) + t * net->dims.n_labels;
}

static const float *teacher_tags(const struct net *net, const struct net_sentence *s, size_t t)
{
        size_t n_tags = net->dims.n_upos + net->dims.n_xpos + net->dims.n_feats;

        return s->teacher == NULL ? NULL : s->teacher + s->n * (s->n + 1) + s->n * net->dims.n_labels + t * n_tags;
}

static void tag_losses(struct net *net, const struct net_sentence *s, size_t t, float *x, struct net_loss *loss)
{
        const struct net_dims *d = &net->dims;
        const float *teacher = teacher_tags(net, s, t);
        struct target target = { 0, teacher, net->options.teach, net->options.smooth,
                                 net->options.tag_weight / (float)net->work->rows };
        bool train = net->work->train, right;
        size_t i;

        target.gold = s->upos[t];
        loss->tag += cross_entropy(x, d->n_upos, target, train, &right);
        loss->upos_right += right;
        target.gold = s->xpos[t];
        target.teacher = teacher == NULL ? NULL : teacher + d->n_upos;
        loss->tag += cross_entropy(x + d->n_upos, d->n_xpos, target, train, &right);
        loss->xpos_right += right;
        target.gold = s->feats[t];
        target.teacher = teacher == NULL ? NULL : teacher + d->n_upos + d->n_xpos;
        loss->tag += cross_entropy(x + d->n_upos + d->n_xpos, d->n_feats, target, train, &right);
        loss->feats_right += right;
        for (i = d->n_upos + d->n_xpos + d->n_feats; train && i < net->n_tags; i++)
                x[i] = 0;
}

void heads_tags(struct net *net, struct net_loss *loss)
{
        struct net_work *w = net->work;
        const struct net_params *at = &net->at;
        size_t l, b, t, top = 2 * net->dims.hidden, n = w->rows * net->dims.tag;
        float share = net->options.drop_mlp;

        for (l = 0; l < net->dims.layers; l++)
                project(net, w->tag, w->layer[l].out, &at->tag_in, l * top, top, l == 0 ? &at->tag_bias : NULL, l > 0);
        rectify(net, w->tag, n);
        pass_drop(net, w->tag, w->tag_mask, n, share);
        project(net, w->tag_scores, w->tag, &at->tag_out, 0, net->dims.tag, &at->tag_out_bias, false);
        for (b = 0; b < w->n; b++)
                for (t = 0; t < w->sentences[b]->n; t++)
                        tag_losses(net, w->sentences[b], t, w->tag_scores + pass_row(w, b, t) * net->n_tags, loss);
        if (!w->train)
                return;
        memset(w->d_tag, 0, n * sizeof(float));
        pass_bias_back(net, &at->tag_out_bias, w->tag_scores);
        project_back(net, w->tag_scores, w->tag, w->d_tag, &at->tag_out, 0, net->dims.tag);
        pass_drop_back(net, w->d_tag, w->tag_mask, n, share);
        rectify_back(w->d_tag, w->tag, n, keep_of(net, share));
        pass_bias_back(net, &at->tag_bias, w->d_tag);
        for (l = 0; l < net->dims.layers; l++)
                project_back(net, w->d_tag, w->layer[l].out, w->layer[l].d_out, &at->tag_in, l * top, top);
}

/* Rows of one sentence, one below the other. */
static void take(const struct net_work *w, size_t b, float *out, const float *rows, size_t width)
{
        size_t t;

        for (t = 0; t < w->sentences[b]->n; t++)
                memcpy(out + t * width, rows + pass_row(w, b, t) * width, width * sizeof(float));
}

static void put(const struct net_work *w, size_t b, float *rows, const float *in, size_t width)
{
        size_t t;

        for (t = 0; t < w->sentences[b]->n; t++)
                memcpy(rows + pass_row(w, b, t) * width, in + t * width, width * sizeof(float));
}

static void score_arcs(struct net *net, size_t b, float *scores)
{
        struct net_work *w = net->work;
        const float *distance = net->rounded + net->at.arc_distance.at;
        size_t n = w->sentences[b]->n, stride = w->arc_stride[b], width = net->dims.arc, i, j;

        take(w, b, w->two, w->dependent, width);
        take(w, b, w->three, w->head, width);
        memcpy(w->three + n * width, net->rounded + net->at.arc_root.at, width * sizeof(float));
        memset(w->three + (n + 1) * width, 0, (stride - n - 1) * width * sizeof(float));
        matrix_transpose(w->one, w->three, stride, width);
        net->ops->multiply(scores, stride, w->two, width, 1, w->one, stride, n, stride, width, false);
        for (i = 0; i < n; i++)
                for (j = 0; j < n; j++) {
                        if (i == j)
                                scores[i * stride + j] = -1e30f;
                        else
                                scores[i * stride + j] += distance[feature_distance((int32_t)i, (int32_t)j)];
                }
}

/* scores holds the gradient; w->two and w->three still hold the sentence. */
static void arcs_back(struct net *net, size_t b, float *scores)
{
        struct net_work *w = net->work;
        float *distance = net->gradient + net->at.arc_distance.at;
        size_t n = w->sentences[b]->n, stride = w->arc_stride[b], width = net->dims.arc, i, j;

        for (i = 0; i < n; i++) {
                scores[i * stride + i] = 0;
                for (j = 0; j < n; j++)
                        if (i != j)
                                distance[feature_distance((int32_t)i, (int32_t)j)] += scores[i * stride + j];
        }
        net->ops->multiply(w->one, width, scores, stride, 1, w->three, width, n, width, n + 1, false);
        put(w, b, w->d_dependent, w->one, width);
        net->ops->multiply(w->one, width, scores, 1, stride, w->two, width, n + 1, width, n, false);
        put(w, b, w->d_head, w->one, width);
        net->ops->axpy(net->gradient + net->at.arc_root.at, 1, w->one + n * width, width);
}

static void arc_losses(struct net *net, struct net_loss *loss)
{
        struct net_work *w = net->work;
        size_t b, t;

        for (b = 0; b < w->n; b++) {
                const struct net_sentence *s = w->sentences[b];
                float *scores = w->arc_scores + w->arc_at[b];

                score_arcs(net, b, scores);
                for (t = 0; t < s->n; t++) {
                        struct target target = {
                                .gold = s->head[t] < 0 ? s->n : (size_t)s->head[t],
                                .teacher = s->teacher == NULL ? NULL : s->teacher + t * (s->n + 1),
                                .teach = net->options.teach,
                                .scale = 1 / (float)w->rows,
                        };
                        bool right;

                        loss->arc += cross_entropy(scores + t * w->arc_stride[b], s->n + 1, target, w->train, &right);
                        loss->arc_right += right;
                }
                if (w->train)
                        arcs_back(net, b, scores);
        }
}

void heads_arcs(struct net *net, struct net_loss *loss)
{
        struct net_work *w = net->work;
        const struct net_params *at = &net->at;
        struct pass_layer *last = &w->layer[net->dims.layers - 1];
        size_t n = w->rows * net->dims.arc, top = 2 * net->dims.hidden, i;
        float share = net->options.drop_mlp;

        project(net, w->dependent, last->out, &at->arc_dependent, 0, top, &at->arc_dependent_bias, false);
        project(net, w->head, last->out, &at->arc_head, 0, top, NULL, false);
        for (i = 0; i < n; i++)
                w->dependent[i] = w->dependent[i] > 0 ? w->dependent[i] : 0.125f * w->dependent[i];
        pass_drop(net, w->dependent, w->dependent_mask, n, share);
        pass_drop(net, w->head, w->head_mask, n, share);
        arc_losses(net, loss);
        if (!w->train)
                return;
        pass_drop_back(net, w->d_dependent, w->dependent_mask, n, share);
        pass_drop_back(net, w->d_head, w->head_mask, n, share);
        for (i = 0; i < n; i++)
                w->d_dependent[i] *= w->dependent[i] > 0 ? 1 : 0.125f;
        pass_bias_back(net, &at->arc_dependent_bias, w->d_dependent);
        project_back(net, w->d_dependent, last->out, last->d_out, &at->arc_dependent, 0, top);
        project_back(net, w->d_head, last->out, last->d_out, &at->arc_head, 0, top);
}

static const float *label_head_row(const struct net *net, size_t b, int32_t head)
{
        const struct net_work *w = net->work;

        return head < 0 ? net->rounded + net->at.label_root.at :
               w->label_head + pass_row(w, b, (size_t)head) * net->dims.label;
}

static void label_losses(struct net *net, struct net_loss *loss)
{
        struct net_work *w = net->work;
        size_t b, t, i;

        for (b = 0; b < w->n; b++) {
                const struct net_sentence *s = w->sentences[b];

                for (t = 0; t < s->n; t++) {
                        float *x = w->label_scores + pass_row(w, b, t) * net->n_labels;
                        struct target target = { s->label[t], teacher_labels(net, s, t), net->options.teach,
                                                 net->options.smooth, 1 / (float)w->rows };
                        bool right;

                        loss->label += cross_entropy(x, net->dims.n_labels, target, w->train, &right);
                        loss->label_right += right;
                        for (i = net->dims.n_labels; w->train && i < net->n_labels; i++)
                                x[i] = 0;
                }
        }
}

static void combine(struct net *net)
{
        struct net_work *w = net->work;
        size_t b, t, i, width = net->dims.label;

        for (b = 0; b < w->n; b++)
                for (t = 0; t < w->sentences[b]->n; t++) {
                        size_t row = pass_row(w, b, t);
                        const float *head = label_head_row(net, b, w->sentences[b]->head[t]);

                        for (i = 0; i < width; i++)
                                w->z[row * width + i] = w->label_dependent[row * width + i] + head[i];
                }
        rectify(net, w->z, w->rows * width);
}

static void combine_back(struct net *net)
{
        struct net_work *w = net->work;
        size_t b, t, width = net->dims.label;

        memset(w->d_label_head, 0, w->rows * width * sizeof(float));
        for (b = 0; b < w->n; b++)
                for (t = 0; t < w->sentences[b]->n; t++) {
                        size_t row = pass_row(w, b, t);
                        int32_t head = w->sentences[b]->head[t];
                        float *d = head < 0 ? net->gradient + net->at.label_root.at :
                                   w->d_label_head + pass_row(w, b, (size_t)head) * width;

                        net->ops->axpy(d, 1, w->d_z + row * width, width);
                }
        memcpy(w->d_label_dependent, w->d_z, w->rows * width * sizeof(float));
}

void heads_labels(struct net *net, struct net_loss *loss)
{
        struct net_work *w = net->work;
        const struct net_params *at = &net->at;
        struct pass_layer *last = &w->layer[net->dims.layers - 1];
        size_t n = w->rows * net->dims.label, top = 2 * net->dims.hidden;
        float share = net->options.drop_mlp;

        project(net, w->label_dependent, last->out, &at->label_dependent, 0, top, &at->label_bias, false);
        project(net, w->label_head, last->out, &at->label_head, 0, top, NULL, false);
        pass_drop(net, w->label_dependent, w->label_dependent_mask, n, share);
        pass_drop(net, w->label_head, w->label_head_mask, n, share);
        combine(net);
        project(net, w->label_scores, w->z, &at->label_out, 0, net->dims.label, &at->label_out_bias, false);
        label_losses(net, loss);
        if (!w->train)
                return;
        memset(w->d_z, 0, n * sizeof(float));
        pass_bias_back(net, &at->label_out_bias, w->label_scores);
        project_back(net, w->label_scores, w->z, w->d_z, &at->label_out, 0, net->dims.label);
        rectify_back(w->d_z, w->z, n, 1);
        combine_back(net);
        pass_drop_back(net, w->d_label_dependent, w->label_dependent_mask, n, share);
        pass_drop_back(net, w->d_label_head, w->label_head_mask, n, share);
        pass_bias_back(net, &at->label_bias, w->d_label_dependent);
        project_back(net, w->d_label_dependent, last->out, last->d_out, &at->label_dependent, 0, top);
        project_back(net, w->d_label_head, last->out, last->d_out, &at->label_head, 0, top);
}

size_t net_teacher_size(const struct net *net, size_t n)
{
        const struct net_dims *d = &net->dims;

        return n * (n + 1) + n * d->n_labels + n * (d->n_upos + d->n_xpos + d->n_feats);
}

static void add_softmax(float *out, const float *x, size_t n, float share)
{
        float peak = x[0], total = 0;
        size_t i;

        for (i = 1; i < n; i++)
                peak = x[i] > peak ? x[i] : peak;
        for (i = 0; i < n; i++)
                total += expf(x[i] - peak);
        for (i = 0; i < n; i++)
                out[i] += share * expf(x[i] - peak) / total;
}

void net_teach(const struct net *net, size_t b, float *out, float share)
{
        const struct net_work *w = net->work;
        const struct net_dims *d = &net->dims;
        size_t n = w->sentences[b]->n, t, n_tags = d->n_upos + d->n_xpos + d->n_feats;

        for (t = 0; t < n; t++) {
                size_t row = pass_row(w, b, t);
                const float *tags = w->tag_scores + row * net->n_tags;
                float *to = out + n * (n + 1) + n * d->n_labels + t * n_tags;

                add_softmax(out + t * (n + 1), w->arc_scores + w->arc_at[b] + t * w->arc_stride[b], n + 1, share);
                add_softmax(out + n * (n + 1) + t * d->n_labels, w->label_scores + row * net->n_labels, d->n_labels,
                            share);
                add_softmax(to, tags, d->n_upos, share);
                add_softmax(to + d->n_upos, tags + d->n_upos, d->n_xpos, share);
                add_softmax(to + d->n_upos + d->n_xpos, tags + d->n_upos + d->n_xpos, d->n_feats, share);
        }
}

const float *net_arc_scores(const struct net *net, size_t b, size_t *stride)
{
        *stride = net->work->arc_stride[b];
        return net->work->arc_scores + net->work->arc_at[b];
}

const float *net_tag_scores(const struct net *net, size_t b, size_t t)
{
        return net->work->tag_scores + pass_row(net->work, b, t) * net->n_tags;
}

void net_labels(const struct net *net, size_t b, const int32_t *heads, uint16_t *labels)
{
        struct net_work *w = net->work;
        const float *out = net->rounded + net->at.label_out.at, *bias = net->rounded + net->at.label_out_bias.at;
        size_t n = w->sentences[b]->n, t, i, width = net->dims.label;
        float *z = w->one, *x = w->two;

        for (t = 0; t < n; t++) {
                const float *head = label_head_row(net, b, heads[t]);

                for (i = 0; i < width; i++)
                        z[i] = w->label_dependent[pass_row(w, b, t) * width + i] + head[i];
                rectify((struct net *)net, z, width);
                net->ops->multiply(x, net->n_labels, z, width, 1, out, net->n_labels, 1, net->n_labels, width, false);
                for (i = 0, labels[t] = 0; i < net->dims.n_labels; i++) {
                        x[i] += bias[i];
                        if (x[i] > x[labels[t]])
                                labels[t] = (uint16_t)i;
                }
        }
}
