/* Rules in force, over a database: being met, held off, counted, resolved, by changes of events and by the clock; and the same in
 * a rehearsal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "desk/rehearsal.h"
#include "desk/rules.h"
#include "store/alerts.h"
#include "store/changes.h"
#include "store/kind.h"

#define HOUR (3600 * CLOCK_SECOND)
#define START (1700000000 * CLOCK_SECOND)

struct world {
        struct arena arena, scratch;
        struct db *db;
        struct rules *rules;
        int64_t now;
        int64_t raised, resolved;
};

static void load(struct world *w, const char *text)
{
        struct yaml_errors errors;
        struct rules_run run;
        struct rule *list;
        size_t n;

        yaml_errors_init(&errors, &w->arena);
        if (rule_parse(&w->arena, "r.yaml", text, strlen(text), &errors, &list, &n) != 0)
                fail_msg("%s", errors.first->message);
        rules_free(w->rules);
        assert_int_equal(rules_new(&w->rules, list, n), 0);
        run = (struct rules_run){ .rules = w->rules, .news = w->db, .state = w->db, .arena = &w->scratch, .now = w->now };
        assert_int_equal(rules_install(&run), 0);
}

static void open_world(struct world *w, const char *text)
{
        char *error;

        *w = (struct world){ .now = START };
        assert_int_equal(db_open(&w->db, ":memory:", false, &error), 0);
        load(w, text);
}

static void close_world(struct world *w)
{
        rules_free(w->rules);
        db_close(w->db);
        arena_deinit(&w->arena);
        arena_deinit(&w->scratch);
}

static void follow(struct world *w)
{
        struct rules_run run = { .rules = w->rules, .news = w->db, .state = w->db, .arena = &w->scratch, .now = w->now };

        arena_reset(&w->scratch);
        assert_int_equal(rules_follow(&run), 0);
        w->raised += run.raised;
        w->resolved += run.resolved;
}

static bool tick(struct world *w)
{
        struct rules_run run = { .rules = w->rules, .news = w->db, .state = w->db, .arena = &w->scratch, .now = w->now };
        bool more;

        arena_reset(&w->scratch);
        assert_int_equal(rules_tick(&run, &more), 0);
        w->raised += run.raised;
        return more;
}

/* One event, new or changed, as the desk writes it. */
static void write_event(struct world *w, int64_t number, enum kind kind, const char *members)
{
        char record[1024];
        int64_t seq;

        snprintf(record, sizeof(record), "{\"id\":\"%lld.1.1\",%s}", (long long)number, members);
        assert_int_equal(changes_add(w->db, kind, number, 1, record, strlen(record), &seq), 0);
        assert_int_equal(db_run(w->db, "UPDATE changes SET at = ? WHERE seq = ?", "ii", w->now, seq), 0);
        assert_int_equal(db_run(w->db, "INSERT INTO events (seq, story, number, source, first_seen, last_seen, revision, changed)"
                                " VALUES (?1, ?1, 1, 1, ?2, ?2, 1, ?3) ON CONFLICT DO UPDATE SET changed = ?3, withdrawn = ?4",
                                "iiii", number, w->now, seq, (int64_t)(kind == KIND_WITHDRAWN)), 0);
}

static void put(struct world *w, int64_t number, enum kind kind, const char *members)
{
        write_event(w, number, kind, members);
        follow(w);
}

#define FIGHT(source, target) \
        "\"event\":\"ASSAULT\",\"quad\":4,\"status\":\"happened\",\"goldstein\":-9,\"origins\":[\"A\"]," \
        "\"source\":[{\"code\":\"" source "\"}],\"target\":[{\"code\":\"" target "\"}]"

static json_t *all_alerts(struct world *w)
{
        const struct alerts_filter filter = { .rule = NULL };
        json_t *list;

        assert_int_equal(alerts_query(w->db, &filter, false, 100, &list), 0);
        return list;
}

/* Checks a member of the alert with this id. */
static void check(struct world *w, int64_t id, const char *key, const char *wanted)
{
        json_t *alert;
        const char *text;
        char number[32];

        assert_int_equal(alerts_get(w->db, id, &alert), 0);
        text = json_string_value(json_object_get(alert, key));
        if (json_is_integer(json_object_get(alert, key))) {
                snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(json_object_get(alert, key)));
                text = number;
        }
        assert_non_null(text);
        assert_string_equal(text, wanted);
        json_decref(alert);
}

static int64_t total(struct world *w)
{
        int64_t n;

        assert_int_equal(db_get_int(w->db, -1, &n, "SELECT value FROM totals WHERE name = 'alerts'", ""), 0);
        return n;
}

