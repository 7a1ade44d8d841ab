/*
 * The model file. Everything lies as the kernels and tables want it, so that a model is mapped and used in place.
 * Numbers are in the byte order of the machine that wrote them; a mark in the header tells.
 *
 *   header (64 bytes) | table of sections | sections, each aligned to 64 bytes
 *
 * A section that is missing is a thing that the model cannot do: without LAYOUT_DIMS there is no network, without
 * LAYOUT_SPLIT tokens and sentences are found by rules alone. A reader that meets a greater version refuses the file.
 */
#pragma once

#include <stdint.h>

#define LAYOUT_MAGIC "DLREAD\r\n"

enum {
        LAYOUT_VERSION = 1,
        LAYOUT_ORDER = 0x01020304,
        LAYOUT_ALIGN = 64,
        LAYOUT_SECTIONS_MAX = 64,
};

struct layout_header {
        char magic[8];
        uint32_t order;
        uint32_t version;
        uint64_t size;                  /* of the whole file */
        uint64_t checksum;              /* XXH3 (64 bits) of all that follows the header */
        uint32_t n_sections;
        uint32_t reserved[7];
};

_Static_assert(sizeof(struct layout_header) == LAYOUT_ALIGN, "the header is one unit of alignment");

struct layout_section {
        uint32_t id;                    /* enum layout_id */
        uint32_t reserved;
        uint64_t at, size;              /* bytes from the start of the file; size without padding */
};

enum layout_id {
        LAYOUT_NAME = 1,                /* text for people, with its NUL */
        LAYOUT_STRINGS,                 /* strings with their NULs; others point into it */
        LAYOUT_DIMS,                    /* struct layout_dims */
        LAYOUT_WORD_KEYS,               /* struct layout_slot[power of two]: hash of a form to its row */
        LAYOUT_WORD_ROWS,               /* int8 [n_words][word], steps of 1/63 */
        LAYOUT_AFFIX_KEYS,
        LAYOUT_AFFIX_ROWS,              /* int8 [n_affixes][affix], steps of 1/126 */
        LAYOUT_UPOS,                    /* uint32[n_upos]: enum reading_upos of each output */
        LAYOUT_XPOS,                    /* uint32[n_xpos]: where in LAYOUT_STRINGS */
        LAYOUT_FEATS,
        LAYOUT_LABELS,
        LAYOUT_PAIRS,                   /* struct layout_pair[]: the combinations of UPOS and XPOS that occur */
        LAYOUT_PAIR_FEATS,              /* struct layout_feats[]: those of FEATS with them */
        LAYOUT_ARC,                     /* float: root [arc], distances [16], root of the labels [label] */
        LAYOUT_LEMMA_RULES,             /* struct layout_lemma[] */
        LAYOUT_LEMMA_KEYS,              /* struct layout_slot[power of two]: suffix and tag to rule */
        LAYOUT_SPLIT,                   /* struct layout_split, then its weights */
        LAYOUT_MULTI_RULES,             /* struct layout_multi[] */
        LAYOUT_MULTI_KEYS,              /* struct layout_slot[power of two]: end of a token to rule */
        LAYOUT_ABBREVIATIONS,           /* uint32[], rising: hashes of words that keep their full stop */
        LAYOUT_MATRIX = 32,             /* and on: the matrices, see enum layout_matrix */
};

/* A matrix of `out` columns and `in` rows, padded to 16 and 8: int32 start[out], float scale[out], float bias[out],
 * int8 weight[out / 16][in / 4][16][4]. Result: (start + sum of x * weight) * scale + bias. Weights are in -63..63 and
 * x in 0..127, so that two products of two fit into 16 bits. */
enum layout_matrix {
        MATRIX_FORWARD_1,
        MATRIX_BACKWARD_1,
        MATRIX_FORWARD_2,
        MATRIX_BACKWARD_2,
        MATRIX_TAG,                     /* both layers to the hidden layer of the tags */
        MATRIX_TAG_OUT,                 /* to UPOS, XPOS, FEATS */
        MATRIX_PARSE,                   /* last layer to dependent and head of the arcs, then of the labels */
        MATRIX_LABEL_OUT,
        MATRIX_MAX,
};

enum { LAYOUT_DISTANCES = 16 };

/* All widths are multiples of 16, and so are counts of outputs once padded. */
struct layout_dims {
        uint32_t word, affix, hidden, tag, arc, label;
        uint32_t n_upos, n_xpos, n_feats, n_labels;
        uint32_t n_words, n_affixes;
        uint32_t root_label;            /* the label of the word under the root */
        uint32_t reserved[3];
};

struct layout_slot {
        uint32_t key;                   /* 0: empty */
        uint32_t value;
};

struct layout_pair {
        uint16_t upos, xpos;
        uint32_t first_feats, n_feats;  /* in LAYOUT_PAIR_FEATS */
};

struct layout_feats {
        uint32_t feats;
        uint32_t lemma_tag;             /* hash that stands for the tag in the keys of the lemma rules */
};

/* form -> case, less `strip` bytes, plus the string. */
struct layout_lemma {
        uint32_t append;                /* in LAYOUT_STRINGS */
        uint16_t strip;
        uint16_t casing;                /* enum layout_case */
};

enum layout_case { CASE_LOWER, CASE_KEEP, CASE_TITLE };

/* A token that ends so is `n` words (1: it is one word, whatever a shorter ending says): the token less `strip`
 * characters plus the first string, then the other strings. A string that begins with \1 is taken from the token
 * itself: its next byte less 1 says how many characters before the token's end to begin, the one after it, less 1, how
 * many to take. */
struct layout_multi {
        uint16_t strip, n;
        uint32_t words[4];
};

/* Weights of the splitter: int16[size] for token ends, then for sentence ends; size is a power of two. */
struct layout_split {
        uint32_t size;
        int32_t token_bias, sentence_bias;
        uint32_t reserved;
};
