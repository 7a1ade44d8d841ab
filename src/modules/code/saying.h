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
/* "As Trump has said, ..." */
bool saying_as(struct seeker *k, const struct seeker_cue *cue);
