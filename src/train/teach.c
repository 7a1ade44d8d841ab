/* See teach.h. */
#include "train/teach.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "modules/read/reading.h"
#include "modules/read/tree.h"
#include "train/batch.h"
#include "train/learn.h"

static void ask_one(struct learn *teacher, float share, const struct net_sentence **list, const struct batch *batches,
                    size_t n_batches)
{
        struct net_loss loss = { 0 };
        size_t i, b;

        learn_use_average(teacher);
        for (i = 0; i < n_batches; i++) {
                net_run(teacher->net, list + batches[i].first, batches[i].n, false, &loss);
                for (b = 0; b < batches[i].n; b++)
                        net_teach(teacher->net, b, list[batches[i].first + b]->teacher, share);
        }
}

int teach_ask(const char *const *teachers, size_t n_teachers, const struct data_vocabulary *v,
              struct net_sentence *sentences, size_t n)
{
        const struct net_sentence **list = map_allocate(NULL, n, sizeof(*list));
        struct batch *batches = map_allocate(NULL, n, sizeof(*batches));
        struct rng rng = { 1 };
        size_t n_batches = batch_make(sentences, n, NET_ROWS, 0, &rng, list, batches), k, i;
        int r = 0;

        for (k = 0; k < n_teachers && r == 0; k++) {
                struct learn *teacher;

                r = learn_load(&teacher, teachers[k], v);
                if (r != 0)
                        break;
                for (i = 0; k == 0 && i < n; i++) {
                        free(sentences[i].teacher);
                        sentences[i].teacher = calloc(net_teacher_size(teacher->net, sentences[i].n), sizeof(float));
                        if (sentences[i].teacher == NULL)
                                exit(1);
                }
                ask_one(teacher, 1 / (float)n_teachers, list, batches, n_batches);
                learn_free(teacher);
        }
        free(list);
        free(batches);
        return r;
}

static void find_heads(struct tree *tree, struct net_sentence *s, int32_t *heads)
{
        static const float least = 1e-9f;
        float *scores = map_allocate(NULL, (size_t)s->n * (s->n + 1), sizeof(*scores));
        size_t i, n = (size_t)s->n * (s->n + 1);

        for (i = 0; i < n; i++)
                scores[i] = logf(s->teacher[i] + least);
        tree_best(tree, scores, s->n + 1, s->n, heads);
        free(scores);
}

int teach_test(const char *const *teachers, size_t n_teachers, const struct data_vocabulary *v,
               struct net_sentence *sentences, size_t n, struct score_shares *out)
{
        const struct net_dims dims = { .n_upos = UPOS_MAX_ - 1, .n_xpos = (uint32_t)v->xpos.n,
                                       .n_feats = (uint32_t)v->feats.n };
        struct score_guess guess;
        struct score score;
        size_t i, t, k, n_labels = v->labels.n, n_tags = dims.n_upos + dims.n_xpos + dims.n_feats;
        int32_t **gold = map_allocate(NULL, n, sizeof(*gold));
        int r = teach_ask(teachers, n_teachers, v, sentences, n);

        if (r != 0) {
                free(gold);
                return r;
        }
        score_init(&score, v);
        for (i = 0; i < n; i++) {       /* labels are asked for the heads found, in a second pass */
                gold[i] = sentences[i].head;
                sentences[i].head = map_allocate(NULL, sentences[i].n, sizeof(*sentences[i].head));
                find_heads(score.tree, &sentences[i], sentences[i].head);
        }
        r = teach_ask(teachers, n_teachers, v, sentences, n);
        for (i = 0; i < n; i++) {
                struct net_sentence *s = &sentences[i];
                const float *labels = s->teacher + (size_t)s->n * (s->n + 1), *tags = labels + s->n * n_labels;

                for (t = 0; t < s->n; t++) {
                        guess.head[t] = s->head[t];
                        guess.label[t] = 0;
                        for (k = 1; k < n_labels; k++)
                                if (labels[t * n_labels + k] > labels[t * n_labels + guess.label[t]])
                                        guess.label[t] = (uint16_t)k;
                        score_tags(&guess, t, tags + t * n_tags, &dims);
                }
                free(s->head);
                s->head = gold[i];
                score_add(&score, s, &guess);
        }
        free(gold);
        *out = score_finish(&score);
        return r;
}
