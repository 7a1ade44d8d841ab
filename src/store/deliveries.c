/* See deliveries.h. */
#include "store/deliveries.h"

#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"
#include "store/totals.h"

static int source_id(struct db *db, const char *name, int64_t *id)
{
        int r = db_get_int(db, 0, id, "SELECT id FROM sources WHERE name = ?", "t", name);

        if (r < 0 || *id != 0)
                return r;
        r = db_run(db, "INSERT INTO sources (name) VALUES (?)", "t", name);
        *id = sqlite3_last_insert_rowid(db_handle(db));
        return r;
}

/* A file's name may be any bytes; what is stored is text. */
static int to_text(struct buf *b, const char *name)
{
        size_t n = strlen(name);
        int r = 0;

        while (n > 0 && r == 0) {
                size_t good = utf8_valid_prefix(name, n);

                r = buf_append(b, name, good);
                if (r == 0 && good < n)
                        r = buf_printf(b, "\\x%02X", (unsigned char)name[good++]);
                name += good;
                n -= good;
        }
        return r;
}

int deliveries_accept(struct db *db, const struct delivery *d, int64_t *id)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        const char *name = d->name;
        int64_t source;
        int r;

        r = source_id(db, d->source, &source);
        if (r < 0)
                return error_trace(r);
        if (d->key != NULL) {
                r = db_get_int(db, 0, id, "SELECT id FROM deliveries WHERE source = ? AND key = ?", "it", source,
                               d->key);
                if (r < 0)
                        return error_trace(r);
                if (*id != 0)
                        return DELIVERIES_E_KNOWN;
        }
        if (name != NULL && !utf8_is_valid(name, strlen(name))) {
                r = to_text(&text, name);
                if (r < 0)
                        return error_trace(r);
                name = text.data;
        }
        r = db_run(db,
                   "INSERT INTO deliveries (source, received, size, name, format, encoding, key, page_of)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0))",
                   "iiitttti", source, d->received, (int64_t)d->n_bytes, name, d->format, d->encoding, d->key, d->page_of);
        if (r < 0)
                return error_trace(r);
        *id = sqlite3_last_insert_rowid(db_handle(db));
        r = db_run(db, "INSERT INTO payloads (delivery, bytes) VALUES (?, ?)", "ib", *id, d->bytes, d->n_bytes);
        if (r == 0 && d->fetch != NULL)
                r = feeds_note(db, *id, d->fetch);
        return error_trace(r);
}

int deliveries_find(struct db *db, const char *source, const char *key, int64_t *id)
{
        return error_trace(db_get_int(db, 0, id, "SELECT id FROM deliveries WHERE source = (SELECT id FROM sources WHERE name = ?)"
                                      " AND key = ?", "tt", source, key));
}

void waiting_deinit(struct waiting *w)
{
        free(w->source);
        free(w->name);
        free(w->head);
        free(w->body);
        *w = (struct waiting){ 0 };
}

static int put_text(json_t *object, const char *key, sqlite3_stmt *s, int column)
{
        const char *text = (const char *)sqlite3_column_text(s, column);

        if (text == NULL)
                return 0;
        return json_object_set_new(object, key, json_string(text));
}

/* {"kind": ..., "envelope": {...}} from columns 0..5: delivery, source, name, format, encoding, received; NULL: no
 * memory. */
static char *envelope_head(sqlite3_stmt *s, const char *kind)
{
        json_t *head = json_pack("{s:s}", "kind", kind), *envelope = json_object();
        char *text = NULL;

        if (envelope != NULL &&
            json_object_set_new(envelope, "delivery", json_integer(sqlite3_column_int64(s, 0))) == 0 &&
            put_text(envelope, "source", s, 1) == 0 && put_text(envelope, "name", s, 2) == 0 &&
            put_text(envelope, "format", s, 3) == 0 && put_text(envelope, "encoding", s, 4) == 0 &&
            json_object_set_new(envelope, "received", json_integer(sqlite3_column_int64(s, 5))) == 0 &&
            json_object_set(head, "envelope", envelope) == 0)
                text = json_dumps(head, JSON_COMPACT);
        json_decref(envelope);
        json_decref(head);
        return text;
}

