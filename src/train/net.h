/*
 * The network in training: its parameters, a batch forwards and backwards.
 *
 *   word embedding and the sum of affix embeddings -> LSTM layers in both directions (input and forget gate coupled)
 *   tags:   all layers -> hidden -> UPOS, XPOS, FEATS
 *   arcs:   last layer -> dependent . head + bias of the distance
 *   labels: last layer -> rectified (dependent + head) -> relation
 *
 * What the reader computes in small integers is rounded here in the same places, forwards; backwards the rounding is
 * passed straight through (Bengio et al. 2013), so the weights learn to live with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modules/read/feature.h"
#include "train/matrix.h"
#include "train/rng.h"

enum {
        NET_LAYERS = 3,
        NET_DISTANCES = FEATURE_DISTANCES,
        NET_ROWS = 2048,        /* words a batch, at most */
        NET_SENTENCES = 512,
        NET_LENGTH = 256,
        NET_COLUMNS = 4096,     /* of any block */
};

struct net_dims {
        uint32_t n_words, n_affixes;
        uint32_t n_upos, n_xpos, n_feats, n_labels;
        uint32_t word, affix;           /* embedding widths; these and the next are multiples of 16 */
        uint32_t hidden, layers;
        uint32_t tag, arc, label;
};

/* A sentence as numbers. Word 0 is the unknown word. */
struct net_sentence {
        uint32_t n;
        uint32_t *word;
        uint8_t *n_affix;
        uint32_t (*affix)[FEATURE_MAX];
        uint16_t *upos, *xpos, *feats, *label;
        int32_t *head;                  /* -1: the root */
        float *word_drop;               /* the chance that the word is taken for unknown */
        float *teacher;                 /* [n][n + 1] arcs, [n][labels], [n][tags] probabilities, or NULL */
};

/* A block of parameters: a matrix within the flat array. */
struct net_block {
        size_t at, rows, columns;
        bool sparse;                    /* embeddings: only the rows of the batch are touched */
};

struct net_layer {
        struct net_block input[2], recurrent[2], bias[2];
};

struct net_params {
        struct net_block word, affix;
        struct net_layer layer[NET_LAYERS];
        struct net_block tag_in, tag_bias, tag_out, tag_out_bias;
        struct net_block arc_dependent, arc_dependent_bias, arc_head, arc_root, arc_distance;
        struct net_block label_dependent, label_bias, label_head, label_root, label_out, label_out_bias;
        size_t n;
};

struct net_options {
        float drop_input, drop_hidden, drop_recurrent, drop_mlp;
        float tag_weight;
        float smooth;                   /* label smoothing of the gold */
        float teach;                    /* share of the teacher in the targets */
        bool exact;                     /* nothing is rounded: for checking gradients */
};

struct net_loss {
        double arc, label, tag;
        size_t words, arc_right, label_right, upos_right, xpos_right, feats_right;
};

struct net {
        struct net_dims dims;
        struct net_params at;
        size_t n_tags, n_labels;        /* widths of the outputs, rounded up to 16 */
        float *weights;                 /* [at.n] */
        float *rounded;                 /* [at.n] what the forward pass uses */
        float *gradient;                /* [at.n] */
        const struct matrix_ops *ops;
        struct net_options options;
        struct rng rng;
        struct net_work *work;
};

/* -ENOMEM or 0. Weights are random. */
int net_new(struct net **out, const struct net_dims *dims, uint64_t seed);
void net_free(struct net *net);

/* After the weights changed: rounds them into `rounded`. */
void net_round(struct net *net);
/* Columns of a that share a scale with those of b (b may be NULL): the scale of each, for the model file. */
void net_column_scales(const float *weights, const struct net_block *a, const struct net_block *b, float *scales);

/* One batch, at most NET_ROWS words, sentences longest first. With `train` there is dropout, and the gradient of the
 * mean loss a word is left in net->gradient (all of it, but for untouched rows of sparse blocks). */
void net_run(struct net *net, const struct net_sentence *const *sentences, size_t n, bool train, struct net_loss *loss);

/* After net_run() without `train`: probabilities of sentence i of the batch, laid out as net_sentence.teacher; `add`
 * adds to what is there. Size of that in floats. */
size_t net_teacher_size(const struct net *net, size_t n_words);
void net_teach(const struct net *net, size_t i, float *out, float share);
/* Arc scores [n][n + 1] of sentence i, for tree_best(). */
const float *net_arc_scores(const struct net *net, size_t i, size_t *stride);
/* The label of each word for the heads given, and the best of each kind of tag. */
void net_labels(const struct net *net, size_t i, const int32_t *heads, uint16_t *labels);
const float *net_tag_scores(const struct net *net, size_t i, size_t word);

/* The rows of sparse blocks that the batch touched, each once; net_run() clears their gradients first. */
const uint32_t *net_touched(const struct net *net, bool affixes, size_t *n);
