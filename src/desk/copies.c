/* See copies.h. An origin is found by the rows that name it: classes of copies are small. */
#include "desk/copies.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/near.h"

enum { CANDIDATES_MAX = 64 };

/* A story as the order of origins sees it. */
struct root {
        int64_t row, time, hash;
};

static int64_t day_of(int64_t time)
{
        return time / (86400 * CLOCK_SECOND);
}

static bool is_before(const struct root *a, const struct root *b)
{
        if (a->time != b->time)
                return a->time < b->time;
        if (a->hash != b->hash)
                return a->hash < b->hash;
        return a->row < b->row;
}

int copies_load(struct db *db, int64_t row, struct sketch *sketch, bool *found)
{
        sqlite3_stmt *s = db_query(db, "SELECT body FROM sketches WHERE story = ?", "i", row);
        int r = db_step(db, s);

        *found = false;
        if (r <= 0)
                return error_trace(r);
        *found = sketch_decode(sketch, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
        sqlite3_reset(s);
        return 0;
}

/* Rows that have a print in common, most common ones first met first; each once. */
static int find_candidates(struct db *db, const struct copies_story *story, const struct sketch *sketch,
                           int64_t out[CANDIDATES_MAX], size_t *n)
{
        int64_t day = day_of(story->time), newest, row;
        sqlite3_stmt *s;
        int r;

        *n = 0;
        /* Most stories are of the newest day: nothing is behind it. */
        r = db_get_int(db, day, &newest, "SELECT max(day) FROM prints", "");
        for (size_t i = 0; i < MIN_OF(sketch->n_prints, (size_t)COPIES_KEYS) && r == 0; i++)
                for (int64_t d = day - COPIES_DAYS; d <= MIN_OF(day + COPIES_DAYS, newest) && r == 0; d++) {
                        s = db_query(db, "SELECT story FROM prints WHERE day = ? AND print = ? ORDER BY story LIMIT ?", "iii",
                                     d, (int64_t)sketch->prints[i], (int64_t)COPIES_PER_KEY);
                        while ((r = db_step(db, s)) > 0) {
                                size_t j = 0;

                                row = sqlite3_column_int64(s, 0);
                                while (j < *n && out[j] != row)
                                        j++;
                                if (j == *n && *n < CANDIDATES_MAX && row != story->row)
                                        out[(*n)++] = row;
                        }
                }
        return error_trace(r);
}

/* The root of a story that is stored. */
static int find_root(struct db *db, int64_t row, struct root *root)
{
        sqlite3_stmt *s;
        int r;

        s = db_query(db, "SELECT coalesce(s.origin, s.story), o.time, o.hash FROM sketches s LEFT JOIN sketches o"
                     " ON o.story = coalesce(s.origin, s.story) WHERE s.story = ?", "i", row);
        r = db_step(db, s);
        if (r <= 0)
                return r < 0 ? error_trace(r) : 0;
        *root = (struct root){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2) };
        sqlite3_reset(s);
        return 0;
}

/* All that have `origin` as theirs, behind what is in *moved, in which there is room for one more then. */
static int list_copies(struct db *db, struct arena *arena, int64_t origin, int64_t **moved, size_t *n_moved)
{
        int64_t n, *rows;
        sqlite3_stmt *s;
        int r;

        r = db_get_int(db, 0, &n, "SELECT count(*) FROM sketches WHERE origin = ?", "i", origin);
        if (r < 0)
                return error_trace(r);
        rows = arena_array(arena, int64_t, *n_moved + (size_t)n + 1);
        if (*n_moved > 0)
                memcpy(rows, *moved, *n_moved * sizeof(*rows));
        *moved = rows;
        s = db_query(db, "SELECT story FROM sketches WHERE origin = ? ORDER BY story LIMIT ?", "ii", origin, n);
        while ((r = db_step(db, s)) > 0)
                rows[(*n_moved)++] = sqlite3_column_int64(s, 0);
        return error_trace(r);
}

/* All that have `old` as their origin, and itself, have `new` now. */
static int move(struct db *db, struct arena *arena, int64_t old, int64_t new, int64_t **moved, size_t *n_moved)
{
        int r = list_copies(db, arena, old, moved, n_moved);

        if (r < 0)
                return error_trace(r);
        (*moved)[(*n_moved)++] = old;
        r = db_run(db, "UPDATE sketches SET origin = ? WHERE origin = ?", "ii", new, old);
        if (r == 0)
                r = db_run(db, "UPDATE sketches SET origin = ? WHERE story = ?", "ii", new, old);
        return error_trace(r);
}

