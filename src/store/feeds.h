/*
 * What is remembered of polled feeds. A feed's row has two writers, both on the store's writer thread: the watcher after
 * a poll (feeds_save), and the end of a delivery (feeds_settle). A validator (ETag, Last-Modified) travels with the
 * delivery that it came with, in a row of `fetches`, and becomes the feed's only when that delivery was decoded: what
 * was quarantined must not be answered by "not modified" for ever. It is kept and sent back to the letter.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

enum { FEEDS_TEXT_MAX = 1024 };         /* bytes of a validator that is kept; a longer one is as if there were none */

/* What a fetched document came with. */
struct feeds_fetch {
        const char *etag, *modified;    /* NULL: none */
        int64_t hash;                   /* of the document's bytes, 0: unknown */
        int full_text;                  /* enum pages_wanted: its items wait for their pages */
};

/* What a document says about when to come again. Sources: RSS 2.0 (ttl, skipHours, skipDays), the syndication module. */
struct feeds_hints {
        int64_t ttl;                    /* us, 0: nothing said */
        uint32_t skip_hours;            /* bit h: not in that hour, UTC */
        uint32_t skip_days;             /* bit d: not on that day, UTC; 0 is Sunday */
};

/* What a document calls its hub and itself (WebSub); NULL: not said. Borrowed. */
struct feeds_links {
        const char *hub, *self;
};

/* The row. Texts are malloc'ed, NULL where there is none. Times are wall clock us, 0: never. */
struct feeds_state {
        char *moved;                    /* where it lives by the word of a permanent redirect */
        char *etag, *modified;
        int64_t hash;
        int64_t next;                   /* poll */
        int64_t success, change;        /* last of each */
        int64_t gap;                    /* smoothed us between changes, 0: unknown */
        int64_t errors;                 /* in a row */
        int64_t items;                  /* new stories, ever */
        int64_t size;                   /* bytes of the last document, as they came over the wire */
        int64_t saved;                  /* bytes that "not modified" spared, ever */
        int64_t gone;                   /* when it said that it is gone for good (410) */
        struct feeds_hints hints;
};

void feeds_state_deinit(struct feeds_state *state);

/* The feed's row, made where there is none, and made anew where it was about another URL. 0 or -errno. */
int feeds_open(struct db *db, const char *name, const char *url, struct feeds_state *state);
/* What a poll changes: moved, next, success, change, gap, errors, size, saved, gone, and with `forget` the validators. */
int feeds_save(struct db *db, const char *name, const struct feeds_state *state, bool forget);

/* Of a new delivery. */
int feeds_note(struct db *db, int64_t delivery, const struct feeds_fetch *fetch);
/* The delivery was decoded and brought `stories` new ones. Without effect where it came from no feed. */
int feeds_settle(struct db *db, int64_t delivery, int64_t source, int64_t stories, const struct feeds_hints *hints);
/* The delivery came to nothing. */
int feeds_forget(struct db *db, int64_t delivery);