/* Columns: delivery, source, name, format, encoding, received, attempts, row, body, number, story's head. */
static int fill(struct waiting *w, sqlite3_stmt *s, bool is_story)
{
        const char *story = is_story ? (const char *)sqlite3_column_text(s, 10) : NULL;
        const void *body = sqlite3_column_blob(s, 8);
        const char *name = (const char *)sqlite3_column_text(s, 2);
        int n;

        *w = (struct waiting){
                .is_story = is_story,
                .delivery = sqlite3_column_int64(s, 0),
                .attempts = sqlite3_column_int64(s, 6),
                .received = sqlite3_column_int64(s, 5),
                .row = sqlite3_column_int64(s, 7),
                .number = is_story ? sqlite3_column_int64(s, 9) : 0,
                .n_body = (size_t)sqlite3_column_bytes(s, 8),
        };
        w->source = strdup((const char *)sqlite3_column_text(s, 1));
        w->name = name != NULL ? strdup(name) : NULL;
        w->head = envelope_head(s, is_story ? "story" : "delivery");
        w->body = malloc(w->n_body + 1);
        if (w->source == NULL || (name != NULL && w->name == NULL) || w->head == NULL || w->body == NULL)
                return error_origin(-ENOMEM);
        if (w->n_body != 0)
                memcpy(w->body, body, w->n_body);
        w->body[w->n_body] = '\0';
        if (is_story) {
                const char *rest = story != NULL ? story + 1 : "}";
                char *head;

                /* Both are JSON objects already: join them as text. The id is not stored, it is the row's. */
                n = asprintf(&head, "%.*s,\"story\":{\"id\":\"%lld.%lld\"%s%s}", (int)strlen(w->head) - 1, w->head,
                             (long long)w->delivery, (long long)w->number, *rest == '}' ? "" : ",", rest);
                if (n < 0)
                        return error_origin(-ENOMEM);
                free(w->head);
                w->head = head;
        }
        w->n_head = strlen(w->head);
        return 0;
}

static int fetch(struct db *db, sqlite3_stmt *s, bool is_story, size_t max, size_t max_bytes, struct waiting *items,
                 size_t *n)
{
        size_t bytes = 0;
        int r = 0;

        *n = 0;
        while (*n < max && (*n == 0 || bytes < max_bytes) && (r = db_step(db, s)) > 0) {
                r = fill(&items[*n], s, is_story);
                ++*n;
                if (r < 0)
                        break;
                bytes += items[*n - 1].n_head + items[*n - 1].n_body;
        }
        if (s != NULL)
                sqlite3_reset(s);
        if (r >= 0)
                return 0;
        while (*n > 0)
                waiting_deinit(&items[--*n]);
        return error_trace(r);
}

int deliveries_fetch(struct db *db, int64_t after, size_t max, size_t max_bytes, struct waiting *items, size_t *n)
{
        sqlite3_stmt *s = db_query(db,
                "SELECT d.id, s.name, d.name, d.format, d.encoding, d.received, d.attempts, d.id, p.bytes"
                " FROM deliveries d INDEXED BY deliveries_pending JOIN sources s ON s.id = d.source"
                " LEFT JOIN payloads p ON p.delivery = d.id WHERE d.state = 0 AND d.id > ? ORDER BY d.id", "i", after);

        return fetch(db, s, false, max, max_bytes, items, n);
}

int stories_fetch(struct db *db, int64_t after, size_t max, size_t max_bytes, struct waiting *items, size_t *n)
{
        sqlite3_stmt *s = db_query(db,
                                   "SELECT d.id, s.name, d.name, d.format, d.encoding, d.received, t.attempts, t.id, "
                                   "x.text, t.number, t.head"
                                   " FROM stories t INDEXED BY stories_pending JOIN deliveries d ON d.id = t.delivery"
                                   " JOIN sources s ON s.id = t.source LEFT JOIN texts x ON x.id = t.id"
                                   " WHERE t.state = 0 AND t.id > ? ORDER BY t.id",
                                   "i", after);

        return fetch(db, s, true, max, max_bytes, items, n);
}

int deliveries_count_pending(struct db *db, int64_t *deliveries, int64_t *stories)
{
        int r = db_get_int(db, 0, deliveries,
                           "SELECT count(*) FROM deliveries INDEXED BY deliveries_pending WHERE state = 0", "");

        if (r == 0)
                r = db_get_int(db, 0, stories,
                               "SELECT count(*) FROM stories INDEXED BY stories_pending WHERE state = 0", "");
        return error_trace(r);
}

int deliveries_set_attempts(struct db *db, bool is_story, int64_t row, int64_t attempts)
{
        return error_trace(db_run(db,
                                  is_story ? "UPDATE stories SET attempts = ? WHERE id = ?"
                                           : "UPDATE deliveries SET attempts = ? WHERE id = ?",
                                  "ii", attempts, row));
}

int deliveries_quarantine(struct db *db, bool is_story, int64_t row, const char *reason)
{
        int r = db_run(db, is_story ? "UPDATE stories SET state = 2, reason = ? WHERE id = ? AND state = 0"
                                    : "UPDATE deliveries SET state = 2, reason = ? WHERE id = ? AND state = 0", "ti",
                       reason, row);

        if (r == 0)
                r = totals_add(db, "quarantined", sqlite3_changes(db_handle(db)));
        if (r == 0 && !is_story)
                r = feeds_forget(db, row);
        return error_trace(r);
}
