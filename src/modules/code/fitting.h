/* Which frames a word may begin, and whether the conditions of one hold in its clause. */
#pragma once

#include "modules/code/roles.h"

/* The frames of a node's word, the most specific first; NULL where *n is 0. */
const struct lexicon_frame *const *fitting_frames(const struct roles *roles, int32_t node, size_t *n);
bool fitting_fits(const struct roles *roles, const struct lexicon_frame *frame, int32_t node);
