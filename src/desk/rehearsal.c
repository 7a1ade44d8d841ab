/* See rehearsal.h. */
#include "desk/rehearsal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/rate.h"
#include "desk/rules.h"
#include "store/alerts.h"

enum { PRUNE_EVERY = 100 };             /* changes; it takes away more than they add */

struct rehearsal {
        struct arena arena;             /* the rules */
        struct arena scratch;           /* of one row */
        struct rule *list;
        size_t n_list;
        struct rules *rules;
        struct db *state;
        struct rules_run run;
        int64_t until;                  /* where the clock ends */
        int64_t change, story;          /* the last rows that were taken */
        int64_t changes;                /* how many */
        bool filled, over, cut;
};

void rehearsal_free(struct rehearsal *h)
{
        if (h == NULL)
                return;
        rules_free(h->rules);
        db_close(h->state);
        arena_deinit(&h->arena);
        arena_deinit(&h->scratch);
        free(h);
}

static void rehearsal_freep(struct rehearsal **h)
{
        rehearsal_free(*h);
        *h = NULL;
}

/* The last number whose row is older than `since`, where numbers grow with time: by halves, since no index has the time.
 * `time_sql` gives the time of the first row from a number on, `last_sql` the greatest number. */
static int find_before(struct db *db, const char *time_sql, const char *last_sql, int64_t since, int64_t *before)
{
        int64_t low = 0, high;
        int r = db_get_int(db, 0, &high, last_sql, "");

        while (r == 0 && low < high) {
                int64_t middle = low + (high - low + 1) / 2, at;

                r = db_get_int(db, INT64_MAX, &at, time_sql, "i", middle);
                if (at < since)
                        low = middle;
                else
                        high = middle - 1;
        }
        *before = low;
        return error_trace(r);
}

static int begin(struct rehearsal *h, struct db *news, int64_t since)
{
        int64_t last_event = 0;
        int r = rules_install(&h->run);

        if (r == 0)
                r = db_run(h->state, "UPDATE rules SET since = ?1, seen = ?1", "i", since);
        if (r == 0)
                r = find_before(news, "SELECT at FROM changes WHERE seq >= ? ORDER BY seq LIMIT 1", "SELECT max(seq) FROM changes",
                                since, &h->change);
        if (r == 0)
                r = find_before(news, "SELECT received FROM stories WHERE id >= ? ORDER BY id LIMIT 1", "SELECT max(id) FROM stories",
                                since, &h->story);
        if (r == 0)
                r = db_get_int(news, 0, &last_event, "SELECT seq FROM events WHERE first_seen < ? ORDER BY first_seen DESC LIMIT 1",
                               "i", since);
        /* What counts has counted what was before. */
        for (size_t i = 0; i < h->rules->n; i++)
                h->rules->items[i].filled = h->rules->items[i].rule->rate.count != 0 ? last_event : 0;
        return error_trace(r);
}

int rehearsal_new(struct rehearsal **out, struct db *news, const char *name, const char *text, size_t n, int64_t since,
                  int64_t now, char **errors)
{
        _cleanup_(rehearsal_freep) struct rehearsal *h = calloc(1, sizeof(*h));
        struct yaml_errors wrong;
        char *error = NULL;
        size_t left = 0;
        int r;

        *errors = NULL;
        if (h == NULL)
                return error_origin(-ENOMEM);
        yaml_errors_init(&wrong, &h->arena);
        r = rule_parse(&h->arena, arena_strdup(&h->arena, name), text, n, &wrong, &h->list, &h->n_list);
        if (r > 0) {
                yaml_errors_sort(&wrong);
                *errors = yaml_errors_text(&wrong);
                return REHEARSAL_E_BAD;
        }
        for (size_t i = 0; i < h->n_list && r == 0; i++)
                if (h->list[i].enabled)
                        h->list[left++] = h->list[i];
        if (r == 0)
                r = rules_new(&h->rules, h->list, left);
        if (r == 0)
                r = db_open(&h->state, ":memory:", false, &error);
        free(error);
        if (r != 0)
                return r < 0 ? error_trace(r) : error_origin(-EINVAL);
        h->until = now;
        h->run = (struct rules_run){ .rules = h->rules, .news = news, .state = h->state, .arena = &h->scratch, .now = since };
        r = db_begin(h->state, false);
        if (r == 0)
                r = begin(h, news, since);
        if (r < 0)
                return error_trace(r);
        *out = STEAL(h);
        return 0;
}

/* The clock goes to `to`: what is due on the way is told at its time. */
static int move_clock(struct rehearsal *h, int64_t to)
{
        int r = 0;

        for (size_t i = 0; i < h->rules->n && h->rules->absences && r == 0; i++) {
                const struct rules_one *one = &h->rules->items[i];
                int64_t seen;

                if (one->rule->absence.of_time == 0)
                        continue;
                r = db_get_int(h->state, 0, &seen, "SELECT seen FROM rules WHERE id = ?", "i", one->id);
                if (r < 0 || seen + one->rule->absence.of_time > to || seen + one->rule->absence.of_time <= h->run.now)
                        continue;
                h->run.now = seen + one->rule->absence.of_time;
                r = rules_look_for_absence(&h->run);
        }
        h->run.now = MAX_OF(h->run.now, to);
        return error_trace(r);
}

