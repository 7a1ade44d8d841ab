/* See cursors.h. */
#include "store/cursors.h"

int cursor_get(struct db *db, const char *output, int64_t *seq)
{
        return db_get_int(db, -1, seq, "SELECT seq FROM cursors WHERE output = ?", "t", output);
}

int cursor_set(struct db *db, const char *output, int64_t seq)
{
        return db_run(db,
                      "INSERT INTO cursors (output, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq",
                      "ti", output, seq);
}

int cursor_drop(struct db *db, const char *output)
{
        return db_run(db, "DELETE FROM cursors WHERE output = ?", "t", output);
}
