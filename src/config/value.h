/* One setting's text to its value and back: the small formats of the configuration. Each parser returns false where the
 * text is none; ranges are the schema's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
        VALUE_TEXT_MAX = 32,
};

/* true, yes, on; false, no, off. */
bool value_bool(const char *text, bool *value);
/* Decimal, with a sign. */
bool value_int(const char *text, int64_t *value);
bool value_fraction(const char *text, double *value);
/* "512", "8K", "8M", "1G", "1T": powers of 1024. */
bool value_size(const char *text, int64_t *value);
/* Octal digits: "0660", "660". */
bool value_mode(const char *text, int64_t *value);
/* Decode \n \r \t \0 \\ \xNN; the result is in the arena and NUL-terminated beyond its length. */
bool value_bytes(struct arena *arena, const char *text, size_t n, const char **bytes, size_t *n_bytes);

/* In the largest unit that divides it: "8M"; "90s" (clock_parse_span() reads it back). Return `out`. */
const char *value_show_size(int64_t value, char out[VALUE_TEXT_MAX]);
const char *value_show_span(int64_t us, char out[VALUE_TEXT_MAX]);
