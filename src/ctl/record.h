/* event, story and search: single records in full. */
#pragma once

#include "ctl/command.h"

int record_event(struct ctl *ctl, const struct command_line *line);
int record_story(struct ctl *ctl, const struct command_line *line);
int record_search(struct ctl *ctl, const struct command_line *line);

/* Append to ctl->out the record for people. */
void record_print_event(struct ctl *ctl, const json_t *event);
void record_print_story(struct ctl *ctl, const json_t *story);
