/*
 * What reading and coding must know of Unicode: rough classes of characters, lower case. Own tables, because
 * the C library's depend on the locale and the result must not. Scripts without case fall into CHAR_LETTER.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"

enum char_class {
        CHAR_SPACE,
        CHAR_LOWER,
        CHAR_UPPER,
        CHAR_LETTER,    /* a letter of a script without case */
        CHAR_MARK,      /* combining, or a joiner */
        CHAR_DIGIT,
        CHAR_PUNCT,
        CHAR_SYMBOL,    /* currency, arithmetic, emoji */
};

#define CHARS_INVALID 0xFFFDu

/* The code point at s (n >= 1 bytes are there); *size is the bytes it took. Bytes that are not UTF-8 are
 * CHARS_INVALID, one byte each. */
static inline uint32_t chars_decode(const char *s, size_t n, size_t *size)
{
        uint32_t cp;

        if ((unsigned char)*s < 0x80) {
                *size = 1;
                return (unsigned char)*s;
        }
        *size = utf8_decode(s, n, &cp);
        return cp;
}

/* Writes 1 to 4 bytes, returns how many. */
static inline size_t chars_encode(uint32_t cp, char out[static 4])
{
        return utf8_encode(cp, out);
}

enum char_class chars_class(uint32_t cp);
uint32_t chars_lower(uint32_t cp);

/* Letters, marks and digits: what words are made of. */
static inline bool chars_is_word(enum char_class class)
{
        return class >= CHAR_LOWER && class <= CHAR_DIGIT;
}

bool chars_is_opener(uint32_t cp);      /* opening brackets and opening quotes */
bool chars_is_closer(uint32_t cp);      /* closing brackets and closing quotes; straight quotes are neither */
bool chars_is_terminal(uint32_t cp);    /* ends a sentence: . ! ? and their like in other scripts */
bool chars_is_apostrophe(uint32_t cp);  /* ' and U+2019 */
bool chars_is_hyphen(uint32_t cp);      /* hyphen-minus, hyphens and dashes */

/* Lower case of s[0..n) into out (room for `size` bytes, a NUL is written); returns the length. What has no room is
 * left out. */
size_t chars_lower_string(const char *s, size_t n, char *out, size_t size);
