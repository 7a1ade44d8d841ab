/* What is remembered of feeds: validators follow the end of their delivery, and of two the later one's stay. */
#include "fixture.h"

#include "store/feeds.h"

#define URL "http://news.example/feed"
#define STORY(guid) "{'stories': [{'guid': '" guid "', 'text': 'Text of " guid ".'}], 'bad': []}"

static int64_t deliver(struct db *db, const char *etag, const char *modified, int64_t hash)
{
        const struct feeds_fetch fetch = { .etag = etag, .modified = modified, .hash = hash };
        struct delivery d = { .source = "feed", .received = 1000 * hash, .bytes = "x", .n_bytes = 1, .fetch = &fetch };
        int64_t id = 0;

        assert_int_equal(deliveries_accept(db, &d, &id), 0);
        return id;
}

static struct feeds_state open_feed(struct db *db, const char *url)
{
        struct feeds_state state = { 0 };

        assert_int_equal(feeds_open(db, "feed", url, &state), 0);
        return state;
}

static void test_done(void **unused _unused_)
{
        struct db *db = fixture_db();
        struct feeds_state state = open_feed(db, URL);
        struct desk_result result;
        int64_t id;

        assert_null(state.etag);
        assert_int_equal(state.items, 0);
        id = deliver(db, "W/\"a b\"", "yesterday, perhaps", 77);
        state = open_feed(db, URL);
        assert_null(state.etag);        /* not before it was decoded */
        result = fixture_stories(db, id, "{'stories': [{'guid': 'a', 'text': 'A.'}], 'bad': [], 'hints': {'ttl': 3600,"
                                         " 'skip_hours': 3, 'skip_days': 65}}");
        assert_int_equal(result.hints.ttl, 3600000000);
        assert_int_equal(result.hints.skip_hours, 3);
        assert_int_equal(result.hints.skip_days, 65);
        state = open_feed(db, URL);
        assert_string_equal(state.etag, "W/\"a b\"");
        assert_string_equal(state.modified, "yesterday, perhaps");
        assert_int_equal(state.hash, 77);
        assert_int_equal(state.items, 1);
        assert_int_equal(state.change, 77000);
        assert_int_equal(state.hints.ttl, 3600000000);
        assert_int_equal(state.hints.skip_days, 65);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM fetches"), 0);
        feeds_state_deinit(&state);
        feeds_state_deinit(&state);
        db_close(db);
}

static void test_nothing_new(void **unused _unused_)
{
        struct db *db = fixture_db();
        struct feeds_state state = open_feed(db, URL);

        fixture_stories(db, deliver(db, "1", NULL, 1), STORY("a"));
        fixture_stories(db, deliver(db, "2", NULL, 2), STORY("a"));
        state = open_feed(db, URL);
        assert_string_equal(state.etag, "2");
        assert_null(state.modified);
        assert_int_equal(state.items, 1);
        assert_int_equal(state.change, 1000);
        feeds_state_deinit(&state);
        db_close(db);
}

static void test_order(void **unused _unused_)
{
        struct db *db = fixture_db();
        struct feeds_state state = open_feed(db, URL);
        int64_t first = deliver(db, "first", "f", 1), second = deliver(db, "second", "s", 2);

        fixture_stories(db, second, STORY("b"));
        fixture_stories(db, first, STORY("a"));
        state = open_feed(db, URL);
        assert_string_equal(state.etag, "second");
        assert_int_equal(state.hash, 2);
        assert_int_equal(state.items, 2);
        assert_int_equal(state.change, 2000);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM fetches"), 0);
        feeds_state_deinit(&state);
        db_close(db);
}

static void test_quarantined(void **unused _unused_)
{
        struct db *db = fixture_db();
        struct feeds_state state = open_feed(db, URL);
        struct desk_result result;
        int64_t id;

        fixture_stories(db, deliver(db, "good", NULL, 1), STORY("a"));
        assert_int_equal(deliveries_quarantine(db, false, deliver(db, "bad", NULL, 2), "why"), 0);
        id = deliver(db, "worse", NULL, 3);
        result = fixture_stories(db, id, "{'stories': [], 'bad': [{'reason': 'an HTML page'}]}");
        assert_non_null(result.refused);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM fetches"), 0);
        state = open_feed(db, URL);
        assert_string_equal(state.etag, "good");
        assert_int_equal(state.hash, 1);
        feeds_state_deinit(&state);
        db_close(db);
}

static void test_save(void **unused _unused_)
{
        struct db *db = fixture_db();
        struct feeds_state state = open_feed(db, URL);

        fixture_stories(db, deliver(db, "e", "m", 5), STORY("a"));
        feeds_state_deinit(&state);
        state = open_feed(db, URL);
        state.moved = strdup("http://new.example/feed");
        state.next = 10;
        state.success = 9;
        state.gap = 8;
        state.errors = 7;
        state.size = 6;
        state.saved = 5;
        state.gone = 4;
        state.change = 1;       /* the desk's is later */
        assert_int_equal(feeds_save(db, "feed", &state, false), 0);
        feeds_state_deinit(&state);
        state = open_feed(db, URL);
        assert_string_equal(state.moved, "http://new.example/feed");
        assert_int_equal(state.next, 10);
        assert_int_equal(state.success, 9);
        assert_int_equal(state.change, 5000);
        assert_int_equal(state.gap, 8);
        assert_int_equal(state.errors, 7);
        assert_int_equal(state.size, 6);
        assert_int_equal(state.saved, 5);
        assert_int_equal(state.gone, 4);
        assert_string_equal(state.etag, "e");
        assert_int_equal(feeds_save(db, "feed", &state, true), 0);
        feeds_state_deinit(&state);
        state = open_feed(db, URL);
        assert_null(state.etag);
        assert_null(state.modified);
        assert_int_equal(state.hash, 0);
        feeds_state_deinit(&state);
        db_close(db);
}

static void test_another_url(void **unused _unused_)
{
        struct db *db = fixture_db();
        struct feeds_state state = open_feed(db, URL);

        fixture_stories(db, deliver(db, "e", "m", 5), STORY("a"));
        state = open_feed(db, "http://elsewhere.example/feed");
        assert_null(state.etag);
        assert_int_equal(state.hash, 0);
        assert_int_equal(state.items, 0);
        state = open_feed(db, URL);     /* and back: nothing is left of the first time */
        assert_null(state.etag);
        feeds_state_deinit(&state);
        db_close(db);
}

static void test_hints_nonsense(void **unused _unused_)
{
        static const char *const hints[] = {
                "7", "[]", "{'ttl': -5}", "{'ttl': 99999999999}", "{'ttl': 'soon'}", "{'skip_hours': 16777216}",
                "{'skip_hours': -1}", "{'skip_days': 128}", "{'skip_days': 9223372036854775807}",
        };

        for (size_t i = 0; i < N_ELEMENTS(hints); i++) {
                struct db *db = fixture_db();
                struct desk_result result;
                char json[256];

                snprintf(json, sizeof(json), "{'stories': [], 'bad': [], 'hints': %s}", hints[i]);
                result = fixture_stories(db, deliver(db, NULL, NULL, 1), json);
                assert_int_equal(result.hints.ttl, 0);
                assert_int_equal(result.hints.skip_hours, 0);
                assert_int_equal(result.hints.skip_days, 0);
                db_close(db);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_done),         cmocka_unit_test(test_nothing_new), cmocka_unit_test(test_order),
                cmocka_unit_test(test_quarantined),  cmocka_unit_test(test_save),        cmocka_unit_test(test_another_url),
                cmocka_unit_test(test_hints_nonsense),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
