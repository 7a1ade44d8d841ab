/*
 * Whence an actor is: the country of a phrase that names none itself, from what hangs on it ("of Morocco", "in
 * Baghdad"), from its owner ("its troops"), or from where the clause happens. Each fills `out` and is true, or is
 * false.
 */
#pragma once

#include "modules/code/coding.h"

/* Of the actor or the bare name at a node. */
bool whence_at(const struct coding_sentence *s, int32_t node, char out[4]);
/* Of what hangs on a phrase, nearest first; `depth` counts from 0, at 3 only the nearest are tried. */
bool whence_below(const struct coding_sentence *s, int32_t node, char out[4], int depth);
bool whence_owner(const struct coding_sentence *s, int32_t node, char out[4]);
bool whence_clause(const struct coding_sentence *s, int32_t node, char out[4]);

/* "across the Line of Control": where, and nobody. */
bool whence_is_where(const struct dep_tree *tree, int32_t node);
/* Behind "of", "in", "from" and the like. */
bool whence_is_preposition(const struct dep_tree *tree, int32_t node);
