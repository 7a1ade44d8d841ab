/*
 * From bytes of whatever encoding to UTF-8. Order of belief: a byte order mark, what was configured or said by the protocol,
 * what the document says of itself (XML prolog, HTML meta), the bytes themselves (valid UTF-8 is UTF-8), uchardet's guess, and
 * Windows-1252 for what is left, since that holds Latin-1 and is what old wires and feeds send. A document that is valid
 * UTF-8 beyond ASCII is UTF-8 whatever its prolog says, and one that says UTF-8 and is not has a wrong prolog. What cannot
 * be is U+FFFD and never stops a story.
 *
 * iconv opens files, so everything is opened before the sandbox closes: encodings of one byte become tables then, those of
 * many bytes keep a converter each.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
        CHARSET_E_UNKNOWN = 1,  /* no such encoding */
};

struct charsets;

/* All encodings that dateline reads. One that the system has no converter for is missing, which is no error. 0 or -errno. */
int charset_open(struct charsets **out);
void charset_close(struct charsets *sets);

/* bytes[0..n) as UTF-8: *out is `bytes` itself where it is valid UTF-8 already, else in the arena; not NUL-terminated.
 * `encoding` may be NULL or "auto". `sets` may be NULL: then only UTF-8, UTF-16 and Windows-1252 are known. *found is the
 * name of what was taken ("utf-8", "windows-1252", "euc-jp", ...), static. */
int charset_to_utf8(const struct charsets *sets, struct arena *arena, const char *bytes, size_t n, const char *encoding,
                    const char **out, size_t *n_out, const char **found);

/* A code point that came as a number: 128 to 159 are Windows-1252's. */
uint32_t charset_from_1252(uint32_t code);
