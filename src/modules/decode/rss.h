/* RSS 0.9x, 1.0 (RDF) and 2.0 with the usual modules (content, dc, dcterms, media, itunes, atom), and its ancestor CDF. */
#pragma once

#include "modules/decode/decode.h"

bool rss_matches(const struct decode_input *input);
/* As many stories as there are items. 0, MODULE_E_REFUSED or -errno. */
int rss_decode(const struct decode_input *input, struct job *job);
