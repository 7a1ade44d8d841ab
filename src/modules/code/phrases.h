/*
 * Phrases to numbers: a trie over atoms, which finds the longest name that begins at a word of a text. An atom is a run
 * of letters and digits in lower case, without accents, without full stops inside ("U.S." is "us"); hyphens and
 * apostrophes divide atoms, so that a name is found however the text was cut into tokens.
 *
 * The text must be in capitals where the phrase is: "us" is no country.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "modules/read/reading.h"

struct phrases;

/* Everything lives in the arena. */
struct phrases *phrases_new(struct arena *arena);

/* `payload` counts from 1. More than one payload may be given to a phrase: they form a chain, the newest first. False
 * where the phrase has no atoms or too many. */
bool phrases_add(struct phrases *phrases, const char *text, uint32_t payload);

/* Appends the atoms of a text to `out`, a space between. False where they do not fit in `size` bytes. */
bool phrases_fold(const char *text, size_t n, char *out, size_t size);

enum {
        PHRASES_ATOMS_MAX = 12,
        PHRASES_CAPITAL = 1,    /* begins with a capital */
        PHRASES_CAPITALS = 2,   /* two letters or more, all capitals */
};

/* One atom of a text. */
struct phrases_atom {
        uint32_t id;            /* 0: no phrase has it; it ends every match */
        uint32_t token;         /* which it belongs to */
        uint8_t shape;          /* PHRASES_* */
};

/* The atoms of tokens[first, last). `atoms` has room for 4 atoms a token; returns how many. */
size_t phrases_atomise(const struct phrases *phrases, const struct reading_token *tokens, size_t first, size_t last,
                       struct phrases_atom *atoms);

struct phrases_payload {
        const struct phrases_payload *next;
        uint32_t payload;
};

/* The longest phrase that begins at atoms[0]; *length is its atoms. NULL where none begins. */
const struct phrases_payload *phrases_find(const struct phrases *phrases, const struct phrases_atom *atoms, size_t n,
                                           size_t *length);

size_t phrases_count(const struct phrases *phrases);
