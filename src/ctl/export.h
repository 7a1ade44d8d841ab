/* export: events in the formats of other data sets. */
#pragma once

#include "ctl/command.h"

extern const struct option_row export_options[];

int export_run(struct ctl *ctl, const struct command_line *line);
