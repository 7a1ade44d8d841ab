/*
 * Training sentences, varied: other words of the same kind in the places of words, all capitals, capitals as in a
 * headline, no capitals, quotation marks of the other kind. Heads, relations and tags stay what they are (and so does
 * what the teachers said), so a network sees more than the treebanks hold. Nothing here knows a language.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "train/data.h"

struct vary;

/* For sentences as data_numbers() makes them of the same corpora, which must stay. */
struct vary *vary_new(const struct data_vocabulary *v, const struct conllu *corpora, size_t n_corpora, float word_drop);
void vary_free(struct vary *vary);

/* out[n] = the sentences, each varied with the chance `share`. They share what is the same with `plain` and are valid
 * until the next call. One seed, one result. */
void vary_make(struct vary *vary, const struct net_sentence *plain, size_t n, float share, uint64_t seed,
               struct net_sentence *out);
