/* Events counted over time and by pair, against counts by hand. */
#include "fixture.h"

#include "base/clock.h"
#include "store/digest.h"

#define DAY (86400 * CLOCK_SECOND)
#define MONDAY (19674 * DAY)            /* 2023-11-13 */

/* One event by the sides' codes; "" for none. */
static void put(struct db *db, int64_t seq, int64_t at, const char *source, const char *target, int64_t quad, const char *goldstein)
{
        const char *codes[] = { source, target };

        assert_int_equal(db_run(db, "INSERT INTO changes (seq, kind, ref, revision, at, record) VALUES (?1, 1, ?1, 1, ?2, '{}')", "ii",
                                seq, at), 0);
        assert_int_equal(db_run(db, "INSERT INTO events (seq, story, number, source, first_seen, last_seen, revision, changed, type,"
                                " status, quad, goldstein) VALUES (?1, 1, ?1, 1, ?2, ?2, 1, ?1, 'X', 'happened', ?3, ?4)", "iiit", seq, at,
                                quad, goldstein), 0);
        for (int64_t side = 0; side < 2; side++) {
                if (*codes[side] == '\0')
                        continue;
                assert_int_equal(db_run(db, "INSERT OR IGNORE INTO actors (code, name) VALUES (?1, 'the ' || ?1)", "t", codes[side]), 0);
                assert_int_equal(db_run(db, "INSERT INTO event_actors SELECT ?1, ?2, id, ?1 FROM actors WHERE code = ?3", "iit", seq, side,
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

static void test_timeline(void **state)
{
        struct db *db = filled();
        struct query_filter f = { .actor = "PRK", .other = "USA" };
        struct query_reach reach;
        json_t *bins;

        (void)state;
        assert_int_equal(digest_timeline(db, &f, false, &bins, &reach), 0);
        assert_false(reach.cut);
        assert_json(bins, "[{\"at\":\"2023-11-13T00:00:00Z\",\"count\":1,\"goldstein\":-9.0,\"quads\":[0,0,0,1]},"
                          "{\"at\":\"2023-11-14T00:00:00Z\",\"count\":2,\"goldstein\":8.5,\"quads\":[1,1,0,0]}]");
        f = (struct query_filter){ .source = "PRK", .target = "USA" };
        assert_int_equal(digest_timeline(db, &f, false, &bins, &reach), 0);
        assert_false(reach.cut);
        assert_json(bins, "[{\"at\":\"2023-11-13T00:00:00Z\",\"count\":1,\"goldstein\":-9.0,\"quads\":[0,0,0,1]}]");
        f = (struct query_filter){ .actor = "PRK" };
        assert_int_equal(digest_timeline(db, &f, true, &bins, &reach), 0);
        assert_false(reach.cut);
        assert_json(bins, "[{\"at\":\"2023-11-13T00:00:00Z\",\"count\":3,\"goldstein\":-0.5,\"quads\":[1,1,0,1]},"
                          "{\"at\":\"2023-11-20T00:00:00Z\",\"count\":3,\"goldstein\":-8.0,\"quads\":[2,0,0,1]}]");
        f = (struct query_filter){ .actor = "The prkm", .quad = 4, .since = MONDAY + DAY, .until = MONDAY + 30 * DAY };
        assert_int_equal(digest_timeline(db, &f, false, &bins, &reach), 0);
        assert_false(reach.cut);
        assert_json(bins, "[{\"at\":\"2023-11-20T00:00:00Z\",\"count\":1,\"goldstein\":-10.0,\"quads\":[0,0,0,1]}]");
        f = (struct query_filter){ .actor = "PRK", .type = "Y" };
        assert_int_equal(digest_timeline(db, &f, false, &bins, &reach), 0);
        assert_false(reach.cut);
        assert_json(bins, "[]");
        db_close(db);
}

static void test_pairs(void **state)
{
        struct db *db = filled();
        struct query_filter f = { .since = MONDAY, .until = MONDAY + 10 * DAY };
        struct query_reach reach;
        json_t *pairs;

        (void)state;
        assert_int_equal(digest_pairs(db, &f, 10, 5, &pairs, &reach), 0);
        assert_json(pairs, "[{\"count\":3,\"goldstein\":-0.5,\"pair\":[\"PRK\",\"USA\"],\"quads\":[1,1,0,1],\"series\":[3,0,0,0,0]},"
                           "{\"count\":1,\"goldstein\":-10.0,\"pair\":[\"KOR\",\"PRK\"],\"quads\":[0,0,0,1],\"series\":[0,0,0,1,0]}]");
        assert_int_equal(digest_pairs(db, &f, 1, 1, &pairs, &reach), 0);
        assert_int_equal(json_array_size(pairs), 1);
        json_decref(pairs);
        f.actor = "KOR";
        assert_int_equal(digest_pairs(db, &f, 10, 1, &pairs, &reach), 0);
        assert_json(pairs, "[{\"count\":1,\"goldstein\":-10.0,\"pair\":[\"KOR\",\"PRK\"],\"quads\":[0,0,0,1],\"series\":[1]}]");
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_timeline), cmocka_unit_test(test_pairs) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
