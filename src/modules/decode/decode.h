/*
 * The decode module: a delivery's bytes to stories. Each format is a file of its own and a row of the table in
 * decode.c; what formats share (character sets, text, datelines, times) stands beside them.
 *
 * The dateline stays in the text, as a paragraph of its own: the space behind it becomes a line break, so that every
 * span counts in what was sent and a reader still sees sentences without the agency's opening.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "worker/module.h"

/* What a format's decoder gets. */
struct decode_input {
        const char *bytes;      /* as they came */
        size_t n;
        const char *encoding;   /* configured or from the protocol; NULL: find out */
        int64_t max_size;       /* bytes of one story's text */
};

/* Read the opening line of story->text, mark it off by a line break, and fill `dateline` and `agency` where they are
 * still unknown. `text` must be writable, which is why it is given again. */
void decode_apply_dateline(struct arena *arena, struct story *story, char *text, size_t n);
