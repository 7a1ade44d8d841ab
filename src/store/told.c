/* See told.h. */
#include "store/told.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/kind.h"

static json_t *load(sqlite3_stmt *s, int column)
{
        const char *text = (const char *)sqlite3_column_text(s, column);

        return text != NULL ? json_loadb(text, (size_t)sqlite3_column_bytes(s, column), 0, NULL) : NULL;
}

/* A member that is there is taken over, under another name perhaps. */
static void take(json_t *to, const char *name, const json_t *from, const char *key)
{
        json_t *value = json_object_get(from, key);

        if (value != NULL && !json_is_null(value))
                json_object_set(to, name, value);
}

static json_t *report_json(const json_t *record, const json_t *mention, sqlite3_stmt *s)
{
        json_t *told = json_pack("{s:o, s:o}", "report",
                                 json_sprintf("%lld.%lld.%lld", (long long)sqlite3_column_int64(s, 0),
                                              (long long)sqlite3_column_int64(s, 1), (long long)sqlite3_column_int64(s, 2)),
                                 "story", json_sprintf("%lld.%lld", (long long)sqlite3_column_int64(s, 0),
                                                       (long long)sqlite3_column_int64(s, 1)));
        static const char *const of_mention[] = { "seen", "published", "publisher", "agency", "watch", "origin", "copy_of", "url" };

        for (size_t i = 0; i < N_ELEMENTS(of_mention); i++)
                take(told, of_mention[i], mention, of_mention[i]);
        take(told, "type", record, "event");
        take(told, "status", record, "status");
        take(told, "attribution", record, "attribution");
        take(told, "words", json_object_get(record, "trigger"), "text");
        if (sqlite3_column_type(s, 4) == SQLITE_TEXT)
                json_object_set_new(told, "headline", json_string((const char *)sqlite3_column_text(s, 4)));
        return told;
}

/* What the event says of a report is newer than what its own record says: whose copy it is. */
static const json_t *mention_of(const json_t *event, const json_t *record, sqlite3_stmt *s)
{
        _cleanup_free_ char *id = NULL;
        json_t *mention;
        size_t i;

        if (asprintf(&id, "%lld.%lld.%lld", (long long)sqlite3_column_int64(s, 0), (long long)sqlite3_column_int64(s, 1),
                     (long long)sqlite3_column_int64(s, 2)) < 0)
                return NULL;
        json_array_foreach(json_object_get(event, "mentions"), i, mention) {
                const char *report = json_string_value(json_object_get(mention, "report"));

                if (report != NULL && strcmp(report, id) == 0)
                        return mention;
        }
        return json_array_get(json_object_get(record, "mentions"), 0);
}

static int add_reports(struct db *db, int64_t seq, json_t *event)
{
        json_t *list = json_array();
        sqlite3_stmt *s;
        int r;

        if (list == NULL || json_object_set_new(event, "told", list) < 0)
                return error_origin(-ENOMEM);
        s = db_query(db,
                     "SELECT t.delivery, t.number, r.number, r.record, x.headline FROM reports r JOIN stories t ON t.id = r.story"
                     " LEFT JOIN texts x ON x.id = t.id WHERE r.event = ? AND r.shown ORDER BY t.id, r.number LIMIT ?",
                     "ii", seq, (int64_t)TOLD_REPORTS_MAX);
        while ((r = db_step(db, s)) > 0) {
                /* A report that stands alone is the event. */
                json_t *own = load(s, 3);
                const json_t *record = own != NULL ? own : event;

                r = json_array_append_new(list, report_json(record, mention_of(event, record, s), s));
                json_decref(own);
                if (r < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        }
        return error_trace(r);
}

int told_mentions(struct db *db, int64_t seq, const json_t *event, int64_t skip, int64_t limit, json_t *list)
{
        sqlite3_stmt *s = db_query(db,
                "SELECT t.delivery, t.number, r.number, r.record FROM reports r JOIN stories t ON t.id = r.story"
                " WHERE r.event = ? AND r.shown ORDER BY r.story, r.number LIMIT ? OFFSET ?", "iii", seq, limit, skip);
        int r;

        while ((r = db_step(db, s)) > 0) {
                json_t *own = load(s, 3), *mention;

                mention = json_incref((json_t *)mention_of(event, own != NULL ? own : event, s));
                json_decref(own);
                if (mention != NULL && json_array_append_new(list, mention) < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        }
        return error_trace(r);
}

static json_t *change_json(const json_t *record, sqlite3_stmt *s)
{
        char at[CLOCK_TEXT_MAX];
        json_t *change = json_pack("{s:s, s:s, s:I}", "at", clock_format(sqlite3_column_int64(s, 1), at), "change",
                                   kind_name((enum kind)sqlite3_column_int64(s, 0)), "revision",
                                   (json_int_t)sqlite3_column_int64(s, 2));
        static const char *const members[] = { "event", "status", "reports", "origins", "joined", "left", "became" };

        for (size_t i = 0; i < N_ELEMENTS(members); i++)
                take(change, i == 0 ? "type" : members[i], record, members[i]);
        return change;
}

static int add_history(struct db *db, int64_t seq, json_t *event)
{
        json_t *list = json_array();
        sqlite3_stmt *s;
        int r;

        if (list == NULL || json_object_set_new(event, "history", list) < 0)
                return error_origin(-ENOMEM);
        s = db_query(db, "SELECT kind, at, revision, record FROM changes WHERE ref = ? AND kind <= 3 ORDER BY seq LIMIT ?", "ii", seq,
                     (int64_t)TOLD_HISTORY_MAX);
        while ((r = db_step(db, s)) > 0) {
                json_t *record = load(s, 3);

                r = json_array_append_new(list, change_json(record, s));
                json_decref(record);
                if (r < 0) {
                        sqlite3_reset(s);
                        return error_origin(-ENOMEM);
                }
        }
        return error_trace(r);
}

int told_add(struct db *db, int64_t seq, json_t *event)
{
        int r = add_reports(db, seq, event);

        return r == 0 ? error_trace(add_history(db, seq, event)) : error_trace(r);
}
