/* See learn.h. One thread: run several trainings beside each other where there are more cores. */
#include "train/learn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "modules/read/tree.h"
#include "train/batch.h"
#include "train/teach.h"

#define BETA1 0.9f
#define BETA2 0.98f
#define EPSILON 1e-8f
#define CLIP 3.0

enum { AVERAGE_EVERY = 8, AVERAGE_STEPS = 1000 };

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int learn_new(struct learn **out, const struct net_dims *dims, uint64_t seed)
{
        struct learn *l = map_allocate(NULL, 1, sizeof(*l));
        int r;

        *l = (struct learn){ 0 };
        r = net_new(&l->net, dims, seed);
        if (r < 0) {
                free(l);
                return error_trace(r);
        }
        l->average = map_allocate(NULL, l->net->at.n, sizeof(float));
        memcpy(l->average, l->net->weights, l->net->at.n * sizeof(float));
        l->mean = calloc(l->net->at.n, sizeof(float));
        l->square = calloc(l->net->at.n, sizeof(float));
        if (l->mean == NULL || l->square == NULL) {
                learn_free(l);
                return error_origin(-ENOMEM);
        }
        *out = l;
        return 0;
}

void learn_free(struct learn *l)
{
        if (l == NULL)
                return;
        net_free(l->net);
        free(l->average);
        free(l->mean);
        free(l->square);
        free(l);
}

struct header {
        char magic[8];
        uint64_t fingerprint, step, epoch, rng;
        struct net_dims dims;
};

static const char magic[8] = "DLTRAIN1";

static int save(const struct learn *l, const char *path, const struct data_vocabulary *v)
{
        struct header header = { .fingerprint = v->fingerprint, .step = l->step, .epoch = l->epoch,
                                 .rng = l->net->rng.state, .dims = l->net->dims };
        _cleanup_free_ char *part = NULL;
        size_t n = l->net->at.n;
        FILE *file;
        bool good;

        memcpy(header.magic, magic, sizeof(magic));
        if (asprintf(&part, "%s.part", path) < 0)
                return error_origin(-ENOMEM);
        file = fopen(part, "we");
        if (file == NULL)
                return error_origin(-errno);
        good = fwrite(&header, sizeof(header), 1, file) == 1 && fwrite(l->average, sizeof(float), n, file) == n &&
               fwrite(l->net->weights, sizeof(float), n, file) == n && fwrite(l->mean, sizeof(float), n, file) == n &&
               fwrite(l->square, sizeof(float), n, file) == n;
        good = fclose(file) == 0 && good;
        if (!good || rename(part, path) < 0)
                return error_origin(-EIO);
        return 0;
}

int learn_load(struct learn **out, const char *path, const struct data_vocabulary *v)
{
        struct header header;
        struct learn *l;
        FILE *file = fopen(path, "re");
        bool good;
        int r;

        if (file == NULL) {
                fprintf(stderr, "%s: cannot be opened: %m\n", path);
                return 1;
        }
        if (fread(&header, sizeof(header), 1, file) != 1 || memcmp(header.magic, magic, sizeof(magic)) != 0 ||
            header.fingerprint != v->fingerprint) {
                fprintf(stderr, "%s: not a checkpoint of these treebanks; give the same --train files\n", path);
                fclose(file);
                return 1;
        }
        r = learn_new(&l, &header.dims, 1);
        if (r < 0) {
                fclose(file);
                return error_trace(r);
        }
        good = fread(l->average, sizeof(float), l->net->at.n, file) == l->net->at.n &&
               fread(l->net->weights, sizeof(float), l->net->at.n, file) == l->net->at.n &&
               fread(l->mean, sizeof(float), l->net->at.n, file) == l->net->at.n &&
               fread(l->square, sizeof(float), l->net->at.n, file) == l->net->at.n;
        fclose(file);
        if (!good) {
                fprintf(stderr, "%s: truncated; start again without --resume\n", path);
                learn_free(l);
                return 1;
        }
        l->step = header.step;
        l->epoch = header.epoch;
        l->net->rng.state = header.rng;
        *out = l;
        return 0;
}

static void update_rows(struct learn *l, const struct net_block *b, bool affixes, float scale, float step)
{
        struct net *net = l->net;
        size_t n, i;
        const uint32_t *rows = net_touched(net, affixes, &n);

        for (i = 0; i < n; i++) {
                size_t at = b->at + rows[i] * b->columns;

                net->ops->adam(net->weights + at, l->mean + at, l->square + at, net->gradient + at, b->columns, scale,
                               step, BETA1, BETA2, EPSILON);
        }
}

static double squares_of_rows(const struct net *net, const struct net_block *b, bool affixes)
{
        size_t n, i;
        const uint32_t *rows = net_touched(net, affixes, &n);
        double sum = 0;

        for (i = 0; i < n; i++)
                sum += net->ops->sum_squares(net->gradient + b->at + rows[i] * b->columns, b->columns);
        return sum;
}

