/* UTF-8 (RFC 3629): strict validation and decoding. Overlong forms, surrogates and code points over 10FFFF are
 * refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offset of the first byte that is not part of a valid sequence; n where all is valid. */
size_t utf8_valid_prefix(const char *s, size_t n);

static inline bool utf8_is_valid(const char *s, size_t n)
{
        return utf8_valid_prefix(s, n) == n;
}

/* Decode one code point at s[0..n), n > 0. Returns the bytes that it takes (1..4); an invalid byte takes 1 and gives
 * U+FFFD. */
size_t utf8_decode(const char *s, size_t n, uint32_t *code);

/* Encode; returns the bytes written (1..4). Not a code point: U+FFFD. */
size_t utf8_encode(uint32_t code, char out[4]);