static void test_met(void **state)
{
        struct world w;
        json_t *list;

        (void)state;
        open_world(&w, "rules:\n- {name: a, severity: high, when: {type: ASSAULT, pair: [PRK, KOR]}, hold_off: none,\n"
                       "   text: '{source} on {target} {{{id}}}: {quad}'}\n");
        put(&w, 1, KIND_NEW, FIGHT("PRKMIL", "KOR"));
        put(&w, 2, KIND_NEW, FIGHT("USA", "KOR"));
        put(&w, 3, KIND_NEW, FIGHT("KOR", "PRK"));
        list = all_alerts(&w);
        assert_int_equal(json_array_size(list), 2);
        json_decref(list);
        check(&w, 1, "text", "PRKMIL on KOR {1.1.1}: material conflict");
        check(&w, 1, "severity", "high");
        check(&w, 1, "state", "raised");
        assert_int_equal(total(&w), 2);
        /* It changes, and meets the rule still: no other alert. */
        put(&w, 1, KIND_CHANGED, FIGHT("PRKMIL", "KORCVL"));
        assert_int_equal(w.raised, 2);
        close_world(&w);
}

static void test_hold_off(void **state)
{
        struct world w;

        (void)state;
        open_world(&w, "rules: [{name: a, when: {type: ASSAULT}, hold_off: 1h, group: source}]");
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        w.now += HOUR / 2;
        put(&w, 2, KIND_NEW, FIGHT("PRK", "USA"));      /* held */
        put(&w, 3, KIND_NEW, FIGHT("USA", "PRK"));      /* another group */
        assert_int_equal(w.raised, 2);
        check(&w, 1, "count", "2");
        check(&w, 1, "key", "PRK");
        check(&w, 2, "key", "USA");
        w.now += HOUR;
        put(&w, 4, KIND_NEW, FIGHT("PRK", "USA"));
        assert_int_equal(w.raised, 3);
        close_world(&w);
}

/* An alert goes with the last of its events, whether that is withdrawn or does not meet the rule any more. */
static void test_resolved(void **state)
{
        struct world w;

        (void)state;
        open_world(&w, "rules: [{name: a, when: {type: ASSAULT, status: happened}}]");
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        put(&w, 2, KIND_NEW, FIGHT("PRK", "KOR"));
        put(&w, 1, KIND_WITHDRAWN, FIGHT("PRK", "KOR"));
        check(&w, 1, "state", "raised");
        put(&w, 2, KIND_CHANGED, "\"event\":\"ASSAULT\",\"status\":\"denied\"");
        check(&w, 1, "state", "resolved");
        check(&w, 1, "reason", "event 2.1.1 does not meet the rule any more");
        assert_int_equal(total(&w), 0);
        /* What was resolved by itself holds nothing off. */
        put(&w, 2, KIND_CHANGED, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 2);
        put(&w, 2, KIND_WITHDRAWN, FIGHT("PRK", "KOR"));
        check(&w, 2, "reason", "event 2.1.1 was withdrawn");
        close_world(&w);
}

/* Two events become one in one transaction, in either order of the rows: the alert stays, and one that comes back is met once. */
static void test_joined(void **state)
{
        (void)state;
        for (int order = 0; order < 2; order++) {
                struct world w;

                open_world(&w, "rules: [{name: a, when: {type: ASSAULT}}]");
                put(&w, 2, KIND_NEW, FIGHT("PRK", "KOR"));
                write_event(&w, order == 0 ? 1 : 2, order == 0 ? KIND_CHANGED : KIND_WITHDRAWN, FIGHT("PRK", "KOR"));
                write_event(&w, order == 0 ? 2 : 1, order == 0 ? KIND_WITHDRAWN : KIND_CHANGED, FIGHT("PRK", "KOR"));
                follow(&w);
                assert_int_equal(w.raised, 1);
                check(&w, 1, "state", "raised");
                check(&w, 1, "standing", "1");
                write_event(&w, 1, KIND_WITHDRAWN, FIGHT("PRK", "KOR"));
                write_event(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
                follow(&w);
                check(&w, 1, "state", "resolved");
                check(&w, 2, "state", "raised");
                close_world(&w);
        }
}

/* What the new one did not raise, the changed one may. */
static void test_changed(void **state)
{
        struct world w;

        (void)state;
        open_world(&w, "rules: [{name: a, when: {min_origins: 2}, text: '{origins}'}]");
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 0);
        put(&w, 1, KIND_CHANGED, "\"event\":\"ASSAULT\",\"origins\":[\"A\",\"B\"]");
        assert_int_equal(w.raised, 1);
        check(&w, 1, "text", "A, B");
        close_world(&w);
}

