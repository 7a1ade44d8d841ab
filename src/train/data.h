/* Treebanks as numbers: the vocabularies, and every sentence as the network takes it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "modules/read/conllu.h"
#include "train/map.h"
#include "train/net.h"

struct data_triple {
        uint16_t upos, xpos, feats;
};

struct data_vocabulary {
        struct map words, affixes;      /* hash to row; row 0 of the words is the unknown word */
        uint32_t n_words, n_affixes;
        struct map word_counts;
        struct names xpos, feats, labels;
        struct data_triple *triples;    /* the combinations that occur */
        size_t n_triples;
        uint64_t fingerprint;           /* equal where trained networks can be compared */
};

/* A word needs this many occurrences to have an embedding of its own; an affix, so many. */
enum { DATA_WORD_MIN = 2, DATA_AFFIX_MIN = 3 };

void data_learn(struct data_vocabulary *v, const struct conllu *corpora, size_t n);
void data_deinit(struct data_vocabulary *v);

/* What the network sees of a sentence, into the arrays of `out`: word, word_drop, n_affix, affix. */
void data_inputs(const struct data_vocabulary *v, struct net_sentence *out, const struct conllu_sentence *s,
                 float word_drop);
/* Sentences of at most NET_LENGTH words; *n how many. */
struct net_sentence *data_numbers(const struct data_vocabulary *v, const struct conllu *corpora, size_t n_corpora,
                                  float word_drop, size_t *n);
void data_free(struct net_sentence *sentences, size_t n);
