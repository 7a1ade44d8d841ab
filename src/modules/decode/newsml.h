/* NewsML-G2 (IPTC): newsItem, alone or many in a newsMessage, with text as NITF, XHTML or plain. */
#pragma once

#include "modules/decode/decode.h"

bool newsml_matches(const struct decode_input *input);
/* As many stories as there are items. 0, MODULE_E_REFUSED or -errno. */
int newsml_decode(const struct decode_input *input, struct job *job);
