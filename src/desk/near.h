/*
 * The index of reports that may be one event with others: by day and key (facts_keys()), of the last days, and in the
 * order in which they were published. A report is taken out when its story's sketch is forgotten, or the story itself.
 */
#pragma once

#include <stdint.h>

#include "desk/facts.h"
#include "store/db.h"

/* What a report does when others are compared; also in the table `reports`. See cover.h. */
enum near_part {
        NEAR_CORE,                      /* others are compared with it */
        NEAR_FOLLOWER,                  /* it goes where those go that it is compared with */
        NEAR_HIDDEN,                    /* it is not shown */
};

/* The place among those under one key: rises as facts_compare() does, but for differences of less than a second. */
int64_t near_rank(const struct facts *facts);

int near_put(struct db *db, int64_t story, int64_t number, const struct facts *facts, enum near_part part);
/* Give it another part, here and in `reports`. */
int near_turn(struct db *db, int64_t story, int64_t number, const struct facts *facts, enum near_part from,
              enum near_part to);
/* All reports of a story. */
int near_forget(struct db *db, int64_t story);
