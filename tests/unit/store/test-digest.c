/* Events counted over time and by pair, against counts by hand. */
#include "fixture.h"

#include "base/clock.h"
#include "store/digest.h"

#define DAY (86400 * CLOCK_SECOND)
#define MONDAY (19674 * DAY)            /* 2023-11-13 */

/* One event by the sides' codes; "" for none. */
static void put(struct db *db, int64_t seq, int64_t at, const char *source, const char *target, int64_t quad,
                const char *goldstein)
{
        const char *codes[] = { source, target };

        assert_int_equal(db_run(db,
                                "INSERT INTO changes (seq, kind, ref, revision, at, record) VALUES (?1, 1, ?1, 1, ?2, "
                                "'{}')", "ii",
                                seq, at), 0);
        assert_int_equal(db_run(db,
                                "INSERT INTO events (seq, story, number, source, first_seen, last_seen, revision, "
                                "changed, type,"
                                " status, quad, goldstein) VALUES (?1, 1, ?1, 1, ?2, ?2, 1, ?1, 'X', 'happened', ?3, "
                                "?4)", "iiit", seq, at,
                                quad, goldstein), 0);
        for (int64_t side = 0; side < 2; side++) {
                if (*codes[side] == '\0')
                        continue;
                assert_int_equal(db_run(db, "INSERT OR IGNORE INTO actors (code, name) VALUES (?1, 'the ' || ?1)", "t",
                                        codes[side]), 0);
                assert_int_equal(db_run(db,
                                        "INSERT INTO event_actors SELECT ?1, ?2, id, ?1 FROM actors WHERE code = ?3",
                        "iit", seq, side,
                                        codes[side]), 0);
        }
}

static struct db *filled(void)
{
        struct db *db = fixture_db();

        put(db, 1, MONDAY, "PRKGOV", "USAGOV", 4, "-9");
        put(db, 2, MONDAY + DAY, "USAGOV", "PRKMIL", 1, "2.5");
        put(db, 3, MONDAY + DAY + 5, "USAGOV", "PRKMIL", 2, "6");
        put(db, 4, MONDAY + 7 * DAY, "PRKMIL", "KOR", 4, "-10");
        put(db, 5, MONDAY + 8 * DAY, "PRKGOV", "", 1, "1");
        put(db, 6, MONDAY + 8 * DAY, "PRKGOV", "PRKMIL", 1, "1");
        put(db, 7, MONDAY + 8 * DAY, "PRKGOV", "USAGOV", 4, "-9");
        assert_int_equal(db_exec(db, "UPDATE events SET withdrawn = 1 WHERE seq = 7"), 0);
        return db;
}

static void assert_json(json_t *got, const char *wanted)
{
        char *text = json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));

        assert_string_equal(text, wanted);
        free(text);
        json_decref(got);
}

/* In one look, and in many. */
static json_t *count(struct db *db, const struct query_filter *filter, enum digest_kind kind, int64_t limit,
                     int64_t bins)
{
        json_t *found[2];

        for (int i = 0; i < 2; i++) {
                struct query_filter f = *filter;
                struct query_reach reach;
                struct digest *digest;

                f.patience = i == 0 ? 0 : 1;
                assert_int_equal(digest_new(&digest, kind, &f, bins), 0);
                do
                        assert_int_equal(digest_look(digest, db, &reach), 0);
                while (reach.cut);
                assert_int_equal(digest_result(digest, limit, &found[i]), 0);
                digest_free(digest);
        }
        assert_true(json_equal(found[0], found[1]));
        json_decref(found[1]);
        return found[0];
}

