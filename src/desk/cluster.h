/*
 * Reports to events: a partition of a set of reports that depends on the set alone, not on the order of its members.
 *
 * The pairs that link are taken from the strongest to the weakest; two groups become one where no member of one contradicts
 * a member of the other. Equal strengths are ordered by what the reports are (facts_compare()).
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "desk/link.h"

enum {
        CLUSTER_MAX = 256,      /* reports of one set */
};

/* group[i]: the least index of the reports that are one event with i. n <= CLUSTER_MAX. Scratch from the arena. */
void cluster_make(struct arena *arena, const struct link_report *reports, size_t n, size_t *group);
