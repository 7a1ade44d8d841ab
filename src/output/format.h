/*
 * The formats of files: JSON lines and the published formats of event data sets. A format is a pure function from an
 * event record to lines; the files output and `datelinectl export` share it. dateline-export(5) says where each column
 * comes from.
 *
 * A new format is one row in format_rows[] and one file.
 */
#pragma once

#include <jansson.h>

#include "base/buf.h"

enum {
        FORMAT_PARTS_MAX = 2,
};

/* One of the files that a format consists of. */
struct format_part {
        const char *before, *after;     /* of its name, around the time: "", ".export.CSV" */
        const char *header;             /* the first line, with its line break; NULL: none */
};

struct format {
        const char *name;               /* as it is written in the configuration */
        struct format_part parts[FORMAT_PARTS_MAX];
        size_t n_parts;
        unsigned changes;               /* which it has a place for, a set of store/kind.h */
        /* Append the lines of one event record to out[0..n_parts). None where the format has no place for the event. 0,
         * BUF_E_FULL or -ENOMEM. `line`: the record as it stands in the store, n bytes. */
        int (*lines)(json_t *event, const char *line, size_t n, struct buf out[FORMAT_PARTS_MAX]);
};

/* By name; NULL: there is none. */
const struct format *format_find(const char *name);
/* Their names, ended by NULL: in the order of format_rows[]. */
extern const char *const format_names[];
extern const struct format *const format_rows[];

/* The rows. */
extern const struct format jsonl_format, csv_format, gdelt_format, polecat_format, phoenix_format;
