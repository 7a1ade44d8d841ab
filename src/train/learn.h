/* The course of training: batches, Adam, the running average of the weights, checkpoints, teachers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "train/data.h"
#include "train/net.h"
#include "train/score.h"
#include "train/vary.h"

struct learn_options {
        size_t epochs, batch;           /* batch in words */
        size_t stop;                    /* stop after this epoch, to go on another time; 0: go through */
        float rate, word_drop;
        uint64_t seed;
        const char *checkpoint;         /* written after every epoch */
        bool resume;                    /* go on from the checkpoint */
        const char *const *teachers;    /* checkpoints */
        size_t n_teachers;
        struct vary *vary;              /* what varies the training sentences, or NULL */
        float vary_share;               /* how many of them, in every epoch anew */
        struct net_options net;
};

struct learn {
        struct net *net;
        float *average, *mean, *square;
        uint32_t *word_steps, *affix_steps;
        uint64_t step;
        size_t epoch;
};

int learn_new(struct learn **out, const struct net_dims *dims, uint64_t seed);
void learn_free(struct learn *learn);

/* A checkpoint's network, for teaching and for the model file: dims and averaged weights. Prints what is wrong and
 * returns non-zero where it cannot be had. */
int learn_load(struct learn **out, const char *path, const struct data_vocabulary *v);

int learn_run(struct learn *learn, const struct learn_options *options, const struct data_vocabulary *v,
              struct net_sentence *train, size_t n_train, const struct net_sentence *dev, size_t n_dev);
/* How the averaged weights do on sentences. */
struct score_shares learn_test(struct learn *learn, const struct data_vocabulary *v, const struct net_sentence *test,
                               size_t n);
/* Puts the averaged weights into the network; a second call puts back what was there. */
void learn_use_average(struct learn *learn);
