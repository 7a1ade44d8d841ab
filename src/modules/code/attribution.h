/*
 * Who says what: every attribution of the story, with an event in it or not.
 */
#pragma once

#include "modules/code/clause.h"
#include "modules/code/coding.h"

/* Adds the statements of one sentence to coding->statements. */
void attribution_find(struct coding *coding, const struct clause_sets *sets, uint32_t sentence);
/* "We", "I", "our" in what was said are who said it; a quotation that runs on keeps its speaker. After
 * attribution_find()
 * of the same sentence. */
void attribution_speakers(struct coding *coding, uint32_t sentence);
/* After all sentences: nests statements, and gives events theirs. */
void attribution_join(struct coding *coding);