static int put(struct db *db, struct arena *arena, const struct copies_story *story, const struct sketch *sketch,
               int64_t origin)
{
        char *bytes = arena_alloc(arena, SKETCH_BYTES_MAX);
        struct buf body = BUF_BOUNDED(SKETCH_BYTES_MAX);
        int r;

        r = sketch_encode(sketch, &body);
        if (r != 0)
                return error_origin(-ENOMEM);
        memcpy(bytes, body.data, body.n);
        r = db_run(db, "INSERT OR REPLACE INTO sketches (story, time, hash, origin, who, body) VALUES (?, ?, ?, nullif(?, 0), ?, ?)",
                   "iiiitb", story->row, story->time, (int64_t)story->hash, origin, story->who, bytes, body.n);
        buf_deinit(&body);
        for (size_t i = 0; i < MIN_OF(sketch->n_prints, (size_t)COPIES_KEYS) && r == 0; i++)
                r = db_run(db, "INSERT OR IGNORE INTO prints (day, print, story) VALUES (?, ?, ?)", "iii", day_of(story->time),
                           (int64_t)sketch->prints[i], story->row);
        return error_trace(r);
}

int copies_add(struct db *db, struct arena *arena, const struct copies_story *story, const struct sketch *sketch,
               int64_t **moved, size_t *n_moved)
{
        struct root roots[CANDIDATES_MAX + 1] = { { story->row, story->time, (int64_t)story->hash } };
        struct sketch *other = arena_new(arena, struct sketch);
        int64_t candidates[CANDIDATES_MAX];
        size_t n, n_roots = 1, first = 0;
        bool found;
        int r;

        *n_moved = 0;
        *moved = NULL;
        r = find_candidates(db, story, sketch, candidates, &n);
        for (size_t i = 0; i < n && r == 0; i++) {
                struct root root = { 0 };
                size_t j = 0;

                /* Most of them have one root: it is enough that one of these is a copy. */
                r = find_root(db, candidates[i], &root);
                while (j < n_roots && roots[j].row != root.row)
                        j++;
                if (r < 0 || root.row == 0 || j < n_roots)
                        continue;
                r = copies_load(db, candidates[i], other, &found);
                if (r == 0 && found && sketch_is_copy(sketch, other))
                        roots[n_roots++] = root;
        }
        for (size_t i = 1; i < n_roots; i++)
                if (is_before(&roots[i], &roots[first]))
                        first = i;
        if (r == 0)
                r = put(db, arena, story, sketch, first != 0 ? roots[first].row : 0);
        for (size_t i = 1; i < n_roots && r == 0; i++)
                if (i != first)
                        r = move(db, arena, roots[i].row, roots[first].row, moved, n_moved);
        return error_trace(r);
}

int copies_forget(struct db *db, int64_t row)
{
        struct sketch sketch;
        int64_t time;
        bool found;
        int r;

        r = db_get_int(db, 0, &time, "SELECT time FROM sketches WHERE story = ?", "i", row);
        if (r == 0)
                r = copies_load(db, row, &sketch, &found);
        for (size_t i = 0; r == 0 && found && i < MIN_OF(sketch.n_prints, (size_t)COPIES_KEYS); i++)
                r = db_run(db, "DELETE FROM prints WHERE day = ? AND print = ? AND story = ?", "iii", day_of(time),
                           (int64_t)sketch.prints[i], row);
        if (r == 0)
                r = db_run(db, "DELETE FROM sketches WHERE story = ?", "i", row);
        return error_trace(r);
}

int copies_remove(struct db *db, struct arena *arena, int64_t row, int64_t **moved, size_t *n_moved)
{
        int64_t next;
        int r;

        *n_moved = 0;
        *moved = NULL;
        r = copies_forget(db, row);
        if (r == 0)
                r = db_get_int(db, 0, &next, "SELECT story FROM sketches WHERE origin = ? ORDER BY time, hash, story LIMIT 1",
                               "i", row);
        if (r < 0 || next == 0)
                return error_trace(r);
        r = list_copies(db, arena, row, moved, n_moved);
        if (r == 0)
                r = db_run(db, "UPDATE sketches SET origin = nullif(?1, story) WHERE origin = ?2", "ii", next, row);
        return error_trace(r);
}

int copies_origin(struct db *db, struct arena *arena, int64_t row, int64_t *origin, const char **who)
{
        sqlite3_stmt *s;
        int r;

        *origin = row;
        *who = NULL;
        s = db_query(db, "SELECT coalesce(s.origin, s.story), coalesce(o.who, s.who) FROM sketches s LEFT JOIN sketches o"
                     " ON o.story = s.origin WHERE s.story = ?", "i", row);
        r = db_step(db, s);
        if (r <= 0)
                return error_trace(r);
        *origin = sqlite3_column_int64(s, 0);
        if (sqlite3_column_type(s, 1) != SQLITE_NULL)
                *who = arena_strdup(arena, (const char *)sqlite3_column_text(s, 1));
        sqlite3_reset(s);
        return 0;
}

int copies_expire(struct db *db, int64_t before, int64_t max, int64_t *n)
{
        int64_t row;
        int r = 0;

        for (*n = 0; *n < max && r == 0; ++*n) {
                r = db_get_int(db, 0, &row, "SELECT f.story FROM (SELECT story FROM sketches ORDER BY story LIMIT 1) f"
                               " LEFT JOIN stories t ON t.id = f.story WHERE coalesce(t.received, 0) < ?", "i", before);
                if (r < 0 || row == 0)
                        break;
                r = near_forget(db, row);
                if (r == 0)
                        r = copies_forget(db, row);
        }
        return error_trace(r);
}
