/*
 * The second half of joining: reports that belong to another event than before are moved, and the events that this touches
 * are written anew.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "desk/facts.h"
#include "desk/join.h"
#include "desk/sketch.h"

/* A report as the desk handles it. */
struct apply_report {
        int64_t story, number;
        int64_t event, to;              /* the event that it stands in, and where it belongs */
        bool shown;
        bool seed;                      /* it came, was shown or hidden, or its story has another origin */
        bool came;                      /* a seed that came, was shown or hidden */
        int64_t instead;                /* hidden: the story that took the place of its story, 0: none */
        struct apply_report *follows;   /* hidden: the report that took its place, NULL: none; join.c's own */
        bool queued;
        const struct facts *facts;      /* NULL: stands alone */
        const struct sketch *sketch;    /* of its story, where there are facts */
};

/* `reports` in the order of story and number. 0 or -errno. */
int apply_changes(struct db *db, struct arena *arena, struct apply_report *const *reports, size_t n,
                  const struct join_fresh *fresh, size_t n_fresh, struct event_told *told);
