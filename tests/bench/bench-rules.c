/*
 * What alert rules cost: the processor time that one event takes beside 0, 100 and 1000 rules, of which none, or one, holds. In memory, so
 * that it is the rules that are measured and not the disk. What an event takes: its row and its record in the change log are
 * read, the record is parsed, all rules are tried; where one holds, an alert is raised or added to.
 *
 *   bench-rules [EVENTS]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "desk/rules.h"
#include "store/changes.h"
#include "store/kind.h"

static void need(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stderr, "bench-rules: %s\n", what);
        exit(1);
}

static const char *const countries[] = { "AFG", "BRA", "CHN", "DEU", "EGY", "FRA", "GBR", "HUN", "IND", "JPN", "KEN", "LBN" };

/* Rules of the kinds that people write, about other actors than the events' where `hold` is not asked for. */
static char *make_rules(int n, bool hold)
{
        static const char *const whens[] = {
                "{pair: [PRK, KOR], type: ASSAULT}", "{actor: [USA, RUS], quad: material conflict, status: happened}",
                "{source: PRKGOV, any: [{type: THREATEN}, {status: denied}]}", "{country: PRK, none: [{type: AID}]}",
                "{actor: Lavrov, min_origins: 2}",
        };
        struct buf out = BUF_NULL;

        need(buf_append_string(&out, n > 0 ? "rules:\n" : "rules: []\n") == 0, "memory");
        for (int i = 0; i < n; i++)
                need(buf_printf(&out, "- {name: r%d, when: %s, group: pair%s}\n", i,
                                hold && i == n / 2 ? "{type: CONSULT}" : whens[i % 5],
                                i % 4 == 3 ? ", rate: {count: 5, in: 24h}" : "") == 0, "memory");
        return out.data;
}

static void put(struct db *db, int64_t i, int64_t at)
{
        const char *source = countries[i % 12], *target = countries[(i / 12 + 1) % 12];
        char record[1024];
        int64_t seq;

        snprintf(record, sizeof(record),
                 "{\"id\":\"%" PRId64 ".1.1\",\"event\":\"CONSULT\",\"cameo\":\"040\",\"quad\":1,\"status\":\"happened\",\"goldstein\":1,"
                 "\"confidence\":0.9,\"source\":[{\"code\":\"%sGOV\",\"name\":\"the minister\",\"text\":\"the minister\",\"span\":[0,12]}],"
                 "\"target\":[{\"code\":\"%sGOV\",\"name\":\"the other\",\"text\":\"the other\",\"span\":[20,29]}],"
                 "\"trigger\":{\"text\":\"met with\",\"span\":[13,19]},\"attribution\":[{\"name\":\"Agency\",\"cue\":\"said\"}],"
                 "\"where\":{\"name\":\"Paris\",\"country\":\"FRA\",\"lat\":48.8,\"lon\":2.3},\"when\":{\"start\":\"2026-11-24\"},"
                 "\"reports\":1,\"origins\":[\"Agency\"],\"watch\":\"inbox\"}", i, source, target);
        need(changes_add(db, KIND_NEW, i, 1, record, strlen(record), &seq) == 0, "change");
        need(db_run(db, "INSERT INTO events (seq, story, number, source, first_seen, last_seen, revision, changed) VALUES (?1, ?1, 1, 1,"
                    " ?2, ?2, 1, ?3)", "iii", i, at, seq) == 0, "event");
}

/* Of the processor, so that other programs do not count. Nanoseconds. */
static int64_t now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Microseconds an event. */
static double run(int n_rules, bool hold, int64_t n_events)
{
        struct arena arena = ARENA_NULL, scratch = ARENA_NULL;
        char *text = make_rules(n_rules, hold), *error;
        struct yaml_errors errors;
        struct rules_run rules = { .now = clock_wall_us() };
        struct rule *list;
        struct db *db;
        int64_t began, spent = 0;
        size_t n;

        yaml_errors_init(&errors, &arena);
        need(rule_parse(&arena, "rules", text, strlen(text), &errors, &list, &n) == 0, "rules");
        need(db_open(&db, ":memory:", false, &error) == 0, "database");
        need(rules_new(&rules.rules, list, n) == 0, "rules");
        rules.news = rules.state = db;
        rules.arena = &scratch;
        need(db_begin(db, false) == 0 && rules_install(&rules) == 0, "install");
        for (int64_t i = 1; i <= n_events; i++) {
                rules.now += 1000;
                put(db, i, rules.now);
                arena_reset(&scratch);
                began = now();
                need(rules_follow(&rules) == 0, "follow");
                spent += now() - began;
        }
        need(hold ? rules.raised > 0 : rules.raised == 0, "what was raised");
        rules_free(rules.rules);
        db_close(db);
        free(text);
        arena_deinit(&arena);
        arena_deinit(&scratch);
        return (double)spent / 1000 / (double)n_events;
}

int main(int argc, char **argv)
{
        static const int counts[] = { 0, 1, 100, 1000 };
        int64_t n = argc > 1 ? atoll(argv[1]) : 20000;

        need(n > 0, "how many events?");
        printf("%" PRId64 " events, microseconds of processor time an event\n%8s %12s %12s\n", n, "rules", "none holds", "one holds");
        for (size_t i = 0; i < N_ELEMENTS(counts); i++)
                if (counts[i] > 0)
                        printf("%8d %12.1f %12.1f\n", counts[i], run(counts[i], false, n), run(counts[i], true, n));
                else
                        printf("%8d %12.1f\n", 0, run(0, false, n));
        return 0;
}
