/*
 * Cues with what they are about: an infinitive ("vowed to"), an object ("criticised the plan"), a phrase ("warned
 * against"), and the nouns and adjectives that are cues ("the claim that", "is critical of").
 */
#pragma once

#include "modules/code/seeker.h"

/* Verbs; each adds a statement and returns true where the cue stands in its construction. */
bool judging_infinitive(struct seeker *k, const struct seeker_cue *cue);
bool judging_phrase(struct seeker *k, const struct seeker_cue *cue);
bool judging_object(struct seeker *k, const struct seeker_cue *cue);
/* "Seems to be", "it appeared that": said by nobody. */
void judging_seem(struct seeker *k, int32_t verb);

/* "Moscow's claim that", "his criticism of", "raised questions about" */
void judging_noun(struct seeker *k, int32_t noun);
/* "Is critical of", "made it clear that", "is a staunch opponent of" */
void judging_adjective(struct seeker *k, int32_t node);
