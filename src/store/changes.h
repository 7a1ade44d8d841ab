/*
 * The change log: all that an output or a follower may be told, one row a thing, in the order in which it was
 * committed. An event is new, has changed (a report joined or left, its status is another), or is withdrawn (its
 * stories were replaced or killed, or it became part of another event); an alert was raised, acknowledged, resolved.
 *
 * A row holds the whole record as it was after the change, so it is never rewritten: the last row of an event is what
 * the event is now, and the earlier ones are its history. The stream, the outputs' cursors and `after` of queries go by
 * `seq`. What is handed out (a line) is the record with "seq", "change" and "revision" before it, and "withdrawn": true
 * where that is the change; (id, revision) is the key by which a receiver knows what it has got already.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "store/db.h"
#include "store/kind.h"

/* Append: `ref` is the event's or the alert's number in its table, `record` a JSON object without the log's own
 * members. *seq: where it stands. 0 or -errno. */
int changes_add(struct db *db, enum kind kind, int64_t ref, int64_t revision, const char *record, size_t n,
                int64_t *seq);

enum {
        CHANGES_BYTES = 64 << 10,
};

/* The rows behind `after` as lines: lines[i] malloc'ed JSON, seqs[i]. At most `max`, and no more than about CHANGES_BYTES of them:
 * one that follows and stops reading holds no more. *n is 0 only where there are none. 0 or -errno. */
int changes_after(struct db *db, int64_t after, size_t max, char **lines, int64_t *seqs, size_t *n);
/* A line, malloc'ed, of columns: seq, kind, revision, record. NULL: no memory. */
char *changes_line(sqlite3_stmt *row, int column);
/* The sequence of the last row that there ever was, 0: none. */
int changes_last(struct db *db, int64_t *seq);
/* Forget all rows of an event. */
int changes_forget_event(struct db *db, int64_t event);
