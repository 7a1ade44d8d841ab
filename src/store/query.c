/*
 * See query.h. Each answer is one SQL statement and one function that makes JSON of a row.
 */
#include "store/query.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/changes.h"
#include "store/deadline.h"
#include "store/filter.h"
#include "store/told.h"
#include "store/walk.h"

enum { WORDS_MAX = 1000 };

static void decrefp(json_t **json)
{
        json_decref(*json);
}
#define _cleanup_json_ _cleanup_(decrefp)

bool query_parse_id(const char *id, int64_t *delivery, int64_t *number)
{
        int64_t *parts[2] = { delivery, number };

        *delivery = *number = 0;
        for (int i = 0; i < 2; i++) {
                size_t n = strspn(id, "0123456789");

                if (n == 0 || n > 18)
                        return false;
                *parts[i] = strtoll(id, NULL, 10);
                id += n;
                if (*id == '\0')
                        return true;
                if (*id++ != '.')
                        return false;
        }
        return false;
}

/* Text that may, by somebody's fault, not be UTF-8. */
static json_t *to_json(const char *text)
{
        json_t *value = json_string(text);

        return value != NULL ? value : json_string("(not UTF-8)");
}

static int set_text(json_t *object, const char *key, sqlite3_stmt *s, int column)
{
        const char *text = (const char *)sqlite3_column_text(s, column);

        return text == NULL ? 0 : json_object_set_new(object, key, to_json(text));
}

static int set_int(json_t *object, const char *key, sqlite3_stmt *s, int column)
{
        return json_object_set_new(object, key, json_integer(sqlite3_column_int64(s, column)));
}

static int set_time(json_t *object, const char *key, sqlite3_stmt *s, int column)
{
        char time[CLOCK_TEXT_MAX];

        return json_object_set_new(object, key, json_string(clock_format(sqlite3_column_int64(s, column), time)));
}

static json_t *make_id(int64_t delivery, int64_t number)
{
        return number != 0 ? json_sprintf("%lld.%lld", (long long)delivery, (long long)number)
                           : json_sprintf("%lld", (long long)delivery);
}

static const char *const state_names[] = { "pending", "done", "quarantined", "dropped", "duplicate", "embargoed",
                                           "withheld", "awaiting" };

static int set_state(json_t *object, sqlite3_stmt *s, int column)
{
        int64_t state = sqlite3_column_int64(s, column);

        return json_object_set_new(object, "state", json_string(state >= 0 && state < (int64_t)N_ELEMENTS(state_names)
                                                                        ? state_names[state] : "unknown"));
}

/* An event's last change. */
#define EVENT_COLUMNS "c.seq, c.kind, c.revision, c.record"
static json_t *event_json(sqlite3_stmt *s)
{
        _cleanup_free_ char *line = changes_line(s, 0);

        return line != NULL ? json_loads(line, 0, NULL) : NULL;
}

/* Lines are handed out as they are: parsing and printing a thousand of them takes longer than finding them. */
struct found {
        struct line {
                char *text;
                int64_t seq;
        } *lines;
        size_t n, size;
        size_t kept;                    /* of windows that were looked at to their end */
};

static void drop_lines(struct found *found, size_t n)
{
        while (found->n > n)
                free(found->lines[--found->n].text);
}

static void found_deinit(struct found *found)
{
        drop_lines(found, 0);
        free(found->lines);
}

static int append_event(void *user, sqlite3_stmt *s)
{
        struct found *found = user;

        if (found->n == found->size) {
                size_t size = MAX_OF(2 * found->size, (size_t)64);
                struct line *lines = realloc(found->lines, size * sizeof(*lines));

                if (lines == NULL)
                        return error_origin(-ENOMEM);
                found->lines = lines;
                found->size = size;
        }
        found->lines[found->n] = (struct line){ changes_line(s, 0), sqlite3_column_int64(s, 0) };
        return found->lines[found->n].text != NULL ? (found->n++, 0) : error_origin(-ENOMEM);
}

static void end_window(void *user, bool counts)
{
        struct found *found = user;

        if (!counts)
                drop_lines(found, found->kept);
        found->kept = found->n;
}

int query_events(struct db *db, const struct query_filter *filter, bool newest, int64_t limit, struct buf *out,
                 struct query_answer *answer)
{
        _cleanup_(found_deinit) struct found found = { 0 };
        const struct walk walk = {
                .head = "SELECT " EVENT_COLUMNS " FROM (", .columns = "e.changed",
                .tail = newest ? ") i CROSS JOIN changes c ON c.seq = i.changed ORDER BY i.changed DESC"
                               : ") i CROSS JOIN changes c ON c.seq = i.changed ORDER BY i.changed",
                .row = append_event, .window = end_window, .user = &found,
        };
        int r;

