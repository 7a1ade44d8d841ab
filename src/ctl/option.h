/* Command lines from tables: one row an option, for parsing, help and "did you mean". */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum {
        OPTIONS_MAX = 32,
};

struct option_row {
        const char *name;               /* "since": --since */
        char letter;                    /* 'n': -n; 0: none */
        const char *value;              /* what it takes, for help: "TIME"; NULL: nothing */
        const char *help;
};

struct option_table {
        const struct option_row *rows;  /* ended by a row without a name */
        const char *values[OPTIONS_MAX];/* by row; NULL: not given; "": given, takes nothing */
};

enum {
        OPTION_E_USAGE = 1,             /* *error (malloc'ed) says what is wrong */
};

/* Take the options out of argv[0..*argc); what is left stays, in order, and *argc is how many. Options may stand
 * anywhere; "--" ends them, "-" is none. `tables`: looked through in order. */
int option_parse(struct option_table **tables, size_t n_tables, int *argc, char **argv, char **error);

/* The value of a row by name; NULL where not given. */
const char *option_get(const struct option_table *table, const char *name);

/* Help text: one line a row. */
int option_describe(const struct option_row *rows, struct buf *out);
