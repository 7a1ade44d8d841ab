/* NewsML 1.x (IPTC, 2000): NewsItems in an envelope, with text as NITF, XHTML or plain. */
#pragma once

#include "modules/decode/decode.h"

bool newsml1_matches(const struct decode_input *input);
/* As many stories as there are items. 0, MODULE_E_REFUSED or -errno. */
int newsml1_decode(const struct decode_input *input, struct job *job);