        *answer = (struct query_answer){ 0 };
        r = walk_run(db, &walk, filter, newest, limit, &answer->reach);
        if (r != 0)
                return r;
        r = buf_append(out, "[", 1);
        for (size_t i = 0; i < found.n && r == 0; i++) {
                const struct line *line = &found.lines[newest ? found.n - 1 - i : i];

                answer->last = line->seq;
                r = i > 0 ? buf_append(out, ",", 1) : 0;
                if (r == 0)
                        r = buf_append_string(out, line->text);
        }
        answer->n = (int64_t)found.n;
        return r == 0 ? error_trace(buf_append(out, "]", 1)) : error_trace(r);
}

bool query_filter_matches(const struct query_filter *filter, json_t *event)
{
        return filter_matches(filter, event);
}

/* Rows of events to an array. */
static int collect_events(struct db *db, sqlite3_stmt *s, json_t *array)
{
        int r;

        while ((r = db_step(db, s)) > 0)
                if (json_array_append_new(array, event_json(s)) < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        return error_trace(r);
}

int query_event(struct db *db, const char *id, json_t **out)
{
        const char *dot = strrchr(id, '.');
        int64_t delivery, number, event, unused, seq;
        _cleanup_free_ char *story = NULL;
        _cleanup_json_ json_t *record = NULL;
        sqlite3_stmt *s;
        int r;

        if (dot == NULL || (story = strndup(id, (size_t)(dot - id))) == NULL)
                return QUERY_E_NONE;
        if (!query_parse_id(story, &delivery, &number) || number == 0 || !query_parse_id(dot + 1, &event, &unused))
                return QUERY_E_NONE;
        s = db_query(db, "SELECT " EVENT_COLUMNS ", e.seq FROM stories t JOIN reports r ON r.story = t.id"
                     " JOIN events e ON e.seq = r.event JOIN changes c ON c.seq = e.changed WHERE t.delivery = ? AND "
                     "t.number = ? AND r.number = ?", "iii",
                     delivery, number, event);
        r = db_step(db, s);
        if (r <= 0)
                return r < 0 ? error_trace(r) : QUERY_E_NONE;
        record = event_json(s);
        seq = sqlite3_column_int64(s, sqlite3_column_count(s) - 1);
        sqlite3_reset(s);
        if (record == NULL)
                return error_origin(-ENOMEM);
        r = told_add(db, seq, record);
        if (r == 0)
                *out = STEAL(record);
        return error_trace(r);
}

int query_mentions(struct db *db, int64_t event, int64_t skip, int64_t limit, json_t **out)
{
        sqlite3_stmt *s = db_query(db, "SELECT " EVENT_COLUMNS " FROM events e JOIN changes c ON c.seq = e.changed"
                                       " WHERE e.seq = ?", "i", event);
        _cleanup_json_ json_t *record = NULL, *list = json_array();
        int r = db_step(db, s);

        if (r <= 0)
                return r < 0 ? error_trace(r) : QUERY_E_NONE;
        record = event_json(s);
        sqlite3_reset(s);
        if (record == NULL || list == NULL)
                return error_origin(-ENOMEM);
        r = told_mentions(db, event, record, skip, limit, list);
        if (r == 0)
                *out = STEAL(list);
        return error_trace(r);
}

/* [{"id", "state", "version", "received", "current"}] of all stories with the same source and guid. */
static int add_versions(struct db *db, json_t *story, int64_t row)
{
        json_t *array = json_array();
        sqlite3_stmt *s;
        int r;

        if (array == NULL || json_object_set_new(story, "versions", array) < 0)
                return error_origin(-ENOMEM);
        s = db_query(db,
                     "SELECT v.delivery, v.number, v.state, v.version, v.received, v.replaced_by IS NULL FROM stories t"
                     " JOIN stories v ON v.identity = t.identity AND v.source = t.source AND v.guid = t.guid"
                     " WHERE t.id = ? ORDER BY v.top_delivery, v.top_number LIMIT 100",
                     "i", row);
        while ((r = db_step(db, s)) > 0) {
                json_t *item = json_object();

                if (json_array_append_new(array, item) < 0 ||
                    json_object_set_new(item, "id", make_id(sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1))) <
                            0 ||
                    set_state(item, s, 2) < 0 || set_text(item, "version", s, 3) < 0 ||
                    set_time(item, "received", s, 4) < 0 ||
                    json_object_set_new(item, "current", json_boolean(sqlite3_column_int64(s, 5))) < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        }
        return error_trace(r);
}

static int add_duplicates(struct db *db, json_t *story, int64_t row)
{
        json_t *array = json_array();
        sqlite3_stmt *s;
        int r;

        if (array == NULL || json_object_set_new(story, "duplicates", array) < 0)
                return error_origin(-ENOMEM);
        s = db_query(db, "SELECT t.delivery, t.number, s.name FROM stories t JOIN sources s ON s.id = t.source"
                     " WHERE t.duplicate_of = ? ORDER BY t.id LIMIT 100", "i", row);
        while ((r = db_step(db, s)) > 0) {
                json_t *item = json_object();

                if (json_array_append_new(array, item) < 0 ||
                    json_object_set_new(item, "id", make_id(sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1))) <
                            0 ||
                    set_text(item, "source", s, 2) < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        }
        return error_trace(r);
}

/* replaced_by, and killed where that one is a kill, from three columns: delivery and number of what replaced it,
 * canceled. */
static int set_replaced(json_t *story, sqlite3_stmt *s, int column)
{
        if (sqlite3_column_type(s, column) == SQLITE_NULL)
                return 0;
        if (json_object_set_new(story, "replaced_by",
                                make_id(sqlite3_column_int64(s, column), sqlite3_column_int64(s, column + 1))) < 0)
                return -1;
        return sqlite3_column_int64(s, column + 2) != 0 ? json_object_set_new(story, "killed", json_true()) : 0;
}

/* What the row of a story says; the members that decode found are beside ours. */
static json_t *story_json(sqlite3_stmt *s)
{
        const char *head = (const char *)sqlite3_column_text(s, 8);
        json_t *story = json_object(), *decoded = head != NULL ? json_loads(head, 0, NULL) : NULL;

        if (story == NULL ||
            json_object_set_new(story, "id", make_id(sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2))) < 0 ||
            set_text(story, "source", s, 3) < 0 || set_text(story, "name", s, 4) < 0 ||
            set_time(story, "received", s, 5) < 0 || set_state(story, s, 6) < 0 ||
            set_text(story, "reason", s, 7) < 0 ||
            (decoded != NULL && json_object_update_missing(story, decoded) < 0) ||
            (sqlite3_column_type(s, 9) != SQLITE_NULL &&
             json_object_set_new(story, "duplicate_of",
                                 make_id(sqlite3_column_int64(s, 9), sqlite3_column_int64(s, 10))) < 0) ||
            set_replaced(story, s, 11) < 0 || set_text(story, "text", s, 14) < 0) {
                json_decref(story);
                story = NULL;
        }
        json_decref(decoded);
        return story;
}

