/*
 * Joining: which reports are one event.
 *
 * The events of the reports that are shown are a function of the set of these reports: when reports come or go, all
 * that can be touched by it is partitioned anew (cluster.h) - the reports that link to them, those that link to these,
 * and so on, and whoever stands in an event with one of them. So a join is undone by what undoes its reason, and the
 * order of arrival does not matter. Where many tell of one act, a core of them is partitioned, and the others go with
 * it (cover.h). Beyond CLUSTER_MAX reports of the core in one neighbourhood, and beyond POOL_WINDOW of the core under
 * one key before and after a report, the order may matter: a new report joins the event of the one that it links to
 * most, and the others stay where they are.
 *
 * An event is known by its first report: the lowest story and number. When a lower one joins, the event goes on under
 * that name; under the old one it is withdrawn and points to what it became. The id of each report answers for the
 * event that it is part of. When the first report's story is not kept any more, the event keeps its name for as long as
 * it has a report: what is forgotten is no news.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "desk/event.h"
#include "store/db.h"

/* A report that came just now, its row being there without a record. */
struct join_fresh {
        int64_t story, number;
        const char *text;               /* the record of an event of this report alone (record_complete()) */
        size_t n;
};

enum {
        JOIN_STORIES_MAX = 256,         /* stories whose reports may be settled at once */
};

/* Stories, by their rows, whose reports came, were shown or hidden; and those that only got another origin. */
struct join_stories {
        const int64_t *came, *moved;
        size_t n_came, n_moved;
};

/* Bring the events in line with what became of these stories. */
int join_settle(struct db *db, struct arena *arena, const struct join_stories *stories, const struct join_fresh *fresh,
                size_t n_fresh, struct event_told *told);
