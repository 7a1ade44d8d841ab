/* See feeds.h. */
#include "store/feeds.h"

#include <string.h>

#include "base/error.h"

void feeds_state_deinit(struct feeds_state *state)
{
        free(state->moved);
        free(state->etag);
        free(state->modified);
        *state = (struct feeds_state){ 0 };
}

static char *column_text(sqlite3_stmt *s, int column)
{
        const char *text = (const char *)sqlite3_column_text(s, column);

        return text != NULL ? strdup(text) : NULL;
}

static int load(struct db *db, const char *name, const char *url, struct feeds_state *state)
{
        sqlite3_stmt *s = db_query(db,
                                   "SELECT moved, etag, modified, hash, next, success, change, gap, errors, items, size,"
                                   " saved, gone, ttl, skip_hours, skip_days FROM feeds"
                                   " WHERE source = (SELECT id FROM sources WHERE name = ?) AND url = ?",
                                   "tt", name, url);
        int r = db_step(db, s);

        if (r <= 0)
                return r;
        *state = (struct feeds_state){
                .moved = column_text(s, 0),
                .etag = column_text(s, 1),
                .modified = column_text(s, 2),
                .hash = sqlite3_column_int64(s, 3),
                .next = sqlite3_column_int64(s, 4),
                .success = sqlite3_column_int64(s, 5),
                .change = sqlite3_column_int64(s, 6),
                .gap = sqlite3_column_int64(s, 7),
                .errors = sqlite3_column_int64(s, 8),
                .items = sqlite3_column_int64(s, 9),
                .size = sqlite3_column_int64(s, 10),
                .saved = sqlite3_column_int64(s, 11),
                .gone = sqlite3_column_int64(s, 12),
                .hints = { .ttl = sqlite3_column_int64(s, 13),
                           .skip_hours = (uint32_t)sqlite3_column_int64(s, 14),
                           .skip_days = (uint32_t)sqlite3_column_int64(s, 15) },
        };
        sqlite3_reset(s);
        return 1;
}

int feeds_open(struct db *db, const char *name, const char *url, struct feeds_state *state)
{
        int r;

        feeds_state_deinit(state);
        r = load(db, name, url, state);
        if (r != 0)
                return r < 0 ? error_trace(r) : 0;
        r = db_run(db, "INSERT OR IGNORE INTO sources (name) VALUES (?)", "t", name);
        if (r == 0)
                r = db_run(db, "INSERT OR REPLACE INTO feeds (source, url)"
                           " VALUES ((SELECT id FROM sources WHERE name = ?), ?)", "tt", name, url);
        return error_trace(r);
}

int feeds_save(struct db *db, const char *name, const struct feeds_state *f, bool forget)
{
        int r = db_run(db,
                       "UPDATE feeds SET moved = ?, next = ?, success = ?, change = max(change, ?), gap = ?, errors = ?,"
                       " size = ?, saved = ?, gone = ? WHERE source = (SELECT id FROM sources WHERE name = ?)",
                       "tiiiiiiiit", f->moved, f->next, f->success, f->change, f->gap, f->errors, f->size, f->saved,
                       f->gone, name);

        if (r == 0 && forget)
                r = db_run(db, "UPDATE feeds SET etag = NULL, modified = NULL, hash = 0"
                           " WHERE source = (SELECT id FROM sources WHERE name = ?)", "t", name);
        return error_trace(r);
}

int feeds_note(struct db *db, int64_t delivery, const struct feeds_fetch *fetch)
{
        return error_trace(db_run(db, "INSERT INTO fetches (delivery, etag, modified, hash, full_text) VALUES (?, ?, ?, ?, ?)",
                                  "ittii", delivery, fetch->etag, fetch->modified, fetch->hash, (int64_t)fetch->full_text));
}

int feeds_settle(struct db *db, int64_t delivery, int64_t source, int64_t stories, const struct feeds_hints *hints)
{
        /* Of two documents that are decoded out of their order the later one's validators stay. */
        int r = db_run(db,
                       "UPDATE feeds SET taken = f.delivery, etag = f.etag, modified = f.modified, hash = f.hash, ttl = ?,"
                       " skip_hours = ?, skip_days = ? FROM fetches f"
                       " WHERE f.delivery = ? AND feeds.source = ? AND feeds.taken < f.delivery",
                       "iiiii", hints->ttl, (int64_t)hints->skip_hours, (int64_t)hints->skip_days, delivery, source);

        if (r == 0)
                r = db_run(db, "UPDATE feeds SET items = items + ?, change = CASE WHEN ? > 0 THEN max(change,"
                           " (SELECT received FROM deliveries WHERE id = ?)) ELSE change END"
                           " WHERE source = ? AND EXISTS (SELECT 1 FROM fetches WHERE delivery = ?)", "iiiii", stories,
                           stories, delivery, source, delivery);
        if (r == 0)
                r = feeds_forget(db, delivery);
        return error_trace(r);
}

int feeds_forget(struct db *db, int64_t delivery)
{
        return error_trace(db_run(db, "DELETE FROM fetches WHERE delivery = ?", "i", delivery));
}
