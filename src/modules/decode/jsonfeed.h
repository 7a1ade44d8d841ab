/* JSON Feed 1.0 and 1.1 (jsonfeed.org). */
#pragma once

#include "modules/decode/decode.h"

bool jsonfeed_matches(const struct decode_input *input);
/* As many stories as there are items. 0, MODULE_E_REFUSED or -errno. */
int jsonfeed_decode(const struct decode_input *input, struct job *job);
