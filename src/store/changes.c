/* See changes.h. The members of the log are put before a record's own as text: records are not parsed to be handed
 * out. */
#include "store/changes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"

int changes_add(struct db *db, enum kind kind, int64_t ref, int64_t revision, const char *record, size_t n,
                int64_t *seq)
{
        int r = db_run(db, "INSERT INTO changes (kind, ref, revision, at, record) VALUES (?, ?, ?, ?, ?)", "iiiiz",
                       (int64_t)kind, ref, revision, clock_wall_us(), record, n);

        *seq = sqlite3_last_insert_rowid(db_handle(db));
        return error_trace(r);
}

char *changes_line(sqlite3_stmt *s, int column)
{
        const char *record = (const char *)sqlite3_column_text(s, column + 3);
        enum kind kind = (enum kind)sqlite3_column_int64(s, column + 1);
        char *line;

        if (record == NULL || *record != '{')
                record = "{}";
        if (asprintf(&line, "{\"seq\":%lld,\"change\":\"%s\",\"revision\":%lld%s%s%s",
                     (long long)sqlite3_column_int64(s, column), kind_name(kind),
                             (long long)sqlite3_column_int64(s, column + 2),
                     kind == KIND_WITHDRAWN ? ",\"withdrawn\":true" : "", record[1] == '}' ? "" : ",", record + 1) < 0)
                return NULL;
        return line;
}

int changes_after(struct db *db, int64_t after, size_t max, char **lines, int64_t *seqs, size_t *n)
{
        size_t bytes = 0;
        sqlite3_stmt *s;
        int r;

        *n = 0;
        s = db_query(db, "SELECT seq, kind, revision, record FROM changes WHERE seq > ? ORDER BY seq LIMIT ?", "ii",
                     after,
                     (int64_t)max);
        while ((r = db_step(db, s)) > 0) {
                bytes += (size_t)sqlite3_column_bytes(s, 3);
                if (*n > 0 && bytes > CHANGES_BYTES) {
                        sqlite3_reset(s);
                        r = 0;
                        break;
                }
                seqs[*n] = sqlite3_column_int64(s, 0);
                lines[*n] = changes_line(s, 0);
                if (lines[*n] == NULL) {
                        r = error_origin(-ENOMEM);
                        sqlite3_reset(s);
                        break;
                }
                ++*n;
        }
        while (r < 0 && *n > 0)
                free(lines[--*n]);
        return error_trace(r);
}

int changes_last(struct db *db, int64_t *seq)
{
        return error_trace(db_get_int(db, 0, seq, "SELECT seq FROM sqlite_sequence WHERE name = 'changes'", ""));
}

int changes_forget_event(struct db *db, int64_t event)
{
        return error_trace(db_run(db, "DELETE FROM changes WHERE ref = ? AND kind <= 3", "i", event));
}
