/* alerts, alert, ack, resolve. */
#pragma once

#include "ctl/command.h"
#include "ctl/table.h"

extern const struct option_row alerts_options[], alerts_note_options[];

int alerts_run(struct ctl *ctl, const struct command_line *line);
int alerts_show(struct ctl *ctl, const struct command_line *line);
int alerts_acknowledge(struct ctl *ctl, const struct command_line *line);
int alerts_resolve(struct ctl *ctl, const struct command_line *line);

/* A table of alerts; add rows, then table_print(). */
void alerts_table_init(struct ctl *ctl, struct table *table);
void alerts_table_add(struct ctl *ctl, struct table *table, const json_t *alert);
enum table_style alerts_severity_style(const char *severity);
