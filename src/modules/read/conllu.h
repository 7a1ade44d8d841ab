/*
 * CoNLL-U (universaldependencies.org/format.html) in and out of memory: what the trainer learns from, what
 * `dateline read --input conllu` is given, and what the evaluation compares.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A syntactic word. Strings belong to the corpus; an empty column ("_") is "_", but for feats, which is "". */
struct conllu_word {
        const char *form, *lemma, *xpos, *feats, *deprel;
        uint8_t upos;           /* enum reading_upos */
        int32_t head;           /* index within the sentence, -1 for the root, -2 where the column is empty */
        bool space_after;       /* of the surface token that the word ends; false within a multiword token */
};

/* A surface token of several words. */
struct conllu_multi {
        const char *form;
        uint32_t first, n;      /* words[first .. first + n) */
};

struct conllu_sentence {
        struct conllu_word *words;
        struct conllu_multi *multis;
        uint32_t n_words, n_multis;
        bool paragraph;         /* begins a paragraph or a document */
};

struct conllu {
        struct arena arena;
        struct conllu_sentence *sentences;
        size_t n_sentences, n_words;
};

#define CONLLU_NULL ((struct conllu){ .arena = { 0 } })

enum {
        CONLLU_E_OPEN = 1,
        CONLLU_E_SYNTAX,
};

/* On a positive return *error is malloc'ed text "file:line:column: what is wrong". */
int conllu_load(struct conllu *out, const char *path, char **error);
/* The same from memory; `name` is for errors. */
int conllu_parse(struct conllu *out, const char *name, const char *text, size_t n, char **error);
void conllu_deinit(struct conllu *conllu);

/* The text that the sentences came from, one paragraph a line; malloc'ed, *n its length. NULL when out of memory. */
char *conllu_text(const struct conllu *conllu, size_t *n);
