/* datelinectl sources: the list, and one feed tried. */
#pragma once

#include "ctl/command.h"

extern const struct option_row source_options[];
int source_run(struct ctl *ctl, const struct command_line *line);
