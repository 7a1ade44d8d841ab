/*
 * What the desk costs a story, with an empty store and with many events in it; what a filtered query and one more join cost
 * there. The events that are there were made as the desk makes them, 27,000 a day, those of the last days with all that the desk
 * looks up. Rounds alternate between the two stores, and the median of their ratios is taken, since disks have moods.
 *
 *   bench-desk [DIRECTORY [EVENTS [STORIES]]]
 *   bench-desk --crowd [DIRECTORY [REPORTS]]
 *
 * --crowd: what one more report of an event costs that has many, of stories of their own and of copies of one; and what the
 * original costs that comes after them all, one transaction in which each gets another origin.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "desk/copies.h"
#include "desk/desk.h"
#include "desk/facts.h"
#include "desk/near.h"
#include "desk/record.h"
#include "store/db.h"
#include "store/deliveries.h"
#include "store/query.h"

enum {
        ROUNDS = 5,
        A_DAY = 27000,          /* stories */
        WINDOW_DAYS = 10,       /* of which the desk remembers sketches */
        WORDS = 5000,           /* of the vocabulary */
        TEXT_MAX = 4096,
        BATCH = 64,             /* stories a transaction */
};

static const int64_t day_us = 86400 * CLOCK_SECOND;

static const char *const types[] = { "CONSULT", "ASSAULT", "ACCUSE", "SUPPORT", "AGREE", "AID", "COERCE", "REJECT",
                                     "THREATEN", "PROTEST", "MOBILIZE", "SANCTION", "REQUEST", "COOPERATE", "CONCEDE", "RETREAT" };
static const char *const roles[] = { "GOV", "MIL", "", "CVL", "REB", "COP", "GOV", "" };

/* A story and what the coder would make of it. */
struct made {
        char text[TEXT_MAX], headline[64], source[8], target[8];
        const char *type;
        uint64_t act;           /* what it tells of: the same for stories of one act */
};

static void fail(const char *what)
{
        fprintf(stderr, "bench-desk: %s\n", what);
        exit(1);
}

static uint64_t next(uint64_t *state)
{
        *state += 0x9e3779b97f4a7c15;
        uint64_t z = *state;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
}

/* A word of the vocabulary; the low numbers are common. */
static size_t put_word(char *out, uint64_t *state)
{
        uint64_t u = next(state) % 1000000, word = u * u / 1000000 * WORDS / 1000000, left = word * 7919 + 17;
        size_t n = 3 + word % 6;

        for (size_t i = 0; i < n; i++, left = left * 31 / 7 + i)
                out[i] = (char)('a' + left % 26);
        out[n] = ' ';
        return n + 1;
}

static void put_words(char *out, size_t *n, size_t words, uint64_t *state)
{
        for (size_t i = 0; i < words && *n + 16 < TEXT_MAX; i++)
                *n += put_word(out + *n, state);
        out[*n - 1] = '.';
        out[(*n)++] = ' ';
}

static void put_code(char out[static 8], uint64_t *state)
{
        uint64_t country = next(state) % 180;

        snprintf(out, 8, "%c%c%c%s", (char)('A' + country % 26), (char)('A' + country / 26), (char)('A' + country % 19),
                 roles[next(state) % 8]);
}

/* The `telling`-th story of an act, with so many sentences beside those that all have: so many in turn are copies of one another,
 * each with another end. */
static void make(struct made *m, uint64_t act, uint64_t telling, uint64_t copies, int sentences)
{
        uint64_t a = act * 1000003, own = act * 1000003 + (telling - telling % copies) * 7 + 1, end = own + telling;
        size_t n = 0;

        m->act = act;
        m->type = types[next(&a) % 16];
        put_code(m->source, &a);
        put_code(m->target, &a);
        snprintf(m->headline, sizeof(m->headline), "Story %" PRIu64 " number %" PRIu64, act, telling);
        put_words(m->text, &n, 22, &a);         /* the sentence that all tellings have */
        put_words(m->text, &n, 20, &a);
        for (int i = 0; i < sentences; i++)
                put_words(m->text, &n, 22, &own);
        put_words(m->text, &n, 22, &end);
        m->text[n - 1] = '\0';
}

