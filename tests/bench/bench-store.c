/*
 * What the store costs. Prints, in one run: durable deliveries a second through store.c beside a plain SQLite loop with
 * the same bytes and batches; the same, and the whole way of a story through the desk, with many stories stored beside
 * an empty store; the longest commit of each. Rounds alternate, and the median of their ratios is taken, since disks
 * have moods.
 *
 *   bench-store [DIRECTORY [DELIVERIES [STORIES]]]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "base/clock.h"
#include "desk/desk.h"
#include "store/db.h"
#include "store/deliveries.h"
#include "store/store.h"

enum {
        BYTES = 3000,           /* a delivery */
        WINDOW = 1024,          /* jobs on their way */
        ROUNDS = 5,
};

static char bytes[BYTES];

static void fail(const char *what)
{
        fprintf(stderr, "bench-store: %s\n", what);
        exit(1);
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

/* The median of the rounds' ratios: what slows the machine for a while slows both. */
static double ratio(const double over[static ROUNDS], const double under[static ROUNDS])
{
        double ratios[ROUNDS];

        for (int i = 0; i < ROUNDS; i++)
                ratios[i] = over[i] / under[i];
        return median(ratios);
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

/* The same bytes into one table, STORE_BATCH_JOBS a transaction, as durable: nothing but SQLite. */
static double plain(const char *path, int n)
{
        int64_t start, longest = 0, before;
        sqlite3_stmt *insert;
        sqlite3 *db;

        remove_file(path);
        if (sqlite3_open(path, &db) != SQLITE_OK ||
            sqlite3_exec(db,
                         "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                         "CREATE TABLE deliveries (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
                         NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_prepare_v2(db, "INSERT INTO deliveries (bytes) VALUES (?)", -1, &insert, NULL) != SQLITE_OK)
                fail(sqlite3_errmsg(db));
        start = clock_monotonic_us();
        for (int i = 0; i < n;) {
                sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
                for (int j = 0; j < STORE_BATCH_JOBS && i < n; j++, i++) {
                        sqlite3_bind_blob(insert, 1, bytes, BYTES, SQLITE_STATIC);
                        if (sqlite3_step(insert) != SQLITE_DONE)
                                fail(sqlite3_errmsg(db));
                        sqlite3_reset(insert);
                }
                before = clock_monotonic_us();
                if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
                        fail(sqlite3_errmsg(db));
                longest = MAX_OF(longest, clock_monotonic_us() - before);
        }
        start = clock_monotonic_us() - start;
        sqlite3_finalize(insert);
        sqlite3_close(db);
        remove_file(path);
        printf("    sqlite alone     %8.0f deliveries/s, longest commit %5.1f ms\n", n * 1e6 / (double)start,
               (double)longest / 1e3);
        return n * 1e6 / (double)start;
}

struct run;

struct flight {
        struct store_job job;
        struct run *run;
        int number;
};

struct run {
        uv_loop_t loop;
        struct store *store;
        struct flight flights[WINDOW];
        int next, left, out;
        bool desk;              /* the whole way of a story, not the delivery alone */
};

/* Accept, decode's answer, the coder's answer, as three workers would bring them. */
static int take_all(struct db *db, int64_t id, int number)
{
        static const char event[] = "{\"sentence\":1,\"event\":\"CONSULT\",\"cameo\":\"040\",\"quad\":1,\"status\":"
                                    "\"happened\",\"source\":"
                                    "[{\"code\":\"%c%c%cGOV\",\"name\":\"Minister "
                                    "%d\"}],\"target\":[{\"code\":\"USA\",\"name\":\"United States\"}],"
                                    "\"attribution\":[{\"name\":\"Reuters\",\"cue\":\"said\",\"kind\":\"indirect\","
                                    "\"span\":[100,120]}],"
                                    "\"when\":{\"start\":\"2026-11-24\",\"end\":\"2026-11-24\"},\"confidence\":0.9}";
        struct arena arena = ARENA_NULL;
        struct desk_result result;
        const char *reason;
        char *json;
        int r;

        json = arena_printf(&arena,
                            "{\"stories\":[{\"guid\":\"urn:bench:%lld\",\"headline\":\"Talks "
                            "%d\",\"agency\":\"Reuters\","
                            "\"text\":\"%d %s\"}],\"bad\":[]}",
                            (long long)id, number, number, bytes);
        r = desk_take_stories(db, &arena, id, json, strlen(json), &result, &reason);
        if (r == 0) {
                int64_t row = sqlite3_last_insert_rowid(db_handle(db));
                char *one = arena_printf(&arena, event, 'A' + number % 23, 'A' + number % 19, 'A' + number % 17,
                                         number % 5000);

                json = arena_printf(&arena, "{\"statements\":[],\"actors\":[],\"events\":[%s,%s]}", one, one);
                r = desk_take_reports(db, &arena, row, json, strlen(json), &result, &reason);
                if (r == 0 && result.events != 2)
                        r = -EINVAL;
        }
        arena_deinit(&arena);
        return r;
}

static int flight_run(struct store_job *job, struct db *db)
{
        struct flight *f = container_of(job, struct flight, job);
        struct delivery d = { .source = "bench", .name = "file.txt", .received = clock_wall_us(), .bytes = bytes,
                              .n_bytes = BYTES };
        int64_t id;
        int r = deliveries_accept(db, &d, &id);

        return r == 0 && f->run->desk ? take_all(db, id, f->number) : r;
}

static void on_closed(void *user _unused_)
{
}

static void go_on(struct flight *f)
{
        struct run *run = f->run;

        if (run->left == 0) {
                if (run->out == 0)
                        store_close(run->store, on_closed, NULL);
                return;
        }
        run->left--;
        run->out++;
        f->number = run->next++;
        store_write(run->store, &f->job);
}

static void flight_done(struct store_job *job, int r)
{
        struct flight *f = container_of(job, struct flight, job);

        if (r != 0)
                fail(strerror(-r));
        f->run->out--;
        go_on(f);
}

static double through_store(const char *path, const char *what, int n, bool desk, int first)
{
        struct run *run = calloc(1, sizeof(*run));
        struct store_figures figures;
        int64_t start;
        char *error;

        uv_loop_init(&run->loop);
        if (store_open(&run->store, &run->loop, NULL, path, &error) != 0)
                fail(error);
        run->left = n;
        run->next = first;
        run->desk = desk;
        start = clock_monotonic_us();
        for (int i = 0; i < WINDOW && run->left > 0; i++) {
                run->flights[i] = (struct flight){ .run = run,
                                                   .job = { .durable = true, .run = flight_run, .done = flight_done } };
                go_on(&run->flights[i]);
        }
        while (run->left > 0 || run->out > 0)
                uv_run(&run->loop, UV_RUN_ONCE);
        start = clock_monotonic_us() - start;
        store_get_figures(run->store, &figures);
        uv_run(&run->loop, UV_RUN_DEFAULT);
        uv_loop_close(&run->loop);
        free(run);
        printf("    %-16s %8.0f %s/s, longest commit %5.1f ms, %.0f jobs a commit\n", what, n * 1e6 / (double)start,
               desk ? "stories" : "deliveries", (double)figures.commit_us / 1e3,
               (double)figures.jobs / (double)figures.commits);
        return n * 1e6 / (double)start;
}

/* Many stories at once, as if they had come through the desk. */
static void fill(const char *path, int64_t stories)
{
        static const char *const steps[] = {
                "INSERT INTO sources (name) VALUES ('bench')",
                "INSERT INTO deliveries (source, received, state, size, name) SELECT 1, 1700000000000000 + i * "
                "1000000, 1,"
                " 3000, 'file.txt' FROM n",
                "INSERT INTO stories (delivery, number, source, received, state, identity, hash, top_delivery, "
                "top_number, guid,"
                " head) SELECT i, 1, 1, 1700000000000000 + i * 1000000, 1, random() & 0xffffffffffff, randomblob(16), "
                "i, 1,"
                " 'urn:fill:' || i, '{\"guid\":\"urn:fill:' || i || '\",\"agency\":\"Reuters\"}' FROM n",
                "INSERT INTO texts (id, headline, text) SELECT i, 'Talks ' || i, 'The minister of ' || i % 5000 ||"
                " ' met the delegation number ' || i % 977 || ' at the port of ' || hex(randomblob(3)) || '. ' || ?1 "
                "FROM n",
                "INSERT INTO actors (code, name) SELECT 'ACT' || i % 200, 'Actor ' || i FROM n WHERE i <= 20000",
                "INSERT INTO events (story, number, source, first_seen, last_seen, revision, changed, type, cameo, status, quad,"
                " day_start, day_end) SELECT i, 1, 1, 1700000000000000 + i * 1000000, 1700000000000000 + i * 1000000, 1, i,"
                " 'CONSULT', printf('%03d', i % 200), 'happened', 1, 19000 + i / 1000, 19000 + i / 1000 FROM n",
                "INSERT INTO changes (kind, ref, revision, at, record) SELECT 1, i, 1, 1700000000000000 + i * 1000000,"
                " '{\"id\":\"' || i || '.1.1\",\"story\":\"' || i || '.1\",\"event\":\"CONSULT\"}' FROM n",
                "INSERT INTO reports (story, number, event) SELECT i, 1, i FROM n",
                "INSERT INTO event_actors (event, side, actor, changed) SELECT i, 0, 1 + i % 20000, i FROM n",
                "INSERT INTO event_actors (event, side, actor, changed) SELECT i, 1, 1 + i % 7919, i FROM n",
                "INSERT INTO search (search) VALUES ('rebuild')",
                "UPDATE totals SET value = ?2 WHERE name IN ('stories', 'events', 'indexed')",
        };
        char sql[1024], words[301];
        sqlite3_stmt *s;
        struct db *db;
        char *error;
        int fd;

        snprintf(words, sizeof(words), "%.300s", bytes);
        if (db_open(&db, path, false, &error) != 0)
                fail(error);
        if (db_exec(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN") < 0)
                fail(db_error_text(db));
        for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
                snprintf(sql, sizeof(sql), "%s%s",
                         strstr(steps[i], "FROM n") != NULL ? "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + "
                                                              "1 FROM n WHERE i < ?2) "
                                                            : "",
                         steps[i]);
                if (sqlite3_prepare_v2(db_handle(db), sql, -1, &s, NULL) != SQLITE_OK)
                        fail(db_error_text(db));
                sqlite3_bind_text(s, 1, words, -1, SQLITE_STATIC);
                sqlite3_bind_int64(s, 2, stories);
                if (sqlite3_step(s) != SQLITE_DONE)
                        fail(db_error_text(db));
                sqlite3_finalize(s);
        }
        if (db_exec(db, "COMMIT") < 0)
                fail(db_error_text(db));
        db_close(db);
        /* What the kernel still has to write must not be the first round's burden. */
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) < 0)
                fail("fsync");
        close(fd);
}

int main(int argc, char **argv)
{
        const char *directory = argc > 1 ? argv[1] : ".";
        int n = argc > 2 ? atoi(argv[2]) : 20000;
        int64_t stories = argc > 3 ? atoll(argv[3]) : 1000000;
        double values[5][ROUNDS], alone, full, desk_full;
        char *path[3];
        int64_t start;

        for (int i = 0; i < BYTES - 1; i++)
                bytes[i] = i % 7 == 6 ? ' ' : (char)('a' + (i * 31 + i / 7 * 17) % 26);
        for (int i = 0; i < 3; i++) {
                if (asprintf(&path[i], "%s/bench-store-%d-%d.db", directory, (int)getpid(), i) < 0)
                        fail("no memory");
        }
        start = clock_monotonic_us();
        fill(path[2], stories);
        printf("  %" PRId64 " stories made in %.0f s\n", stories, (double)(clock_monotonic_us() - start) / 1e6);
        for (int i = 0; i < ROUNDS; i++) {
                printf("  round %d\n", i + 1);
                values[0][i] = plain(path[0], n);
                remove_file(path[1]);
                values[1][i] = through_store(path[1], "store, empty", n, false, 0);
                values[2][i] = through_store(path[2], "store, filled", n, false, 0);
                remove_file(path[1]);
                values[3][i] = through_store(path[1], "desk, empty", n / 4, true, i * n);
                values[4][i] = through_store(path[2], "desk, filled", n / 4, true, i * n);
        }
        for (int i = 0; i < 3; i++) {
                remove_file(path[i]);
                free(path[i]);
        }
        alone = ratio(values[1], values[0]);
        full = ratio(values[2], values[1]);
        desk_full = ratio(values[4], values[3]);
        printf("durable deliveries of %d bytes: %.0f/s, sqlite alone %.0f/s, ratio %.2f\n", BYTES, median(values[1]),
               median(values[0]), alone);
        printf("with %" PRId64 " stories stored: %.0f/s, ratio to empty %.2f\n", stories, median(values[2]), full);
        printf("stories through the desk: %.0f/s, with %" PRId64 " stored %.0f/s, ratio %.2f\n", median(values[3]),
               stories, median(values[4]), desk_full);
        return 0;
}