static void test_rate(void **state)
{
        struct world w;

        (void)state;
        open_world(&w, "rules: [{name: a, when: {quad: material conflict}, rate: {count: 3, in: 24h}, group: pair,"
                       " text: '{count} between {key} in {window}'}]");
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        put(&w, 2, KIND_NEW, FIGHT("KOR", "PRK"));
        put(&w, 2, KIND_CHANGED, FIGHT("KOR", "PRK"));  /* counted once */
        put(&w, 3, KIND_NEW, FIGHT("PRK", "USA"));
        assert_int_equal(w.raised, 0);
        w.now += 25 * HOUR;                             /* these two are too old now */
        put(&w, 4, KIND_NEW, FIGHT("PRK", "KOR"));
        put(&w, 5, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 0);
        put(&w, 6, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 1);
        check(&w, 1, "text", "3 between KOR PRK in 1d");
        check(&w, 1, "standing", "3");
        put(&w, 7, KIND_NEW, FIGHT("PRK", "KOR"));      /* held */
        assert_int_equal(w.raised, 1);
        check(&w, 1, "count", "4");
        put(&w, 5, KIND_WITHDRAWN, FIGHT("PRK", "KOR"));
        check(&w, 1, "state", "raised");                /* three are left */
        put(&w, 6, KIND_WITHDRAWN, FIGHT("PRK", "KOR"));
        check(&w, 1, "state", "resolved");
        put(&w, 8, KIND_NEW, FIGHT("PRK", "KOR"));      /* 4, 7, 8 */
        assert_int_equal(w.raised, 2);
        close_world(&w);
}

/* The counts are the store's: a new set of the same rule goes on, another one begins anew. */
static void test_counts_stay(void **state)
{
        static const char rule[] = "rules: [{name: a, when: {type: ASSAULT}, rate: {count: 3, in: 1d}}]";
        struct world w;

        (void)state;
        open_world(&w, rule);
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        put(&w, 2, KIND_NEW, FIGHT("PRK", "KOR"));
        load(&w, rule);
        put(&w, 3, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 1);
        load(&w, "rules: [{name: a, when: {type: [ASSAULT, COERCE]}, rate: {count: 5, in: 1d}, hold_off: none}]");
        while (tick(&w))                                /* it counts what is stored */
                ;
        put(&w, 4, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 1);
        put(&w, 5, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 2);
        close_world(&w);
}

/* An event whose first report is found to be older is not another one. */
static void test_older(void **state)
{
        struct world w;

        (void)state;
        open_world(&w, "rules: [{name: a, when: {type: ASSAULT}, rate: {count: 3, in: 1d}}]");
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(db_exec(w.db, "UPDATE events SET first_seen = first_seen - 1000000 WHERE seq = 1"), 0);
        put(&w, 1, KIND_CHANGED, FIGHT("PRK", "KOR"));
        put(&w, 2, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 0);
        w.now += HOUR;
        put(&w, 3, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 1);
        check(&w, 1, "count", "3");
        close_world(&w);
}

/* While a rule was not there, nobody counted for it: it counts anew. */
static void test_back_again(void **state)
{
        static const char rules[] = "rules:\n- {name: a, when: {type: ASSAULT}, rate: {count: 3, in: 1d}}\n"
                                    "- {name: b, when: {type: ASSAULT}, absence: {for: 6h}}\n",
                          other[] = "rules: [{name: c, when: {type: COERCE}, rate: {count: 3, in: 1d}}]";
        struct world w;

        (void)state;
        open_world(&w, rules);
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        load(&w, other);
        while (tick(&w))
                ;
        w.now += 10 * HOUR;
        put(&w, 2, KIND_NEW, FIGHT("PRK", "KOR"));
        load(&w, other);
        load(&w, rules);
        while (tick(&w))
                ;
        assert_int_equal(w.raised, 0);                  /* something came meanwhile */
        put(&w, 3, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 1);                  /* the third one */
        check(&w, 1, "rule", "a");
        close_world(&w);
}

