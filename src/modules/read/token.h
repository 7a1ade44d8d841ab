/*
 * Where tokens begin and end, by rules that know no language: white space, punctuation, numbers, addresses. They work
 * without a model; with one, the learnt splitter (segment.h) takes their opinion as one of its features, so that a
 * treebank decides what is done with hyphens, abbreviations and clitics.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modules/read/view.h"

/* A token is never longer than this many code points: longer runs are cut. */
enum { TOKEN_MAX = 300 };

struct token_span {
        uint32_t first, last;   /* code points of the view, half open */
        bool space_after;
};

/* Words that keep their full stop in the language at hand: hashes of their exact forms, in rising order. */
struct token_abbreviations {
        const uint32_t *hashes;
        size_t n;
};

uint32_t token_abbreviation_hash(const char *word, size_t n);

/* Sets view->cut. `known` may be NULL. */
void token_rules(struct view *view, const struct token_abbreviations *known);
/* The tokens between the cuts, into spans[VIEW_MAX]; returns how many. */
size_t token_collect(const struct view *view, struct token_span *spans);

/* Whether code points [first, last) are a word that keeps its full stop: it is known, or one capital, single letters
 * with full stops between them, or a capitalised word of at most four letters without a vowel. `last` is the full stop.
 */
bool token_is_abbreviation(const struct view *view, size_t first, size_t last, const struct token_abbreviations *known);
