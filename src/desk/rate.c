/* See rate.h. */
#include "desk/rate.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* What was usual when it was last counted. A hint: a wrong one is impossible but for its age. */
struct rules_usual {
        uint64_t hash;
        int64_t until;                  /* `at` up to which it holds */
        double usual;
};

static int64_t span_of(const struct rule_rate *rate)
{
        return rate->in * (rate->times_usual > 0 ? rate->windows + 1 : 1);
}

int rate_add(struct rules_run *run, const struct rules_one *one, const char *key, int64_t at, int64_t event, bool *is_new)
{
        /* An event is counted once, also where an older report of it came since. */
        int r = db_run(run->state, "UPDATE OR REPLACE rule_matches SET at = ?3 WHERE event = ?4 AND rule = ?1 AND key = ?2"
                       " AND at <> ?3", "itii", one->id, key, at, event);

        if (r == 0)
                r = db_run(run->state, "INSERT OR IGNORE INTO rule_matches (rule, key, at, event) VALUES (?, ?, ?, ?)", "itii",
                           one->id, key, at, event);
        *is_new = r == 0 && sqlite3_changes(db_handle(run->state)) > 0;
        return error_trace(r);
}

int rate_drop(struct rules_run *run, int64_t rule, int64_t event)
{
        return error_trace(db_run(run->state, "DELETE FROM rule_matches WHERE event = ?1 AND (rule = ?2 OR ?2 = 0)", "ii", event,
                                  rule));
}

int rate_window(struct rules_run *run, const struct rules_one *one, const char *key, int64_t at, int64_t **events, size_t *n)
{
        sqlite3_stmt *s;
        size_t size = 16;
        int r;

        *events = arena_array(run->arena, int64_t, size);
        *n = 0;
        s = db_query(run->state, "SELECT event FROM rule_matches WHERE rule = ? AND key = ? AND at > ? AND at <= ?"
                     " ORDER BY at, event LIMIT ?", "itiii", one->id, key, at - one->rule->rate.in, at, (int64_t)RATE_COUNT_MAX);
        while ((r = db_step(run->state, s)) > 0) {
                if (*n == size) {
                        int64_t *more = arena_array(run->arena, int64_t, 2 * size);

                        memcpy(more, *events, size * sizeof(**events));
                        *events = more;
                        size *= 2;
                }
                (*events)[(*n)++] = sqlite3_column_int64(s, 0);
        }
        return error_trace(r);
}

static uint64_t hash_of(int64_t rule, const char *key)
{
        uint64_t hash = UINT64_C(14695981039346656037) ^ (uint64_t)rule;

        for (; *key != '\0'; key++)
                hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
        return hash;
}

int rate_usual(struct rules_run *run, const struct rules_one *one, const char *key, int64_t at, double *usual)
{
        const struct rule_rate *rate = &one->rule->rate;
        uint64_t hash = hash_of(one->id, key);
        struct rules_usual *known;
        int64_t n;
        int r;

        if (run->rules->usuals == NULL)
                run->rules->usuals = calloc(RATE_USUALS, sizeof(*run->rules->usuals));
        if (run->rules->usuals == NULL)
                return error_origin(-ENOMEM);
        known = &run->rules->usuals[hash % RATE_USUALS];
        if (known->hash == hash && at < known->until && at > known->until - rate->in / 50) {
                *usual = known->usual;
                return 0;
        }
        r = db_get_int(run->state, 0, &n,
                       "SELECT count(*) FROM (SELECT 1 FROM rule_matches WHERE rule = ? AND key = ? AND at > ? AND at <= ? LIMIT ?)",
                       "itiii", one->id, key, at - span_of(rate), at - rate->in, (int64_t)RATE_USUAL_MAX);
        if (r < 0)
                return error_trace(r);
        *usual = (double)n / (double)rate->windows;
        *known = (struct rules_usual){ .hash = hash, .until = at + rate->in / 100, .usual = *usual };
        return 0;
}

