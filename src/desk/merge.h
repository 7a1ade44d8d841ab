/*
 * The record of an event of many reports, made of theirs.
 *
 * It is the first published report's, with what others know more precisely: actors, days, place, the kind of act that
 * most of them tell. `from` says from which report such a member is; its spans count in that report's story. What they
 * contradict each other in stands in `conflicts`, each value with its reports. `statuses` is what was said over time.
 * Of more than MERGE_MAX reports the first ones are read for that, in the order of facts_compare(); what is counted,
 * and what became of the act, is of all (crowd.h).
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "desk/crowd.h"

enum {
        MERGE_MAX = 64,                 /* reports that are read; all are counted */
        MERGE_MENTIONS = 32,            /* in `mentions`, and that one change says to have joined or left */
        MERGE_VALUES = 8,               /* of one conflict, and reports of one value, that are named */
        MERGE_ORIGINS = 32,             /* that are named */
};

struct merge_report {
        json_t *record;                 /* that an event of this report alone would have; borrowed */
        int64_t origin;                 /* the row of the story that its story is a copy of, its own where of none */
        const char *who;                /* whose word an unattributed report of that story is; NULL: as the report says */
        const char *copy_of;            /* "41.1": the origin's id, NULL: it is no copy */
};

struct merge_event {
        int64_t number;                 /* in the store */
        const char *id;
        int64_t since;                  /* when the story that it has its name from was received, us */
        const struct crowd *crowd;      /* what all reports say together */
        const struct merge_report *also; /* reports that came with this change and are not among the first ones */
        size_t n_also;                  /* at most MERGE_MENTIONS */
        const char *const *joined,
                *const *left;           /* ids of reports that came and went with this change, at most MERGE_MENTIONS,
                                         * NULL-terminated */
};

/* How a report counts; `time`: by which it is ordered. Texts point into its record. */
void merge_crowd_report(struct crowd_report *out, const struct merge_report *report, int64_t time);
/* `reports` in the order of facts_compare(), so that what they say does not depend on who came first; the first
 * MERGE_MAX of them. The caller owns *record. 0 or -errno. */
int merge_records(const struct merge_event *event, const struct merge_report *reports, size_t n, json_t **record);
/* The same where the record that was told last is there, and the first MERGE_MAX reports are those that it was made of;
 * `who`: who vouches for each of them. */
int merge_update(const struct merge_event *event, const char *const *who, size_t n, json_t *record);
/* The record that was made just now, where more came and went than one change tells: the next of them. */
int merge_go_on(const struct merge_event *event, json_t *record);
