/*
 * Speech beyond one sentence: quotations whose cue stands in the sentence before or behind, quotations that run on, and
 * speakers who are named by a label ("SMITH: ...", "Poll: ...").
 */
#pragma once

#include "modules/code/coding.h"
#include "modules/code/cues.h"

/* A verb of saying without anything said: a quotation that ends the sentence before, or follows a colon, is what it
 * says. True where a statement was made. */
bool speech_beside(struct coding *coding, const struct coding_sentence *s, const struct cues_group *group, int32_t verb,
                   int32_t subject);
/* The label at the head of a paragraph; before attribution_speakers() of the sentence. */
void speech_label(struct coding *coding, uint32_t sentence);
/* After all sentences: quotations go on over sentences and paragraphs, labels up to the next one. */
void speech_run_on(struct coding *coding);
