/*
 * Plain text, with or without a head of `Key: value` lines.
 */
#pragma once

#include <stdbool.h>

#include "modules/decode/decode.h"

/* Anything but XML may be plain text: the last row of the table. */
bool plain_matches(const struct decode_input *input);

/* One story. 0, MODULE_E_REFUSED with job->reason set, or -errno. */
int plain_decode(const struct decode_input *input, struct job *job);
