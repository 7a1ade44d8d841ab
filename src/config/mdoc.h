/* Schema tables as a manual page, in mdoc(7). */
#pragma once

#include "base/buf.h"
#include "config/schema.h"

/* The help of the schema and a list of its rows, nested sections behind it. 0 or -errno. */
int mdoc_print_schema(struct buf *out, const struct schema *schema);
