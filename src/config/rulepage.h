/* The manual page of alert rules, made from their tables. */
#pragma once

#include "base/buf.h"

/* dateline-rules(5) in mdoc. 0 or -errno. */
int rulepage_print(struct buf *out);
