/*
 * submit, of a WARC file: it is handed in slice by slice (modules/decode/slices.h), each a delivery of its own with a
 * key that is made of the file's first bytes, its size, and where in it the slice stands. So nothing is remembered
 * here: what the daemon has is asked for, and the same command goes on where it was interrupted. Memory: one slice.
 */
#pragma once

#include "ctl/command.h"

/* Is it one, by its first bytes? */
bool archive_is(int fd);
/* `fd`: the file, at its beginning. CTL_OK or what went wrong, which was said. */
int archive_send(struct ctl *ctl, const struct command_line *line, const char *path, int fd);
