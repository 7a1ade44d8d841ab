/* Commands that change something and print next to nothing. */
#pragma once

#include "ctl/command.h"

extern const struct option_row order_reload_options[];
int order_pause(struct ctl *ctl, const struct command_line *line);
int order_resume(struct ctl *ctl, const struct command_line *line);
int order_reload(struct ctl *ctl, const struct command_line *line);
int order_log_level(struct ctl *ctl, const struct command_line *line);
