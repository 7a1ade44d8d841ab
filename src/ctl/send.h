/* submit: hand in files. */
#pragma once

#include "ctl/command.h"

int send_run(struct ctl *ctl, const struct command_line *line);
