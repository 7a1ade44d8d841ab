/* ninjs 1.x, 2.x, 3.x (IPTC): one object, an array of them, or one behind the other (newline-delimited). */
#pragma once

#include "modules/decode/decode.h"

bool ninjs_matches(const struct decode_input *input);
/* 0, MODULE_E_REFUSED or -errno. */
int ninjs_decode(const struct decode_input *input, struct job *job);
