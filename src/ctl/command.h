/* The commands: one row each. */
#pragma once

#include "ctl/ctl.h"
#include "ctl/option.h"

struct command_line {
        const struct option_table *options;
        int argc;                       /* what is no option */
        char **argv;
};

struct command {
        const char *name;
        const char *arguments;          /* for help: "ID", "FILE..." */
        int min, max;                   /* how many; max -1: any */
        const struct option_row *options;
        const char *summary;
        const char *help;               /* more of it, NULL: none */
        int (*run)(struct ctl *ctl, const struct command_line *line);   /* the exit code */
};

/* Ended by a row without a name. */
extern const struct command command_rows[];

/* All of datelinectl after main(): parse, find, run; the exit code. */
int command_main(int argc, char **argv);