int query_story(struct db *db, const char *id, json_t **out)
{
        _cleanup_json_ json_t *story = NULL;
        int64_t delivery, number, row;
        json_t *events;
        sqlite3_stmt *s;
        int r;

        if (!query_parse_id(id, &delivery, &number) || number == 0)
                return QUERY_E_NONE;
        s = db_query(db, "SELECT t.id, t.delivery, t.number, s.name, d.name, t.received, t.state, t.reason, t.head,"
                     " o.delivery, o.number, b.delivery, b.number, b.canceled, x.text FROM stories t"
                     " JOIN sources s ON s.id = t.source JOIN deliveries d ON d.id = t.delivery"
                     " LEFT JOIN stories o ON o.id = t.duplicate_of LEFT JOIN stories b ON b.id = t.replaced_by"
                     " LEFT JOIN texts x ON x.id = t.id WHERE t.delivery = ? AND t.number = ?", "ii", delivery, number);
        r = db_step(db, s);
        if (r <= 0)
                return r < 0 ? error_trace(r) : QUERY_E_NONE;
        row = sqlite3_column_int64(s, 0);
        story = story_json(s);
        sqlite3_reset(s);
        events = json_array();
        if (story == NULL || json_object_set_new(story, "events", events) < 0)
                return error_origin(-ENOMEM);
        r = add_versions(db, story, row);
        if (r == 0)
                r = add_duplicates(db, story, row);
        if (r == 0)
                r = collect_events(db,
                                   db_query(db,
                                            "SELECT " EVENT_COLUMNS " FROM reports r JOIN events e ON e.seq = r.event"
                                            " JOIN changes c ON c.seq = e.changed WHERE r.story = ? ORDER BY r.number",
                                            "i", row),
                                   events);
        if (r == 0)
                *out = STEAL(story);
        return error_trace(r);
}

