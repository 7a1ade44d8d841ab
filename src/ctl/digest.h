/* timeline, pairs: events counted, drawn in the terminal. */
#pragma once

#include "ctl/command.h"

extern const struct option_row digest_timeline_options[], digest_pairs_options[];

int digest_timeline(struct ctl *ctl, const struct command_line *line);
int digest_pairs(struct ctl *ctl, const struct command_line *line);

/* For tests: eighths of a column as a bar of at most `width` columns, and counts as one column each; with ASCII alone
 * where `ascii`. */
void digest_bar(struct buf *out, double value, double greatest, size_t width, bool ascii);
void digest_spark(struct buf *out, const json_t *series, bool ascii);
