/* See event.h. */
#include "desk/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "store/changes.h"
#include "store/totals.h"

/* What is stored of an event now. */
struct state {
        bool there, withdrawn;
        int64_t revision, changed;
};

static void decrefp(json_t **json)
{
        json_decref(*json);
}

static const char *text_of(json_t *object, const char *key)
{
        return json_string_value(json_object_get(object, key));
}

static int64_t int_of(json_t *object, const char *key)
{
        return json_integer_value(json_object_get(object, key));
}

static int64_t time_of(json_t *record, const char *key)
{
        const char *text = text_of(record, key);
        int64_t us;

        return text != NULL && clock_parse(text, &us) == 0 ? us : 0;
}

/* INT64_MIN: there is none. */
static int64_t day_of(json_t *when, const char *key)
{
        const char *day = text_of(when, key);
        int64_t us;

        return day != NULL && clock_parse(day, &us) == 0 ? us / (86400 * CLOCK_SECOND) : INT64_MIN;
}

static int load_state(struct db *db, int64_t seq, struct state *state)
{
        sqlite3_stmt *s = db_query(db, "SELECT withdrawn, revision, changed FROM events WHERE seq = ?", "i", seq);
        int r = db_step(db, s);

        *state = (struct state){ .there = r > 0 };
        if (r <= 0)
                return error_trace(r);
        state->withdrawn = sqlite3_column_int64(s, 0);
        state->revision = sqlite3_column_int64(s, 1);
        state->changed = sqlite3_column_int64(s, 2);
        sqlite3_reset(s);
        return 0;
}

/* Whether the last change says the same. What joined and left stands behind all else, and is of a change, not of the event: with that
 * a record is another in any case, and in the last one it does not count. */
static int is_same(struct db *db, const struct state *state, json_t *record, const char *text, size_t n, bool *same)
{
        static const char *const ends[] = { "}", ",\"joined\":[", ",\"left\":[" };
        sqlite3_stmt *s;
        int r;

        *same = false;
        if (json_object_get(record, "joined") != NULL || json_object_get(record, "left") != NULL)
                return 0;
        s = db_query(db, "SELECT record FROM changes WHERE seq = ?", "i", state->changed);
        r = db_step(db, s);
        if (r <= 0)
                return error_trace(r);
        if ((size_t)sqlite3_column_bytes(s, 0) >= n && memcmp(sqlite3_column_text(s, 0), text, n - 1) == 0)
                for (size_t i = 0; i < N_ELEMENTS(ends); i++)
                        *same |= strncmp((const char *)sqlite3_column_text(s, 0) + n - 1, ends[i], strlen(ends[i])) == 0;
        sqlite3_reset(s);
        return 0;
}

static int put_actors(struct db *db, int64_t seq, int64_t side, json_t *list, int64_t changed)
{
        json_t *item;
        size_t i;
        int r = 0;

        json_array_foreach(list, i, item) {
                const char *code = text_of(item, "code"), *name = text_of(item, "name");
                int64_t actor;

                code = code != NULL ? code : "";
                name = name != NULL ? name : "";
                r = db_get_int(db, 0, &actor, "SELECT id FROM actors WHERE code = ? AND name = ?", "tt", code, name);
                if (r == 0 && actor == 0) {
                        r = db_run(db, "INSERT INTO actors (code, name) VALUES (?, ?)", "tt", code, name);
                        actor = sqlite3_last_insert_rowid(db_handle(db));
                }
                if (r == 0)
                        r = db_run(db, "INSERT OR IGNORE INTO event_actors (event, side, actor, changed) VALUES (?, ?, ?, ?)",
                                   "iiii", seq, side, actor, changed);
                if (r < 0)
                        break;
        }
        return error_trace(r);
}

/* An actor goes with its last event. */
static int forget_actors(struct db *db, int64_t seq)
{
        int64_t actor;
        int r;

        do {
                r = db_get_int(db, 0, &actor, "SELECT actor FROM event_actors WHERE event = ? LIMIT 1", "i", seq);
                if (r == 0 && actor != 0)
                        r = db_run(db, "DELETE FROM event_actors WHERE event = ? AND actor = ?", "ii", seq, actor);
                if (r == 0 && actor != 0)
                        r = db_run(db, "DELETE FROM actors WHERE id = ?1 AND NOT EXISTS"
                                   " (SELECT 1 FROM event_actors WHERE actor = ?1)", "i", actor);
        } while (r == 0 && actor != 0);
        return error_trace(r);
}