/* Whether the words are meant as FTS5's syntax. */
static bool is_syntax(const char *words)
{
        static const char *const operators[] = { "AND", "OR", "NOT" };

        if (strpbrk(words, "\"*()") != NULL || strncmp(words, "headline:", 9) == 0 || strncmp(words, "text:", 5) == 0)
                return true;
        for (size_t i = 0; i < N_ELEMENTS(operators); i++) {
                size_t n = strlen(operators[i]);

                for (const char *p = words; (p = strstr(p, operators[i])) != NULL; p += n)
                        if (p > words && p[-1] == ' ' && p[n] == ' ')
                                return true;
        }
        return false;
}

/* Each word as a string of FTS5: all must be there. */
static int quote(struct buf *out, const char *words)
{
        int r = 0;

        while (r == 0 && *(words += strspn(words, " \t\r\n")) != '\0') {
                size_t n = strcspn(words, " \t\r\n");

                r = buf_printf(out, "\"%.*s\" ", (int)n, words);
                words += n;
        }
        return r;
}

static json_t *hit_json(sqlite3_stmt *s)
{
        const char *head = (const char *)sqlite3_column_text(s, 4);
        json_t *hit = json_object(), *decoded = head != NULL ? json_loads(head, 0, NULL) : NULL;
        json_t *published = json_object_get(decoded, "published");

        if (hit == NULL ||
            json_object_set_new(hit, "id", make_id(sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1))) < 0 ||
            set_text(hit, "headline", s, 2) < 0 || set_text(hit, "source", s, 3) < 0 ||
            (published != NULL && json_object_set(hit, "published", published) < 0) ||
            set_time(hit, "received", s, 5) < 0 || set_text(hit, "snippet", s, 6) < 0 || set_replaced(hit, s, 7) < 0) {
                json_decref(hit);
                hit = NULL;
        }
        json_decref(decoded);
        return hit;
}

int query_search(struct db *db, const char *words, int64_t limit, json_t **out)
{
        _cleanup_(buf_deinit) struct buf quoted = BUF_NULL;
        _cleanup_json_ json_t *array = json_array();
        int64_t deadline;
        sqlite3_stmt *s;
        int r;

        if (array == NULL)
                return error_origin(-ENOMEM);
        if (strlen(words) > WORDS_MAX || words[strspn(words, " \t\r\n")] == '\0')
                return QUERY_E_WORDS;
        r = is_syntax(words) ? buf_append_string(&quoted, words) : quote(&quoted, words);
        if (r < 0)
                return error_trace(r);
        deadline_begin(db, &deadline);
        s = db_query(db, "SELECT t.delivery, t.number, x.headline, s.name, t.head, t.received,"
                     " snippet(search, 1, '[', ']', '...', 16), b.delivery, b.number, b.canceled FROM search"
                     " JOIN texts x ON x.id = search.rowid JOIN stories t ON t.id = search.rowid"
                     " JOIN sources s ON s.id = t.source LEFT JOIN stories b ON b.id = t.replaced_by"
                     " WHERE search MATCH ? AND t.state < 5 ORDER BY search.rowid DESC LIMIT ?", "ti", quoted.data,
                             limit);
        while ((r = db_step(db, s)) > 0)
                if (json_array_append_new(array, hit_json(s)) < 0) {
                        sqlite3_reset(s);
                        r = error_origin(-ENOMEM);
                        break;
                }
        r = deadline_end(db, &deadline, r);
        if (r == -EINVAL)               /* what FTS5 says of a query that it does not take: SQLITE_ERROR */
                return QUERY_E_WORDS;
        if (r == 0)
                *out = STEAL(array);
        return r;
}

/* Columns: delivery, number (0: the delivery itself), source, name, received, attempts, reason, size, kind. */
static json_t *quarantined_json(sqlite3_stmt *s)
{
        json_t *item = json_object();

        if (item == NULL ||
            json_object_set_new(item, "id", make_id(sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1))) < 0 ||
            set_text(item, "kind", s, 8) < 0 || set_text(item, "source", s, 2) < 0 ||
            set_text(item, "name", s, 3) < 0 || set_time(item, "received", s, 4) < 0 ||
            set_int(item, "attempts", s, 5) < 0 || set_text(item, "reason", s, 6) < 0 ||
            set_int(item, "size", s, 7) < 0) {
                json_decref(item);
                return NULL;
        }
        return item;
}

