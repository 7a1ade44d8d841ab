/*
 * Counts what the evaluation of the CoNLL 2018 shared task counts (universaldependencies.org/conll18/evaluation.html):
 * tokens, sentences and words as spans of characters without white space, words of multiword tokens by the longest
 * common subsequence, then tags, lemmas, heads and relations (without subtypes) of the words that were aligned.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "modules/read/conllu.h"

struct evaluate_count {
        size_t right, gold, system;
};

struct evaluate_result {
        struct evaluate_count tokens, sentences, words, upos, xpos, feats, lemmas, uas, las, las_subtypes;
};

/* False where the characters of the two differ. */
bool evaluate(const struct conllu *gold, const struct conllu *system, struct evaluate_result *out);

static inline double evaluate_f1(struct evaluate_count c)
{
        return c.gold + c.system == 0 ? 0 : 200.0 * (double)c.right / (double)(c.gold + c.system);
}
