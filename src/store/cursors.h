/*
 * How far each output has come: the sequence of the last event that it has delivered. Written in transactions of the
 * writer like everything else; an output that was killed goes on from here, and may send again what it sent after it.
 */
#pragma once

#include "store/db.h"

/* *seq: -1 where the output has none yet. 0 or -errno. */
int cursor_get(struct db *db, const char *output, int64_t *seq);
int cursor_set(struct db *db, const char *output, int64_t seq);
/* An output that was taken out of the configuration. */
int cursor_drop(struct db *db, const char *output);
