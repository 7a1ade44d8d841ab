/*
 * Text for a terminal. What stands in stories is written by strangers: nothing of it reaches the terminal that could
 * move the cursor, change colours or turn the direction of writing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Out of memory ends this program with a word: there is nothing to save. For what struct buf returns. */
void text_need(int r);
/* printf at the end of a buffer. */
void text_printf(struct buf *out, const char *format, ...) _printf_(2, 3);

enum text_flags {
        TEXT_LINES = 1,                 /* line breaks stay; otherwise they become a space */
};

/* Append s[0..n) so that it is harmless: control characters (C0, DEL, C1) as \xNN, characters that only steer the
 * display (directions, line separators, ...) as \u{NNNN}, bytes that are not UTF-8 as U+FFFD, tabs as a space. */
void text_append(struct buf *out, const char *s, size_t n, enum text_flags flags);

/* Make wcwidth() know more than ASCII, whatever the locale says; numbers are written as in C. Once, at the start. */
void text_set_locale(void);
/* Columns that harmless text takes. */
size_t text_width(const char *s, size_t n);
/* Bytes of s[0..n) that fit into `width` columns; *used: how many they take. */
size_t text_fit(const char *s, size_t n, size_t width, size_t *used);

/* Append text broken into lines of `width` columns at spaces, each with `indent` spaces before it. */
void text_wrap(struct buf *out, const char *s, size_t n, size_t width, size_t indent);

/* "1,234,567" */
void text_number(struct buf *out, int64_t value);
/* "850 us", "4.1 ms", "12 s", "3 h 12 min", "5 d 2 h": two units at most. */
void text_span(struct buf *out, int64_t us);
/* "350 B", "4.2 MB" (powers of 1024). */
void text_size(struct buf *out, int64_t bytes);
/* A time in the zone of the user: "11-24 08:07:46", with its year where that is not the present one ("2025-11-24
 * 08:07"). */
void text_time(struct buf *out, int64_t us, int64_t now);
