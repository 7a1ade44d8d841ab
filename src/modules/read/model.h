/*
 * A model file, mapped and checked: every table is within the file, every index within its table, every number finite,
 * so that nothing needs to be checked again while reading. See layout.h for the format.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modules/read/kernel.h"
#include "modules/read/layout.h"
#include "modules/read/read.h"
#include "modules/read/token.h"

struct model_table {
        const struct layout_slot *slots;        /* NULL: an empty table */
        uint32_t mask;
};

struct read_model {
        const char *base;
        size_t size;
        bool mapped;                            /* ours to unmap */
        const char *name;
        const char *strings;
        size_t n_strings;
        bool parses;                            /* there is a network */
        struct layout_dims dims;
        size_t n_tag_outputs, n_label_outputs;  /* padded */
        struct model_table words, affixes;
        const int8_t *word_rows, *affix_rows;
        const uint32_t *upos, *xpos, *feats, *labels;
        const struct layout_pair *pairs;
        size_t n_pairs;
        const struct layout_feats *pair_feats;
        size_t n_pair_feats;
        const float *arc_root, *arc_distance, *label_root;
        struct kernel_matrix matrices[MATRIX_MAX];
        const struct layout_lemma *lemmas;
        size_t n_lemmas;
        struct model_table lemma_keys;
        struct token_abbreviations abbreviations;
        const struct layout_split *split;       /* NULL: tokens and sentences by rules */
        const int16_t *split_token, *split_sentence;
        const struct layout_multi *multis;
        size_t n_multis;
        struct model_table multi_keys;
};

/* The value under the key, or UINT32_MAX. */
static inline uint32_t model_find(const struct model_table *table, uint32_t key)
{
        uint32_t i;

        if (table->slots == NULL)
                return UINT32_MAX;
        for (i = key & table->mask; table->slots[i].key != 0; i = (i + 1) & table->mask)
                if (table->slots[i].key == key)
                        return table->slots[i].value;
        return UINT32_MAX;
}

/* A model in memory (aligned to 64 bytes), which must outlive it; as read_model_open() otherwise. `name` is for
 * errors. */
int model_from_memory(struct read_model **out, const char *name, const void *base, size_t size, char **error);
