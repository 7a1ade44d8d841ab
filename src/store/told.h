/* How an event is told: its reports side by side, and what it was over time. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "store/db.h"

enum {
        TOLD_REPORTS_MAX = 200,
        TOLD_HISTORY_MAX = 200,
};

/* To the record of the event `seq`: "told": [{"report", "story", "headline", "seen", "published", "publisher",
 * "agency", "status", "words", "attribution", "origin", "copy_of", "type"}], in the order of their stories, and
 * "history": [{"at", "change", "revision", "status", "reports", "origins", "joined", "left"}], oldest first; what is
 * not known is left out. 0 or -errno. */
int told_add(struct db *db, int64_t seq, json_t *event);
/* Of the event's reports, in the order of their stories, from the `skip`-th on at most `limit`: their mentions, as the
 * record has those of the first ones, appended to a list. 0 or -errno. */
int told_mentions(struct db *db, int64_t seq, const json_t *event, int64_t skip, int64_t limit, json_t *list);
