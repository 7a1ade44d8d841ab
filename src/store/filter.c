/* See filter.h. The SQL is put together from clauses; all values are bound. */
#include "store/filter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/kind.h"

/* What a text of the filter is: a code by its capitals and digits, otherwise a part of a name. */
static bool is_code(const char *text)
{
        while ((*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9'))
                text++;
        return *text == '\0';
}

static bool is_cameo(const char *text)
{
        return isdigit((unsigned char)*text);
}

/* The clauses, with the values in their order. */
struct clauses {
        struct buf sql;
        struct {
                const char *text;       /* NULL: the number */
                int64_t number;
        } values[40];
        int n;
};

static int add(struct clauses *c, const char *sql, const char *text, int64_t number)
{
        c->values[c->n].text = text;
        c->values[c->n++].number = number;
        return buf_append_string(&c->sql, sql);
}

static int add_actor(struct clauses *c, const char *side, const char *actor)
{
        int r;

        if (actor == NULL)
                return 0;
        r = buf_printf(&c->sql,
                       " AND e.seq IN (SELECT event FROM event_actors WHERE %s actor IN (SELECT id FROM actors WHERE ",
                       side);
        if (r == 0 && is_code(actor)) {
                r = add(c, "code >= ?", actor, 0);
                if (r == 0)
                        r = add(c, " AND code < ? || '~'))", actor, 0);
        } else if (r == 0) {
                r = add(c, "instr(lower(name), lower(?)) > 0))", actor, 0);
        }
        return r;
}

/* A part of a name of one of a list in the record. */
static int add_name(struct clauses *c, const char *list, const char *name, const char *part)
{
        int r = buf_printf(&c->sql, " AND EXISTS (SELECT 1 FROM json_each(c.record, '$.%s') n WHERE instr(lower(%s), ", list, name);

        return r == 0 ? add(c, "lower(?)) > 0)", part, 0) : r;
}

static int add_rest(struct clauses *c, const struct query_filter *f, int r)
{
        const struct {
                const char *sql, *text;
                int64_t number;
        } rows[] = {
                { " AND quad = ?", NULL, f->quad },
                { " AND country = ?", f->country, 0 },
                { " AND instr(lower(place), lower(?)) > 0", f->place, 0 },
                { " AND origins >= ?", NULL, f->min_origins },
                { " AND reports >= ?", NULL, f->min_reports },
                { " AND e.seq IN (SELECT event FROM alert_events WHERE alert IN (SELECT id FROM alerts WHERE rule = ?))", f->rule, 0 },
        };

        for (size_t i = 0; i < N_ELEMENTS(rows) && r == 0; i++)
                if (rows[i].text != NULL || rows[i].number != 0)
                        r = add(c, rows[i].sql, rows[i].text, rows[i].number);
        if (r == 0 && f->origin != NULL)
                r = add_name(c, "origins", "n.value", f->origin);
        return r == 0 && f->publisher != NULL ? add_name(c, "mentions", "n.value ->> 'publisher'", f->publisher) : r;
}

static int add_clauses(struct clauses *c, const struct query_filter *f, char type[static 33])
{
        int64_t delivery, number;
        int r;

        r = add_actor(c, "side = 0 AND", f->source);
        if (r == 0)
                r = add_actor(c, "side = 1 AND", f->target);
        if (r == 0)
                r = add_actor(c, "", f->actor);
        if (r == 0 && f->type != NULL && is_cameo(f->type)) {
                r = add(c, " AND cameo >= ?", f->type, 0);
                if (r == 0)
                        r = add(c, " AND cameo < ? || '~'", f->type, 0);
        } else if (r == 0 && f->type != NULL) {
                snprintf(type, 33, "%s", f->type);
                for (char *p = type; *p != '\0'; p++)
                        *p = (char)toupper((unsigned char)*p);
                r = add(c, " AND type = ?", type, 0);
        }
        if (r == 0 && f->status != NULL)
                r = add(c, " AND status = ?", f->status, 0);
        if (r == 0 && f->watch != NULL)
                r = add(c, " AND source = (SELECT id FROM sources WHERE name = ?)", f->watch, 0);
        r = add_rest(c, f, r);
        if (r == 0 && f->story != NULL) {
                if (!query_parse_id(f->story, &delivery, &number))
                        delivery = number = 0;
                r = add(c,
                        " AND e.seq IN (SELECT r.event FROM reports r JOIN stories t ON t.id = r.story WHERE t.delivery "
                        "= ?",
                        NULL, delivery);
                if (r == 0)
                        r = add(c, " AND t.number = ?)", NULL, number);
        }
        if (r == 0 && f->since != 0)
                r = add(c, " AND first_seen >= ?", NULL, f->since);
        if (r == 0 && f->until != 0)
                r = add(c, " AND first_seen < ?", NULL, f->until);
        if (r == 0 && f->kinds != 0)
                r = add(c, " AND (1 << c.kind) & ?", NULL, f->kinds);
        if (r == 0 && !f->withdrawn)
                r = buf_append_string(&c->sql, " AND withdrawn = 0");
        return r;
}

int filter_prepare(struct db *db, const struct query_filter *f, bool newest, int64_t limit, sqlite3_stmt **out)
{
        _cleanup_(buf_deinit) struct buf unused = BUF_NULL;
        struct clauses c = { .sql = BUF_NULL };
        char type[33];
        int r;

        r = add(&c, "SELECT e.withdrawn, c.seq, c.kind, c.revision, c.record FROM events e JOIN changes c ON c.seq = e.changed"
                " WHERE e.changed > ?", NULL, f->after);
        if (r == 0)
                r = add_clauses(&c, f, type);
        if (r == 0)
                r = add(&c, newest ? " ORDER BY e.changed DESC LIMIT ?" : " ORDER BY e.changed LIMIT ?", NULL, limit);
        if (r == 0 && sqlite3_prepare_v2(db_handle(db), c.sql.data, -1, out, NULL) != SQLITE_OK)
                r = -EINVAL;
        for (int i = 0; i < c.n && r == 0; i++) {
                if (c.values[i].text != NULL)
                        sqlite3_bind_text(*out, i + 1, c.values[i].text, -1, SQLITE_TRANSIENT);
                else
                        sqlite3_bind_int64(*out, i + 1, c.values[i].number);
        }
        unused = c.sql;
        return error_trace(r);
}

static bool actor_matches(json_t *list, const char *wanted)
{
        bool code = is_code(wanted);
        const char *key = code ? "code" : "name";
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item) {
                const char *value = json_string_value(json_object_get(item, key));

                if (value == NULL)
                        value = "";
                if (code ? strncmp(value, wanted, strlen(wanted)) == 0 : strcasestr(value, wanted) != NULL)
                        return true;
        }
        return false;
}

static bool text_matches(json_t *event, const char *key, const char *wanted)
{
        const char *value = json_string_value(json_object_get(event, key));

        return wanted == NULL || (value != NULL && strcmp(value, wanted) == 0);
}

/* Whether a report of this story is among those of the event. */
static bool story_matches(json_t *event, const char *wanted)
{
        size_t n = wanted != NULL ? strlen(wanted) : 0, i;
        json_t *mention;

        if (text_matches(event, "story", wanted))
                return true;
        json_array_foreach(json_object_get(event, "mentions"), i, mention) {
                const char *report = json_string_value(json_object_get(mention, "report"));

                if (report != NULL && strncmp(report, wanted, n) == 0 && report[n] == '.')
                        return true;
        }
        return false;
}

static bool type_matches(json_t *event, const char *wanted)
{
        const char *value = json_string_value(json_object_get(event, is_cameo(wanted) ? "cameo" : "event"));

        if (value == NULL)
                return false;
        return is_cameo(wanted) ? strncmp(value, wanted, strlen(wanted)) == 0 : strcasecmp(value, wanted) == 0;
}

static bool kind_matches(unsigned kinds, json_t *event)
{
        const char *change = json_string_value(json_object_get(event, "change"));

        return change != NULL && (kinds & kind_parse(change, strlen(change))) != 0;
}

static bool list_has(json_t *list, const char *part)
{
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item) {
                const char *name = json_string_value(json_is_object(item) ? json_object_get(item, "publisher") : item);

                if (name != NULL && strcasestr(name, part) != NULL)
                        return true;
        }
        return false;
}

