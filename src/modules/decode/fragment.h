/*
 * HTML, XHTML and NITF to text: what stories hold inside of other formats. One pass over tokens: block elements become
 * lines, scripts, forms and pictures' captions go, references and odd spaces are resolved, white space is folded. The text
 * has the form that text.h says: a line a paragraph.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "modules/decode/markup.h"
#include "modules/decode/strings.h"

/* What an element does to the text around it. */
enum fragment_class {
        FRAGMENT_INLINE,
        FRAGMENT_BLOCK,         /* a line of its own */
        FRAGMENT_BREAK,
        FRAGMENT_CELL,          /* a space between it and its neighbours */
        FRAGMENT_SKIP,          /* nothing of it is text */
};

enum fragment_class fragment_class(const struct markup_token *token);

/* Text being made. Room is given by who starts it: as many bytes as the source has, and one. */
struct fragment {
        char *text;
        size_t n;
        unsigned char pending;  /* what comes before the next character: ' ', '\n' or 0 */
};

struct fragment fragment_start(char *room);
/* Append raw character data; `cdata`: without references. */
void fragment_add(struct fragment *f, const char *s, size_t n, bool cdata);
void fragment_break(struct fragment *f, char space);
/* NUL behind it; returns its length. */
size_t fragment_end(struct fragment *f);

/* All of s[0..n). Links go to `links` (NULL: nowhere), resolved against `base`. In the arena; NULL where no text is left. */
char *fragment_text(struct arena *arena, const char *s, size_t n, const char *base, struct strings *links, size_t *n_out);

/* On one line: headlines, names. NULL where nothing is left. */
char *fragment_line(struct arena *arena, const char *s, size_t n);

/* Does it look like HTML? A tag or a reference is enough. */
bool fragment_is_html(const char *s, size_t n);
