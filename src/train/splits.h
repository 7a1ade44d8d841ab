/* Training of the learnt splitter (modules/read/segment.h): logistic regression over hashed features. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "modules/read/conllu.h"

struct splits {
        uint32_t size;                          /* a power of two */
        int16_t *token, *sentence;              /* [size] */
        int32_t token_bias, sentence_bias;
        uint32_t *abbreviations;                /* rising */
        size_t n_abbreviations;
};

/* Words that keep their full stop, one a line, # before a comment; `path` may be NULL. Says what is wrong; 0 or 1. */
int splits_load_abbreviations(struct splits *out, const char *path);
/* Learns the rest. Out of memory ends the program. */
void splits_learn(struct splits *out, const struct conllu *corpora, size_t n, uint32_t size, size_t epochs,
                  uint64_t seed);
void splits_deinit(struct splits *splits);
