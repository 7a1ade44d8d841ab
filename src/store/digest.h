/*
 * Events counted: over time for an actor or a pair, and the pairs that have most. By the time of their first reports; withdrawn ones do not
 * count. The filter's since and until must be given. What is counted is looked for from the end of the log of changes (store/walk.h): where
 * that is given up, all from `reach->at` on is counted, since no event is first seen after its last change.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/query.h"

enum {
        DIGEST_BINS_MAX = 4000,
        DIGEST_PAIRS_MAX = 1000,
        DIGEST_SERIES_MAX = 200,
};

/* [{"at", "count", "goldstein", "quads": [n, n, n, n]}] of the days (or weeks, from Monday, where `weeks`) on which there was
 * something, in UTC, the last DIGEST_BINS_MAX. Where reach->cut, the first of them may be too low. 0, QUERY_E_SLOW or -errno. */
int digest_timeline(struct db *db, const struct query_filter *filter, bool weeks, json_t **out, struct query_reach *reach);

/* [{"pair": [a, b], "count", "goldstein", "quads", "series": [n, ...]}] of pairs of countries (the first three letters of
 * codes; where the filter's actor is a code, those with its country), the most frequent first; `series` has `bins` counts over the time
 * asked for. */
int digest_pairs(struct db *db, const struct query_filter *filter, int64_t limit, int64_t bins, json_t **out, struct query_reach *reach);
