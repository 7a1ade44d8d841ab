/*
 * What all formats do with text once it is UTF-8: line ends, control characters, paragraphs.
 * A story's text has one line a paragraph and no empty lines, no white space at either end of a line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

/* What a character is to a text. */
enum text_kind {
        TEXT_PLAIN,
        TEXT_SPACE,             /* of whatever width */
        TEXT_BREAK,             /* ends a line */
        TEXT_NOTHING,           /* control characters, soft hyphens, marks without width */
};

enum text_kind text_kind(uint32_t code);

/* Are the eight bytes at `s` all printable ASCII? Nearly all are, and need not be looked at one by one. */
static inline bool text_eight_plain(const char *s)
{
        const uint64_t ones = UINT64_C(0x0101010101010101);
        uint64_t eight;

        memcpy(&eight, s, sizeof eight);
        return ((eight | (eight + ones) | (eight - 0x20 * ones)) & 0x80 * ones) == 0;
}

/* In place: line ends of every kind become \n, tabs and odd spaces become spaces, other control characters and invisible
 * ones go. Returns the new length; a NUL is written behind it. */
size_t text_clean(char *s, size_t n);

/* Cleaned text to paragraphs. Hard-wrapped lines are joined where blank lines or indents divide the paragraphs; where
 * each line is a paragraph of its own they stay so. */
char *text_paragraphs(struct arena *arena, const char *s, size_t n, size_t *n_out);

/* The same for a wire, which is known to wrap: blank lines and indents divide paragraphs, all other lines are joined. Where
 * every line is indented, as in tables, they stay. */
char *text_unwrap(struct arena *arena, const char *s, size_t n, size_t *n_out);

/* Without white space at both ends. */
char *text_trim(struct arena *arena, const char *s, size_t n);
