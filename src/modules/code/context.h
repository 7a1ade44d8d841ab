/*
 * PLOVER's context and mode beyond an act's code: from the words of its sentence, by the lexicon's sets "context_..."
 * and "mode_..." (data/dictionaries/contexts.yaml), and from what its actors are.
 */
#pragma once

#include "modules/code/coding.h"

enum { CONTEXT_NAMES = 37, CONTEXT_MODES = 9 };

struct context_sets {
        int context[CONTEXT_NAMES], mode[CONTEXT_MODES];        /* of the lexicon, -1 where no file has it */
        struct lexicon_bits any;                                /* all of them */
};

void context_sets_init(struct context_sets *sets, const struct lexicon *lexicon);

/* Fills the contexts and modes of all events, when their codes and all statements are settled. */
void context_find(const struct coding *coding, const struct context_sets *sets);
