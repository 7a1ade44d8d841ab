/*
 * From bytes of whatever encoding to UTF-8. Order of belief: what was configured or said by the protocol, a byte order
 * mark, the bytes themselves (valid UTF-8 is UTF-8), and Windows-1252 for what is left, since that holds Latin-1 and is
 * what old wires and feeds send. What cannot be is U+FFFD and never stops a story.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"

enum {
        CHARSET_E_UNKNOWN = 1,  /* no such encoding */
};

/* bytes[0..n) as UTF-8 in the arena, NUL-terminated behind *n_out bytes. `encoding` may be NULL or "auto". A byte order
 * mark wins over it and is dropped. *found is the name of what was taken ("utf-8", "windows-1252", ...). */
int charset_to_utf8(struct arena *arena, const char *bytes, size_t n, const char *encoding, char **out, size_t *n_out,
                    const char **found);
