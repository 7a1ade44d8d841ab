/* See rules.h. */
#include "desk/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/rate.h"
#include "desk/saying.h"
#include "store/alerts.h"
#include "store/changes.h"

enum {
        FOLLOW_ROWS = 100,              /* of the change log that are read at a time */
        STANDING_MAX = 1000,            /* alerts that one event stands behind */
        TICKED_US = 60 * 1000000,       /* how often it is written down that the daemon runs */
};

int rules_new(struct rules **out, const struct rule *rules, size_t n)
{
        struct rules *set = calloc(1, sizeof(*set));

        if (set == NULL)
                return error_origin(-ENOMEM);
        set->n = n;
        set->items = calloc(n + 1, sizeof(*set->items));
        if (set->items == NULL) {
                free(set);
                return error_origin(-ENOMEM);
        }
        for (size_t i = 0; i < n; i++) {
                set->items[i].rule = &rules[i];
                match_needs_init(&set->items[i].needs, &rules[i].when);
                set->absences = set->absences || rules[i].absence.of_time != 0;
                set->of_stories = set->of_stories || (rules[i].absence.of_time != 0 && rules[i].absence.of == RULE_OF_STORIES);
                set->rates = set->rates || rules[i].rate.count != 0;
        }
        *out = set;
        return 0;
}

void rules_free(struct rules *set)
{
        if (set == NULL)
                return;
        free(set->usuals);
        free(set->items);
        free(set);
}

const char *rules_story_text(void *user)
{
        struct rules_story *story = user;
        const char *text = NULL;
        sqlite3_stmt *s = db_query(story->db, "SELECT headline, text FROM texts WHERE id = ?", "i", story->row);

        if (db_step(story->db, s) > 0) {
                const char *headline = (const char *)sqlite3_column_text(s, 0), *body = (const char *)sqlite3_column_text(s, 1);

                text = arena_printf(story->arena, "%s\n%s", headline != NULL ? headline : "", body != NULL ? body : "");
                sqlite3_reset(s);
        }
        return text;
}

/* ---- what the store knows of the rules ---- */

static int install_one(struct rules_run *run, struct rules_one *one, int64_t last_event)
{
        const struct rule *rule = one->rule;
        int64_t id, same = 0, filled = rule->rate.count != 0 ? last_event : 0;
        int r;

        r = db_get_int(run->state, 0, &id, "SELECT id FROM rules WHERE name = ?", "t", rule->name);
        if (r == 0 && id != 0)
                r = db_get_int(run->state, 0, &same, "SELECT 1 FROM rules WHERE id = ? AND fingerprint = ? AND span >= ? AND gone <> 1",
                               "iii", id, (int64_t)rule->fingerprint, rule->rate.in * (rule->rate.windows + 1));
        if (r == 0 && id == 0) {
                r = db_run(run->state, "INSERT INTO rules (name, fingerprint, span, since, seen, filled) VALUES (?, ?, ?, ?4, ?4, ?)",
                           "tiiii", rule->name, (int64_t)rule->fingerprint, rule->rate.in * (rule->rate.windows + 1), run->now, filled);
                id = sqlite3_last_insert_rowid(db_handle(run->state));
        } else if (r == 0 && same == 0) {
                /* It counts something else, or nobody counted for it since it was gone: what was counted goes, and with it what
                 * its absence was counted from. */
                r = db_run(run->state, "DELETE FROM rule_matches WHERE rule = ?", "i", id);
                if (r == 0)
                        r = db_run(run->state, "UPDATE rules SET fingerprint = ?, span = ?, since = ?3, seen = ?3, filled = ?, gone = 0"
                                   " WHERE id = ?", "iiiii", (int64_t)rule->fingerprint, rule->rate.in * (rule->rate.windows + 1),
                                   run->now, filled, id);
        } else if (r == 0) {
                r = db_run(run->state, "UPDATE rules SET gone = 0 WHERE id = ?", "i", id);
        }
        one->id = id;
        return error_trace(r);
}

