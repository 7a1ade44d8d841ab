/*
 * Where sentences end, by rules that know no language: terminal punctuation, closing quotes and brackets, and what
 * the next token begins with. The learnt splitter (segment.h) takes their opinion as a feature.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "modules/read/token.h"
#include "modules/read/view.h"

/* A longer sentence is cut here, and says so. In tokens. */
enum { SENTENCE_MAX = 256 };

/* Does a sentence end after spans[k]? `first` is the first token of the sentence so far; k + 1 < n. */
bool sentence_rules(const struct view *view, const struct token_span *spans, size_t n, size_t first, size_t k);

/* Is the token a closing quote or bracket, as far as its spacing tells? */
bool sentence_is_closer(const struct view *view, const struct token_span *spans, size_t k);
