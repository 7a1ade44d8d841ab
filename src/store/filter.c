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
        bool rare;                      /* one of the indexed conditions holds for at most RARE_MAX events */
        bool rare_cameo;                /* that of the code does */
};

enum { RARE_MAX = 20000 };

static int add(struct clauses *c, const char *sql, const char *text, int64_t number)
{
        c->values[c->n].text = text;
        c->values[c->n++].number = number;
        return buf_append_string(&c->sql, sql);
}

/* What is rare is fetched whole and sorted; of what is frequent the newest are found by going through the newest. */
static int add_actor(struct clauses *c, const char *side, const char *actor)
{
        int r;

        if (actor == NULL)
                return 0;
        if (c->rare)
                r = buf_printf(&c->sql, " AND e.seq IN (SELECT event FROM event_actors WHERE %s actor IN"
                               " (SELECT id FROM actors WHERE ", side);
        else
                r = buf_printf(&c->sql, " AND EXISTS (SELECT 1 FROM event_actors a JOIN actors x ON x.id = a.actor"
                               " WHERE %s (a.event = e.seq AND ", side);
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

/* Whether at most RARE_MAX rows hold what `sql` asks of one value. */
static int probe(struct db *db, const char *sql, const char *value, bool *rare)
{
        int64_t n = 0;
        int r = value != NULL && !*rare ? db_get_int(db, 0, &n, sql, "ti", value, (int64_t)RARE_MAX + 1) : 0;

        *rare |= r == 0 && value != NULL && n <= RARE_MAX;
        return error_trace(r);
}

#define PROBE_CODE \
        "SELECT count(*) FROM (SELECT 1 FROM event_actors WHERE actor IN (SELECT id FROM actors" \
        " WHERE code >= ?1 AND code < ?1 || '~') LIMIT ?2)"
#define PROBE_NAME \
        "SELECT count(*) FROM (SELECT 1 FROM event_actors WHERE actor IN (SELECT id FROM actors" \
        " WHERE instr(lower(name), lower(?1)) > 0) LIMIT ?2)"
#define PROBE_CAMEO "SELECT count(*) FROM (SELECT 1 FROM events WHERE cameo >= ?1 AND cameo < ?1 || '~' LIMIT ?2)"

static int find_rare(struct db *db, const struct query_filter *f, struct clauses *c)
{
        const char *const actors[] = { f->source, f->target, f->actor };
        int r = f->type != NULL && is_cameo(f->type) ? probe(db, PROBE_CAMEO, f->type, &c->rare_cameo) : 0;

        c->rare = c->rare_cameo || f->story != NULL;
        for (size_t i = 0; i < N_ELEMENTS(actors) && r == 0; i++)
                if (actors[i] != NULL)
                        r = probe(db, is_code(actors[i]) ? PROBE_CODE : PROBE_NAME, actors[i], &c->rare);
        return error_trace(r);
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
                r = add(c, c->rare_cameo ? " AND cameo >= ?" : " AND +cameo >= ?", f->type, 0);
                if (r == 0)
                        r = add(c, c->rare_cameo ? " AND cameo < ? || '~'" : " AND +cameo < ? || '~'", f->type, 0);
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

        r = find_rare(db, f, &c);
        if (r == 0)     /* "+": not by the index */
                r = buf_append_string(&c.sql, "SELECT e.withdrawn, c.seq, c.kind, c.revision, c.record FROM events e"
                                      " JOIN changes c ON c.seq = e.changed WHERE ");
        if (r == 0)
                r = add(&c, c.rare ? "+e.changed > ?" : "e.changed > ?", NULL, f->after);
        if (r == 0)
                r = add_clauses(&c, f, type);
        if (r == 0)
                r = buf_printf(&c.sql, " ORDER BY %se.changed%s", c.rare ? "+" : "", newest ? " DESC" : "");
        if (r == 0)
                r = add(&c, " LIMIT ?", NULL, limit);
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