#define QUARANTINED_DELIVERIES                                                                                         \
        "SELECT d.id AS delivery, 0 AS number, s.name AS source, d.name, d.received AS received, d.attempts, "         \
        "d.reason,"                                                                                                    \
        " d.size, 'delivery', d.id AS bytes FROM deliveries d JOIN sources s ON s.id = d.source WHERE d.state = 2"
/* An item that could not be read has no text; its bytes are in the delivery's. */
#define QUARANTINED_STORIES                                                                                            \
        "SELECT t.delivery AS delivery, t.number AS number, s.name AS source, d.name, t.received AS received, "        \
        "t.attempts,"                                                                                                  \
        " t.reason, coalesce(length(CAST(x.text AS BLOB)), d.size), iif(t.head IS NULL, 'item', 'story'), t.id AS "    \
        "bytes"                                                                                                        \
        " FROM stories t JOIN deliveries d ON d.id = t.delivery JOIN sources s ON s.id = t.source"                     \
        " LEFT JOIN texts x ON x.id = t.id WHERE t.state = 2"

int query_quarantine(struct db *db, int64_t limit, json_t **out)
{
        _cleanup_json_ json_t *array = json_array();
        sqlite3_stmt *s;
        int r;

        if (array == NULL)
                return error_origin(-ENOMEM);
        s = db_query(db,
                     "SELECT * FROM (" QUARANTINED_DELIVERIES " ORDER BY d.id DESC LIMIT ?1) UNION ALL SELECT * FROM "
                                                              "(" QUARANTINED_STORIES " ORDER BY t.id DESC LIMIT ?1) "
                                                                                      "ORDER BY delivery DESC, number "
                                                                                      "LIMIT ?1",
                     "i", limit);
        while ((r = db_step(db, s)) > 0)
                if (json_array_append_new(array, quarantined_json(s)) < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        if (r == 0)
                *out = STEAL(array);
        return error_trace(r);
}

/* The bytes in base64: the story's text, or what the delivery brought. */
static int add_bytes(struct db *db, json_t *item, const char *sql, int64_t row)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        sqlite3_stmt *s = db_query(db, sql, "i", row);
        int r = db_step(db, s);

        if (r <= 0)
                return error_trace(r);
        r = base64_encode(&text, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
        sqlite3_reset(s);
        if (r == 0 && json_object_set_new(item, "bytes", json_string(text.data != NULL ? text.data : "")) < 0)
                r = error_origin(-ENOMEM);
        return error_trace(r);
}

int query_quarantined(struct db *db, const char *id, json_t **out)
{
        _cleanup_json_ json_t *item = NULL;
        int64_t delivery, number, row;
        bool has_text;
        sqlite3_stmt *s;
        int r;

        if (!query_parse_id(id, &delivery, &number))
                return QUERY_E_NONE;
        if (number == 0)
                s = db_query(db, QUARANTINED_DELIVERIES " AND d.id = ?", "i", delivery);
        else
                s = db_query(db, QUARANTINED_STORIES " AND t.delivery = ? AND t.number = ?", "ii", delivery, number);
        r = db_step(db, s);
        if (r <= 0)
                return r < 0 ? error_trace(r) : QUERY_E_NONE;
        item = quarantined_json(s);
        has_text = strcmp((const char *)sqlite3_column_text(s, 8), "story") == 0;
        row = has_text ? sqlite3_column_int64(s, 9) : delivery;
        sqlite3_reset(s);
        if (item == NULL)
                return error_origin(-ENOMEM);
        r = add_bytes(db, item, has_text ? "SELECT text FROM texts WHERE id = ?"
                                         : "SELECT bytes FROM payloads WHERE delivery = ?", row);
        if (r == 0)
                *out = STEAL(item);
        return error_trace(r);
}

int query_totals(struct db *db, json_t **out)
{
        _cleanup_json_ json_t *totals = json_object();
        sqlite3_stmt *s;
        int r;

        if (totals == NULL)
                return error_origin(-ENOMEM);
        s = db_query(db,
                     "SELECT name, value FROM totals WHERE name NOT IN ('indexed', 'ruled', 'ticked') UNION ALL SELECT "
                     "iif(name = 'alerts', 'raised', name), seq"
                     " FROM sqlite_sequence WHERE name IN ('deliveries', 'alerts')",
                     "");
        while ((r = db_step(db, s)) > 0)
                if (set_int(totals, (const char *)sqlite3_column_text(s, 0), s, 1) < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        if (r == 0)
                *out = STEAL(totals);
        return error_trace(r);
}
