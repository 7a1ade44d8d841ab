/*
 * Events counted: over time for an actor or a pair, and the pairs that have most. By the time of their first reports, since
 * that is what is indexed; withdrawn ones do not count.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

enum {
        DIGEST_BINS_MAX = 4000,
        DIGEST_PAIRS_MAX = 1000,
        DIGEST_SERIES_MAX = 200,
};

/* Which events; NULL, 0: not asked for. */
struct digest_filter {
        const char *actor, *other;      /* as in struct query_filter; `other` is on the other side */
        bool directed;                  /* `actor` does it to `other`; otherwise either direction */
        const char *type, *status;      /* PLOVER category */
        int64_t quad;
        int64_t since, until;           /* wall clock us */
};

/* [{"at", "count", "goldstein", "quads": [n, n, n, n]}] of the days (or weeks, from Monday, where `weeks`) on which there was
 * something, in UTC, at most DIGEST_BINS_MAX. 0, QUERY_E_SLOW or -errno. */
int digest_timeline(struct db *db, const struct digest_filter *filter, bool weeks, json_t **out);

/* [{"pair": [a, b], "count", "goldstein", "quads", "series": [n, ...]}] of pairs of countries (the first three letters of
 * codes; `actor`: with this one), the most frequent first; `series` has `bins` counts over the time asked for. */
int digest_pairs(struct db *db, const struct digest_filter *filter, int64_t limit, int64_t bins, json_t **out);
