/*
 * What the network sees of a word: hashes of its form, of its affixes and of its shape. Trainer and reader call the
 * same code. Nothing here knows a language.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        FEATURE_MAX = 16,       /* affix hashes a word */
        FEATURE_FORM_MAX = 300, /* bytes of a form that are looked at */
};

struct feature_word {
        uint32_t word;                  /* hash of the lower-cased form, digits as 0 */
        uint32_t n;
        uint32_t affix[FEATURE_MAX];    /* hashes of prefixes, suffixes, shape and place */
};

/* Where the word stands. */
struct feature_place {
        bool first;             /* of its sentence */
        bool capitals;          /* the sentence has no lower-case letter */
        bool space_before, space_after;
};

void feature_word(struct feature_word *out, const char *form, size_t n, struct feature_place place);
/* Has form[0..n) a lower-case letter? */
bool feature_has_lower(const char *form, size_t n);
/* A hash that is never 0 (0 marks an empty slot); `kind` keeps different things apart. */
uint32_t feature_hash(uint32_t kind, const char *s, size_t n);

enum { FEATURE_DISTANCES = 16 };

/* The bin of the way from word `from` to word `to`, which are not the same. */
static inline unsigned feature_distance(int32_t from, int32_t to)
{
        int32_t d = to - from, a = d < 0 ? -d : d;
        unsigned bin = a <= 4 ? (unsigned)a - 1 : a <= 6 ? 4 : a <= 9 ? 5 : a <= 14 ? 6 : 7;

        return d < 0 ? bin : 8 + bin;
}