static const char *make_event(struct arena *arena, const struct made *m, int64_t time)
{
        int year, month, day;

        clock_date(time / day_us, &year, &month, &day);
        return arena_printf(arena,
                "{\"sentence\":0,\"event\":\"%s\",\"cameo\":\"%02d0\",\"mode\":null,\"context\":[],\"quad\":1,\"goldstein\":1.0,"
                "\"source\":[{\"code\":\"%s\",\"text\":\"they\",\"span\":[0,4]}],\"target\":[{\"code\":\"%s\",\"text\":\"them\",\"span\":[8,12]}],"
                "\"reciprocal\":false,\"trigger\":{\"text\":\"did\",\"span\":[5,8]},\"status\":\"happened\",\"attribution\":"
                "[{\"name\":\"Ministry %d\",\"cue\":\"said\",\"kind\":\"indirect\",\"span\":[100,120]}],\"quote\":null,"
                "\"when\":{\"start\":\"%04d-%02d-%02d\",\"end\":\"%04d-%02d-%02d\",\"text\":\"on that day\",\"span\":[20,30]},"
                "\"where\":null,\"confidence\":0.84}", m->type, (int)(m->act % 20 + 1), m->source, m->target,
                (int)(m->act % 500), year, month, day, year, month, day);
}

/* ---- many events ---- */

/* What this thread has worked: others on the machine do not count. us */
static double worked(void)
{
        struct timespec t;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void check(int r, struct db *db)
{
        if (r < 0)
                fail(db_error_text(db));
}

/* What the desk would write as the record of an event of this one report. */
static const char *make_record(struct arena *arena, const struct made *m, int64_t i, int64_t time)
{
        const char *event = make_event(arena, m, time);
        char seen[CLOCK_TEXT_MAX];

        clock_format(time, seen);
        return arena_printf(arena,
                "{\"id\":\"%" PRId64 ".1.1\",\"story\":\"%" PRId64 ".1\",\"number\":%" PRId64 ",%.*s,\"reports\":1,\"stories\":1,"
                "\"publishers\":1,\"origins\":[\"Ministry\"],\"first_seen\":\"%s\",\"last_seen\":\"%s\",\"watch\":\"bench\","
                "\"mentions\":[{\"report\":\"%" PRId64 ".1.1\",\"seen\":\"%s\",\"sentence\":0,\"offsets\":[0,8,5],"
                "\"status\":\"happened\",\"publisher\":\"paper.example\",\"agency\":\"Agency\",\"watch\":\"bench\","
                "\"origin\":\"Ministry\",\"published\":\"%s\",\"confidence\":0.84}],\"publisher\":\"paper.example\"}", i, i,
                record_number(i, 1), (int)strlen(event) - 2, event + 1, seen, seen, i, seen, seen);
}

static void remember(struct db *db, struct arena *arena, const struct made *m, int64_t i, int64_t time)
{
        struct copies_story story = { .row = i, .time = time, .hash = m->act, .who = "Agency" };
        struct sketch *sketch = arena_new(arena, struct sketch);
        json_t *json = json_loads(make_event(arena, m, time), 0, NULL);
        struct buf bytes = BUF_NULL;
        struct facts facts;
        int64_t *moved;
        size_t n;

        facts_make(&facts, json, m->text, strlen(m->text), time, m->act, 1);
        json_decref(json);
        if (facts_encode(&facts, &bytes) != 0)
                fail("no memory");
        check(db_run(db, "UPDATE reports SET facts = ? WHERE story = ? AND number = 1", "bi", bytes.data, bytes.n, i), db);
        buf_deinit(&bytes);
        check(near_put(db, i, 1, &facts, NEAR_CORE), db);
        sketch_make(sketch, m->headline, m->text, strlen(m->text));
        check(copies_add(db, arena, &story, sketch, &moved, &n), db);
}

/* An event of one report, as the desk leaves it; with what is looked up of it where it is of the last days. */
static void put_old(struct db *db, struct arena *arena, int64_t i, int64_t time, bool remembered)
{
        struct made *m = arena_alloc(arena, sizeof(*m));
        int64_t event = record_number(i, 1);
        const char *record;

        make(m, (uint64_t)i + 1000000000, 0, 3, remembered ? 9 : 0);
        record = make_record(arena, m, i, time);
        check(db_run(db, "INSERT INTO deliveries (id, source, received, state, size) VALUES (?, 1, ?, 1, 3000)", "ii", i, time), db);
        check(db_run(db, "INSERT INTO stories (id, delivery, number, source, received, state, identity, hash, top_delivery, top_number,"
                     " guid, head) VALUES (?1, ?1, 1, 1, ?2, 1, ?3 & 0xffffffffffff, randomblob(16), ?1, 1, 'urn:fill:' || ?1,"
                     " '{\"guid\":\"urn:fill:' || ?1 || '\",\"agency\":\"Agency\"}')", "iii", i, time,
                     (int64_t)(m->act * 0x9e3779b97f4a7c15)), db);
        check(db_run(db, "INSERT INTO texts (id, headline, text) VALUES (?, ?, ?)", "itt", i, m->headline, m->text), db);
        check(db_run(db, "INSERT INTO changes (kind, ref, revision, at, record) VALUES (1, ?, 1, ?, ?)", "iit", event, time, record), db);
        check(db_run(db, "INSERT INTO events (seq, story, number, source, first_seen, last_seen, revision, changed, type, cameo,"
                     " status, quad, goldstein, day_start, day_end) VALUES (?1, ?2, 1, 1, ?3, ?3, 1, ?2, ?4, ?5, 'happened', 1, 1.0,"
                     " ?6, ?6)", "iiitti", event, i, time, m->type, arena_printf(arena, "%02d0", (int)(m->act % 20 + 1)),
                     time / day_us), db);
        check(db_run(db, "INSERT INTO reports (story, number, event) VALUES (?, 1, ?)", "ii", i, event), db);
        check(db_run(db, "INSERT OR IGNORE INTO event_actors (event, side, actor, changed) VALUES (?1, 0, ?2 % 9000 + 1, ?3),"
                     " (?1, 1, ?2 % 7919 + 1, ?3)", "iii", event, (int64_t)(m->act * 31), i), db);
        if (remembered)
                remember(db, arena, m, i, time);
}

static void fill(const char *path, int64_t events, int64_t end)
{
        struct arena arena = ARENA_NULL;
        struct db *db;
        char *error;
        int fd;

        if (db_open(&db, path, false, &error) != 0)
                fail(error);
        check(db_exec(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN;"
                      "INSERT INTO sources (name) VALUES ('bench');"
                      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
                      " INSERT INTO actors (code, name) SELECT printf('A%02dGOV', i % 180), 'Actor ' || i FROM n"), db);
        for (int64_t i = 1; i <= events; i++) {
                int64_t time = end - (events - i) * (day_us / A_DAY);

                put_old(db, &arena, i, time, time > end - WINDOW_DAYS * day_us);
                arena_reset(&arena);
                if (i % 20000 == 0)
                        check(db_exec(db, "COMMIT; BEGIN"), db);
        }
        check(db_run(db, "UPDATE totals SET value = ? WHERE name IN ('stories', 'events', 'indexed')", "i", events), db);
        check(db_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"), db);
        db_close(db);
        arena_deinit(&arena);
        /* What the kernel still has to write must not be the first round's burden. */
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) < 0)
                fail("fsync");
        close(fd);
}

