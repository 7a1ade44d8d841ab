/*
 * Quotations: which tokens stand between quotation marks, curly or straight, over sentences and paragraphs.
 */
#pragma once

#include "modules/code/coding.h"

/* Fills `quoted` of every sentence. The marks themselves count as inside. */
void quotes_find(struct coding *coding);
/* The quotation around a token, without its marks; false where it stands in none. */
bool quotes_span(const struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_span *out);