static void test_usual(void **state)
{
        struct world w;
        int64_t n = 0;

        (void)state;
        open_world(&w, "rules: []");
        /* Two a day for four days. */
        for (int day = 0; day < 4; day++, w.now += 24 * HOUR)
                for (int i = 0; i < 2; i++)
                        put(&w, ++n, KIND_NEW, FIGHT("PRK", "KOR"));
        load(&w, "rules: [{name: a, when: {type: ASSAULT}, group: pair, text: '{count}, usually {usual}',\n"
                 "         rate: {count: 2, in: 1d, times_usual: 3, windows: 4}}]");
        while (tick(&w))
                ;
        w.now += HOUR;
        for (int i = 0; i < 4; i++) {
                put(&w, ++n, KIND_NEW, FIGHT("PRK", "KOR"));
                w.now += HOUR;
        }
        assert_int_equal(w.raised, 0);
        put(&w, ++n, KIND_NEW, FIGHT("PRK", "KOR"));
        put(&w, ++n, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(w.raised, 1);
        check(&w, 1, "text", "6, usually 2.0");
        close_world(&w);
}

static void test_absence(void **state)
{
        struct world w;
        struct rules_run run;

        (void)state;
        open_world(&w, "rules:\n- {name: a, when: {type: ASSAULT}, absence: {for: 6h}, text: 'quiet since {since}'}\n"
                       "- {name: b, when: {watch: wire}, absence: {for: 2h, of: stories}, text: 'nothing of {watch} in {window}'}\n");
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        w.now += 3 * HOUR;
        tick(&w);
        assert_int_equal(w.raised, 1);
        check(&w, 1, "rule", "b");
        check(&w, 1, "text", "nothing of wire in 2h");
        tick(&w);
        assert_int_equal(w.raised, 1);
        run = (struct rules_run){ .rules = w.rules, .news = w.db, .state = w.db, .arena = &w.scratch, .now = w.now };
        assert_int_equal(rules_note_stories(&run, "other"), 0);
        check(&w, 1, "state", "raised");
        assert_int_equal(rules_note_stories(&run, "wire"), 0);
        check(&w, 1, "state", "resolved");
        /* A daemon that did not run waited for nothing. */
        w.now += 100 * HOUR;
        load(&w, "rules: [{name: a, when: {type: ASSAULT}, absence: {for: 6h}, text: 'quiet since {since}'}]");
        tick(&w);
        assert_int_equal(w.raised, 1);
        for (int i = 0; i < 6 * 60; i++, w.now += 60 * CLOCK_SECOND)
                tick(&w);
        assert_int_equal(w.raised, 2);
        check(&w, 2, "text", "quiet since 2023-11-19T02:13:20Z");
        /* It is still quiet after a pause: that was told already. */
        w.now += 100 * HOUR;
        load(&w, "rules: [{name: a, when: {type: ASSAULT}, absence: {for: 6h}, text: 'quiet since {since}'}]");
        for (int i = 0; i < 7 * 60; i++, w.now += 60 * CLOCK_SECOND)
                tick(&w);
        assert_int_equal(w.raised, 2);
        put(&w, 2, KIND_NEW, FIGHT("PRK", "KOR"));
        check(&w, 2, "state", "resolved");
        close_world(&w);
}

static void test_people(void **state)
{
        struct world w;
        int64_t seq = 0;
        json_t *alert;

        (void)state;
        open_world(&w, "rules: [{name: a}]");
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(alerts_acknowledge(w.db, 1, "anna", "on it", w.now, &seq), 0);
        assert_int_equal(seq, 3);
        check(&w, 1, "acknowledged_by", "anna");
        check(&w, 1, "note", "on it");
        assert_int_equal(alerts_acknowledge(w.db, 1, "bert", NULL, w.now, &seq), ALERTS_E_STATE);
        assert_int_equal(total(&w), 1);
        assert_int_equal(alerts_resolve(w.db, 1, "bert", "false alarm", w.now, &seq), 0);
        assert_int_equal(alerts_resolve(w.db, 1, "bert", NULL, w.now, &seq), ALERTS_E_STATE);
        assert_int_equal(alerts_resolve(w.db, 7, "bert", NULL, w.now, &seq), ALERTS_E_NONE);
        assert_int_equal(total(&w), 0);
        put(&w, 2, KIND_NEW, FIGHT("PRK", "KOR"));      /* what a person closed still holds off */
        assert_int_equal(w.raised, 1);
        assert_int_equal(alerts_get(w.db, 1, &alert), 0);
        assert_int_equal(json_array_size(json_object_get(alert, "history")), 3);
        json_decref(alert);
        close_world(&w);
}

static void test_expire(void **state)
{
        struct world w;
        int64_t seq, n;

        (void)state;
        open_world(&w, "rules: [{name: a, hold_off: none}]");
        put(&w, 1, KIND_NEW, FIGHT("PRK", "KOR"));
        put(&w, 2, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(alerts_resolve(w.db, 1, NULL, NULL, w.now, &seq), 0);
        w.now += HOUR;
        put(&w, 3, KIND_NEW, FIGHT("PRK", "KOR"));
        assert_int_equal(total(&w), 2);
        assert_int_equal(alerts_expire(w.db, w.now, 10, &n), 0);
        assert_int_equal(n, 2);
        assert_int_equal(total(&w), 1);
        assert_int_equal(db_get_int(w.db, 0, &n, "SELECT count(*) FROM changes WHERE kind > 3", ""), 0);
        assert_int_equal(n, 1);
        assert_int_equal(db_get_int(w.db, 0, &n, "SELECT count(*) FROM alert_events", ""), 0);
        assert_int_equal(n, 1);
        close_world(&w);
}

static json_t *rehearse(struct world *w, const char *text, int64_t since, int64_t now)
{
        struct rehearsal *h;
        json_t *result;
        char *errors;
        bool done = false;

        assert_int_equal(rehearsal_new(&h, w->db, "r.yaml", text, strlen(text), since, now, &errors), 0);
        while (!done)
                assert_int_equal(rehearsal_run(h, w->db, 1, &done), 0);
        assert_int_equal(rehearsal_result(h, w->db, &result), 0);
        rehearsal_free(h);
        return result;
}

/* The same alerts as live, at the times at which they would have been raised; the store is as it was. */
static void test_rehearsal(void **state)
{
        struct world w;
        json_t *result, *alerts;
        char *errors;
        struct rehearsal *h;

        (void)state;
        open_world(&w, "rules: []");
        for (int64_t i = 1; i <= 20; i++, w.now += 2 * HOUR)
                put(&w, i, KIND_NEW, i % 5 == 0 ? FIGHT("USA", "KOR") : FIGHT("PRK", "KOR"));
        put(&w, 7, KIND_WITHDRAWN, FIGHT("PRK", "KOR"));
        result = rehearse(&w, "rules:\n- {name: a, when: {actor: USA}, hold_off: none, text: '{id}'}\n"
                              "- {name: off, enabled: no}\n"
                              "- {name: q, when: {actor: USA}, absence: {for: 9h}}\n"
                              "- {name: r, when: {actor: PRK}, rate: {count: 4, in: 9h}, group: pair, hold_off: 10d}\n",
                          START + 9 * HOUR, w.now);
        assert_int_equal(json_integer_value(json_object_get(result, "rules")), 3);
        assert_int_equal(json_integer_value(json_object_get(result, "changes")), 16);
        alerts = json_object_get(result, "alerts");
        /* USA at 5 (before), 10, 15, 20: three; silences of 9 h before each of them; and four within 9 h, those before counted in. */
        {
                static const char *const wanted[][3] = {
                        { "a", "2023-11-15T16:13:20Z", "10.1.1" },
                        { "a", "2023-11-16T02:13:20Z", "15.1.1" },
                        { "a", "2023-11-16T12:13:20Z", "20.1.1" },
                };
                size_t seen = 0, i;
                json_t *alert;

                json_array_foreach(alerts, i, alert) {
                        if (strcmp(json_string_value(json_object_get(alert, "rule")), "a") != 0)
                                continue;
                        assert_true(seen < 3);
                        assert_string_equal(json_string_value(json_object_get(alert, "raised")), wanted[seen][1]);
                        assert_string_equal(json_string_value(json_object_get(alert, "text")), wanted[seen][2]);
                        assert_string_equal(json_string_value(json_array_get(json_object_get(alert, "events"), 0)), wanted[seen][2]);
                        seen++;
                }
                assert_int_equal(seen, 3);
        }
        json_decref(result);
        assert_int_equal(total(&w), 0);
        assert_int_equal(rehearsal_new(&h, w.db, "r.yaml", "rules: [{nam: x}]", 17, 0, w.now, &errors), REHEARSAL_E_BAD);
        assert_string_equal(errors, "r.yaml:1:10: rules[0].nam: unknown key (did you mean 'name'?)\n");
        free(errors);
        close_world(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_met),     cmocka_unit_test(test_hold_off),    cmocka_unit_test(test_resolved),
                cmocka_unit_test(test_changed), cmocka_unit_test(test_rate),        cmocka_unit_test(test_counts_stay),
                cmocka_unit_test(test_older),   cmocka_unit_test(test_back_again),
                cmocka_unit_test(test_usual),   cmocka_unit_test(test_absence),     cmocka_unit_test(test_people),
                cmocka_unit_test(test_expire),     cmocka_unit_test(test_joined),      cmocka_unit_test(test_rehearsal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