/* An absence is counted over the time that the daemon ran: while it did not, nothing could come. A silence that was told
 * already stays the same one. */
static int skip_pause(struct rules_run *run)
{
        int64_t ticked;
        int r = db_get_int(run->state, 0, &ticked, "SELECT value FROM totals WHERE name = 'ticked'", "");

        if (r == 0 && ticked != 0 && run->now - ticked > 2 * TICKED_US)
                r = db_run(run->state, "UPDATE rules SET seen = min(seen + ?, ?) WHERE NOT gone AND NOT EXISTS"
                           " (SELECT 1 FROM alerts a WHERE a.rule = rules.name AND a.key = '' AND a.raised > rules.seen)", "ii",
                           run->now - ticked, run->now);
        return r == 0 ? error_trace(db_run(run->state, "UPDATE totals SET value = ? WHERE name = 'ticked'", "i", run->now))
                      : error_trace(r);
}

/* What new rules have to count is read from the store: it may be other than what is remembered after a rollback. */
static int read_filled(struct rules_run *run)
{
        sqlite3_stmt *s;
        int r;

        for (size_t i = 0; i < run->rules->n; i++)
                run->rules->items[i].filled = 0;
        s = db_query(run->state, "SELECT id, filled FROM rules WHERE filled > 0", "");
        while ((r = db_step(run->state, s)) > 0)
                for (size_t i = 0; i < run->rules->n; i++)
                        if (run->rules->items[i].id == sqlite3_column_int64(s, 0))
                                run->rules->items[i].filled = sqlite3_column_int64(s, 1);
        return error_trace(r);
}

int rules_install(struct rules_run *run)
{
        int64_t ruled, last_event = 0;
        int r;

        r = db_get_int(run->state, -1, &ruled, "SELECT value FROM totals WHERE name = 'ruled'", "");
        /* Where there were no rules nobody followed. */
        if (r == 0 && (run->rules->n == 0 || ruled < 0))
                r = db_run(run->state, "UPDATE totals SET value = iif(?, -1, coalesce((SELECT max(seq) FROM changes), 0))"
                           " WHERE name = 'ruled'", "i", (int64_t)(run->rules->n == 0));
        if (r == 0)
                r = skip_pause(run);
        if (r == 0)
                r = db_run(run->state, "UPDATE rules SET gone = 2 WHERE NOT gone", "");
        if (r == 0)
                r = db_get_int(run->news, 0, &last_event, "SELECT max(seq) FROM events", "");
        for (size_t i = 0; i < run->rules->n && r == 0; i++)
                r = install_one(run, &run->rules->items[i], last_event);
        if (r == 0)                     /* those that were in force until now */
                r = db_run(run->state, "UPDATE rules SET gone = 1 WHERE gone = 2", "");
        return r == 0 ? error_trace(read_filled(run)) : error_trace(r);
}

/* ---- being met ---- */

/* What meets a rule. */
struct meeting {
        const struct rules_one *one;
        const char *key;
        const struct rules_event *about;        /* NULL: an absence */
        const struct match_event *event;
        int64_t since;
};

static int raise(struct rules_run *run, const struct meeting *m, const int64_t *events, size_t n, int64_t least, double usual)
{
        const struct saying saying = { .rule = m->one->rule, .key = m->key, .event = m->event, .since = m->since,
                                       .count = (int64_t)n, .usual = usual };
        const struct alerts_new alert = {
                .rule = m->one->rule->name, .key = m->key, .severity = rule_severities[m->one->rule->severity],
                .text = saying_make(run->arena, &saying), .now = run->now, .least = least, .events = events, .n_events = n,
        };
        int64_t id;

        run->raised++;
        return error_trace(alerts_raise(run->state, &alert, &id, &run->last_seq));
}

