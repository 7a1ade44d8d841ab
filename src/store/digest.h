/*
 * Events counted: over time for an actor or a pair, and the pairs that have most. By the time of their first reports;
 * withdrawn ones do not count. It goes through the log of changes from its end (store/walk.h), in as many looks as the
 * caller has patience for: where it ends early, all that was first reported from the reach's `at` on is counted, since
 * no event is first seen after its last change. What changes between two looks may be missed.
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

enum digest_kind {
        DIGEST_DAYS,
        DIGEST_WEEKS,                   /* from Monday */
        DIGEST_PAIRS,
};

struct digest;

/* The filter's texts must live as long; its since and until must be given. `bins`: of the series of pairs. 0 or
 * -errno. */
int digest_new(struct digest **out, enum digest_kind kind, const struct query_filter *filter, int64_t bins);
/* Look on, for the filter's patience. *reach: how far it came since digest_new(); not cut: all was looked at. 0,
 * QUERY_E_SLOW or -errno. */
int digest_look(struct digest *digest, struct db *db, struct query_reach *reach);
/* What was counted so far. Over time: [{"at", "count", "goldstein", "quads": [n, n, n, n]}] of the days or weeks, in
 * UTC, on which there was something, the last DIGEST_BINS_MAX. Of pairs of countries (the first three letters of codes;
 * where the filter's actor is a code, those with its country): [{"pair": [a, b], "count", "goldstein", "quads",
 * "series": [n, ...]}], the `limit` most frequent first; the series has `bins` counts over the time asked for. 0 or
 * -errno. */
int digest_result(const struct digest *digest, int64_t limit, json_t **out);
/* NULL: nothing. */
void digest_free(struct digest *digest);