static int put_row(struct db *db, int64_t seq, int64_t story, int64_t number, int64_t source, json_t *record,
                   int64_t revision, int64_t changed)
{
        json_t *quad = json_object_get(record, "quad"), *when = json_object_get(record, "when");
        json_t *where = json_object_get(record, "where"), *goldstein = json_object_get(record, "goldstein");
        char weight[32] = "";

        if (json_is_number(goldstein))
                snprintf(weight, sizeof(weight), "%.10g", json_number_value(goldstein));
        return error_trace(db_run(db,
                "INSERT OR REPLACE INTO events (seq, story, number, source, first_seen, last_seen, revision, changed, type, cameo,"
                " status, quad, goldstein, day_start, day_end, place, country, reports, stories, publishers, origins)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?)", "iiiiiiiitttntnnttiiii",
                seq, story, number, source, time_of(record, "first_seen"), time_of(record, "last_seen"), revision, changed,
                text_of(record, "event"), text_of(record, "cameo"), text_of(record, "status"),
                json_is_integer(quad) ? (int64_t)json_integer_value(quad) : INT64_MIN, weight, day_of(when, "start"),
                day_of(when, "end"), text_of(where, "name"), text_of(where, "country"), int_of(record, "reports"),
                int_of(record, "stories"), int_of(record, "publishers"),
                (int64_t)json_array_size(json_object_get(record, "origins"))));
}

int event_put(struct db *db, int64_t seq, int64_t story, int64_t number, int64_t source, json_t *record, struct event_told *told)
{
        _cleanup_free_ char *text = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(10));
        size_t n = text != NULL ? strlen(text) : 0;
        bool same = false, is_new;
        struct state state;
        int r;

        if (text == NULL)
                return error_origin(-ENOMEM);
        r = load_state(db, seq, &state);
        is_new = !state.there || state.withdrawn;
        if (r == 0 && !is_new)
                r = is_same(db, &state, record, text, n, &same);
        if (r < 0 || same)
                return error_trace(r);
        r = changes_add(db, is_new ? KIND_NEW : KIND_CHANGED, seq, state.revision + 1, text, n, &told->last_seq);
        if (r == 0)
                r = put_row(db, seq, story, number, source, record, state.revision + 1, told->last_seq);
        if (r == 0 && state.there)
                r = forget_actors(db, seq);
        if (r == 0)
                r = put_actors(db, seq, 0, json_object_get(record, "source"), told->last_seq);
        if (r == 0)
                r = put_actors(db, seq, 1, json_object_get(record, "target"), told->last_seq);
        if (r == 0 && is_new) {
                told->shown++;
                r = totals_add(db, "events", 1);
        }
        return error_trace(r);
}

int event_record(struct db *db, struct arena *arena, int64_t seq, const char **record, size_t *n)
{
        sqlite3_stmt *s;
        int r;

        *record = NULL;
        s = db_query(db, "SELECT c.record FROM events e JOIN changes c ON c.seq = e.changed WHERE e.seq = ?", "i", seq);
        r = db_step(db, s);
        if (r <= 0)
                return error_trace(r);
        *n = (size_t)sqlite3_column_bytes(s, 0);
        *record = arena_strndup(arena, (const char *)sqlite3_column_text(s, 0), *n);
        sqlite3_reset(s);
        return 0;
}

/* The id of an event, as its record has it; NULL: there is none. */
static json_t *id_of(struct db *db, int64_t seq)
{
        sqlite3_stmt *s;
        json_t *id = NULL;

        s = db_query(db, "SELECT t.delivery || '.' || t.number || '.' || e.number FROM events e JOIN stories t ON t.id = e.story"
                     " WHERE e.seq = ?", "i", seq);
        if (db_step(db, s) > 0) {
                id = json_string((const char *)sqlite3_column_text(s, 0));
                sqlite3_reset(s);
        }
        return id;
}

int event_withdraw(struct db *db, int64_t seq, int64_t became, struct event_told *told)
{
        _cleanup_(decrefp) json_t *record = NULL;
        _cleanup_free_ char *text = NULL;
        sqlite3_stmt *s;
        struct state state;
        int r;

        r = load_state(db, seq, &state);
        if (r < 0 || !state.there || state.withdrawn)
                return error_trace(r);
        s = db_query(db, "SELECT record FROM changes WHERE seq = ?", "i", state.changed);
        r = db_step(db, s);
        if (r < 0)
                return error_trace(r);
        record = r > 0 ? json_loads((const char *)sqlite3_column_text(s, 0), 0, NULL) : NULL;
        if (r > 0)
                sqlite3_reset(s);
        if (record == NULL)
                return error_origin(-EUCLEAN);
        json_object_del(record, "joined");
        json_object_del(record, "left");
        if (became != 0) {
                json_t *id = id_of(db, became);

                if (id != NULL && json_object_set_new(record, "became", id) < 0)
                        return error_origin(-ENOMEM);
        }
        text = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(10));
        if (text == NULL)
                return error_origin(-ENOMEM);
        r = changes_add(db, KIND_WITHDRAWN, seq, state.revision + 1, text, strlen(text), &told->last_seq);
        if (r == 0)
                r = db_run(db, "UPDATE events SET withdrawn = 1, became = nullif(?, 0), revision = ?, changed = ? WHERE seq = ?",
                           "iiii", became, state.revision + 1, told->last_seq, seq);
        if (r == 0)
                r = db_run(db, "UPDATE event_actors SET changed = ? WHERE event = ?", "ii", told->last_seq, seq);
        told->withdrawn++;
        if (r == 0)
                r = totals_add(db, "events", -1);
        return error_trace(r);
}
