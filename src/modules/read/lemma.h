/*
 * Lemmas by learnt rules: the whole form, or the longest of its endings for which there is a rule with this tag, says
 * what to strip and what to append. Trainer and reader ask with the same keys.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "modules/read/layout.h"
#include "modules/read/model.h"

enum {
        LEMMA_SUFFIX_MAX = 6,                   /* characters */
        LEMMA_WHOLE = 2,                        /* the whole form as it is, and in lower case */
        LEMMA_KEYS = LEMMA_WHOLE + LEMMA_SUFFIX_MAX + 1,        /* then endings of 6 .. 0 characters, in lower case */
        LEMMA_FORM_MAX = 256,                   /* longer forms are their own lemma */
};

/* The keys to ask for, most special first; returns how many (LEMMA_KEYS, or fewer for a short form). */
size_t lemma_keys(const char *form, size_t n, uint32_t tag, uint32_t keys[static LEMMA_KEYS]);

/* Applies a rule; into out[LEMMA_FORM_MAX * 2], returns the length, or 0 where the rule does not fit the form. */
size_t lemma_apply(const char *form, size_t n, enum layout_case casing, size_t strip, const char *append, char *out);

/* The lemma; made in the arena, or the form itself. */
const char *lemma_of(const struct read_model *model, struct arena *arena, const char *form, size_t n, uint32_t tag);