/* Stories that came up to `to`, for rules that wait for them. */
static int take_stories(struct rehearsal *h, struct db *news, int64_t to)
{
        int r = 0;

        while (h->rules->of_stories && r == 0) {
                sqlite3_stmt *s = db_query(news, "SELECT t.id, t.received, s.name FROM stories t JOIN sources s ON s.id = t.source"
                                           " WHERE t.id > ? AND t.state IN (0, 1) ORDER BY t.id LIMIT 1", "i", h->story);
                int64_t at = INT64_MAX;
                const char *watch = "";

                r = db_step(news, s);
                if (r <= 0)
                        return error_trace(r);
                at = sqlite3_column_int64(s, 1);
                watch = arena_strdup(&h->scratch, (const char *)sqlite3_column_text(s, 2));
                if (at <= to)
                        h->story = sqlite3_column_int64(s, 0);
                sqlite3_reset(s);
                if (at > to)
                        return 0;
                r = move_clock(h, at);
                if (r == 0)
                        r = rules_note_stories(&h->run, watch);
        }
        return error_trace(r);
}

static int take_change(struct rehearsal *h, struct db *news, bool *is)
{
        int64_t kind, event, at;
        const char *record;
        sqlite3_stmt *s;
        bool more = false;
        int r;

        s = db_query(news, "SELECT seq, kind, ref, at, record FROM changes WHERE seq > ? AND kind <= 3 ORDER BY seq LIMIT 1", "i",
                     h->change);
        r = db_step(news, s);
        *is = r > 0;
        if (r <= 0)
                return error_trace(r);
        h->change = sqlite3_column_int64(s, 0);
        kind = sqlite3_column_int64(s, 1);
        event = sqlite3_column_int64(s, 2);
        at = sqlite3_column_int64(s, 3);
        record = arena_strndup(&h->scratch, (const char *)sqlite3_column_text(s, 4), (size_t)sqlite3_column_bytes(s, 4));
        sqlite3_reset(s);
        h->changes++;
        r = take_stories(h, news, at);
        if (r == 0)
                r = move_clock(h, at);
        if (r == 0 && h->changes % PRUNE_EVERY == 0 && h->rules->rates)
                r = rate_prune(&h->run, &more);
        return r == 0 ? error_trace(rules_try_change(&h->run, kind, event, record)) : error_trace(r);
}

int rehearsal_run(struct rehearsal *h, struct db *news, int64_t us, bool *done)
{
        int64_t deadline = clock_monotonic_us() + us;
        int r = 0;

        h->run.news = news;
        while (r == 0 && !h->over && clock_monotonic_us() < deadline) {
                bool is = false;

                arena_reset(&h->scratch);
                if (!h->filled) {
                        r = rate_fill(&h->run, &is);
                        h->filled = !is;
                        continue;
                }
                r = take_change(h, news, &is);
                h->cut = h->run.raised >= REHEARSAL_RAISED_MAX;
                h->over = h->cut;
                if (r == 0 && !is) {
                        r = take_stories(h, news, h->until);
                        if (r == 0)
                                r = move_clock(h, h->until);
                        h->over = true;
                }
        }
        *done = h->over;
        return error_trace(r);
}

/* The ids of events, which are in the store, behind an alert, which is not. */
static int add_events(struct rehearsal *h, struct db *news, int64_t alert, json_t *events)
{
        sqlite3_stmt *s = db_query(h->state, "SELECT event FROM alert_events WHERE alert = ? ORDER BY event DESC LIMIT ?", "ii", alert,
                                   (int64_t)ALERTS_SHOWN_MAX);
        int r;

        while ((r = db_step(h->state, s)) > 0) {
                sqlite3_stmt *t = db_query(news, "SELECT json_extract(c.record, '$.id') FROM events e JOIN changes c"
                                           " ON c.seq = e.changed WHERE e.seq = ?", "i", (int64_t)sqlite3_column_int64(s, 0));

                r = db_step(news, t);
                if (r > 0 && sqlite3_column_type(t, 0) == SQLITE_TEXT)
                        json_array_append_new(events, json_string((const char *)sqlite3_column_text(t, 0)));
                if (r > 0)
                        sqlite3_reset(t);
                if (r < 0) {
                        sqlite3_reset(s);
                        break;
                }
        }
        return error_trace(r);
}

int rehearsal_result(struct rehearsal *h, struct db *news, json_t **out)
{
        const struct alerts_filter all = { .rule = NULL };
        json_t *alerts, *alert;
        size_t i;
        int r = alerts_query(h->state, &all, false, REHEARSAL_ALERTS_MAX, &alerts);

        if (r < 0)
                return error_trace(r);
        json_array_foreach(alerts, i, alert) {
                int64_t id;

                (void)alerts_parse_id(json_string_value(json_object_get(alert, "id")), &id);
                json_object_del(alert, "seq");
                if (r == 0)
                        r = add_events(h, news, id, json_object_get(alert, "events"));
        }
        *out = r == 0 ? json_pack("{s:I, s:I, s:I, s:I, s:b, s:O}", "rules", (json_int_t)h->rules->n, "changes", (json_int_t)h->changes,
                                  "raised", (json_int_t)h->run.raised, "resolved", (json_int_t)h->run.resolved, "cut", h->cut, "alerts", alerts)
                      : NULL;
        json_decref(alerts);
        return r == 0 && *out == NULL ? error_origin(-ENOMEM) : error_trace(r);
}
