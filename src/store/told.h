/* How an event is told: its reports side by side, and what it was over time. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "store/db.h"

enum {
        TOLD_REPORTS_MAX = 200,
        TOLD_HISTORY_MAX = 200,
};

/* To the record of the event `seq`: "told": [{"report", "story", "headline", "seen", "published", "publisher", "agency", "status", "words",
 * "attribution", "origin", "copy_of", "type"}], in the order of their stories, and "history": [{"at", "change", "revision", "status", "reports",
 * "origins", "joined", "left"}], oldest first; what is not known is left out. 0 or -errno. */
int told_add(struct db *db, int64_t seq, json_t *event);
