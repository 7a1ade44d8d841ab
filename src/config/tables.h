/* The tables of dateline.yaml: what its sections hold, and the checks that no row can say alone. A new kind of watch or
 * output is a row or a few here, and its key in `one_of`. */
#pragma once

#include "config/schema.h"

/* Fills a struct config (without its arena, path and text). */
extern const struct schema tables_root;
extern const struct schema tables_watch, tables_output, tables_work;

/* Check for a row of a program and its arguments: absolute, there, executable. */
void tables_check_command(const struct schema_context *context, const struct yaml_node *node, const char *key,
                          void *field);
/* Check for a row of a name: small letters, digits, '.', '_', '-'. */
void tables_check_name(const struct schema_context *context, const struct yaml_node *node, const char *key,
                       void *field);
