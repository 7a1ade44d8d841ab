/* The tables of dateline.yaml: what its sections hold, and the checks that no row can say alone; that of a source is in
 * watchtable.c. A new kind of watch or output is a row or a few, and its key in `one_of`. */
#pragma once

#include "config/schema.h"

/* Fills a struct config (without its arena, path and text). */
extern const struct schema tables_root;
extern const struct schema tables_output;
