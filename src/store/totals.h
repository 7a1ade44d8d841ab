/* Counters that are kept in the transactions that change what they count, so that status never scans. */
#pragma once

#include "store/db.h"

/* `name`: "stories" (stored, without duplicates and items that could
 * not be read), "events" (stored and not withdrawn), "duplicates" (stored), "quarantined" (deliveries, stories and
 * items now in quarantine). 0 or -errno. */
int totals_add(struct db *db, const char *name, int64_t n);
