/* status and sources: how the daemon is doing. */
#pragma once

#include "ctl/command.h"

int status_run(struct ctl *ctl, const struct command_line *line);

/* Append to ctl->out the screen for the parameters of a Status reply, the table for those of a Sources reply. */
void status_print(struct ctl *ctl, const json_t *status);
void status_print_sources(struct ctl *ctl, const json_t *sources);