static int64_t count_of(json_t *value)
{
        return json_is_integer(value) ? json_integer_value(value) : (int64_t)json_array_size(value);
}

static bool rest_matches(const struct query_filter *f, json_t *event)
{
        json_t *where = json_object_get(event, "where");
        const char *place = json_string_value(json_object_get(where, "name"));

        return (f->quad == 0 || json_integer_value(json_object_get(event, "quad")) == f->quad) &&
               text_matches(where, "country", f->country) &&
               (f->place == NULL || (place != NULL && strcasestr(place, f->place) != NULL)) &&
               count_of(json_object_get(event, "origins")) >= f->min_origins &&
               count_of(json_object_get(event, "reports")) >= f->min_reports &&
               (f->origin == NULL || list_has(json_object_get(event, "origins"), f->origin)) &&
               (f->publisher == NULL || list_has(json_object_get(event, "mentions"), f->publisher));
}

bool filter_matches(const struct query_filter *f, json_t *event)
{
        json_t *source = json_object_get(event, "source"), *target = json_object_get(event, "target");
        const char *seen = json_string_value(json_object_get(event, "first_seen"));
        int64_t us = 0;

        if ((f->source != NULL && !actor_matches(source, f->source)) ||
            (f->target != NULL && !actor_matches(target, f->target)) ||
            (f->actor != NULL && !actor_matches(source, f->actor) && !actor_matches(target, f->actor)))
                return false;
        if ((f->type != NULL && !type_matches(event, f->type)) || !text_matches(event, "status", f->status) ||
            !text_matches(event, "watch", f->watch) || !story_matches(event, f->story) || !rest_matches(f, event))
                return false;
        if ((f->since != 0 || f->until != 0) && (seen == NULL || clock_parse(seen, &us) != 0))
                return false;
        if ((f->since != 0 && us < f->since) || (f->until != 0 && us >= f->until))
                return false;
        if (f->after != 0 && json_integer_value(json_object_get(event, "seq")) <= f->after)
                return false;
        if (f->kinds != 0 && !kind_matches(f->kinds, event))
                return false;
        return f->withdrawn || !json_is_true(json_object_get(event, "withdrawn"));
}
