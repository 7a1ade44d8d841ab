/* The row of an event, its actors, and what the log is told of it. */
#include "../store/fixture.h"

#include "desk/event.h"

enum { EVENT = 1025 };

static struct event_told put(struct db *db, const char *record)
{
        struct event_told told = { 0 };
        struct arena arena = ARENA_NULL;
        json_t *json = json_loads(fixture_quote(&arena, record), 0, NULL);

        assert_non_null(json);
        assert_int_equal(event_put(db, EVENT, 1, 1, 1, json, &told), 0);
        json_decref(json);
        arena_deinit(&arena);
        return told;
}

#define RECORD(reports, end) "{'id': '1.1.1', 'event': 'ASSAULT', 'source': [{'code': 'RUS'}], 'reports': " reports end "}"

/* Who joined and left is of a change: it makes one, and in the last one it does not count. */
static void test_same(void **state _unused_)
{
        struct db *db = fixture_db();
        struct event_told told = put(db, RECORD("1", ""));

        assert_int_equal(told.shown, 1);
        assert_int_equal(put(db, RECORD("1", "")).last_seq, 0);
        assert_int_equal(put(db, RECORD("2", ", 'joined': ['2.1.1']")).last_seq, 2);
        assert_int_equal(put(db, RECORD("2", "")).last_seq, 0);
        assert_int_equal(put(db, RECORD("2", ", 'joined': ['3.1.1'], 'left': ['2.1.1']")).last_seq, 3);
        assert_int_equal(put(db, RECORD("2", "")).last_seq, 0);
        assert_int_equal(put(db, RECORD("2", ", 'left': ['3.1.1']")).last_seq, 4);
        assert_int_equal(put(db, RECORD("2", "")).last_seq, 0);
        assert_int_equal(put(db, RECORD("2", ", 'other': 1")).last_seq, 5);    /* more than before */
        assert_int_equal(put(db, RECORD("2", "")).last_seq, 6);                 /* and less */
        assert_int_equal(fixture_int(db, "SELECT revision FROM events"), 6);
        db_close(db);
}

static void test_actors(void **state _unused_)
{
        struct event_told told = { 0 };
        struct db *db = fixture_db();

        put(db, "{'id': '1.1.1', 'source': [{'code': 'RUS'}, {'code': 'RUS'}], 'target': [{'code': 'UKRGOV', 'name': 'Kyiv'}]}");
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM event_actors"), 2);
        put(db, "{'id': '1.1.1', 'source': [{'code': 'USA'}], 'target': []}");
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM event_actors"), 1);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM actors WHERE code = 'USA'"), 1);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM actors"), 1);
        assert_int_equal(event_withdraw(db, EVENT, 0, &told), 0);
        assert_int_equal(told.withdrawn, 1);
        assert_int_equal(event_withdraw(db, EVENT, 0, &told), 0);       /* only once */
        assert_int_equal(told.withdrawn, 1);
        assert_int_equal(fixture_total(db, "events"), 0);
        told = put(db, "{'id': '1.1.1', 'source': [{'code': 'USA'}], 'target': []}");
        assert_int_equal(told.shown, 1);
        assert_int_equal(fixture_int(db, "SELECT kind FROM changes WHERE seq = (SELECT changed FROM events)"), 1);
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_same), cmocka_unit_test(test_actors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
