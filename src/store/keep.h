/*
 * Retention and the ways out of quarantine: writes that are not intake. Each call does a small piece (at most `max` rows) so
 * that intake is never blocked.
 */
#pragma once

#include <stdint.h>

#include "store/db.h"

/* Forget stories received before `before` (with their events, full text, deliveries). *n: how many; 0: nothing is left
 * to do. */
int keep_expire(struct db *db, int64_t before, int64_t max, int64_t *n);

enum {
        KEEP_E_NONE = 1,        /* no such thing in quarantine */
};

/* "42" or "42.1": back to pending with no attempts counted; *is_story, *row for the queue. */
int keep_retry(struct db *db, const char *id);
/* State dropped (the bytes go). */
int keep_drop(struct db *db, const char *id);
