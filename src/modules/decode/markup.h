/*
 * One reader of tags for XML and HTML as they are found: bytes in, tokens out, nothing copied, nothing expanded. What is
 * not well-formed is text or is passed over, and the reader goes on; it never fails.
 *
 * Why not libxml2: a feed of 8 MB read as a stream of tokens over the bytes needs no tree; one reader serves XML, HTML and
 * the HTML inside of XML; recovery is ours to decide; and there is no entity, DTD or network machinery to switch off.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum markup_kind {
        MARKUP_TEXT,            /* `s` may hold character references */
        MARKUP_CDATA,           /* `s` as it stands */
        MARKUP_OPEN,            /* `s`: the attributes */
        MARKUP_CLOSE,
};

struct markup_token {
        enum markup_kind kind;
        bool empty;             /* <x/> */
        const char *name;       /* OPEN, CLOSE: with its prefix */
        size_t n_name;
        const char *s;
        size_t n;
        const char *begin, *end;        /* the whole token */
};

struct markup {
        const char *at, *end;
        bool html;              /* script and style are raw text, an attribute may hold '<' */
        bool damaged;           /* something was not as it should be */
        const char *raw;        /* HTML: the element whose raw text comes next */
        size_t n_raw;
        /* What is known not to come any more: no search runs to the end twice. */
        bool no_comment_end, no_cdata_end, no_pi_end, no_double, no_single;
};

struct markup markup_start(const char *s, size_t n, bool html);

/* False at the end. */
bool markup_next(struct markup *m, struct markup_token *token);

/* Is s[0..n) this word, without regard to case? A name may hold any byte, NUL too. */
bool markup_same(const char *s, size_t n, const char *word);

/* Is the token's name `name`, without regard to case? */
bool markup_is(const struct markup_token *token, const char *name);

/* The name without its prefix. */
const char *markup_local(const struct markup_token *token, size_t *n);

/* The raw value of an attribute (its name without regard to case; a name without a colon also finds "prefix:name").
 * False where it is not there. */
bool markup_attribute(const struct markup_token *token, const char *name, const char **value, size_t *n);

/* ... decoded, in the arena, white space at both ends dropped; NULL where it is not there. */
char *markup_get(struct arena *arena, const struct markup_token *token, const char *name);

/* Text with its references decoded, in the arena; *n is its length, NUL-terminated. */
char *markup_decode(struct arena *arena, const char *s, size_t n, size_t *n_out);
