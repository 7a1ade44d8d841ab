/* Whether two configurations say the same: what a reload leaves as it is. */
#pragma once

#include "config/schema.h"

/* Whether two structs that were filled by this schema say the same. Places do not count. */
bool equal_sections(const struct schema *schema, const void *a, const void *b);
