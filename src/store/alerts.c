/* See alerts.h. A record is made from the row's columns each time that it changes. */
#include "store/alerts.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/changes.h"
#include "store/totals.h"

static const char *const states[] = { "raised", "acknowledged", "resolved" };
static const char *const severities[] = { "info", "low", "medium", "high", "critical" };

static void decrefp(json_t **json)
{
        json_decref(*json);
}
#define _cleanup_json_ _cleanup_(decrefp)

bool alerts_parse_id(const char *text, int64_t *id)
{
        text += *text == 'a';
        *id = 0;
        if (*text == '\0' || strlen(text) > 18 || text[strspn(text, "0123456789")] != '\0')
                return false;
        *id = strtoll(text, NULL, 10);
        return *id > 0;
}

static int severity_of(const char *name)
{
        for (size_t i = 0; i < N_ELEMENTS(severities); i++)
                if (strcmp(severities[i], name) == 0)
                        return (int)i;
        return 0;
}

bool alerts_is_severity(const char *severity)
{
        return severity == NULL || strcmp(severity, severities[0]) == 0 || severity_of(severity) != 0;
}

/* ---- the record ---- */

/* The ids of events that stand behind it, the last ones first. */
static int add_events(struct db *db, int64_t id, int64_t limit, json_t *record)
{
        json_t *events = json_array();
        sqlite3_stmt *s;
        int r;

        if (events == NULL || json_object_set_new(record, "events", events) < 0)
                return error_origin(-ENOMEM);
        s = db_query(db,
                     "SELECT json_extract(c.record, '$.id') FROM alert_events a JOIN events e ON e.seq = a.event"
                     " JOIN changes c ON c.seq = e.changed WHERE a.alert = ? AND a.stands ORDER BY a.event DESC LIMIT ?",
                     "ii", id, limit);
        while ((r = db_step(db, s)) > 0) {
                const char *name = (const char *)sqlite3_column_text(s, 0);

                if (name != NULL && json_array_append_new(events, json_string(name)) < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        }
        return error_trace(r);
}

static void set_text(json_t *record, const char *key, sqlite3_stmt *s, int column)
{
        const char *text = (const char *)sqlite3_column_text(s, column);

        if (text != NULL)
                json_object_set_new(record, key, json_string(text));
}

static void set_time(json_t *record, const char *key, sqlite3_stmt *s, int column)
{
        char time[CLOCK_TEXT_MAX];

        if (sqlite3_column_type(s, column) != SQLITE_NULL)
                json_object_set_new(record, key, json_string(clock_format(sqlite3_column_int64(s, column), time)));
}

#define COLUMNS \
        "id, rule, key, severity, state, raised, last, count, standing, text, acknowledged, acknowledged_by, note, resolved," \
        " resolved_by, reason, revision"

static json_t *record_of(sqlite3_stmt *s)
{
        int64_t state = sqlite3_column_int64(s, 4), severity = sqlite3_column_int64(s, 3);
        json_t *record = json_object();

        json_object_set_new(record, "id", json_sprintf("a%lld", (long long)sqlite3_column_int64(s, 0)));
        set_text(record, "rule", s, 1);
        if (*(const char *)sqlite3_column_text(s, 2) != '\0')
                set_text(record, "key", s, 2);
        json_object_set_new(record, "severity", json_string(severities[severity >= 0 && severity <= 4 ? severity : 0]));
        json_object_set_new(record, "state", json_string(states[state >= 0 && state <= 2 ? state : 0]));
        set_text(record, "text", s, 9);
        set_time(record, "raised", s, 5);
        set_time(record, "last", s, 6);
        json_object_set_new(record, "count", json_integer(sqlite3_column_int64(s, 7)));
        set_time(record, "acknowledged", s, 10);
        set_text(record, "acknowledged_by", s, 11);
        set_text(record, "note", s, 12);
        set_time(record, "resolved", s, 13);
        set_text(record, "resolved_by", s, 14);
        set_text(record, "reason", s, 15);
        return record;
}

/* Into the change log, as its row is now. */
static int tell(struct db *db, int64_t id, enum kind kind, int64_t *seq)
{
        _cleanup_json_ json_t *record = NULL;
        _cleanup_free_ char *text = NULL;
        int64_t revision = 0;
        sqlite3_stmt *s;
        int r;

        s = db_query(db, "SELECT " COLUMNS " FROM alerts WHERE id = ?", "i", id);
        r = db_step(db, s);
        if (r <= 0)
                return r < 0 ? error_trace(r) : error_origin(-ENOENT);
        record = record_of(s);
        revision = sqlite3_column_int64(s, 16);
        sqlite3_reset(s);
        r = add_events(db, id, ALERTS_SHOWN_MAX, record);
        if (r == 0)
                text = json_dumps(record, JSON_COMPACT);
        if (r == 0 && text == NULL)
                r = error_origin(-ENOMEM);
        if (r == 0)
                r = changes_add(db, kind, id, revision, text, strlen(text), seq);
        if (r == 0)
                r = db_run(db, "UPDATE alerts SET changed = ? WHERE id = ?", "ii", *seq, id);
        return error_trace(r);
}

/* ---- raising ---- */

static int add_standing(struct db *db, int64_t id, int64_t event)
{
        int64_t n;
        int r = db_get_int(db, 0, &n, "SELECT standing FROM alerts WHERE id = ?", "i", id);

        if (r < 0 || n >= ALERTS_EVENTS_MAX)
                return error_trace(r);
        r = db_run(db, "INSERT INTO alert_events (event, alert, stands) VALUES (?1, ?2, 1)"
                   " ON CONFLICT (event, alert) DO UPDATE SET stands = 1 WHERE NOT stands", "ii", event, id);
        if (r == 0 && sqlite3_changes(db_handle(db)) > 0)
                r = db_run(db, "UPDATE alerts SET standing = standing + 1 WHERE id = ?", "i", id);
        return error_trace(r);
}

int alerts_raise(struct db *db, const struct alerts_new *a, int64_t *id, int64_t *seq)
{
        size_t first = a->n_events > ALERTS_EVENTS_MAX ? a->n_events - ALERTS_EVENTS_MAX : 0;
        int r;

        r = db_run(db,
                   "INSERT INTO alerts (rule, key, severity, state, raised, last, count, least, standing, text, revision,"
                   " changed) VALUES (?1, ?2, ?3, 0, ?4, ?4, ?5, ?6, 0, ?7, 1, 0)",
                   "ttiiiit", a->rule, a->key, (int64_t)severity_of(a->severity), a->now,
                   (int64_t)MAX_OF(a->n_events, (size_t)1), MIN_OF(a->least, (int64_t)ALERTS_EVENTS_MAX), a->text);
        *id = sqlite3_last_insert_rowid(db_handle(db));
        for (size_t i = first; i < a->n_events && r == 0; i++)
                r = add_standing(db, *id, a->events[i]);
        if (r == 0)
                r = totals_add(db, "alerts", 1);
        if (r == 0)
                r = tell(db, *id, KIND_RAISED, seq);
        return error_trace(r);
}

int alerts_find_last(struct db *db, const char *rule, const char *key, struct alerts_last *last)
{
        sqlite3_stmt *s = db_query(db,
                                   "SELECT id, raised, state, state = 2 AND resolved_by IS NULL FROM alerts"
                                   " WHERE rule = ? AND key = ? ORDER BY id DESC LIMIT 1",
                                   "tt", rule, key);
        int r = db_step(db, s);

        *last = (struct alerts_last){ .id = 0 };
        if (r <= 0)
                return error_trace(r);
        *last = (struct alerts_last){
                .id = sqlite3_column_int64(s, 0),
                .raised = sqlite3_column_int64(s, 1),
                .state = (enum alerts_state)sqlite3_column_int64(s, 2),
                .by_itself = sqlite3_column_int64(s, 3) != 0,
        };
        sqlite3_reset(s);
        return 0;
}

int alerts_meet(struct db *db, int64_t id, int64_t event, int64_t now)
{
        int r = db_run(db, "UPDATE alerts SET count = count + 1, held = held + 1, last = max(last, ?) WHERE id = ?", "ii", now, id);

        return r == 0 && event != 0 ? error_trace(add_standing(db, id, event)) : error_trace(r);
}

int alerts_is_met(struct db *db, const char *rule, const char *key, int64_t event, bool *is)
{
        int64_t n;
        int r = db_get_int(db, 0, &n,
                           "SELECT 1 FROM alert_events e JOIN alerts a ON a.id = e.alert"
                           " WHERE e.event = ?1 AND e.stands AND a.rule = ?2 AND a.key = ifnull(?3, a.key)",
                           "itt", event, rule, key);

        *is = n != 0;
        return error_trace(r);
}

int alerts_of_event(struct db *db, int64_t event, struct alerts_standing *standing, size_t max, size_t *n)
{
        sqlite3_stmt *s = db_query(db,
                                   "SELECT a.id, a.rule FROM alert_events e JOIN alerts a ON a.id = e.alert"
                                   " WHERE e.event = ? AND e.stands LIMIT ?",
                                   "ii", event, (int64_t)max);
        int r;

        *n = 0;
        while ((r = db_step(db, s)) > 0) {
                standing[*n].id = sqlite3_column_int64(s, 0);
                standing[*n].rule = strdup((const char *)sqlite3_column_text(s, 1));
                if (standing[(*n)++].rule == NULL) {
                        sqlite3_reset(s);
                        r = error_origin(-ENOMEM);
                        break;
                }
        }
        while (r < 0 && *n > 0)
                free(standing[--*n].rule);
        return error_trace(r);
}

/* ---- the other states ---- */

static int set_state(struct db *db, int64_t id, enum alerts_state state, const char *by, const char *note, int64_t now,
                     int64_t *seq)
{
        int64_t old;
        int r = db_get_int(db, -1, &old, "SELECT state FROM alerts WHERE id = ?", "i", id);

        if (r < 0)
                return error_trace(r);
        if (old < 0)
                return ALERTS_E_NONE;
        if (old >= (int64_t)state)
                return ALERTS_E_STATE;
        if (state == ALERTS_ACKNOWLEDGED)
                r = db_run(db, "UPDATE alerts SET state = 1, revision = revision + 1, acknowledged = ?, acknowledged_by = ?,"
                           " note = ? WHERE id = ?", "itti", now, by, note, id);
        else
                r = db_run(db, "UPDATE alerts SET state = 2, revision = revision + 1, resolved = ?, resolved_by = ?,"
                           " reason = ? WHERE id = ?", "itti", now, by, note, id);
        if (r == 0 && state == ALERTS_RESOLVED)
                r = totals_add(db, "alerts", -1);
        return r == 0 ? error_trace(tell(db, id, state == ALERTS_RESOLVED ? KIND_RESOLVED : KIND_ACKNOWLEDGED, seq))
                      : error_trace(r);
}

int alerts_acknowledge(struct db *db, int64_t id, const char *by, const char *note, int64_t now, int64_t *seq)
{
        return set_state(db, id, ALERTS_ACKNOWLEDGED, by, note, now, seq);
}

int alerts_resolve(struct db *db, int64_t id, const char *by, const char *note, int64_t now, int64_t *seq)
{
        return set_state(db, id, ALERTS_RESOLVED, by, note, now, seq);
}

int alerts_resolve_group(struct db *db, const char *rule, const char *key, const char *reason, int64_t now, int64_t *seq)
{
        int64_t id;
        int r;

        do {
                r = db_get_int(db, 0, &id, "SELECT id FROM alerts WHERE rule = ? AND key = ? AND state < 2 LIMIT 1", "tt", rule,
                               key);
                if (r == 0 && id != 0)
                        r = alerts_resolve(db, id, NULL, reason, now, seq);
        } while (r == 0 && id != 0);
        return error_trace(r);
}

int alerts_drop_event(struct db *db, int64_t id, int64_t event, int64_t now, const char *reason, int64_t *seq)
{
        int64_t few;
        int r;

        r = db_run(db, "UPDATE alert_events SET stands = 0 WHERE event = ? AND alert = ? AND stands", "ii", event, id);
        if (r < 0 || sqlite3_changes(db_handle(db)) == 0)
                return error_trace(r);
        r = db_run(db, "UPDATE alerts SET standing = standing - 1 WHERE id = ?", "i", id);
        if (r == 0)
                r = db_get_int(db, 0, &few, "SELECT 1 FROM alerts WHERE id = ? AND state < 2 AND standing < least", "i", id);
        if (r == 0 && few != 0)
                r = alerts_resolve(db, id, NULL, reason, now, seq);
        return error_trace(r);
}

/* ---- asking ---- */

static int64_t state_bits(const char *state)
{
        if (state == NULL)
                return 7;
        for (size_t i = 0; i < N_ELEMENTS(states); i++)
                if (strcmp(states[i], state) == 0)
                        return 1 << i;
        return strcmp(state, "open") == 0 ? 3 : 0;
}

bool alerts_is_state(const char *state)
{
        return state_bits(state) != 0;
}

/* The open ones go by their own index. */
#define CONDITIONS \
        " WHERE changed > ?1 AND (?2 >> state & 1) AND severity >= ?3 AND rule = ifnull(?4, rule) AND key = ifnull(?5, key)" \
        " AND raised >= ?6 AND raised < ?7"

static sqlite3_stmt *prepare(struct db *db, const struct alerts_filter *f, bool newest, int64_t limit)
{
        static const char *const texts[] = {
                "SELECT " COLUMNS ", changed FROM alerts" CONDITIONS " ORDER BY changed LIMIT ?8",
                "SELECT " COLUMNS ", changed FROM alerts" CONDITIONS " ORDER BY changed DESC LIMIT ?8",
                "SELECT " COLUMNS ", changed FROM alerts" CONDITIONS " AND state < 2 ORDER BY changed LIMIT ?8",
                "SELECT " COLUMNS ", changed FROM alerts" CONDITIONS " AND state < 2 ORDER BY changed DESC LIMIT ?8",
        };
        int64_t bits = state_bits(f->state);

        return db_query(db, texts[((bits & 4) == 0 ? 2 : 0) + newest], "iiittiii", f->after, bits,
                        f->severity != NULL ? (int64_t)severity_of(f->severity) : 0, f->rule, f->key, f->since,
                        f->until != 0 ? f->until : INT64_MAX, limit);
}

/* What its last change is in the log, with the record. */
static void add_log(json_t *record, sqlite3_stmt *s)
{
        int64_t state = sqlite3_column_int64(s, 4);

        json_object_set_new(record, "seq", json_integer(sqlite3_column_int64(s, 17)));
        json_object_set_new(record, "change", json_string(states[state >= 0 && state <= 2 ? state : 0]));
        json_object_set_new(record, "revision", json_integer(sqlite3_column_int64(s, 16)));
}

int alerts_query(struct db *db, const struct alerts_filter *filter, bool newest, int64_t limit, json_t **out)
{
        _cleanup_json_ json_t *array = json_array();
        sqlite3_stmt *s = prepare(db, filter, newest, limit);
        int r;

        if (array == NULL)
                return error_origin(-ENOMEM);
        while ((r = db_step(db, s)) > 0) {
                json_t *record = record_of(s);

                add_log(record, s);
                if ((newest ? json_array_insert_new(array, 0, record) : json_array_append_new(array, record)) < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        }
        for (size_t i = 0, n = json_array_size(array); i < n && r == 0; i++) {
                json_t *record = json_array_get(array, i);
                int64_t id;

                (void)alerts_parse_id(json_string_value(json_object_get(record, "id")), &id);
                r = add_events(db, id, ALERTS_SHOWN_MAX, record);
        }
        if (r == 0)
                *out = STEAL(array);
        return error_trace(r);
}

/* Its rows in the change log. */
static int add_history(struct db *db, int64_t id, json_t *record)
{
        json_t *history = json_array();
        char time[CLOCK_TEXT_MAX];
        sqlite3_stmt *s;
        int r;

        if (history == NULL || json_object_set_new(record, "history", history) < 0)
                return error_origin(-ENOMEM);
        s = db_query(db, "SELECT kind, at FROM changes WHERE ref = ? AND kind > 3 ORDER BY seq", "i", id);
        while ((r = db_step(db, s)) > 0)
                json_array_append_new(history,
                                      json_pack("{s:s, s:s}", "change",
                                                kind_name((enum kind)sqlite3_column_int64(s, 0)), "at",
                                                clock_format(sqlite3_column_int64(s, 1), time)));
        return error_trace(r);
}

int alerts_get(struct db *db, int64_t id, json_t **out)
{
        _cleanup_json_ json_t *record = NULL;
        sqlite3_stmt *s = db_query(db, "SELECT " COLUMNS ", changed FROM alerts WHERE id = ?", "i", id);
        int r = db_step(db, s);

        if (r <= 0)
                return r < 0 ? error_trace(r) : ALERTS_E_NONE;
        record = record_of(s);
        add_log(record, s);
        json_object_set_new(record, "standing", json_integer(sqlite3_column_int64(s, 8)));
        sqlite3_reset(s);
        r = add_events(db, id, ALERTS_EVENTS_MAX, record);
        if (r == 0)
                r = add_history(db, id, record);
        if (r == 0)
                *out = STEAL(record);
        return error_trace(r);
}

int alerts_count_rule(struct db *db, const char *rule, json_t *out)
{
        sqlite3_stmt *s = db_query(db, "SELECT max(raised), count(*), coalesce(sum(state < 2), 0), coalesce(sum(held), 0) FROM alerts"
                                   " WHERE rule = ?", "t", rule);
        int r = db_step(db, s);

        if (r > 0) {
                set_time(out, "raised", s, 0);
                json_object_set_new(out, "count", json_integer(sqlite3_column_int64(s, 1)));
                json_object_set_new(out, "open", json_integer(sqlite3_column_int64(s, 2)));
                json_object_set_new(out, "held", json_integer(sqlite3_column_int64(s, 3)));
                sqlite3_reset(s);
        }
        if (r < 0)
                return error_trace(r);
        s = db_query(db, "SELECT since, seen, filled FROM rules WHERE name = ?", "t", rule);
        r = db_step(db, s);
        if (r > 0) {
                set_time(out, "since", s, 0);
                set_time(out, "seen", s, 1);
                json_object_set_new(out, "filling", json_boolean(sqlite3_column_int64(s, 2) != 0));
                sqlite3_reset(s);
        }
        return error_trace(MIN_OF(r, 0));
}

static bool is_same(json_t *record, const char *key, const char *wanted)
{
        const char *text = json_string_value(json_object_get(record, key));

        return wanted == NULL || strcmp(text != NULL ? text : "", wanted) == 0;
}

bool alerts_matches(const struct alerts_filter *f, json_t *record)
{
        const char *severity = json_string_value(json_object_get(record, "severity"));
        const char *state = json_string_value(json_object_get(record, "state"));
        const char *raised = json_string_value(json_object_get(record, "raised"));
        int64_t at = 0;

        if (state == NULL || severity == NULL || raised == NULL || clock_parse(raised, &at) != 0)
                return false;
        if ((state_bits(f->state) & state_bits(state)) == 0 || !is_same(record, "rule", f->rule) || !is_same(record, "key", f->key))
                return false;
        if (f->severity != NULL && severity_of(severity) < severity_of(f->severity))
                return false;
        return at >= f->since && (f->until == 0 || at < f->until);
}

int alerts_expire(struct db *db, int64_t before, int64_t max, int64_t *n)
{
        int64_t id, open;
        int r = 0;

        for (*n = 0; *n < max; ++*n) {
                r = db_get_int(db, 0, &id, "SELECT id FROM alerts WHERE raised < ? ORDER BY raised LIMIT 1", "i",
                               before);
                if (r < 0 || id == 0)
                        break;
                r = db_get_int(db, 0, &open, "SELECT state < 2 FROM alerts WHERE id = ?", "i", id);
                if (r == 0)
                        r = totals_add(db, "alerts", -open);
                if (r == 0)
                        r = db_run(db, "DELETE FROM alert_events WHERE alert = ?", "i", id);
                if (r == 0)
                        r = db_run(db, "DELETE FROM changes WHERE ref = ? AND kind > 3", "i", id);
                if (r == 0)
                        r = db_run(db, "DELETE FROM alerts WHERE id = ?", "i", id);
                if (r < 0)
                        break;
        }
        return error_trace(r);
}
