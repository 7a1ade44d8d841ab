/* See clauses.h. In the templates @ is the condition's first value, # its second one. */
#include "store/clauses.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/filter.h"

enum { ACTORS_MAX = 20000 };            /* that a text means and are listed by their numbers */

/* ---- values and templates ---- */

/* The number of its parameter. `text` is taken over. */
static int add_value(struct clauses *c, char *text, int64_t number)
{
        c->values[c->n_values].text = text;
        c->values[c->n_values].number = number;
        return CLAUSES_FIRST_VALUE + c->n_values++;
}

static int add_text(struct clauses *c, const char *text, int *parameter)
{
        char *copy = strdup(text);

        *parameter = 0;
        if (copy == NULL)
                return error_origin(-ENOMEM);
        *parameter = add_value(c, copy, 0);
        return 0;
}

/* The template with its parameters in it. NULL stays NULL. */
static int fill(const char **out, const char *template, int parameter)
{
        struct buf sql = BUF_NULL;
        int r = 0;

        *out = NULL;
        for (const char *p = template; p != NULL && *p != '\0' && r == 0; p++)
                r = *p == '@' || *p == '#' ? buf_printf(&sql, "?%d", parameter + (*p == '#')) : buf_append(&sql, p, 1);
        if (r == 0 && template != NULL)
                *out = buf_steal(&sql);
        buf_deinit(&sql);
        return r < 0 || (template != NULL && *out == NULL) ? error_origin(-ENOMEM) : 0;
}

/* One more clause, from templates. */
static int add_clause(struct clauses *c, int parameter, const struct clause *template)
{
        struct clause *clause = &c->rows[c->n++];
        int r = fill(&clause->predicate, template->predicate, parameter);

        clause->whole = template->whole;
        if (r == 0)
                r = fill(&clause->tables, template->tables, parameter);
        if (r == 0)
                r = fill(&clause->where, template->where, parameter);
        return r == 0 ? fill(&clause->count, template->count, parameter) : r;
}

#define PREDICATE(sql) &(const struct clause){ .predicate = (sql) }
#define IN_WINDOW "e.changed > ?1 AND e.changed <= ?2"

static int add_text_predicate(struct clauses *c, const char *template, const char *text)
{
        int parameter, r;

        if (text == NULL)
                return 0;
        r = add_text(c, text, &parameter);
        return r == 0 ? add_clause(c, parameter, PREDICATE(template)) : r;
}

static int add_number_predicate(struct clauses *c, const char *template, int64_t number)
{
        return number == 0 ? 0 : add_clause(c, add_value(c, NULL, number), PREDICATE(template));
}

/* ---- actors ---- */

static const char *actors_of(const char *text)
{
        return filter_is_code(text) ? "code >= ?1 AND code < ?1 || '~'" : "instr(lower(name), lower(?1)) > 0";
}

/* The numbers of the actors that a text means, as a JSON array; *ids NULL: they are too many. */
static int find_actors(struct db *db, const char *text, char **ids)
{
        _cleanup_free_ char *sql = NULL;
        sqlite3_stmt *s;
        int r;

        *ids = NULL;
        if (asprintf(&sql, "SELECT json_group_array(id), count(*) FROM (SELECT id FROM actors WHERE %s LIMIT %d)",
                     actors_of(text),
                     ACTORS_MAX + 1) < 0)
                return error_origin(-ENOMEM);
        if (sqlite3_prepare_v2(db_handle(db), sql, -1, &s, NULL) != SQLITE_OK)
                return error_origin(-EINVAL);
        sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
        r = db_step(db, s);
        if (r > 0 && sqlite3_column_int64(s, 1) <= ACTORS_MAX) {
                *ids = strdup((const char *)sqlite3_column_text(s, 0));
                r = *ids != NULL ? 0 : error_origin(-ENOMEM);
        }
        sqlite3_finalize(s);
        return MIN_OF(r, 0);
}

#define LISTED "IN (SELECT value FROM json_each(@))"
#define BY_ACTOR(side) \
        { .tables = "(SELECT DISTINCT event FROM event_actors INDEXED BY event_actors_actor WHERE actor " LISTED \
                            " AND changed > ?1 AND changed <= ?2" side ") d CROSS JOIN events e", \
          .where = "e.seq = d.event", \
          .count = "SELECT 1 FROM event_actors INDEXED BY event_actors_actor WHERE actor " LISTED \
                           " AND changed > ?1 AND changed <= ?2" side, \
          .predicate = "EXISTS (SELECT 1 FROM event_actors a WHERE a.event = e.seq AND a.actor " LISTED side ")" }
#define EXISTS_AS(side, what) \
        "EXISTS (SELECT 1 FROM event_actors a JOIN actors x ON x.id = a.actor WHERE a.event = e.seq" side " AND " \
        what ")"

