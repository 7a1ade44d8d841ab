/* `dateline code --input conllu --status FILE`: the file again, with Status= in the last column of every verb. */
#pragma once

#include <stddef.h>

#include "modules/code/code.h"
#include "offline/backfill.h"

/* text[0..n) is CoNLL-U (universaldependencies.org/format.html); it is changed. Printed to standard output; lines that
 * are no words pass as they are. */
void status_print(struct backfill *b, const struct code_state *state, struct arena *arena, char *text, size_t n);
