/*
 * The two classes of error.
 *
 * A function that can fail returns int. Negative: a fatal error, a negated errno (or SQLite's, mapped to one), that
 * nobody on the way can do anything about; it is traced upwards with error_trace(), which leaves a line of the way in
 * the debug log, and ends at main or at the boundary of a job. Positive: the module's own enum, which is declared
 * beside the function and which the caller must handle. Zero: done.
 */
#pragma once

#include <errno.h>

#include "base/cleanup.h"

/* Note where a fatal error was first seen; returns it. `r` is a negated errno. */
#define error_origin(r) error_note_((r), "origin", __func__, __FILE__, __LINE__)

/* Note that a fatal error passes here; returns `r`. Zero and positive values pass without a word. */
#define error_trace(r) error_pass_((r), __func__, __FILE__, __LINE__)

/* For DATELINE_TRACE=1: every origin and trace goes to standard error. Off by default. */
int error_note_(int r, const char *what, const char *function, const char *file, int line);

/* What a failure of the disk is called, and what to do, for whoever runs the machine; strerror() for any other
 * -errno. */
const char *error_of_disk(int r);

/* For positive errors that come with words: *error = the text (malloc'ed), returns `r`; without memory NULL and
 * -ENOMEM. */
int error_say(char **error, int r, const char *format, ...) _printf_(3, 4);

static inline int error_pass_(int r, const char *function, const char *file, int line)
{
        return r < 0 ? error_note_(r, "through", function, file, line) : r;
}