/* Whether the group's last alert takes it in. */
static int hold(struct rules_run *run, const struct meeting *m, bool *held)
{
        struct alerts_last last;
        int r = alerts_find_last(run->state, m->one->rule->name, m->key, &last);

        *held = r == 0 && last.id != 0 && !last.by_itself && run->now < last.raised + m->one->rule->hold_off;
        if (*held)
                r = alerts_meet(run->state, last.id, m->about != NULL ? m->about->number : 0, run->now);
        return error_trace(r);
}

static int meet_one(struct rules_run *run, const struct meeting *m)
{
        bool is;
        int r = alerts_is_met(run->state, m->one->rule->name, m->key, m->about->number, &is);

        if (r < 0 || is)
                return error_trace(r);
        r = hold(run, m, &is);
        return r < 0 || is ? error_trace(r) : error_trace(raise(run, m, &m->about->number, 1, 1, 0));
}

static int meet_rate(struct rules_run *run, const struct meeting *m)
{
        const struct rule_rate *rate = &m->one->rule->rate;
        double usual = 0, least;
        int64_t *events;
        bool is;
        size_t n;
        int r;

        r = rate_add(run, m->one, m->key, m->about->at, m->about->number, &is);
        if (r < 0 || !is)
                return error_trace(r);
        r = hold(run, m, &is);
        if (r < 0 || is)
                return error_trace(r);
        r = rate_window(run, m->one, m->key, m->about->at, &events, &n);
        if (r < 0 || (int64_t)n < rate->count || (rate->times_usual > 0 && m->one->filled != 0))
                return error_trace(r);
        if (rate->times_usual > 0)
                r = rate_usual(run, m->one, m->key, m->about->at, &usual);
        least = MAX_OF((double)rate->count, rate->times_usual * usual);
        if (r < 0 || (double)n < least)
                return error_trace(r);
        return error_trace(raise(run, m, events, n, (int64_t)least + ((double)(int64_t)least < least), usual));
}

/* Something came whose absence is told. */
static int note(struct rules_run *run, const struct rules_one *one)
{
        char text[CLOCK_TEXT_MAX];
        int64_t open;
        int r = db_run(run->state, "UPDATE rules SET seen = ?1 WHERE id = ?2 AND seen < ?1", "ii", run->now, one->id);

        if (r == 0)
                r = db_get_int(run->state, 0, &open, "SELECT 1 FROM alerts WHERE rule = ? AND key = '' AND state < 2 LIMIT 1", "t",
                               one->rule->name);
        if (r < 0 || open == 0)
                return error_trace(r);
        run->resolved++;
        return error_trace(alerts_resolve_group(run->state, one->rule->name, "",
                                                arena_printf(run->arena, "something came again at %s",
                                                             clock_format(run->now / CLOCK_SECOND * CLOCK_SECOND, text)),
                                                run->now, &run->last_seq));
}

int rules_note_stories(struct rules_run *run, const char *watch)
{
        int r = 0;

        for (size_t i = 0; i < run->rules->n && run->rules->of_stories && r == 0; i++) {
                const struct rules_one *one = &run->rules->items[i];
                bool is = false;

                if (one->rule->absence.of_time == 0 || one->rule->absence.of != RULE_OF_STORIES)
                        continue;
                for (size_t k = 0; k < one->rule->when.watch.n; k++)
                        is = is || strcmp(one->rule->when.watch.items[k], watch) == 0;
                if (is)
                        r = note(run, one);
        }
        return error_trace(r);
}

static int meet(struct rules_run *run, const struct rules_one *one, const struct rules_event *about, struct match_event *event)
{
        const char *keys[MATCH_KEYS_MAX];
        size_t n;
        int r = 0;

        if (one->rule->absence.of_time != 0)
                return error_trace(note(run, one));
        n = match_keys(run->arena, (enum rule_group)one->rule->group, event, keys);
        for (size_t i = 0; i < n && r == 0; i++) {
                const struct meeting m = { .one = one, .key = keys[i], .about = about, .event = event };

                r = one->rule->rate.count != 0 ? meet_rate(run, &m) : meet_one(run, &m);
        }
        return error_trace(r);
}

/* ---- events ---- */