int rate_prune(struct rules_run *run, bool *more)
{
        int64_t left = RULES_PIECE;
        int r = 0;

        for (size_t i = 0; i < run->rules->n && r == 0 && left > 0; i++) {
                const struct rules_one *one = &run->rules->items[i];

                if (one->rule->rate.count == 0)
                        continue;
                r = db_run(run->state,
                           "DELETE FROM rule_matches WHERE (rule, key, at, event) IN"
                           " (SELECT rule, key, at, event FROM rule_matches WHERE rule = ? AND at < ? LIMIT ?)",
                           "iii", one->id, run->now - span_of(&one->rule->rate) - one->rule->rate.in, left);
                if (r == 0)
                        left -= sqlite3_changes(db_handle(run->state));
        }
        /* Those of rules that are gone. */
        if (r == 0 && left > 0) {
                r = db_run(run->state,
                           "DELETE FROM rule_matches WHERE (rule, key, at, event) IN"
                           " (SELECT rule, key, at, event FROM rule_matches WHERE rule IN (SELECT id FROM rules WHERE gone) LIMIT ?)",
                           "i", left);
                if (r == 0)
                        left -= sqlite3_changes(db_handle(run->state));
        }
        *more = *more || left <= 0;
        return error_trace(r);
}

/* ---- what was stored before the rule was ---- */

static int fill_event(struct rules_run *run, json_t *record, int64_t number, int64_t at, int64_t story)
{
        struct rules_story text = { run->news, run->arena, story };
        struct match_event event;
        int r = 0;

        match_event_init(&event, record);
        event.text = rules_story_text;
        event.user = &text;
        for (size_t i = 0; i < run->rules->n && r == 0; i++) {
                const struct rules_one *one = &run->rules->items[i];
                const char *keys[MATCH_KEYS_MAX];
                size_t n = 0;
                bool is_new;

                if (one->filled >= number && match_may_hold(&one->needs, &event) && match_holds(&one->rule->when, &event))
                        n = match_keys(run->arena, (enum rule_group)one->rule->group, &event, keys);
                for (size_t k = 0; k < n && r == 0; k++)
                        r = rate_add(run, one, keys[k], at, number, &is_new);
        }
        return error_trace(r);
}

/* Rules are filled down to this event, which happened `at`. */
static int set_filled(struct rules_run *run, int64_t number, int64_t at)
{
        int r = 0;

        for (size_t i = 0; i < run->rules->n && r == 0; i++) {
                struct rules_one *one = &run->rules->items[i];

                if (one->filled == 0 || one->filled < number)
                        continue;
                one->filled = at < run->now - span_of(&one->rule->rate) ? 0 : number - 1;
                r = db_run(run->state, "UPDATE rules SET filled = ? WHERE id = ?", "ii", one->filled, one->id);
        }
        return error_trace(r);
}

int rate_fill(struct rules_run *run, bool *more)
{
        int64_t from = 0, last = 0, at = run->now;
        sqlite3_stmt *s;
        size_t n = 0;
        int r;

        for (size_t i = 0; i < run->rules->n; i++)
                from = MAX_OF(from, run->rules->items[i].filled);
        if (from == 0)
                return 0;
        s = db_query(run->news, "SELECT e.seq, e.first_seen, c.record, e.story FROM events e JOIN changes c ON c.seq = e.changed"
                     " WHERE e.seq <= ? AND NOT e.withdrawn ORDER BY e.seq DESC LIMIT ?", "ii", from, (int64_t)RULES_PIECE);
        while ((r = db_step(run->news, s)) > 0) {
                json_t *record = json_loadb((const char *)sqlite3_column_text(s, 2), (size_t)sqlite3_column_bytes(s, 2), 0, NULL);

                n++;
                last = sqlite3_column_int64(s, 0);
                at = sqlite3_column_int64(s, 1);
                r = record != NULL ? fill_event(run, record, last, at, sqlite3_column_int64(s, 3)) : 0;
                json_decref(record);
                if (r < 0) {
                        sqlite3_reset(s);
                        break;
                }
        }
        if (r < 0)
                return error_trace(r);
        *more = true;
        return n < RULES_PIECE ? error_trace(set_filled(run, 1, 0)) : error_trace(set_filled(run, last, at));
}
