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

/* Sets view->cut. */
void token_rules(struct view *view);
/* The tokens between the cuts, into spans[VIEW_MAX]; returns how many. */
size_t token_collect(const struct view *view, struct token_span *spans);

/* Whether code points [first, last) are a word that keeps its full stop, told from its shape alone: one capital, single
 * letters with full stops between them, or a capitalised word of at most four letters without a vowel. `last` is the
 * full stop. */
bool token_is_abbreviation(const struct view *view, size_t first, size_t last);
