/*
 * The line that opens a wire story: "SEOUL, Oct 20 (Reuters) - ", "BEIRUT, Lebanon — ", "MOSCOW, October 20. /TASS/. ".
 * Found only where there is a reason: a place in capitals before a dash, or a place before an agency in brackets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct dateline {
        const char *place;      /* as it stands; NULL where the line names none */
        const char *agency;     /* "Reuters"; NULL where none is named */
        const char *date;       /* "Oct 20", "Monday"; NULL where none is named */
        const char *region;     /* "Lebanon" of "BEIRUT, Lebanon", NULL */
        size_t length;          /* bytes, with the dash and the space behind it */
};

/* Is there one at the beginning of s[0..n)? Strings go to the arena. */
bool dateline_parse(struct arena *arena, const char *s, size_t n, struct dateline *out);
