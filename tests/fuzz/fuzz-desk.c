/*
 * libFuzzer target: what a worker that foreign bytes have taken over may answer. An input is a list of answers, each
 * behind a byte that says to what: `S` decode's answer to a new delivery, `R` the coder's answer to the oldest story
 * that waits, `Q` that story goes to quarantine, `T` what is in quarantine is tried again, `I` the full-text index
 * catches up, `X` the oldest are forgotten. A zero byte ends an answer. Beside the sanitizers it holds the promises of
 * desk.h: an answer is taken whole or leaves no trace, and the tables fit together (tests/unit/store/invariants.h).
 *
 * One database in memory for all inputs, each rolled back.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/store/invariants.h"
#include "base/arena.h"
#include "desk/desk.h"
#include "store/deliveries.h"
#include "store/keep.h"
#include "store/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool promise)
{
        if (!promise)
                abort();
}

static int64_t get(struct db *db, const char *sql)
{
        int64_t n;

        require(db_get_int(db, 0, &n, sql, "") == 0);
        return n;
}

static int64_t oldest_story(struct db *db)
{
        return get(db, "SELECT min(id) FROM stories WHERE state = 0");
}

static void take_stories(struct db *db, struct arena *arena, int64_t received, const char *json, size_t n)
{
        const struct delivery delivery = { .source = received % 2 ? "odd" : "even", .received = received, .bytes = "b",
                                           .n_bytes = 1 };
        struct desk_result result;
        const char *reason;
        int64_t id, before;
        int r;

        require(deliveries_accept(db, &delivery, &id) == 0);
        before = sqlite3_total_changes64(db_handle(db));
        r = desk_take_stories(db, arena, id, json, n, &result, &reason);
        require(r == 0 || (r == DESK_E_NONSENSE && reason != NULL));
        if (r != 0) {
                require(sqlite3_total_changes64(db_handle(db)) == before);
                require(deliveries_quarantine(db, false, id, reason) == 0);
        }
}

static void take_reports(struct db *db, struct arena *arena, const char *json, size_t n)
{
        int64_t row = oldest_story(db), before = sqlite3_total_changes64(db_handle(db));
        struct desk_result result;
        const char *reason;
        int r;

        r = desk_take_reports(db, arena, row, json, n, &result, &reason);
        require(r == 0 || (r == DESK_E_NONSENSE && reason != NULL));
        if (r != 0)
                require(sqlite3_total_changes64(db_handle(db)) == before);
}

static void retry(struct db *db)
{
        sqlite3_stmt *s = db_query(db, "SELECT delivery || '.' || number FROM stories WHERE state = 2 UNION ALL"
                                   " SELECT id FROM deliveries WHERE state = 2 LIMIT 1", "");
        char id[64];
        bool is_story;
        int64_t row;

        if (db_step(db, s) != 1)
                return;
        snprintf(id, sizeof(id), "%s", (const char *)sqlite3_column_text(s, 0));
        sqlite3_reset(s);
        require(keep_retry(db, id, &is_story, &row) == 0);
}

static void step(struct db *db, struct arena *arena, int64_t number, char what, const char *json, size_t n)
{
        struct desk_result result;
        const char *reason;
        int64_t unused, id;

        switch (what) {
        case 'S':
                take_stories(db, arena, number, json, n);
                break;
        case 'R':
                take_reports(db, arena, json, n);
                break;
        case 'Q':
                require(deliveries_quarantine(db, true, oldest_story(db), "by the test") == 0);
                break;
        case 'T':
                retry(db);
                id = get(db, "SELECT min(id) FROM deliveries WHERE state = 0");
                if (id != 0 && desk_take_stories(db, arena, id, json, n, &result, &reason) != 0)
                        require(deliveries_quarantine(db, false, id, reason) == 0);
                break;
        case 'I':
                require(search_index(db, 2, &unused) == 0);
                break;
        case 'X':
                require(keep_expire(db, number - 2, 3, &unused) == 0);
                break;
        default:
                break;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        static struct db *db;
        struct arena arena = ARENA_NULL;
        const char *p = (const char *)data, *end = p + n;
        char *error;

        if (db == NULL)
                require(db_open(&db, ":memory:", false, &error) == 0);
        require(db_begin(db, false) == 0);
        for (int64_t number = 1; p < end && number <= 32; number++) {
                const char *stop = memchr(p, '\0', (size_t)(end - p));

                if (stop == NULL)
                        stop = end;
                if (stop > p)
                        step(db, &arena, number, *p, p + 1, (size_t)(stop - p) - 1);
                p = stop + (stop < end);
        }
        require(invariants_broken(db) == NULL);
        db_rollback(db);
        arena_deinit(&arena);
        return 0;
}
