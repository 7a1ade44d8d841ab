/*
 * The learnt splitter: two linear classifiers over hashed features, one for the ends of tokens within a run of
 * characters without white space, one for the ends of sentences. What the rules (token.h, sentence.h) think is among
 * the features, so the treebank corrects the rules where they do not fit its language. Trainer and reader share the
 * features.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modules/read/model.h"
#include "modules/read/token.h"
#include "modules/read/view.h"

enum { SEGMENT_FEATURES = 28 };

/* The next run of characters without white space that begins at *last or behind it, as [*first, *last). False at the
 * end. */
bool segment_run(const struct view *view, size_t *first, size_t *last);
/* May a token end before code point i? Never between two letters: that is for multiword tokens. */
bool segment_is_candidate(const struct view *view, size_t i);
/* Features of the place before code point i of the run [first, last); view->cut holds the rules' opinion from i on, and
 * what was decided before it. Returns how many. */
size_t segment_token_features(const struct view *view, size_t i, size_t first, size_t last,
                              uint32_t out[static SEGMENT_FEATURES]);
/* Features of the place after spans[k]; k + 1 < n. */
size_t segment_sentence_features(const struct view *view, const struct token_span *spans, size_t n, size_t first,
                                 size_t k, uint32_t out[static SEGMENT_FEATURES]);

/* Corrects the cuts that token_rules() made. */
void segment_tokens(const struct read_model *model, struct view *view);
bool segment_sentence(const struct read_model *model, const struct view *view, const struct token_span *spans, size_t n,
                      size_t first, size_t k);
