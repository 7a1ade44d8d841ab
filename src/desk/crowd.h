/*
 * What is counted of an event's reports: of a few in memory, of a crowd (more than MERGE_MAX) in tables, so that a
 * further report costs some rows and not the reading of all. Both give the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "desk/facts.h"
#include "store/db.h"

enum {
        CROWD_STATUSES = FACTS_BACKGROUND + 1,
        CROWD_IDS = 8,                  /* reports of one status that are named */
        CROWD_NAMES = 64,               /* of those who vouch, that are looked at */
};

/* One report, as it counts. */
struct crowd_report {
        int64_t story, number, time;    /* `time`: by which reports are ordered, us; then `hash` and `number` */
        uint64_t hash;
        int64_t origin;                 /* the row of the story that its story is a copy of, its own where of none */
        enum facts_status status;
        int64_t seen;                   /* when its story was received, us */
        const char *id;                 /* "41.1.2"; only of those given to crowd_count() */
        const char *who, *publisher;    /* "" not known */
};

struct crowd_said {
        enum facts_status status;
        int64_t n, first, last;         /* reports; times of the first and the last, us */
        struct crowd_report begin, end; /* the first and the last of them; without texts */
        const char *ids[CROWD_IDS];     /* the first ones */
        size_t n_ids;
};

struct crowd {
        int64_t reports, stories, publishers;
        int64_t first_seen, last_seen;
        int64_t yes, no;                /* who vouch, by name, for what happened or goes on, and for that it did not */
        struct crowd_said said[CROWD_STATUSES]; /* in the order of their first reports */
        size_t n_said;
        const char
                *names[CROWD_NAMES];    /* who vouch, by the alphabet; of a few reports none: they are looked at anyway */
        size_t n_names;
};

/* Of reports in memory, in their order. */
void crowd_count(struct crowd *crowd, const struct crowd_report *reports, size_t n);

/* In tables. crowd_load(): *crowd from them, with its texts in the arena; `reports` is 0 where there is nothing of the
 * event. All give 0 or -errno. */
int crowd_load(struct db *db, struct arena *arena, int64_t event, struct crowd *crowd);
int crowd_size(struct db *db, int64_t event, int64_t *n);
int crowd_add(struct db *db, int64_t event, const struct crowd_report *report);
/* Nothing where it is not there. Of *report only what tells which it is counts. */
int crowd_remove(struct db *db, int64_t event, const struct crowd_report *report);
int crowd_forget(struct db *db, int64_t event);
/* The reports of a story whose rows are still there. */
int crowd_forget_story(struct db *db, int64_t story);
