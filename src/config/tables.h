/* The tables of dateline.yaml: what its sections hold, and the checks that no row can say alone. A new kind of watch or
 * output is a row or a few here, and its key in `one_of`. */
#pragma once

#include "config/schema.h"

/* Fills a struct config (without its arena, path and text). */
extern const struct schema tables_root;
extern const struct schema tables_watch, tables_output, tables_work;
