/* Atom 0.3 and 1.0 (RFC 4287): a feed, or one entry alone. */
#pragma once

#include "modules/decode/decode.h"

bool atom_matches(const struct decode_input *input);
/* As many stories as there are entries. 0, MODULE_E_REFUSED or -errno. */
int atom_decode(const struct decode_input *input, struct job *job);
