/*
 * Rules that count: which events met them, by group and by the time of their first report (table rule_matches), how many
 * there were in a window, and what is usual. All of it is a range of one index; what is usual is remembered for a while,
 * since it moves slowly and an event of a busy pair must not count thousands of rows.
 */
#pragma once

#include "desk/rules.h"

enum {
        RATE_COUNT_MAX = 10000,         /* rows that are counted at most */
        RATE_USUAL_MAX = 100000,
        RATE_USUALS = 1024,
};

/* The event met the rule. *is_new: it had not before. */
int rate_add(struct rules_run *run, const struct rules_one *one, const char *key, int64_t at, int64_t event, bool *is_new);
/* It does not any more (of this rule; 0: of any). */
int rate_drop(struct rules_run *run, int64_t rule, int64_t event);
/* Events of the group in the window that ends at `at`: their numbers in order (in the arena), at most RATE_COUNT_MAX. */
int rate_window(struct rules_run *run, const struct rules_one *one, const char *key, int64_t at, int64_t **events, size_t *n);
/* The mean of the windows before that one. */
int rate_usual(struct rules_run *run, const struct rules_one *one, const char *key, int64_t at, double *usual);
/* Forget some rows that no window reaches any more. *more: there may be others. */
int rate_prune(struct rules_run *run, bool *more);
/* Count a piece of what was stored before the rule was. */
int rate_fill(struct rules_run *run, bool *more);
