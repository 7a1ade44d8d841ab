/* events: list and follow. */
#pragma once

#include "ctl/command.h"
#include "ctl/table.h"

extern const struct option_row events_options[];

int events_run(struct ctl *ctl, const struct command_line *line);

/* Append the cells of an event as text: "PRKGOV (Choe Son Hui)", several with commas; and who says so, the one who
 * vouches first: "KCNA, via Reuters". */
void events_append_actors(struct buf *out, const json_t *actors);
void events_append_attribution(struct buf *out, const json_t *attribution);

/* A table of events; add rows, then table_print(). */
void events_table_init(struct ctl *ctl, struct table *table);
void events_table_add(struct ctl *ctl, struct table *table, const json_t *event);
