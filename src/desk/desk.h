/*
 * The desk: what becomes of stories and reports. It runs on the store's writer thread, inside the transaction of the
 * job that brought them, so all that one story brings is committed together or not at all.
 *
 * Identity. A story with a guid is known by source and guid; one without, by its content (a hash of headline and text
 * with white space folded). Same identity and same content: a duplicate. Same guid, other content: a new version, whose
 * events replace the old one's once it is coded. Which of two is the original does not depend on the order in
 * which workers finish: the lower delivery wins, also when it is decoded later (the other one then becomes the
 * duplicate and its events are withdrawn); of versions, the greater (version, delivery) is the current one.
 *
 * What comes here as JSON was made by a worker that has read foreign bytes: it is checked like foreign bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "desk/event.h"
#include "store/db.h"
#include "store/feeds.h"

struct desk_result {
        int64_t stories;                /* new ones */
        int64_t ready;                  /* of them pending now: neither canceled nor embargoed nor withheld */
        bool late;                      /* what is ready has a low number: it had waited */
        int64_t embargo;                /* the earliest time until which one of them waits, 0: none */
        int64_t duplicates;
        int64_t versions;               /* of the new ones: that replace an older one */
        int64_t quarantined;            /* items of the delivery that could not be read */
        int64_t events;                 /* told by the story: reports */
        struct event_told told;         /* events that came and went, and the sequence of the last change, 0: none */
        const char *refused;            /* the delivery was quarantined as a whole: why; in the arena */
        struct feeds_hints hints;       /* of a decoded document */
        struct feeds_links links;       /* ... in the arena */
        const char *headline;           /* of the story, for the status line; in the arena */
};

enum {
        DESK_E_NONSENSE = 1,            /* the worker's answer does not hold what it must; *reason says what */
};

/* What decode made of a delivery: {"stories": [{..., "text": "..."}], "bad": [{"reason", "what"}]}. Ends the delivery.
 */
int desk_take_stories(struct db *db, struct arena *arena, int64_t delivery, const char *json, size_t n,
                      struct desk_result *result, const char **reason);

/* What the modules made of a story: {"statements": [], "actors": [], "events": [], ...}. Ends the story. Events get
 * their id "DELIVERY.NUMBER.EVENT", and what merge.h tells; those that are one become one event
 * (join.h). */
int desk_take_reports(struct db *db, struct arena *arena, int64_t story_row, const char *json, size_t n,
                      struct desk_result *result, const char **reason);
