/*
 * ANPA 1312 (84-2, 89-3): stories between SYN SYN SOH and EOT. A stream may begin in mid-story; reading starts again at each
 * SOH. Leads and writethrus of a story are its versions.
 */
#pragma once

#include "modules/decode/decode.h"

bool anpa_matches(const struct decode_input *input);
/* As many stories as there are. 0, MODULE_E_REFUSED or -errno. */
int anpa_decode(const struct decode_input *input, struct job *job);
