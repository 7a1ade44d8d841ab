/*
 * Who says what: every attribution of the story, with an event in it or not.
 */
#pragma once

#include "modules/code/clause.h"
#include "modules/code/coding.h"
#include "modules/code/cues.h"

struct attribution_sets {
        struct clause_sets clause;
        struct cues cues;
};

void attribution_sets_init(struct attribution_sets *sets, const struct lexicon *lexicon);

/* Adds the statements of one sentence to coding->statements. */
void attribution_find(struct coding *coding, const struct attribution_sets *sets, uint32_t sentence);
/* "We", "I", "our" in what was said are who said it; a quotation that runs on keeps its speaker. After
 * attribution_find() of the same sentence. */
void attribution_speakers(struct coding *coding, uint32_t sentence);
/* Who says a token, by the narrowest statement of its own sentence; NULL: the writer, or nobody known. */
struct coding_actor *attribution_speaker(const struct coding *coding, uint32_t sentence, int32_t node);
/* After all sentences: nests statements, and gives events theirs. */
void attribution_join(struct coding *coding);