/* ---- stories through the desk ---- */

struct figures {
        double story, desk;             /* us a story: all of it, committed and synced, by the clock;
                                           the desk alone, of work */
        double join;                    /* the desk alone, of those that join an event */
        double n_join;
};

/* A story through the desk; what that was of work, us. */
static double take(struct db *db, struct arena *arena, const struct made *m, int64_t number, int64_t time)
{
        struct delivery d = { .source = "bench", .received = time, .bytes = m->text, .n_bytes = strlen(m->text) };
        struct desk_result result;
        const char *reason, *event;
        int64_t id;
        double start;
        char *json;

        check(deliveries_accept(db, &d, &id), db);
        json = arena_printf(arena, "{\"stories\":[{\"guid\":\"urn:bench:%" PRId64 "\",\"headline\":\"%s\",\"agency\":\"Agency\","
                            "\"text\":\"%s\"}],\"bad\":[]}", number, m->headline, m->text);
        start = worked();
        if (desk_take_stories(db, arena, id, json, strlen(json), &result, &reason) != 0)
                fail(reason != NULL ? reason : db_error_text(db));
        event = make_event(arena, m, time);
        json = arena_printf(arena, "{\"statements\":[],\"actors\":[],\"events\":[%s]}", event);
        check(db_get_int(db, 0, &id, "SELECT id FROM stories WHERE delivery = ?", "i", id), db);
        if (desk_take_reports(db, arena, id, json, strlen(json), &result, &reason) != 0)
                fail(reason != NULL ? reason : db_error_text(db));
        return worked() - start;
}

