/* What the formats in JSON share. */
#pragma once

#include "modules/decode/decode.h"

/* Does it begin like an object, or an array of objects? */
bool json_begins(const struct decode_input *input);

/* A member that is a string and not empty, copied into the arena; NULL where it is none. */
const char *json_text(struct arena *arena, json_t *object, const char *name);
