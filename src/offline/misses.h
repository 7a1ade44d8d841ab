/* `dateline code --misses`: verbs between actors that no frame covers, by how often they stand there; that is how an
 * analyst
 * grows the lexicon. */
#pragma once

#include "modules/code/code.h"

struct misses;

/* Never NULL; lives in the arena. */
struct misses *misses_new(struct arena *arena);
/* Count the verbs of a story. */
void misses_add(struct misses *misses, const struct code_state *state, const struct coding *coding);
/* "COUNT VERB [PARTICLE] an example", the most frequent first. */
void misses_print(const struct misses *misses);
