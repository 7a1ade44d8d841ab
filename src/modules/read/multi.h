/*
 * Multiword tokens by learnt rules: the whole token, or the longest of its endings for which there is a rule, says of
 * which words it consists ("don't": "do", "n't"; "del": "de", "el"). Trainer and reader ask with the same keys.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "modules/read/model.h"

enum {
        MULTI_WORDS = 4,
        MULTI_SUFFIX_MAX = 8,                   /* characters */
        MULTI_KEYS = MULTI_SUFFIX_MAX + 1,      /* the whole token, endings of 8 .. 1 characters */
        MULTI_FORM_MAX = 128,                   /* longer tokens are one word */
        MULTI_PLAIN = MULTI_FORM_MAX + 8,
};

/* Lower case, the curly apostrophe made straight: as many characters as the form, which rules count in. */
size_t multi_plain(const char *form, size_t n, char out[static MULTI_PLAIN]);

/* The keys to ask for, most special first; returns how many. */
size_t multi_keys(const char *form, size_t n, uint32_t keys[static MULTI_KEYS]);

/* The words of the token, made in the arena; returns how many, 1 (and nothing in words) where it is one word. */
size_t multi_split(const struct read_model *model, struct arena *arena, const char *form, size_t n,
                   const char *words[static MULTI_WORDS]);
