/*
 * The reports of one story: written down, with what the desk compares them by, and settled into events (join.h).
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "desk/desk.h"

/* `answer`: a checked answer of the coder. Ends the story in row `row`; nothing where it does not wait any more. 0,
 * DESK_E_NONSENSE with *reason, or -errno. */
int reports_take(struct db *db, struct arena *arena, int64_t row, json_t *answer, struct desk_result *result,
                 const char **reason);
