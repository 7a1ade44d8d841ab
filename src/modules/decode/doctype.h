/*
 * Entities that a document declares for itself: <!DOCTYPE x [ <!ENTITY name "text"> ]>. They are put into the text, once
 * and before anything else reads it. Nothing can blow up: a value has a bound (with the entities that stand in it, which
 * must have been declared before), what was put in is not looked at again, and a document that grows by more than
 * DOCTYPE_GROWTH is left as it is. External entities and parameter entities are passed over.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"

enum {
        DOCTYPE_ENTITIES = 64,
        DOCTYPE_VALUE = 1024,           /* bytes of one, with what stands in it; a longer one is not known */
        DOCTYPE_GROWTH = 1 << 20,
};

/* Replaces *s, *n by a copy in the arena where there is something to put in. */
void doctype_expand(struct arena *arena, const char **s, size_t *n);