enum side { SOURCE, TARGET, EITHER };

static int add_actor(struct clauses *c, struct db *db, enum side side, const char *text, int *listed)
{
        static const struct clause indexed[] = { BY_ACTOR(" AND side = 0"), BY_ACTOR(" AND side = 1"), BY_ACTOR("") };
        static const char *const by_code[] = {
                EXISTS_AS(" AND side = 0", "code >= @ AND code < @ || '~'"),
                        EXISTS_AS(" AND side = 1", "code >= @ AND code < @ || '~'"),
                EXISTS_AS("", "code >= @ AND code < @ || '~'"),
        };
        static const char *const by_name[] = {
                EXISTS_AS(" AND side = 0", "instr(lower(name), lower(@)) > 0"),
                        EXISTS_AS(" AND side = 1", "instr(lower(name), lower(@)) > 0"),
                EXISTS_AS("", "instr(lower(name), lower(@)) > 0"),
        };
        char *ids;
        int r;

        if (text == NULL)
                return 0;
        r = find_actors(db, text, &ids);
        if (r < 0)
                return error_trace(r);
        if (ids == NULL)
                return add_text_predicate(c, filter_is_code(text) ? by_code[side] : by_name[side], text);
        c->nothing |= strcmp(ids, "[]") == 0;
        *listed = add_value(c, ids, 0);
        return add_clause(c, *listed, &indexed[side]);
}

/* The actor on one side and the other one on the other side. What each of them is alone is asked for, too: it is
 * quicker. */
static int add_pair(struct clauses *c, struct db *db, const struct query_filter *f)
{
        static const char template[] =
                "EXISTS (SELECT 1 FROM event_actors a JOIN event_actors b ON b.event = a.event AND b.side = 1 - a.side "
                "WHERE"
                " a.event = e.seq AND a.actor IN (SELECT %s FROM %s) AND b.actor IN (SELECT %s FROM %s))";
        const char *const texts[] = { f->actor, f->other };
        char lists[2][2][64];
        int parameters[2] = { 0 }, r = 0;
        char *text;

        for (int i = 0; i < 2 && r == 0; i++)
                r = add_actor(c, db, EITHER, texts[i], &parameters[i]);
        if (r < 0 || texts[0] == NULL || texts[1] == NULL)
                return error_trace(r);
        for (int i = 0; i < 2; i++) {
                bool code = filter_is_code(texts[i]);

                if (parameters[i] != 0) {
                        snprintf(lists[i][0], sizeof(lists[i][0]), "value");
                        snprintf(lists[i][1], sizeof(lists[i][1]), "json_each(?%d)", parameters[i]);
                        continue;
                }
                r = add_text(c, texts[i], &parameters[i]);
                if (r < 0)
                        return error_trace(r);
                snprintf(lists[i][0], sizeof(lists[i][0]), "id");
                if (code)
                        snprintf(lists[i][1], sizeof(lists[i][1]), "actors WHERE code >= ?%d AND code < ?%d || '~'",
                                 parameters[i],
                                 parameters[i]);
                else
                        snprintf(lists[i][1], sizeof(lists[i][1]), "actors WHERE instr(lower(name), lower(?%d)) > 0",
                                 parameters[i]);
        }
        r = asprintf(&text, template, lists[0][0], lists[0][1], lists[1][0], lists[1][1]);
        if (r < 0)
                return error_origin(-ENOMEM);
        c->rows[c->n++].predicate = text;
        return 0;
}

/* ---- what it was ---- */

/* The codes that begin with it: there are few, each a step in the index. */
static int add_cameo(struct clauses *c, struct db *db, const char *prefix)
{
        static const struct clause by_code = {
                .tables = "events e INDEXED BY events_cameo", .where = "e.cameo " LISTED " AND " IN_WINDOW,
                .count = "SELECT 1 FROM events e INDEXED BY events_cameo WHERE e.cameo " LISTED " AND " IN_WINDOW,
                .predicate = "+e.cameo " LISTED,
        };
        sqlite3_stmt *s = db_query(db,
                "WITH RECURSIVE codes (code) AS (SELECT min(cameo) FROM events WHERE cameo >= ?1 AND cameo < ?1 || '~' "
                "UNION ALL"
                " SELECT (SELECT min(cameo) FROM events WHERE cameo > code AND cameo < ?1 || '~') FROM codes WHERE "
                "code IS NOT NULL)"
                " SELECT json_group_array(code) FROM codes WHERE code IS NOT NULL", "t", prefix);
        int r = db_step(db, s);
        char *codes;

        if (r <= 0)
                return r < 0 ? error_trace(r) : error_origin(-EUCLEAN);
        codes = strdup((const char *)sqlite3_column_text(s, 0));
        sqlite3_reset(s);
        if (codes == NULL)
                return error_origin(-ENOMEM);
        c->nothing |= strcmp(codes, "[]") == 0;
        return add_clause(c, add_value(c, codes, 0), &by_code);
}

