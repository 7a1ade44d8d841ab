/* A filter of events (store/query.h) as SQL over what is stored, and as a rule over one record, for followers. */
#pragma once

#include "store/query.h"

/* The statement that gives withdrawn, seq, kind, revision and record of what passes, in order of its last change, or the newest first; the
 * caller finalizes it. 0 or -errno. */
int filter_prepare(struct db *db, const struct query_filter *filter, bool newest, int64_t limit, sqlite3_stmt **out);
bool filter_matches(const struct query_filter *filter, json_t *event);
