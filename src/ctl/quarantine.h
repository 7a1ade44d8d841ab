/* quarantine list, show, retry, drop. */
#pragma once

#include "ctl/command.h"

extern const struct option_row quarantine_options[];

int quarantine_run(struct ctl *ctl, const struct command_line *line);
