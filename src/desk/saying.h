/* What an alert says: a rule's text with the values of its fields. */
#pragma once

#include "base/arena.h"
#include "config/rule.h"
#include "desk/match.h"

enum { SAYING_MAX = 2048 };             /* bytes; what is longer is cut */

struct saying {
        const struct rule *rule;
        const char *key;
        const struct match_event *event;        /* NULL: an absence */
        int64_t count;
        double usual;
        int64_t since;                  /* wall clock us, of an absence */
};

/* In the arena. */
const char *saying_make(struct arena *arena, const struct saying *saying);
