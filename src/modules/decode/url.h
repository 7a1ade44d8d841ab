/* Relative references against a base, as RFC 3986 section 5.2 says it. */
#pragma once

#include "base/arena.h"

/* `reference` as it stands where it is absolute, or where `base` is NULL or no absolute URL. White space around it and
 * line breaks inside it are dropped. In the arena. */
const char *url_resolve(struct arena *arena, const char *base, const char *reference);
