/* Lemma rules and multiword tokens, learnt from treebanks, as the model file takes them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "modules/read/conllu.h"
#include "modules/read/layout.h"
#include "train/backoff.h"
#include "train/map.h"

struct rules {
        struct layout_lemma *lemmas;            /* `append` numbers `strings` */
        size_t n_lemmas;
        struct backoff_kept *lemma_keys;
        size_t n_lemma_keys;
        struct layout_multi *multis;            /* likewise */
        size_t n_multis;
        struct backoff_kept *multi_keys;
        size_t n_multi_keys;
        struct names strings;
};

/* What stands for a tag in the keys of the lemmas: XPOS where the treebank has it, else FEATS, with UPOS. */
uint32_t rules_lemma_tag(uint8_t upos, const char *xpos, const char *feats, size_t n_xpos);

void rules_learn(struct rules *out, const struct conllu *corpora, size_t n, size_t n_xpos);
void rules_deinit(struct rules *rules);
