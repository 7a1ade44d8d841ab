/* See score.h. */
#include "train/score.h"

#include <stdlib.h>
#include <string.h>

#include "modules/read/tree.h"

void score_init(struct score *score, const struct data_vocabulary *v)
{
        const struct names *labels = &v->labels;
        size_t i, j;

        *score = (struct score){ 0 };
        if (tree_new(&score->tree) < 0)
                exit(1);
        for (i = 0; i < labels->n; i++) {
                size_t n = strcspn(labels->list[i], ":");

                for (j = 0; j < i; j++)
                        if (strcspn(labels->list[j], ":") == n && strncmp(labels->list[i], labels->list[j], n) == 0)
                                break;
                score->base[i] = (uint16_t)j;
        }
}

static uint16_t best_of(const float *x, size_t n)
{
        size_t i, best = 0;

        for (i = 1; i < n; i++)
                if (x[i] > x[best])
                        best = i;
        return (uint16_t)best;
}

void score_tags(struct score_guess *guess, size_t t, const float *scores, const struct net_dims *d)
{
        guess->upos[t] = best_of(scores, d->n_upos);
        guess->xpos[t] = best_of(scores + d->n_upos, d->n_xpos);
        guess->feats[t] = best_of(scores + d->n_upos + d->n_xpos, d->n_feats);
}

void score_add(struct score *score, const struct net_sentence *s, const struct score_guess *guess)
{
        size_t t;

        for (t = 0; t < s->n; t++) {
                score->words++;
                score->upos += guess->upos[t] == s->upos[t];
                score->xpos += guess->xpos[t] == s->xpos[t];
                score->feats += guess->feats[t] == s->feats[t];
                if (guess->head[t] != s->head[t])
                        continue;
                score->uas++;
                score->las += guess->label[t] == s->label[t];
                score->las_base += score->base[guess->label[t]] == score->base[s->label[t]];
        }
}

struct score_shares score_finish(struct score *score)
{
        double words = (double)score->words / 100;

        tree_free(score->tree);
        score->tree = NULL;
        return (struct score_shares){
                (double)score->upos / words, (double)score->xpos / words,  (double)score->feats / words,
                (double)score->uas / words,  (double)score->las / words, (double)score->las_base / words,
        };
}
