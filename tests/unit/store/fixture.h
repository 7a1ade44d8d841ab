/* For the tests of store and desk: a database in memory or in a temporary directory, and short ways to fill it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "desk/desk.h"
#include "store/db.h"
#include "store/deliveries.h"
#include "store/query.h"

#include "invariants.h"

static inline struct db *fixture_db(void)
{
        struct db *db;
        char *error;

        assert_int_equal(db_open(&db, ":memory:", false, &error), 0);
        return db;
}

/* A delivery that was accepted; its id. */
static inline int64_t fixture_deliver(struct db *db, const char *source, const char *bytes, int64_t received)
{
        struct delivery d = { .source = source, .received = received, .bytes = bytes, .n_bytes = strlen(bytes) };
        int64_t id = 0;

        assert_int_equal(deliveries_accept(db, &d, &id), 0);
        return id;
}

/* JSON in a test has single quotes. */
static inline char *fixture_quote(struct arena *arena, const char *json)
{
        char *copy = arena_strdup(arena, json);

        for (char *p = copy; (p = strchr(p, '\'')) != NULL;)
                *p = '"';
        return copy;
}

static inline struct desk_result fixture_stories(struct db *db, int64_t delivery, const char *json)
{
        struct arena arena = ARENA_NULL;
        struct desk_result result;
        const char *reason;

        json = fixture_quote(&arena, json);
        assert_int_equal(desk_take_stories(db, &arena, delivery, json, strlen(json), &result, &reason), 0);
        result.headline = NULL;
        arena_deinit(&arena);
        return result;
}

static inline struct desk_result fixture_reports(struct db *db, int64_t row, const char *json)
{
        struct arena arena = ARENA_NULL;
        struct desk_result result;
        const char *reason = NULL;
        int r;

        json = fixture_quote(&arena, json);
        r = desk_take_reports(db, &arena, row, json, strlen(json), &result, &reason);
        if (r != 0)
                print_message("%s\n", reason);
        assert_int_equal(r, 0);
        arena_deinit(&arena);
        return result;
}

static inline int64_t fixture_int(struct db *db, const char *sql)
{
        sqlite3_stmt *s;
        int64_t n;

        assert_int_equal(sqlite3_prepare_v2(db_handle(db), sql, -1, &s, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        n = sqlite3_column_int64(s, 0);
        sqlite3_finalize(s);
        return n;
}

/* The row of story "delivery.number", 0: none. */
static inline int64_t fixture_row(struct db *db, int64_t delivery, int64_t number)
{
        char sql[128];

        snprintf(sql, sizeof(sql),
                 "SELECT coalesce((SELECT id FROM stories WHERE delivery = %lld AND number = %lld), 0)",
                 (long long)delivery, (long long)number);
        return fixture_int(db, sql);
}

static inline int64_t fixture_total(struct db *db, const char *name)
{
        char sql[96];

        snprintf(sql, sizeof(sql), "SELECT value FROM totals WHERE name = '%s'", name);
        return fixture_int(db, sql);
}

#define FIXTURE_EVENT                                                                                                  \
        "{'sentence': 1, 'event': 'SUPPORT', 'cameo': '057', 'quad': 1, 'status': 'happened',"         \
        " 'source': [{'code': 'PRKGOV', 'name': 'Choe Son Hui'}],"                                           \
        " 'target': [{'code': 'RUSGOV', 'name': 'Sergei Lavrov'}], 'confidence': 0.91,"                    \
        " 'attribution': [{'name': 'KCNA', 'code': 'PRKMED'}], 'when': {'start': '2023-10-19'}}"
#define FIXTURE_REPORTS "{'statements': [], 'actors': [], 'events': [" FIXTURE_EVENT "]}"

static inline void fixture_check(struct db *db)
{
        const char *broken = invariants_broken(db);

        if (broken != NULL)
                print_message("%s\n", broken);
        assert_null(broken);
}