static int add_type(struct clauses *c, struct db *db, const char *text)
{
        static const struct clause by_type = {
                .tables = "events e INDEXED BY events_type", .where = "e.type = @ AND " IN_WINDOW,
                .count = "SELECT 1 FROM events e INDEXED BY events_type WHERE e.type = @ AND " IN_WINDOW,
                .predicate = "+e.type = @",
        };
        int parameter, r;

        if (text == NULL)
                return 0;
        if (filter_is_cameo(text))
                return add_cameo(c, db, text);
        r = add_text(c, text, &parameter);
        for (char *p = r == 0 ? c->values[c->n_values - 1].text : NULL; p != NULL && *p != '\0'; p++)
                *p = (char)toupper((unsigned char)*p);
        return r == 0 ? add_clause(c, parameter, &by_type) : r;
}

static int add_country(struct clauses *c, const char *country)
{
        static const struct clause by_country = {
                .tables = "events e INDEXED BY events_country", .where = "e.country = @ AND " IN_WINDOW,
                .count = "SELECT 1 FROM events e INDEXED BY events_country WHERE e.country = @ AND " IN_WINDOW,
                .predicate = "+e.country = @",
        };
        int parameter, r;

        if (country == NULL)
                return 0;
        r = add_text(c, country, &parameter);
        return r == 0 ? add_clause(c, parameter, &by_country) : r;
}

/* ---- when, and where from ---- */

static int add_seen(struct clauses *c, const struct query_filter *f)
{
        static const struct clause by_time = {
                .tables = "events e INDEXED BY events_first_seen",
                .where = "e.first_seen >= @ AND e.first_seen < # AND +e.changed > ?1 AND +e.changed <= ?2",
                .count = "SELECT 1 FROM events e INDEXED BY events_first_seen WHERE e.first_seen >= @ AND e.first_seen "
                         "< #",
                .predicate = "+e.first_seen >= @ AND +e.first_seen < #", .whole = true,
        };
        int parameter;

        if (f->since == 0 && f->until == 0)
                return 0;
        parameter = add_value(c, NULL, f->since);
        add_value(c, NULL, f->until != 0 ? f->until : INT64_MAX);
        return add_clause(c, parameter, &by_time);
}

static int add_story(struct clauses *c, const char *id)
{
        static const char events[] =
                "SELECT r.event FROM reports r JOIN stories t ON t.id = r.story WHERE t.delivery = @ AND t.number = #";
        static const struct clause by_story = {
                .tables = "(SELECT DISTINCT r.event FROM reports r JOIN stories t ON t.id = r.story"
                          " WHERE t.delivery = @ AND t.number = #) d CROSS JOIN events e",
                .where = "e.seq = d.event AND +e.changed > ?1 AND +e.changed <= ?2", .count = events,
                .predicate = "e.seq IN (SELECT r.event FROM reports r JOIN stories t ON t.id = r.story"
                             " WHERE t.delivery = @ AND t.number = #)",
                .whole = true,
        };
        int64_t delivery, number;
        int parameter;

        if (id == NULL)
                return 0;
        if (!query_parse_id(id, &delivery, &number))
                c->nothing = true;
        parameter = add_value(c, NULL, delivery);
        add_value(c, NULL, number);
        return add_clause(c, parameter, &by_story);
}

static int add_rule(struct clauses *c, const char *rule)
{
        static const char events[] =
                "SELECT x.event FROM alerts t JOIN alert_events x ON x.alert = t.id WHERE t.rule = @";
        static const struct clause by_rule = {
                .tables = "(SELECT DISTINCT x.event FROM alerts t JOIN alert_events x ON x.alert = t.id"
                          " WHERE t.rule = @) d CROSS JOIN events e",
                .where = "e.seq = d.event AND +e.changed > ?1 AND +e.changed <= ?2", .count = events,
                .predicate = "EXISTS (SELECT 1 FROM alert_events x JOIN alerts t ON t.id = x.alert"
                             " WHERE x.event = e.seq AND t.rule = @)",
                .whole = true,
        };
        int parameter, r;

        if (rule == NULL)
                return 0;
        r = add_text(c, rule, &parameter);
        return r == 0 ? add_clause(c, parameter, &by_rule) : r;
}

