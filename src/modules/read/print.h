/* A reading on paper: CoNLL-U, or trees for the terminal. */
#pragma once

#include <stdio.h>

#include "modules/read/reading.h"

/* Appends to `out`, sentences numbered from `first`. Errors stay in the stream (ferror). */
void print_conllu(FILE *out, const struct reading *reading, size_t first);
/* Without a model: the words in a row. */
void print_trees(FILE *out, const struct reading *reading);