/* Kingma and Ba (2015); rows of the embeddings only where the batch touched them. */
static void update(struct learn *l, float rate)
{
        struct net *net = l->net;
        size_t dense = net->at.layer[0].input[0].at, n = net->at.n - dense;
        double t = (double)++l->step, norm;
        float step = rate * (float)(sqrt(1 - pow(BETA2, t)) / (1 - pow(BETA1, t))), scale = 1;

        norm = sqrt(net->ops->sum_squares(net->gradient + dense, n) + squares_of_rows(net, &net->at.word, false) +
                    squares_of_rows(net, &net->at.affix, true));
        if (norm > CLIP)
                scale = (float)(CLIP / norm);
        net->ops->adam(net->weights + dense, l->mean + dense, l->square + dense, net->gradient + dense, n, scale, step,
                       BETA1, BETA2, EPSILON);
        update_rows(l, &net->at.word, false, scale, step);
        update_rows(l, &net->at.affix, true, scale, step);
        net_round(net);
        if (l->step % AVERAGE_EVERY == 0) {
                float keep = 1 - (float)AVERAGE_EVERY / AVERAGE_STEPS,
                      young = 1 - (float)AVERAGE_EVERY / ((float)l->step + 8);

                net->ops->blend(l->average, MIN_OF(keep, young), net->weights, net->at.n);
        }
}

void learn_use_average(struct learn *l)
{
        float *swap = l->net->weights;

        l->net->weights = l->average;
        l->average = swap;
        net_round(l->net);
}

static void test_sentence(struct net *net, size_t b, const struct net_sentence *s, struct score *score)
{
        struct score_guess guess;
        size_t stride, t;
        const float *scores = net_arc_scores(net, b, &stride);

        tree_best(score->tree, scores, stride, s->n, guess.head);
        net_labels(net, b, guess.head, guess.label);
        for (t = 0; t < s->n; t++)
                score_tags(&guess, t, net_tag_scores(net, b, t), &net->dims);
        score_add(score, s, &guess);
}

struct score_shares learn_test(struct learn *l, const struct data_vocabulary *v, const struct net_sentence *sentences,
                               size_t n)
{
        const struct net_sentence **list = map_allocate(NULL, n, sizeof(*list));
        struct batch *batches = map_allocate(NULL, n, sizeof(*batches));
        struct rng rng = { 1 };
        struct net_loss loss = { 0 };
        struct score score;
        size_t n_batches = batch_make(sentences, n, NET_ROWS, 0, &rng, list, batches), i, b;

        score_init(&score, v);
        learn_use_average(l);
        for (i = 0; i < n_batches; i++) {
                net_run(l->net, list + batches[i].first, batches[i].n, false, &loss);
                for (b = 0; b < batches[i].n; b++)
                        test_sentence(l->net, b, list[batches[i].first + b], &score);
        }
        learn_use_average(l);
        free(list);
        free(batches);
        return score_finish(&score);
}

/* Constant, then falling to nothing. */
static float rate_at(float rate, double done)
{
        return done < 0.3 ? rate : rate * (float)((1 - done) / 0.7);
}

static void report(const struct learn *l, const struct learn_options *o, const struct net_loss *loss, double seconds,
                   const struct score_shares *score)
{
        double words = (double)loss->words, left = seconds * (double)(o->epochs - l->epoch);

        fprintf(stderr, "epoch %zu/%zu: loss arc %.3f label %.3f tag %.3f | %.0f words/s, %.0f s left", l->epoch,
                o->epochs, loss->arc / words, loss->label / words, loss->tag / words, words / seconds, left);
        if (score != NULL)
                fprintf(stderr, " | dev UPOS %.2f XPOS %.2f FEATS %.2f UAS %.2f LAS %.2f (with subtypes %.2f)",
                        score->upos, score->xpos, score->feats, score->uas, score->las_base, score->las);
        fputc('\n', stderr);
}

int learn_run(struct learn *l, const struct learn_options *o, const struct data_vocabulary *v,
              struct net_sentence *train, size_t n_train, const struct net_sentence *dev, size_t n_dev)
{
        const struct net_sentence **list = map_allocate(NULL, n_train, sizeof(*list));
        struct batch *batches = map_allocate(NULL, n_train, sizeof(*batches));
        struct net_sentence *varied = o->vary == NULL ? NULL : map_allocate(NULL, n_train, sizeof(*varied));
        int r = o->n_teachers > 0 ? teach_ask(o->teachers, o->n_teachers, v, train, n_train) : 0;

        if (r != 0)
                return r;
        l->net->options = o->net;
        net_round(l->net);
        while (l->epoch < o->epochs && (o->stop == 0 || l->epoch < o->stop)) {
                struct net_loss loss = { 0 };
                struct score_shares score;
                size_t n, i;
                double begun = now();

                if (varied != NULL)
                        vary_make(o->vary, train, n_train, o->vary_share, o->seed * 1000 + l->epoch, varied);
                n = batch_make(varied != NULL ? varied : train, n_train, o->batch, 0.2f, &l->net->rng, list, batches);
                for (i = 0; i < n; i++) {
                        net_run(l->net, list + batches[i].first, batches[i].n, true, &loss);
                        update(l, rate_at(o->rate, ((double)l->epoch + (double)i / (double)n) / (double)o->epochs));
                }
                l->epoch++;
                begun = now() - begun;
                if (n_dev > 0 && (l->epoch % 3 == 1 || l->epoch == o->epochs))
                        score = learn_test(l, v, dev, n_dev);
                report(l, o, &loss, begun, n_dev > 0 && (l->epoch % 3 == 1 || l->epoch == o->epochs) ? &score : NULL);
                if (o->checkpoint != NULL)
                        r = save(l, o->checkpoint, v);
                if (r != 0)
                        break;
        }
        free(list);
        free(batches);
        free(varied);
        return r;
}
