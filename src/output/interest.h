/*
 * Whom an event is for, of many that each want some: an index over their filters (store/query.h), so that an event is
 * tried on those only that may want it. A filter stands under its most selective condition that has an exact text or a
 * beginning of one: the story, the code of an actor, the country of the place, the CAMEO code or category, the source.
 * One without any of these (a part of a name, a kind of act, a number) is tried on each event.
 */
#pragma once

#include <jansson.h>

#include "base/list.h"
#include "store/query.h"

struct interest_index;

/* Embedded in whoever is interested. */
struct interest {
        struct list link;
        const struct query_filter *filter;      /* it and its texts stay until interest_remove() */
        unsigned key_of;                        /* the index's own: which condition, and its text */
        const char *key;
};

/* NULL: no memory. */
struct interest_index *interest_index_new(void);
/* Nobody is in it any more. NULL: nothing. */
void interest_index_free(struct interest_index *index);

void interest_add(struct interest_index *index, struct interest *interest, const struct query_filter *filter);
/* May be called twice. */
void interest_remove(struct interest *interest);

/* Call `found` for each whose filter the event passes; for some perhaps twice. It must not add or remove. */
void interest_find(const struct interest_index *index, json_t *event,
                   void (*found)(void *user, struct interest *interest), void *user);
