/* Which events: the options that `events`, `export` and others share, and what they mean to the daemon. */
#pragma once

#include "ctl/command.h"

/* Rows of a table of options. */
#define FILTER_TIME_OPTIONS \
        { "since", 0, "TIME", "reported at or after" }, \
        { "until", 0, "TIME", "reported before" }

#define FILTER_OPTIONS \
        { "from", 0, "DAY", "of an act on this day or later" }, \
        { "to", 0, "DAY", "of an act on this day or earlier" }, \
        { "source", 0, "ACTOR", "who did it" }, \
        { "target", 0, "ACTOR", "to whom" }, \
        { "type", 0, "TYPE", "a category (ASSAULT) or the beginning of a CAMEO code (19)" }, \
        { "quad", 0, "N", "1 verbal, 2 material cooperation, 3 verbal, 4 material conflict" }, \
        { "status", 0, "STATUS", "happened, ongoing, planned, demanded, hypothetical, denied, background" }, \
        { "country", 0, "CODE", "the country of the place, three letters" }, \
        { "place", 0, "NAME", "a part of the place's name" }, \
        { "origin", 0, "NAME", "a part of the name of one who vouches for it" }, \
        { "min-origins", 0, "N", "at least so many vouch for it" }, \
        { "min-reports", 0, "N", "told by at least so many reports" }, \
        { "publisher", 0, "NAME", "a part of the name of one of its publishers" }, \
        { "watch", 0, "NAME", "from stories of this source" }, \
        { "story", 0, "ID", "from this story" }, \
        { "rule", 0, "NAME", "that met this alert rule" }

#define FILTER_ACTOR_OPTION { "actor", 0, "ACTOR", "either of them" }

/* Put what was given into the parameters of a call. CTL_OK or CTL_USAGE, then it was said. */
int filter_read(struct ctl *ctl, const struct command_line *line, json_t *parameters);
/* Where a reply says that not all was looked at: say so to standard error, with `what` to do. */
void filter_say_cut(struct ctl *ctl, const json_t *reply, const char *what);
/* One option that is a time, into the parameter of the same name. */
int filter_read_time(struct ctl *ctl, const struct command_line *line, const char *name, json_t *parameters);