/* Text that LIKE finds wherever the record may have it, as JSON; NULL: it might be written otherwise there. */
static int make_pattern(const char *text, char **pattern)
{
        struct buf out = BUF_NULL;
        int r = buf_append(&out, "%", 1);

        *pattern = NULL;
        for (const char *p = text; *p != '\0' && r == 0; p++) {
                if (*p == '"' || *p == '\\' || *p == '/' || (unsigned char)*p < 0x20 || *p == 0x7f)
                        goto out;
                r = *p == '%' || *p == '_' ? buf_printf(&out, "^%c", *p) : *p == '^' ? buf_append(&out, "^^", 2)
                        : buf_append(&out, p, 1);
        }
        if (r == 0)
                r = buf_append(&out, "%", 1);
        if (r == 0)
                *pattern = buf_steal(&out);
out:
        buf_deinit(&out);
        return r < 0 ? error_origin(-ENOMEM) : 0;
}

/* A part of a name of one of a list in the record: most records do not have it anywhere, which is quicker to see. */
static int add_listed(struct clauses *c, const char *template, const char *text)
{
        char *pattern;
        int parameter, r;

        if (text == NULL)
                return 0;
        c->records = true;
        r = make_pattern(text, &pattern);
        if (r < 0)
                return error_trace(r);
        if (pattern != NULL)
                r = add_clause(c, add_value(c, pattern, 0), PREDICATE("c.record LIKE @ ESCAPE '^'"));
        if (r == 0)
                r = add_text(c, text, &parameter);
        return r == 0 ? add_clause(c, parameter, PREDICATE(template)) : r;
}

static int add_rest(struct clauses *c, const struct query_filter *f)
{
        const struct {
                const char *template, *text;
                int64_t number;
        } rows[] = {
                { "e.status = @", f->status, 0 },
                { "e.source = (SELECT id FROM sources WHERE name = @)", f->watch, 0 },
                { "e.quad = @", NULL, f->quad },
                { "instr(lower(e.place), lower(@)) > 0", f->place, 0 },
                { "e.origins >= @", NULL, f->min_origins },
                { "e.reports >= @", NULL, f->min_reports },
                { "coalesce(e.day_end, e.day_start) >= @", NULL, f->day_from },
                { "e.day_start <= @", NULL, f->day_to },
        };
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(rows) && r == 0; i++)
                r = rows[i].text != NULL ? add_text_predicate(c, rows[i].template, rows[i].text)
                                         : add_number_predicate(c, rows[i].template, rows[i].number);
        if (r == 0)
                r = add_listed(c,
                               "EXISTS (SELECT 1 FROM json_each(c.record, '$.origins') n WHERE instr(lower(n.value), "
                               "lower(@)) > 0)",
                               f->origin);
        if (r == 0)
                r = add_listed(c,
                               "EXISTS (SELECT 1 FROM json_each(c.record, '$.mentions') n WHERE instr(lower(n.value "
                               "->> 'publisher'),"
                                  " lower(@)) > 0)", f->publisher);
        if (r == 0 && f->kinds != 0) {
                c->records = true;
                r = add_number_predicate(c, "(1 << c.kind) & @", f->kinds);
        }
        return r == 0 && !f->withdrawn ? add_clause(c, 0, PREDICATE("e.withdrawn = 0")) : r;
}

int clauses_make(struct clauses *c, struct db *db, const struct query_filter *f)
{
        int unused, r;

        *c = (struct clauses){ 0 };
        r = add_actor(c, db, SOURCE, f->source, &unused);
        if (r == 0)
                r = add_actor(c, db, TARGET, f->target, &unused);
        if (r == 0)
                r = add_pair(c, db, f);
        if (r == 0)
                r = add_type(c, db, f->type);
        if (r == 0)
                r = add_country(c, f->country);
        if (r == 0)
                r = add_seen(c, f);
        if (r == 0)
                r = add_story(c, f->story);
        if (r == 0)
                r = add_rule(c, f->rule);
        return r == 0 ? error_trace(add_rest(c, f)) : error_trace(r);
}

void clauses_bind(const struct clauses *c, sqlite3_stmt *s)
{
        /* A statement that has not all of them passes over the others. */
        for (int i = 0; i < c->n_values; i++)
                if (c->values[i].text != NULL)
                        sqlite3_bind_text(s, CLAUSES_FIRST_VALUE + i, c->values[i].text, -1, SQLITE_STATIC);
                else
                        sqlite3_bind_int64(s, CLAUSES_FIRST_VALUE + i, c->values[i].number);
}

void clauses_deinit(struct clauses *c)
{
        for (size_t i = 0; i < c->n; i++) {
                free((char *)STEAL(c->rows[i].predicate));
                free((char *)STEAL(c->rows[i].tables));
                free((char *)STEAL(c->rows[i].where));
                free((char *)STEAL(c->rows[i].count));
        }
        for (int i = 0; i < c->n_values; i++)
                free(STEAL(c->values[i].text));
        c->n = 0;
        c->n_values = 0;
}
