/*
 * Whether two reports tell of one act. What they both know decides first: another place, another day, another actor at the
 * most specific level that both know is another act, whatever the words. What is left is a matter of degree, of which
 * make bench-desk prints how often it is right.
 */
#pragma once

#include <stdbool.h>

#include "desk/facts.h"
#include "desk/sketch.h"

enum link {
        LINK_NONE,              /* they may stand in one event, but nothing says that they do */
        LINK_SAME,              /* *strength */
        LINK_CONFLICT,          /* never in one event */
};

/* One report as it is compared. */
struct link_report {
        const struct facts *facts;
        const struct sketch *sketch;    /* of its story */
        int64_t story;                  /* its row */
};

/* Whether they are LINK_CONFLICT, which their words have no say in. */
bool link_excludes(const struct facts *a, const struct facts *b);
/* *strength: 0..1, the more the surer; the same whichever way round. */
enum link link_compare(const struct link_report *a, const struct link_report *b, double *strength);