static const struct rules_one *find(const struct rules *rules, const char *name)
{
        for (size_t i = 0; i < rules->n; i++)
                if (strcmp(rules->items[i].rule->name, name) == 0)
                        return &rules->items[i];
        return NULL;
}

/* The alerts that the event stands behind and does not meet any more (`event` NULL: it is withdrawn). */
static int drop(struct rules_run *run, const struct rules_event *about, struct match_event *event)
{
        struct alerts_standing standing[STANDING_MAX];
        const char *id = about->id != NULL ? about->id : json_string_value(json_object_get(about->record, "id"));
        int64_t before = run->last_seq;
        size_t n;
        int r = alerts_of_event(run->state, about->number, standing, N_ELEMENTS(standing), &n);

        for (size_t i = 0; i < n; i++) {
                const struct rules_one *one = event != NULL ? find(run->rules, standing[i].rule) : NULL;
                /* What a rule that is not there any more raised stays for people to close. */
                bool stays = event != NULL && (one == NULL || match_holds(&one->rule->when, event));

                if (r == 0 && !stays) {
                        r = alerts_drop_event(run->state, standing[i].id, about->number, run->now,
                                              arena_printf(run->arena, "event %s %s", id != NULL ? id : "?",
                                                           event != NULL ? "does not meet the rule any more" : "was withdrawn"),
                                              &run->last_seq);
                        run->resolved += run->last_seq != before;
                        before = run->last_seq;
                }
                free(standing[i].rule);
        }
        return error_trace(r);
}

int rules_try(struct rules_run *run, const struct rules_event *about)
{
        struct rules_story text = { run->news, run->arena, about->story };
        struct match_event event;
        int r = 0;

        if (about->record == NULL) {
                r = drop(run, about, NULL);
                return r == 0 && run->rules->rates ? error_trace(rate_drop(run, 0, about->number)) : error_trace(r);
        }
        match_event_init(&event, about->record);
        event.text = rules_story_text;
        event.user = &text;
        if (!about->is_new)
                r = drop(run, about, &event);
        for (size_t i = 0; i < run->rules->n && r == 0; i++) {
                const struct rules_one *one = &run->rules->items[i];

                /* Of stories it knows the watch alone. */
                if (one->rule->absence.of_time != 0 && one->rule->absence.of == RULE_OF_STORIES)
                        continue;
                if (match_may_hold(&one->needs, &event) && match_holds(&one->rule->when, &event))
                        r = meet(run, one, about, &event);
                else if (one->rule->rate.count != 0 && !about->is_new)
                        r = rate_drop(run, one->id, about->number);
        }
        return error_trace(r);
}

/* A row of the change log about an event. */
struct row {
        int64_t seq, kind, event;
        char *record;
};

static int read_rows(struct rules_run *run, int64_t after, struct row rows[static FOLLOW_ROWS], size_t *n)
{
        sqlite3_stmt *s = db_query(run->news, "SELECT seq, kind, ref, record FROM changes WHERE seq > ? AND kind <= 3 ORDER BY seq"
                                   " LIMIT ?", "ii", after, (int64_t)FOLLOW_ROWS);
        int r;

        *n = 0;
        while ((r = db_step(run->news, s)) > 0)
                rows[(*n)++] = (struct row){
                        .seq = sqlite3_column_int64(s, 0), .kind = sqlite3_column_int64(s, 1), .event = sqlite3_column_int64(s, 2),
                        .record = arena_strndup(run->arena, (const char *)sqlite3_column_text(s, 3),
                                                (size_t)sqlite3_column_bytes(s, 3)),
                };
        return error_trace(r);
}

