/* What a child writes to its standard error, line by line, for the log: a traceback, a sanitizer's report, an
 * assertion. */
#pragma once

#include <uv.h>

#include "base/buf.h"

enum { LINES_LONGEST = 1024 };          /* bytes; a longer line is told in pieces */

#define LINES_NULL BUF_BOUNDED(4 * LINES_LONGEST)

/* For the callback of uv_read_start(); no memory: out->base stays NULL. */
void lines_alloc(struct buf *gathered, uv_buf_t *out);
/* `n` more bytes are there, or it is the end (n < 0): what has no line break then is a line, too. */
void lines_take(struct buf *gathered, ssize_t n, void (*tell)(void *user, const char *line, int length), void *user);
