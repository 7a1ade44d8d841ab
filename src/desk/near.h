/*
 * The index of reports that may be one event with others: by day and key (facts_keys()), of the last days. A report is taken
 * out when its story's sketch is forgotten, or the story itself.
 */
#pragma once

#include <stdint.h>

#include "desk/facts.h"
#include "store/db.h"

int near_put(struct db *db, int64_t story, int64_t number, const struct facts *facts);
/* All reports of a story. */
int near_forget(struct db *db, int64_t story);
