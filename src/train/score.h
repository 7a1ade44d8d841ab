/* What a network, or several together, got right of sentences whose words are given. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "train/data.h"
#include "train/net.h"

/* What was said of one sentence. */
struct score_guess {
        int32_t head[NET_LENGTH];       /* -1: the root */
        uint16_t label[NET_LENGTH], upos[NET_LENGTH], xpos[NET_LENGTH], feats[NET_LENGTH];
};

struct score {
        struct tree *tree;              /* for finding heads */
        uint16_t base[NET_COLUMNS];     /* of each label: the first one with the same part before the colon */
        size_t words, upos, xpos, feats, uas, las, las_base;
};

/* In hundredths of the words; las_base counts labels without their subtypes. */
struct score_shares {
        double upos, xpos, feats, uas, las, las_base;
};

void score_init(struct score *score, const struct data_vocabulary *v);
/* The best tag of each kind: scores of UPOS, XPOS and FEATS lie behind each other. */
void score_tags(struct score_guess *guess, size_t word, const float *scores, const struct net_dims *dims);
void score_add(struct score *score, const struct net_sentence *gold, const struct score_guess *guess);
/* Frees what the score holds. */
struct score_shares score_finish(struct score *score);
