/*
 * Retention and the ways out of quarantine: writes that are not intake. Each call does a small piece so that
 * intake is never blocked.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

/* Forget deliveries received before `before` with all that came of them: stories, events, full text, bytes, and alerts that were
 * raised before then. What still
 * waits for a worker stays, and so does the rest of its delivery. At most `max` rows, and some
 * milliseconds of work. *n: how many deliveries and stories went; 0: nothing is left to do. */
int keep_expire(struct db *db, int64_t before, int64_t max, int64_t *n);

enum {
        KEEP_E_NONE = 1,        /* no such thing in quarantine */
};

/* "42" or "42.1": back to pending with no attempts counted; *is_story, *row for the queue. An item that could not be
 * read brings back its delivery, to be decoded again: what was read of it the first time stays as it is. */
int keep_retry(struct db *db, const char *id, bool *is_story, int64_t *row);
/* State dropped (the bytes go). */
int keep_drop(struct db *db, const char *id);
