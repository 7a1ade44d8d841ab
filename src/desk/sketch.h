/*
 * What is kept of a story's words, of bounded size: enough to see whether two stories are copies of one another, and how
 * much they speak of the same things.
 *
 * Copies: the least hashes of all runs of four words (bottom-k sketch; Broder, "On the resemblance and containment of
 * documents", 1997, section 4). Of two such sketches the share of common ones beneath the lesser of their greatest estimates
 * how much of the smaller text stands in the larger one, so that a cut copy is found as well as a whole one.
 *
 * Things: the words of headline and beginning without those that every story has, cut to six letters.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
        SKETCH_PRINTS = 128,
        SKETCH_WORDS = 96,
        SKETCH_RUN = 4,                 /* words of a run */
        SKETCH_LEAD = 160,              /* words of the text that count as its beginning */
        SKETCH_BYTES_MAX = 4 + 4 * (SKETCH_PRINTS + SKETCH_WORDS),
};

struct sketch {
        size_t n_prints, n_words;
        uint32_t prints[SKETCH_PRINTS]; /* rising, each once */
        uint32_t words[SKETCH_WORDS];   /* rising, each once */
};

/* `headline` may be NULL. */
void sketch_make(struct sketch *sketch, const char *headline, const char *text, size_t n);
/* The telling words of text[0..n), rising, each once; at most `max`. How many. */
size_t sketch_take_words(const char *text, size_t n, uint32_t *words, size_t max);

/* The same of words that begin with a capital letter, but for the first word and those that `skip` (the word in lower case,
 * not NUL-terminated) says yes to. */
size_t sketch_take_names(const char *text, size_t n, bool (*skip)(const char *word, size_t n), uint32_t *words, size_t max);

/* How much of the smaller text stands in the other, 0..1; *common: of how many runs of the sketches that was seen. */
double sketch_contained(const struct sketch *a, const struct sketch *b, size_t *common);
bool sketch_is_copy(const struct sketch *a, const struct sketch *b);
/* Common words over the number of the smaller set's, 0..1; 0 where either is empty. */
double sketch_overlap(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b);

/* As bytes, the same on every machine. */
int sketch_encode(const struct sketch *sketch, struct buf *out);
/* False: not a sketch. */
bool sketch_decode(struct sketch *sketch, const void *bytes, size_t n);
