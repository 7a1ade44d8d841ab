/* See search.h. */
#include "store/search.h"

#include "base/error.h"

/* The row of totals that says how far the index has come: stories up to this row are in it. */
static int get_mark(struct db *db, int64_t *mark)
{
        return db_get_int(db, 0, mark, "SELECT value FROM totals WHERE name = 'indexed'", "");
}

int search_count_waiting(struct db *db, int64_t *waiting)
{
        return error_trace(db_get_int(db, 0, waiting,
                                      "SELECT coalesce((SELECT max(id) FROM texts), 0) - value FROM totals"
                                      " WHERE name = 'indexed'", ""));
}

int search_index(struct db *db, int64_t max, int64_t *waiting)
{
        int64_t mark, end;
        int r;

        r = get_mark(db, &mark);
        if (r == 0)
                r = db_get_int(db, mark, &end,
                               "SELECT max(id) FROM (SELECT id FROM texts WHERE id > ? ORDER BY id LIMIT ?)", "ii",
                               mark, max);
        if (r == 0 && end > mark) {
                r = db_run(db, "INSERT INTO search (rowid, headline, text) SELECT id, headline, text FROM texts"
                           " WHERE id > ? AND id <= ? ORDER BY id", "ii", mark, end);
                if (r == 0)
                        r = db_run(db, "UPDATE totals SET value = ? WHERE name = 'indexed'", "i", end);
        }
        if (r == 0)
                r = search_count_waiting(db, waiting);
        if (r == 0)
                *waiting = MAX_OF(*waiting, 0);
        return error_trace(r);
}

/* An index over a content table is told what it held. */
static int take_out(struct db *db, int64_t story)
{
        return db_run(db,
                      "INSERT INTO search (search, rowid, headline, text) SELECT 'delete', id, headline, text FROM "
                      "texts"
                      " WHERE id = ? AND id <= (SELECT value FROM totals WHERE name = 'indexed')",
                      "i", story);
}

int search_remove(struct db *db, int64_t story)
{
        int r = take_out(db, story);

        if (r == 0)
                r = db_run(db, "DELETE FROM texts WHERE id = ?", "i", story);
        return error_trace(r);
}

int search_replace(struct db *db, int64_t story, const char *text, size_t n)
{
        int r = take_out(db, story);

        if (r == 0)
                r = db_run(db, "UPDATE texts SET text = ? WHERE id = ?", "zi", text, n, story);
        if (r == 0)
                r = db_run(db, "INSERT INTO search (rowid, headline, text) SELECT id, headline, text FROM texts"
                           " WHERE id = ? AND id <= (SELECT value FROM totals WHERE name = 'indexed')", "i", story);
        return error_trace(r);
}
