/*
 * IPTC 7901 (rev 5, 1995): messages between SOH and EOT, as teletype lines and files carry them. Headers with the fields in
 * another order or missing, with a lost SOH, and text beyond 7 bits are read.
 */
#pragma once

#include "modules/decode/decode.h"

bool iptc7901_matches(const struct decode_input *input);
/* As many stories as there are messages. 0, MODULE_E_REFUSED or -errno. */
int iptc7901_decode(const struct decode_input *input, struct job *job);