int rules_try_change(struct rules_run *run, int64_t kind, int64_t number, const char *text)
{
        struct rules_event event = { .number = number, .is_new = kind == KIND_NEW };
        json_t *record = json_loads(text, 0, NULL);
        sqlite3_stmt *s;
        int r;

        if (record == NULL)             /* none of ours */
                return 0;
        s = db_query(run->news, "SELECT first_seen, story FROM events WHERE seq = ?", "i", number);
        r = db_step(run->news, s);
        if (r > 0) {
                event.at = sqlite3_column_int64(s, 0);
                event.story = sqlite3_column_int64(s, 1);
                sqlite3_reset(s);
        }
        event.id = json_string_value(json_object_get(record, "id"));
        event.record = kind != KIND_WITHDRAWN ? record : NULL;
        /* An event that is gone since has nothing to say. */
        r = r < 0 || (r == 0 && event.record != NULL) ? MIN_OF(r, 0) : rules_try(run, &event);
        json_decref(record);
        return error_trace(r);
}

/* Whether a row tells that an event is gone for good. */
static bool is_end(const struct row *rows, size_t n, size_t i)
{
        if (rows[i].kind != KIND_WITHDRAWN)
                return false;
        for (size_t k = i + 1; k < n; k++)
                if (rows[k].event == rows[i].event)
                        return false;
        return true;
}

/* In their order, but what ends comes last: an event that became part of another one hands its alerts on to that. */
static int try_rows(struct rules_run *run, const struct row *rows, size_t n)
{
        int r = 0;

        for (int ends = 0; ends < 2; ends++)
                for (size_t i = 0; i < n && r == 0; i++)
                        if (is_end(rows, n, i) == (ends != 0))
                                r = rules_try_change(run, rows[i].kind, rows[i].event, rows[i].record);
        return error_trace(r);
}

int rules_follow(struct rules_run *run)
{
        struct row rows[FOLLOW_ROWS];
        int64_t ruled, from;
        size_t n;
        int r;

        if (run->rules->n == 0)
                return 0;
        r = db_get_int(run->state, 0, &ruled, "SELECT value FROM totals WHERE name = 'ruled'", "");
        from = ruled;
        do {
                n = 0;
                if (r == 0)
                        r = read_rows(run, ruled, rows, &n);
                if (r == 0)
                        r = try_rows(run, rows, n);
                if (n > 0)
                        ruled = rows[n - 1].seq;
        } while (r == 0 && n == FOLLOW_ROWS);
        if (r == 0 && ruled != from)
                r = db_run(run->state, "UPDATE totals SET value = ? WHERE name = 'ruled'", "i", ruled);
        return error_trace(r);
}

/* ---- the clock ---- */

static int look_at(struct rules_run *run, const struct rules_one *one)
{
        struct meeting m = { .one = one, .key = "" };
        struct alerts_last last;
        int r = db_get_int(run->state, run->now, &m.since, "SELECT seen FROM rules WHERE id = ?", "i", one->id);

        if (r < 0 || run->now - m.since < one->rule->absence.of_time)
                return error_trace(r);
        r = alerts_find_last(run->state, one->rule->name, "", &last);
        /* Once for each silence. */
        if (r < 0 || (last.id != 0 && last.raised > m.since) ||
            (last.id != 0 && !last.by_itself && run->now < last.raised + one->rule->hold_off))
                return error_trace(r);
        return error_trace(raise(run, &m, NULL, 0, 0, 0));
}

int rules_look_for_absence(struct rules_run *run)
{
        int r = 0;

        for (size_t i = 0; i < run->rules->n && run->rules->absences && r == 0; i++)
                if (run->rules->items[i].rule->absence.of_time != 0)
                        r = look_at(run, &run->rules->items[i]);
        return error_trace(r);
}

int rules_tick(struct rules_run *run, bool *more)
{
        int r;

        *more = false;
        r = rules_follow(run);
        if (r == 0)
                r = rules_look_for_absence(run);
        if (r == 0 && run->rules->absences)
                r = db_run(run->state, "UPDATE totals SET value = ?1 WHERE name = 'ticked' AND value < ?2", "ii", run->now,
                           run->now - TICKED_US);
        if (r == 0 && run->rules->rates)
                r = read_filled(run);
        if (r == 0 && run->rules->rates)
                r = rate_fill(run, more);
        return r == 0 ? error_trace(rate_prune(run, more)) : error_trace(r);
}
