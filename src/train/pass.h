/*
 * One batch through the network. Words are rows, ordered by place first: row offset[t] + b is word t of sentence b, so
 * that the sentences still running at step t are the first count[t] (longest first). The other direction reads the same
 * rows through `reverse`, which turns each sentence around and is its own inverse.
 */
#pragma once

#include "train/net.h"

/* What one direction of one layer keeps for the way back. Row-major, NET_ROWS rows. */
struct pass_side {
        float *input;           /* of this direction's order; for the first direction the layer's own */
        float *gathered;        /* room for the turned input */
        float *before;          /* the state before, after its dropout */
        float *value, *slope;   /* gates */
        float *c_before, *c, *tanh_c, *tanh_slope, *h;
        float *mask;            /* recurrent dropout, a row a sentence */
};

struct pass_layer {
        struct pass_side side[2];
        float *in;              /* what it was given */
        float *out, *mask;      /* both directions beside each other, after dropout; the mask */
        float *d_out;
};

/* The right side of products to come. */
struct pass_right {
        const float *b;
        size_t ldb, k, n;
};

struct net_work {
        const struct net_sentence *const *sentences;
        size_t n, rows, steps;
        bool train, brief;
        struct pass_right right;
        uint32_t *brief_left, *brief_right;
        size_t offset[NET_LENGTH + 1], count[NET_LENGTH];
        uint32_t *reverse;
        float *x, *x_sum, *x_mask, *d_x;
        struct pass_layer layer[NET_LAYERS];
        float *tag, *tag_mask, *tag_scores, *d_tag;
        float *dependent, *dependent_mask, *head, *head_mask, *d_dependent, *d_head;
        float *label_dependent, *label_head, *label_dependent_mask, *label_head_mask, *z, *label_scores;
        float *d_label_dependent, *d_label_head, *d_z;
        float *arc_scores;              /* sentence after sentence */
        size_t arc_at[NET_SENTENCES], arc_stride[NET_SENTENCES];
        float *one, *two, *three;       /* scratch of one sentence or one transposed matrix */
        float *d_pre, *d_state, *d_c, *d_h;
        uint32_t *chosen;               /* the word that each row was taken for */
        uint32_t *touched_words, *touched_affixes;
        size_t n_touched_words, n_touched_affixes;
        uint8_t *word_mark, *affix_mark;
        void **all;                     /* what there is to free */
        size_t n_all;
};

int pass_new(struct net *net);
void pass_free(struct net *net);

/* lstm.c */
void lstm_forward(struct net *net, size_t layer, size_t width);
void lstm_backward(struct net *net, size_t layer, size_t width, float *d_in);

/* heads.c */
void heads_tags(struct net *net, struct net_loss *loss);
void heads_arcs(struct net *net, struct net_loss *loss);
void heads_labels(struct net *net, struct net_loss *loss);

/* Takes b[k][n] for the right side of the products that follow; it must stay as it is till the last of them. */
void pass_take(struct net *net, const float *b, size_t ldb, size_t k, size_t n);
/* c[m][n] = (accumulate ? c : 0) + a[m][k] b; element (i, p) of a is at a[i * row + p * column], one of which is 1. */
void pass_multiply(struct net *net, float *c, size_t ldc, const float *a, size_t row, size_t column, size_t m,
                   bool accumulate);
/* Inverted dropout of x in place; the mask is kept for the way back. Without training, mask is all ones and unread. */
void pass_drop(struct net *net, float *x, float *mask, size_t n, float share);
/* The same for rows of words, with one mask for all words of a sentence (Gal and Ghahramani 2016). */
void pass_drop_columns(struct net *net, float *x, float *mask, size_t width, float share);
void pass_drop_back(const struct net *net, float *d, const float *mask, size_t n, float share);
/* To the nearest multiple of 1 / inverse, but where gradients are checked. */
void pass_round(struct net *net, float *x, float inverse, size_t n);
/* gradient of b (1 x n) += column sums of d[rows][n] */
void pass_bias_back(struct net *net, const struct net_block *b, const float *d);

static inline size_t pass_row(const struct net_work *w, size_t sentence, size_t t)
{
        return w->offset[t] + sentence;
}
