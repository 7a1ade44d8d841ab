/*
 * Acts: the frames of the lexicon matched against the clauses of a sentence.
 */
#pragma once

#include "modules/code/coding.h"
#include "modules/code/status.h"

/* Adds the events of one sentence to coding->events. */
void acts_find(struct coding *coding, const struct status_sets *sets, uint32_t sentence);
