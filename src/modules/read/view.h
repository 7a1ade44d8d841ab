/*
 * A stretch of text (at most VIEW_MAX bytes, never over a line break) decoded into code points, with room for the
 * marks that tokeniser and sentence splitter leave. Allocated once, filled again and again.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A longer paragraph is read in pieces: memory stays bounded whatever comes. */
enum { VIEW_MAX = 32768 };

struct view {
        size_t n;               /* code points */
        uint32_t *cp;           /* [n] */
        uint32_t *offset;       /* [n + 1] byte offset in the text */
        uint8_t *class;         /* [n] enum char_class */
        uint8_t *cut;           /* [n + 1] a token begins or ends before this code point */
};

#define VIEW_NULL ((struct view){ 0 })

/* -ENOMEM or 0. */
int view_init(struct view *view);
void view_deinit(struct view *view);
/* text[begin, end), end - begin <= VIEW_MAX. Clears the cuts. */
void view_decode(struct view *view, const char *text, size_t begin, size_t end);
