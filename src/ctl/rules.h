/* rules: list them, try those of a file. */
#pragma once

#include "ctl/command.h"

extern const struct option_row rules_options[];

int rules_run(struct ctl *ctl, const struct command_line *line);
