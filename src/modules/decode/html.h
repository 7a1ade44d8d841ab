/*
 * An HTML page of one article: headline, text without navigation, what it says of itself in meta elements and JSON-LD
 * (schema.org NewsArticle).
 */
#pragma once

#include "modules/decode/decode.h"

bool html_matches(const struct decode_input *input);
/* One story. 0, MODULE_E_REFUSED (a page without an article) or -errno. */
int html_decode(const struct decode_input *input, struct job *job);
