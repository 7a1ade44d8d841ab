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

#define BETA1 0.9f
#define BETA2 0.98f
#define EPSILON 1e-8f
#define CLIP 3.0

enum { AVERAGE_EVERY = 8, AVERAGE_STEPS = 1000 };

struct batch {
        size_t first, n;
};

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

int learn_save(const struct learn *l, const char *path, const struct data_vocabulary *v)
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

struct order {
        float key;
        uint32_t sentence;
};

static int by_order(const void *a, const void *b)
{
        const struct order *x = a, *y = b;

        if (x->key != y->key)
                return x->key > y->key ? -1 : 1;
        return x->sentence < y->sentence ? -1 : 1;
}

static int by_length(const void *a, const void *b)
{
        const struct net_sentence *x = *(const struct net_sentence *const *)a,
                                  *y = *(const struct net_sentence *const *)b;

        if (x->n != y->n)
                return x->n > y->n ? -1 : 1;
        return x < y ? -1 : 1;
}

/* Sentences of about the same length together, the batches in a new order each time. */
static size_t make_batches(const struct net_sentence *sentences, size_t n, size_t words, float noise, struct rng *rng,
                           const struct net_sentence **list, struct batch *batches)
{
        struct order *order = map_allocate(NULL, n, sizeof(*order));
        size_t i, n_batches = 0, sum = 0;

        for (i = 0; i < n; i++)
                order[i] = (struct order){ (float)sentences[i].n * (1 + noise * rng_unit(rng)), (uint32_t)i };
        qsort(order, n, sizeof(*order), by_order);
        for (i = 0; i < n; i++) {
                const struct net_sentence *s = &sentences[order[i].sentence];

                list[i] = s;
                if (n_batches == 0 || sum + s->n > words || batches[n_batches - 1].n == NET_SENTENCES) {
                        batches[n_batches++] = (struct batch){ i, 0 };
                        sum = 0;
                }
                batches[n_batches - 1].n++;
                sum += s->n;
        }
        for (i = 0; i < n_batches; i++)
                qsort(list + batches[i].first, batches[i].n, sizeof(*list), by_length);
        for (i = n_batches; noise > 0 && i > 1; i--) {
                size_t j = rng_below(rng, i);
                struct batch swap = batches[i - 1];

                batches[i - 1] = batches[j];
                batches[j] = swap;
        }
        free(order);
        return n_batches;
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

static void use_average(struct learn *l)
{
        float *swap = l->net->weights;

        l->net->weights = l->average;
        l->average = swap;
        net_round(l->net);
}

struct test {
        struct tree *tree;
        const uint16_t *base;
        size_t words, upos, xpos, feats, uas, las, las_base;
};

static size_t best_of(const float *x, size_t n)
{
        size_t i, best = 0;

        for (i = 1; i < n; i++)
                if (x[i] > x[best])
                        best = i;
        return best;
}

static void test_sentence(struct net *net, size_t b, const struct net_sentence *s, struct test *test)
{
        int32_t heads[NET_LENGTH];
        uint16_t labels[NET_LENGTH];
        size_t stride, t;
        const float *scores = net_arc_scores(net, b, &stride);

        tree_best(test->tree, scores, stride, s->n, heads);
        net_labels(net, b, heads, labels);
        for (t = 0; t < s->n; t++) {
                const float *tags = net_tag_scores(net, b, t);

                test->words++;
                test->upos += best_of(tags, net->dims.n_upos) == s->upos[t];
                test->xpos += best_of(tags + net->dims.n_upos, net->dims.n_xpos) == s->xpos[t];
                test->feats += best_of(tags + net->dims.n_upos + net->dims.n_xpos, net->dims.n_feats) == s->feats[t];
                if (heads[t] != s->head[t])
                        continue;
                test->uas++;
                test->las += labels[t] == s->label[t];
                test->las_base += test->base[labels[t]] == test->base[s->label[t]];
        }
}

/* The first label with the same part before the colon. */
static void base_labels(const struct names *labels, uint16_t *base)
{
        size_t i, j;

        for (i = 0; i < labels->n; i++) {
                size_t n = strcspn(labels->list[i], ":");

                for (j = 0; j < i; j++)
                        if (strcspn(labels->list[j], ":") == n && strncmp(labels->list[i], labels->list[j], n) == 0)
                                break;
                base[i] = (uint16_t)j;
        }
}

struct learn_score learn_test(struct learn *l, const struct data_vocabulary *v, const struct net_sentence *sentences,
                              size_t n)
{
        uint16_t base[NET_COLUMNS];
        const struct net_sentence **list = map_allocate(NULL, n, sizeof(*list));
        struct batch *batches = map_allocate(NULL, n, sizeof(*batches));
        struct rng rng = { 1 };
        struct net_loss loss = { 0 };
        struct test test = { .base = base };
        size_t n_batches = make_batches(sentences, n, NET_ROWS, 0, &rng, list, batches), i, b;
        double words;

        base_labels(&v->labels, base);
        if (tree_new(&test.tree) < 0)
                exit(1);
        use_average(l);
        for (i = 0; i < n_batches; i++) {
                net_run(l->net, list + batches[i].first, batches[i].n, false, &loss);
                for (b = 0; b < batches[i].n; b++)
                        test_sentence(l->net, b, list[batches[i].first + b], &test);
        }
        use_average(l);
        tree_free(test.tree);
        free(list);
        free(batches);
        words = (double)test.words / 100;
        return (struct learn_score){
                (double)test.upos / words, (double)test.xpos / words, (double)test.feats / words,
                (double)test.uas / words, (double)test.las / words, (double)test.las_base / words,
        };
}

/* The teachers' mean opinion of every training sentence. */
static int ask_teachers(const struct learn_options *o, const struct data_vocabulary *v, struct net_sentence *sentences,
                        size_t n)
{
        const struct net_sentence **list = map_allocate(NULL, n, sizeof(*list));
        struct batch *batches = map_allocate(NULL, n, sizeof(*batches));
        struct rng rng = { 1 };
        size_t n_batches = make_batches(sentences, n, NET_ROWS, 0, &rng, list, batches), k, i, b;

        for (k = 0; k < o->n_teachers; k++) {
                struct net_loss loss = { 0 };
                struct learn *teacher;
                int r = learn_load(&teacher, o->teachers[k], v);

                if (r != 0)
                        return r;
                for (i = 0; k == 0 && i < n; i++) {
                        sentences[i].teacher = calloc(net_teacher_size(teacher->net, sentences[i].n), sizeof(float));
                        if (sentences[i].teacher == NULL)
                                return error_origin(-ENOMEM);
                }
                use_average(teacher);
                for (i = 0; i < n_batches; i++) {
                        net_run(teacher->net, list + batches[i].first, batches[i].n, false, &loss);
                        for (b = 0; b < batches[i].n; b++)
                                net_teach(teacher->net, b, list[batches[i].first + b]->teacher,
                                          1 / (float)o->n_teachers);
                }
                fprintf(stderr, "teacher %s: training set arcs %.2f labels %.2f\n", o->teachers[k],
                        100.0 * (double)loss.arc_right / (double)loss.words,
                        100.0 * (double)loss.label_right / (double)loss.words);
                learn_free(teacher);
        }
        free(list);
        free(batches);
        return 0;
}

/* Constant, then falling to nothing. */
static float rate_at(float rate, double done)
{
        return done < 0.3 ? rate : rate * (float)((1 - done) / 0.7);
}

static void report(const struct learn *l, const struct learn_options *o, const struct net_loss *loss, double seconds,
                   const struct learn_score *score)
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
        int r = o->n_teachers > 0 ? ask_teachers(o, v, train, n_train) : 0;

        if (r != 0)
                return r;
        l->net->options = o->net;
        net_round(l->net);
        while (l->epoch < o->epochs && (o->stop == 0 || l->epoch < o->stop)) {
                struct net_loss loss = { 0 };
                struct learn_score score;
                size_t n = make_batches(train, n_train, o->batch, 0.2f, &l->net->rng, list, batches), i;
                double begun = now();

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
                        r = learn_save(l, o->checkpoint, v);
                if (r != 0)
                        break;
        }
        free(list);
        free(batches);
        return r;
}
