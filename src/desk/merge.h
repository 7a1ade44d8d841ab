/*
 * The record of an event of many reports, made of theirs.
 *
 * It is the first published report's, with what others know more precisely: actors, days, place, the kind of act that most of them tell.
 * `from` says from which report such a member is; its spans count in that report's story. What they contradict each other in
 * stands in `conflicts`, each value with its reports. `statuses` is what was said over time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
        MERGE_MAX = 256,                /* reports that are looked at; `reports` counts all */
        MERGE_MENTIONS = 32,            /* in `mentions` */
        MERGE_VALUES = 8,               /* of one conflict, and reports of one value, that are named */
        MERGE_ORIGINS = 32,             /* that are named */
};

struct merge_report {
        const char *text;               /* the record that an event of this report alone would have */
        size_t n;
        int64_t origin;                 /* the row of the story that its story is a copy of, its own where of none */
        const char *who;                /* whose word an unattributed report of that story is; NULL: as the report says */
        const char *copy_of;            /* "41.1": the origin's id, NULL: it is no copy */
};

struct merge_event {
        int64_t number;                 /* in the store */
        const char *id;
        int64_t since;                  /* when the story that it has its name from was received, us */
        int64_t total;                  /* reports, of which the first MERGE_MAX are given */
        const char *const *joined, *const *left;        /* ids of reports that came and went with this change, NULL-terminated */
};

/* In the order of facts_compare(), so that what they say does not depend on who came first. The text is malloc'ed. 0 or -errno. */
int merge_records(const struct merge_event *event, const struct merge_report *reports, size_t n, char **text,
                  size_t *n_text);
