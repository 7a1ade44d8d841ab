/*
 * Character references of XML and HTML: "&lt;", "&#8217;", "&#x2019;", "&nbsp;". HTML's names are taken in XML too, since
 * feeds use them there. Only single characters: a document's own entities are not read, so nothing can expand.
 */
#pragma once

#include <stddef.h>

/* s[0] is '&'. Returns the bytes that the reference takes and writes the character (UTF-8) and its length; 0 where it is
 * a plain ampersand. The character is never longer than its reference. */
size_t entity_decode(const char *s, size_t n, char out[4], size_t *n_out);
