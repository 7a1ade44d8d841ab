/*
 * Who says what: every attribution of the story, with an event in it or not.
 */
#pragma once

#include "modules/code/clause.h"
#include "modules/code/coding.h"

/* Adds the statements of one sentence to coding->statements. */
void attribution_find(struct coding *coding, const struct clause_sets *sets, uint32_t sentence);
/* After all sentences: nests statements, and gives events theirs. */
void attribution_join(struct coding *coding);
