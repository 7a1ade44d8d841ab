/*
 * What the read module makes of a story's text: sentences, tokens, and (with a model) tags, lemmas and dependencies.
 *
 * This is the narrow door between reading and coding: the coder includes this header and nothing else of read/.
 * All memory belongs to the arena that the reading was made in; a reading is never changed after it was made.
 * Spans are byte offsets into the text (UTF-8), half open. Dependencies and tags follow Universal Dependencies v2
 * (universaldependencies.org/format.html).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The 17 universal part-of-speech tags, in alphabetical order; UPOS_NONE where no model has tagged. */
enum reading_upos {
        UPOS_NONE,
        UPOS_ADJ,
        UPOS_ADP,
        UPOS_ADV,
        UPOS_AUX,
        UPOS_CCONJ,
        UPOS_DET,
        UPOS_INTJ,
        UPOS_NOUN,
        UPOS_NUM,
        UPOS_PART,
        UPOS_PRON,
        UPOS_PROPN,
        UPOS_PUNCT,
        UPOS_SCONJ,
        UPOS_SYM,
        UPOS_VERB,
        UPOS_X,
        UPOS_MAX_,
};

/* Strings are NUL-terminated and live as long as the arena or the model. */
struct reading_token {
        uint32_t begin, end;    /* span in the text; words of one multiword token share its span */
        const char *form;       /* the word itself, as in the text (or as the model expands a multiword token) */
        const char *lemma;      /* NULL without a model */
        const char *xpos;       /* the treebank's own tag, NULL without a model */
        const char *feats;      /* "Number=Sing|Person=3", NULL where there are none */
        const char *deprel;     /* "nsubj:pass", NULL without a model */
        int32_t head;           /* index of the head within the sentence, -1 for the root (and without a model) */
        uint8_t upos;           /* enum reading_upos */
        bool space_after;       /* white space follows in the text */
};

struct reading_sentence {
        uint32_t begin, end;            /* span in the text */
        uint32_t first, n_tokens;       /* tokens[first .. first + n_tokens) */
        uint32_t paragraph;             /* 0-based; a blank line or a line break of the story divides paragraphs */
        bool cut;                       /* longer than the bound: cut here, the rest follows as the next sentence */
};

struct reading {
        const char *text;
        size_t n_text;
        struct reading_sentence *sentences;
        size_t n_sentences;
        struct reading_token *tokens;
        size_t n_tokens;
        size_t unread;                  /* the byte from which on nothing was read, at the reader's limit; 0: all was */
        bool parsed;                    /* tags, lemmas and dependencies are there */
};

/* "NOUN" for UPOS_NOUN; "_" for UPOS_NONE. */
const char *reading_upos_name(enum reading_upos upos);
