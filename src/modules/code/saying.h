/*
 * Verbs with what is said: a clause or a quotation before, behind or around them.
 */
#pragma once

#include "modules/code/seeker.h"

/* Each adds a statement and returns true where the cue stands in its construction. */

/* Slipped into what it reports: "..., he said, ...", "...", said Smith. */
bool saying_aside(struct seeker *k, const struct seeker_cue *cue);
/* Before what it reports: "said that ...". `loose`: take what follows for what is said, though the tree does not. */
bool saying_clause(struct seeker *k, const struct seeker_cue *cue, bool loose);
/* The head of a noun phrase of the tokens [first, last]; DEP_NONE where a word cannot stand in one. */
int32_t saying_nominal(const struct dep_tree *tree, int32_t first, int32_t last);
/* "As Trump has said, ..." */
bool saying_as(struct seeker *k, const struct seeker_cue *cue);
