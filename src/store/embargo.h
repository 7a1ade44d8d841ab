/*
 * Stories that must not be used yet. One that is embargoed waits in the store, neither coded nor found by a search, until its
 * time or a newer version comes; one that is withheld, until a newer version releases it. What waits is in state
 * DELIVERY_EMBARGOED or DELIVERY_WITHHELD, found by partial indexes. One that waits for its page (pages.h) is let go like an embargoed one
 * when it has waited long enough.
 */
#pragma once

#include <stdint.h>

#include "store/db.h"

/* Stories whose time has come become pending: *n. *next: the earliest time to come, 0: none. 0 or -errno. */
int embargo_release(struct db *db, int64_t now, int64_t *n, int64_t *next);
/* How many wait, of both kinds. */
int embargo_count(struct db *db, int64_t *n);
/* Those that were replaced (by a usable version, by a kill) are done. `identity`: of their family. */
int embargo_end_replaced(struct db *db, int64_t identity);
