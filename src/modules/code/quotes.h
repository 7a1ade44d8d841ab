/*
 * Quotations: which tokens stand between quotation marks, double or single, curly or straight, over sentences and
 * paragraphs, and which quotation each is in.
 */
#pragma once

#include "modules/code/coding.h"

/* Fills `quoted` and `quote` of every sentence, and the coding's quotes. The marks themselves count as inside. */
void quotes_find(struct coding *coding);
/* The quotation around a token, without its marks; false where it stands in none. */
bool quotes_span(const struct coding *coding, const struct coding_sentence *s, int32_t node, struct coding_span *out);
