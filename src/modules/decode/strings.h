/* Lists of strings that a story carries: keywords, subjects, links. NULL-terminated, bounded, without doubles. */
#pragma once

#include <stddef.h>

#include "base/arena.h"

enum { STRINGS_MAX = 128 };     /* entries; what comes behind is not a list for people any more */

struct strings {
        const char **items;     /* NULL while there are none */
        size_t n, room;
};

/* `s` is kept, not copied. NULL, "" and what is in the list already are passed over. */
void strings_add(struct arena *arena, struct strings *list, const char *s);