/* Three tellings of each act, in the midst of others: one in three joins, one in three is a copy. */
static void take_one(struct db *db, struct arena *arena, int64_t number, int64_t time, struct figures *f)
{
        struct made *m = arena_alloc(arena, sizeof(*m));
        double us;

        make(m, (uint64_t)(number / 30 * 10 + number % 10), (uint64_t)(number / 10 % 3), 3, 9);
        us = take(db, arena, m, number, time);
        f->desk += us;
        if (number / 10 % 3 != 0) {
                f->join += us;
                f->n_join++;
        }
}

static struct figures round_of(const char *path, int64_t first, int64_t n, int64_t time)
{
        struct figures figures = { 0 };
        struct arena arena = ARENA_NULL;
        int64_t start;
        struct db *db;
        char *error;

        if (db_open(&db, path, false, &error) != 0)
                fail(error);
        start = clock_monotonic_us();
        for (int64_t i = 0; i < n;) {
                check(db_begin(db, true), db);
                for (int j = 0; j < BATCH && i < n; j++, i++) {
                        take_one(db, &arena, first + i, time + (first + i) * 1000, &figures);
                        arena_reset(&arena);
                }
                check(db_commit(db), db);
        }
        figures.story = (double)(clock_monotonic_us() - start) / (double)n;
        figures.desk /= (double)n;
        figures.join /= figures.n_join;
        db_close(db);
        arena_deinit(&arena);
        return figures;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(const double values[static ROUNDS])
{
        double sorted[ROUNDS];

        memcpy(sorted, values, sizeof(sorted));
        qsort(sorted, ROUNDS, sizeof(*sorted), compare);
        return sorted[ROUNDS / 2];
}

/* A filtered query as people ask it: the last hundred. */
static double time_query(const char *path, const struct query_filter *filter)
{
        double values[ROUNDS];
        struct db *db;
        char *error;

        if (db_open(&db, path, true, &error) != 0)
                fail(error);
        for (int i = 0; i < ROUNDS; i++) {
                int64_t start = clock_monotonic_us();
                struct query_answer answer;
                struct buf events = BUF_NULL;

                if (query_events(db, filter, true, 100, &events, &answer) != 0)
                        fail("a query failed");
                buf_deinit(&events);
                values[i] = (double)(clock_monotonic_us() - start) / 1e3;
        }
        db_close(db);
        return median(values);
}

static void remove_file(const char *path)
{
        static const char *const suffixes[] = { "", "-wal", "-shm" };

        for (size_t i = 0; i < N_ELEMENTS(suffixes); i++) {
                _cleanup_free_ char *name = NULL;

                if (asprintf(&name, "%s%s", path, suffixes[i]) < 0)
                        fail("no memory");
                unlink(name);
        }
}

static int64_t count_joined(const char *path)
{
        struct db *db;
        char *error;
        int64_t n;

        if (db_open(&db, path, true, &error) != 0)
                fail(error);
        check(db_get_int(db, 0, &n, "SELECT count(*) FROM events WHERE reports > 1", ""), db);
        db_close(db);
        return n;
}

/* ---- one event of many ---- */

/* What the reports just before 100, 1,000, ... cost, on the average and at most. */
static void crowd(const char *path, int64_t n, uint64_t copies)
{
        struct arena arena = ARENA_NULL;
        double sum = 0, most = 0;
        int64_t mark = 100, events, time = clock_wall_us() / day_us * day_us;
        struct db *db;
        char *error;

        if (db_open(&db, path, false, &error) != 0)
                fail(error);
        printf("one more report of an event, %s:", copies > 1 ? "copies of one story" : "stories of their own");
        for (int64_t i = 1; i <= n; i++) {
                struct made *m = arena_alloc(&arena, sizeof(*m));
                double us;

                if (i % BATCH == 1)
                        check(db_begin(db, false), db);
                make(m, 7, (uint64_t)i, copies, 9);
                us = take(db, &arena, m, i, time + i * 1000);
                sum = i > mark - 100 ? sum + us : 0;
                most = i > mark - 100 ? MAX_OF(most, us) : 0;
                if (i % BATCH == 0 || i == n)
                        check(db_commit(db), db);
                arena_reset(&arena);
                if (i == mark) {
                        printf(" %.2f ms (at most %.2f) at %" PRId64 "%s", sum / 1e5, most / 1e3, mark, mark * 10 <= n ? "," : "");
                        fflush(stdout);
                        mark *= 10;
                }
        }
        if (copies > 1) {
                struct made *m = arena_alloc(&arena, sizeof(*m));

                check(db_begin(db, false), db);
                make(m, 7, 0, copies, 9);
                printf("; the original after them %.0f ms", take(db, &arena, m, n + 1, time) / 1e3);
                check(db_commit(db), db);
        }
        check(db_get_int(db, 0, &events, "SELECT count(*) FROM events WHERE NOT withdrawn", ""), db);
        printf("; %" PRId64 " event%s\n", events, events == 1 ? "" : "s");
        db_close(db);
        arena_deinit(&arena);
}

static int measure_crowds(const char *directory, int64_t n)
{
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/bench-desk-%d.db", directory, (int)getpid()) < 0)
                fail("no memory");
        for (int i = 0; i < 2; i++) {
                crowd(path, n, i == 0 ? 1 : (uint64_t)n + 1);
                remove_file(path);
        }
        return 0;
}

int main(int argc, char **argv)
{
        const char *directory = argc > 1 ? argv[1] : ".";
        int64_t events = argc > 2 ? atoll(argv[2]) : 500000, n = argc > 3 ? atoll(argv[3]) : 3000, start, time;
        double desk[2][ROUNDS], join[2][ROUNDS], story[2][ROUNDS], ratios[ROUNDS];
        char *path[2];

        if (strcmp(directory, "--crowd") == 0)
                return measure_crowds(argc > 2 ? argv[2] : ".", argc > 3 ? atoll(argv[3]) : 10000);
        for (int i = 0; i < 2; i++)
                if (asprintf(&path[i], "%s/bench-desk-%d-%d.db", directory, (int)getpid(), i) < 0)
                        fail("no memory");
        time = clock_wall_us() / day_us * day_us;
        start = clock_monotonic_us();
        fill(path[1], events, time);
        printf("  %" PRId64 " events made in %.0f s\n", events, (double)(clock_monotonic_us() - start) / 1e6);
        for (int i = 0; i < ROUNDS; i++) {
                remove_file(path[0]);
                for (int k = 0; k < 2; k++) {
                        struct figures f = round_of(path[k], i * n, n, time);

                        desk[k][i] = f.desk;
                        story[k][i] = f.story;
                        join[k][i] = f.join;
                        printf("  round %d, %s: desk %4.0f us a story, %4.0f stories/s committed\n", i + 1,
                               k == 0 ? "empty " : "filled", f.desk, 1e6 / f.story);
                }
                ratios[i] = desk[1][i] / desk[0][i];
        }
        printf("desk work a story: %.2f ms with an empty store, %.2f ms with %" PRId64 " events, %.2f times (aims 1 ms, 1.3)\n",
               median(desk[0]) / 1e3, median(desk[1]) / 1e3, events, median(ratios));
        printf("one more join: %.2f ms, with %" PRId64 " events %.2f ms\n", median(join[0]) / 1e3, events, median(join[1]) / 1e3);
        printf("stories accepted, decoded, coded and joined, 64 a durable commit: %.0f/s, with %" PRId64 " events %.0f/s\n",
               1e6 / median(story[0]), events, 1e6 / median(story[1]));
        printf("events of several reports made by this: %" PRId64 "\n", count_joined(path[1]));
        printf("the last 100 events: of one type %.1f ms, of a code %.1f ms, of one actor %.1f ms, of a type and an actor %.1f ms\n",
               time_query(path[1], &(struct query_filter){ .type = "ASSAULT" }),
               time_query(path[1], &(struct query_filter){ .type = "19" }),
               time_query(path[1], &(struct query_filter){ .actor = "A42GOV" }),
               time_query(path[1], &(struct query_filter){ .type = "ASSAULT", .source = "A42GOV" }));
        for (int i = 0; i < 2; i++) {
                remove_file(path[i]);
                free(path[i]);
        }
        return 0;
}