static void test_timeline(void **state)
{
        struct db *db = filled();
        struct query_filter f = { .actor = "PRK", .other = "USA" };
        json_t *bins;

        (void)state;
        bins = count(db, &f, DIGEST_DAYS, 0, 0);
        assert_json(bins, "[{\"at\":\"2023-11-13T00:00:00Z\",\"count\":1,\"goldstein\":-9.0,\"quads\":[0,0,0,1]},"
                          "{\"at\":\"2023-11-14T00:00:00Z\",\"count\":2,\"goldstein\":8.5,\"quads\":[1,1,0,0]}]");
        f = (struct query_filter){ .source = "PRK", .target = "USA" };
        bins = count(db, &f, DIGEST_DAYS, 0, 0);
        assert_json(bins, "[{\"at\":\"2023-11-13T00:00:00Z\",\"count\":1,\"goldstein\":-9.0,\"quads\":[0,0,0,1]}]");
        f = (struct query_filter){ .actor = "PRK" };
        bins = count(db, &f, DIGEST_WEEKS, 0, 0);
        assert_json(bins, "[{\"at\":\"2023-11-13T00:00:00Z\",\"count\":3,\"goldstein\":-0.5,\"quads\":[1,1,0,1]},"
                          "{\"at\":\"2023-11-20T00:00:00Z\",\"count\":3,\"goldstein\":-8.0,\"quads\":[2,0,0,1]}]");
        f = (struct query_filter){ .actor = "The prkm", .quad = 4, .since = MONDAY + DAY, .until = MONDAY + 30 * DAY };
        bins = count(db, &f, DIGEST_DAYS, 0, 0);
        assert_json(bins, "[{\"at\":\"2023-11-20T00:00:00Z\",\"count\":1,\"goldstein\":-10.0,\"quads\":[0,0,0,1]}]");
        f = (struct query_filter){ .actor = "PRK", .type = "Y" };
        bins = count(db, &f, DIGEST_DAYS, 0, 0);
        assert_json(bins, "[]");
        db_close(db);
}

static void test_pairs(void **state)
{
        struct db *db = filled();
        struct query_filter f = { .since = MONDAY, .until = MONDAY + 10 * DAY };
        json_t *pairs;

        (void)state;
        pairs = count(db, &f, DIGEST_PAIRS, 10, 5);
        assert_json(pairs,
                    "[{\"count\":3,\"goldstein\":-0.5,\"pair\":[\"PRK\",\"USA\"],\"quads\":[1,1,0,1],\"series\":[3,0,0,0,0]},"
                           "{\"count\":1,\"goldstein\":-10.0,\"pair\":[\"KOR\",\"PRK\"],\"quads\":[0,0,0,1],\"series\":[0,0,0,1,0]}]");
        pairs = count(db, &f, DIGEST_PAIRS, 1, 1);
        assert_int_equal(json_array_size(pairs), 1);
        json_decref(pairs);
        f.actor = "KOR";
        pairs = count(db, &f, DIGEST_PAIRS, 10, 1);
        assert_json(pairs,
                    "[{\"count\":1,\"goldstein\":-10.0,\"pair\":[\"KOR\",\"PRK\"],\"quads\":[0,0,0,1],\"series\":[1]}]");
        db_close(db);
}

/* More than a window has; all is counted once, however often it is looked. */
static void test_many(void **state)
{
        struct query_filter f = { .actor = "PRK", .since = MONDAY, .until = MONDAY + 30 * DAY };
        struct db *db = fixture_db();
        json_t *found;

        (void)state;
        for (int64_t i = 1; i <= 9000; i++)
                put(db, i, MONDAY + i * (20 * DAY / 9000), i % 3 == 0 ? "PRKGOV" : "KORGOV", i % 2 == 0 ? "USA"
                    : "PRK", 1 + i % 4, "1");
        found = count(db, &f, DIGEST_DAYS, 0, 0);
        assert_int_equal(json_array_size(found), 21);
        for (size_t i = 1; i < 20; i++)
                assert_in_range(json_integer_value(json_object_get(json_array_get(found, i), "count")), 298, 302);
        json_decref(found);
        found = count(db, &f, DIGEST_PAIRS, 10, 3);
        assert_json(found, "[{\"count\":3000,\"goldstein\":3000.0,\"pair\":[\"KOR\",\"PRK\"],\"quads\":[0,1500,0,1500],"
                           "\"series\":[1500,1500,0]},"
                           "{\"count\":1500,\"goldstein\":1500.0,\"pair\":[\"PRK\",\"USA\"],\"quads\":[750,0,750,0],"
                           "\"series\":[749,750,1]}]");
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_timeline), cmocka_unit_test(test_pairs), cmocka_unit_test(test_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
