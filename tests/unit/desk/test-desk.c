/* The desk: what becomes of stories and reports; the same whatever the order. */
#include "../store/fixture.h"

#include "store/search.h"

static void test_story_to_events(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t id = fixture_deliver(db, "inbox", "raw", 1700000000000000);
        struct desk_result r;
        json_t *event;

        r = fixture_stories(db, id,
                            "{'stories': [{'headline': 'Ministers sign', 'agency': 'Yonhap', 'text': "
                            "'x'}],"
                            " 'bad': []}");
        assert_int_equal(r.stories, 1);
        assert_int_equal(r.duplicates + r.versions + r.quarantined + r.events, 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM payloads"), 0);
        assert_int_equal(fixture_int(db, "SELECT state FROM deliveries"), DELIVERY_DONE);
        r = fixture_reports(db, 1, FIXTURE_REPORTS);
        assert_int_equal(r.events, 1);
        assert_int_equal(r.told.last_seq, 1);
        assert_int_equal(query_event(db, "1.1.1", &event), 0);
        assert_string_equal(json_string_value(json_object_get(event, "id")), "1.1.1");
        assert_string_equal(json_string_value(json_object_get(event, "story")), "1.1");
        assert_int_equal(json_integer_value(json_object_get(event, "seq")), 1);
        assert_int_equal(json_integer_value(json_object_get(event, "reports")), 1);
        assert_string_equal(json_string_value(json_array_get(json_object_get(event, "origins"), 0)), "KCNA");
        assert_string_equal(json_string_value(json_object_get(event, "first_seen")), "2023-11-14T22:13:20Z");
        json_decref(event);
        /* Again: it does not wait any more. */
        r = fixture_reports(db, 1, FIXTURE_REPORTS);
        assert_int_equal(r.events, 0);
        r = fixture_stories(db, id, "{'stories': [{'headline': 'Other', 'text': 'y'}]}");
        assert_int_equal(r.stories, 0);
        fixture_check(db);
        db_close(db);
}

/* A family of two contents and a repetition, in every order of decoding and of coding: one outcome. */
struct item {
        const char *json;
        const char *outcome;    /* "state replaced duplicate_of shown" */
};

static const struct item items[] = {
        { "{'stories': [{'guid': 'g', 'version': '1', 'headline': 'A', 'text': 'one  fold'}]}", "1 "
                                                                                                                  "5.1 "
                                                                                                                  "- "
                                                                                                                  "0" },
        { "{'stories': [{'guid': 'g', 'version': '10', 'headline': 'A', 'text': 'ten'}]}", "1 5.1 - "
                                                                                                             "0" },
        { "{'stories': [{'guid': 'g', 'version': '1', 'headline': 'A', 'text': 'one fold '}]}", "4 - "
                                                                                                                  "1.1 "
                                                                                                                  "0" },
        { "{'stories': [{'guid': 'h', 'version': '1', 'headline': 'A', 'text': 'one fold'}]}", "1 - "
                                                                                                                 "- "
                                                                                                                 "1" },
        { "{'stories': [{'guid': 'g', 'version': '11', 'headline': 'A', 'text': 'eleven'}]}", "1 - - "
                                                                                                                "1" },
        { "{'stories': [{'guid': 'g', 'version': '9', 'headline': 'A', 'text': 'eleven'}]}", "4 - "
                                                                                                               "5.1 "
                                                                                                               "0" },
};

static void take_in_order(const int order[static 6], bool code_between)
{
        struct db *db = fixture_db();

        for (size_t i = 0; i < N_ELEMENTS(items); i++)
                fixture_deliver(db, "inbox", "raw", (int64_t)i + 1);
        for (size_t i = 0; i < N_ELEMENTS(items); i++) {
                fixture_stories(db, order[i] + 1, items[order[i]].json);
                if (code_between)
                        fixture_reports(db, fixture_row(db, order[i] + 1, 1), FIXTURE_REPORTS);
        }
        for (size_t i = 0; i < N_ELEMENTS(items); i++)
                fixture_reports(db, fixture_row(db, order[5 - i] + 1, 1), FIXTURE_REPORTS);
        for (size_t i = 0; i < N_ELEMENTS(items); i++) {
                char outcome[64] = "";
                sqlite3_stmt *s = db_query(db,
                                           "SELECT t.state || ' ' || coalesce(r.delivery || '.' || r.number, '-') || ' "
                                           "' ||"
                                           " coalesce(d.delivery || '.' || d.number, '-') || ' ' || (SELECT count(*) "
                                           "FROM events"
                                           " WHERE story = t.id AND NOT withdrawn) FROM stories t"
                                           " LEFT JOIN stories r ON r.id = t.replaced_by"
                                           " LEFT JOIN stories d ON d.id = t.duplicate_of WHERE t.delivery = ?",
                                           "i", (int64_t)i + 1);

                assert_int_equal(db_step(db, s), 1);
                snprintf(outcome, sizeof(outcome), "%s", (const char *)sqlite3_column_text(s, 0));
                sqlite3_reset(s);
                if (strcmp(outcome, items[i].outcome) != 0)
                        print_message("order %d%d%d%d%d%d, item %zu\n", order[0], order[1], order[2], order[3],
                                      order[4], order[5], i);
                assert_string_equal(outcome, items[i].outcome);
        }
        fixture_check(db);
        db_close(db);
}

static void permute(int order[static 6], int n)
{
        if (n == 6) {
                take_in_order(order, false);
                take_in_order(order, true);
                return;
        }
        for (int i = n; i < 6; i++) {
                int t = order[n];

                order[n] = order[i];
                order[i] = t;
                permute(order, n + 1);
                order[i] = order[n];
                order[n] = t;
        }
}

static void test_any_order(void **state _unused_)
{
        int order[6] = { 3, 0, 1, 2, 4, 5 };

        permute(order, 1);      /* the one of another guid is always first: 120 orders */
}

static void assert_stories_nonsense(const char *json, const char *words)
{
        struct arena arena = ARENA_NULL;
        struct db *db = fixture_db();
        struct desk_result result;
        const char *reason = NULL;
        int64_t id = fixture_deliver(db, "inbox", "raw", 1);

        json = fixture_quote(&arena, json);
        assert_int_equal(desk_take_stories(db, &arena, id, json, strlen(json), &result, &reason), DESK_E_NONSENSE);
        assert_non_null(reason);
        if (strstr(reason, words) == NULL)
                print_message("%s\n", reason);
        assert_non_null(strstr(reason, words));
        assert_int_equal(fixture_int(db, "SELECT (SELECT count(*) FROM stories) + (SELECT state FROM deliveries)"), 0);
        fixture_check(db);
        arena_deinit(&arena);
        db_close(db);
}

static void test_stories_nonsense(void **state _unused_)
{
        struct arena arena = ARENA_NULL;
        static char longest[300 << 10];

        assert_stories_nonsense("", "not JSON");
        assert_stories_nonsense("{'stories': [", "not JSON");
        assert_stories_nonsense("[]", "not an object");
        assert_stories_nonsense("{}", "not arrays");
        assert_stories_nonsense("{'stories': {}}", "not arrays");
        assert_stories_nonsense("{'stories': [], 'bad': 1}", "not arrays");
        assert_stories_nonsense("{'stories': [1]}", "a story is not an object");
        assert_stories_nonsense("{'stories': [{'text': 'good'}, {'text': 1}]}", "text is not a string");
        assert_stories_nonsense("{'stories': [{'text': 'a\\u0000b'}]}", "not JSON");
        assert_stories_nonsense("{'stories': [{'text': '\xff'}]}", "not JSON");
        assert_stories_nonsense("{'stories': [{'text': 'a'}], 'bad': [{}]}", "without a reason");
        assert_stories_nonsense("{'stories': [{'x': [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}]}", "too deep");
        memset(longest, 'x', 290 << 10);
        longest[290 << 10] = '\0';
        assert_stories_nonsense(arena_printf(&arena, "{'stories': [{'byline': '%s'}]}", longest), "head is too "
                                                                                                        "long");
        longest[1025] = '\0';
        assert_stories_nonsense(arena_printf(&arena, "{'stories': [{'guid': '%s'}]}", longest), "too long");
        arena_deinit(&arena);
}

static void assert_reports_nonsense(const char *json, const char *words)
{
        struct arena arena = ARENA_NULL;
        struct db *db = fixture_db();
        struct desk_result result;
        const char *reason = NULL;

        fixture_stories(db, fixture_deliver(db, "inbox", "raw", 1), "{'stories': [{'text': 'x'}]}");
        json = fixture_quote(&arena, json);
        assert_int_equal(desk_take_reports(db, &arena, 1, json, strlen(json), &result, &reason), DESK_E_NONSENSE);
        assert_non_null(reason);
        if (strstr(reason, words) == NULL)
                print_message("%s\n", reason);
        assert_non_null(strstr(reason, words));
        assert_int_equal(fixture_int(db, "SELECT (SELECT count(*) FROM events) + (SELECT state FROM stories)"), 0);
        fixture_check(db);
        arena_deinit(&arena);
        db_close(db);
}

#define EVENT(more) "{'events': [" FIXTURE_EVENT ", {'event': 'SUPPORT', 'status': 'happened'" more "}]}"

static void test_reports_nonsense(void **state _unused_)
{
        struct arena arena = ARENA_NULL;
        static char many[200 << 10];

        assert_reports_nonsense("nonsense", "not JSON");
        assert_reports_nonsense("{}", "events: not an array");
        assert_reports_nonsense("{'events': [], 'text': 5}", "text: not a string");
        assert_reports_nonsense("{'events': [1]}", "not an object");
        assert_reports_nonsense("{'events': [{'status': 'happened'}]}", "not a type");
        assert_reports_nonsense("{'events': [{'event': 'sup port', 'status': 'happened'}]}", "not a type");
        assert_reports_nonsense("{'events': [{'event': 'SUPPORT'}]}", "status");
        assert_reports_nonsense("{'events': [{'event': 'SUPPORT', 'status': 'perhaps'}]}", "status");
        assert_reports_nonsense(EVENT(", 'cameo': 57"), "cameo");
        assert_reports_nonsense(EVENT(", 'cameo': '123456789'"), "cameo");
        assert_reports_nonsense(EVENT(", 'quad': 5"), "quad");
        assert_reports_nonsense(EVENT(", 'source': {}"), "lists of actors");
        assert_reports_nonsense(EVENT(", 'target': [{'code': 5}]"), "lists of actors");
        assert_reports_nonsense(EVENT(", 'attribution': ['x']"), "attribution");
        assert_reports_nonsense(EVENT(", 'when': 'now'"), "when");
        assert_reports_nonsense(EVENT(", 'when': {'start': '2023-99-99'}"), "when");
        assert_reports_nonsense(EVENT(", 'deep': [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), "too deep");
        memset(many, 'x', 70 << 10);
        many[70 << 10] = '\0';
        assert_reports_nonsense(arena_printf(&arena, EVENT(", 'long': '%s'"), many), "too long");
        strcpy(many, "{'events': [1");
        for (int i = 0; i < 1000; i++)
                strcat(many, ",1");
        assert_reports_nonsense(strcat(many, "]}"), "too many");
        arena_deinit(&arena);
}

/* A kill takes the events of what it kills, in whichever order they come; it is not coded itself. */
static void test_canceled(void **state _unused_)
{
        for (int kill_first = 0; kill_first < 2; kill_first++) {
                struct db *db = fixture_db();
                struct desk_result r;
                json_t *story;

                fixture_deliver(db, "inbox", "raw", 1);
                fixture_deliver(db, "inbox", "raw", 2);
                fixture_deliver(db, "inbox", "raw", 3);
                if (kill_first)
                        fixture_stories(db, 2,
                                        "{'stories': [{'guid': 'g', 'status': 'canceled', 'text': "
                                        "'x'}]}");
                fixture_stories(db, 1, "{'stories': [{'guid': 'g', 'text': 'x'}]}");
                assert_int_equal(fixture_reports(db, fixture_row(db, 1, 1), FIXTURE_REPORTS).told.withdrawn, 0);
                assert_int_equal(fixture_total(db, "events"), !kill_first);
                if (!kill_first) {
                        r = fixture_stories(db, 2,
                                            "{'stories': [{'guid': 'g', 'status': 'canceled', 'text': "
                                            "'x'}]}");
                        assert_int_equal(r.told.withdrawn, 1);
                        assert_int_equal(r.versions, 1);
                }
                assert_int_equal(fixture_total(db, "events"), 0);
                assert_int_equal(fixture_int(db, "SELECT count(*) FROM stories WHERE state = 0"), 0);
                assert_int_equal(query_story(db, "1.1", &story), 0);
                assert_string_equal(json_string_value(json_object_get(story, "replaced_by")), "2.1");
                json_decref(story);
                /* What comes after the kill stands again. */
                fixture_stories(db, 3, "{'stories': [{'guid': 'g', 'text': 'y'}]}");
                fixture_reports(db, fixture_row(db, 3, 1), FIXTURE_REPORTS);
                assert_int_equal(fixture_total(db, "events"), 1);
                fixture_check(db);
                db_close(db);
        }
}

/* The old version's events stay until the new one is coded; one that comes to nothing leaves them. */
static void test_replaced_once_coded(void **state _unused_)
{
        struct db *db = fixture_db();

        fixture_stories(db, fixture_deliver(db, "inbox", "raw", 1),
                        "{'stories': [{'guid': 'g', 'text': 'x'}]}");
        fixture_reports(db, 1, FIXTURE_REPORTS);
        fixture_stories(db, fixture_deliver(db, "inbox", "raw", 2),
                        "{'stories': [{'guid': 'g', 'text': 'y'}]}");
        assert_int_equal(fixture_int(db, "SELECT withdrawn FROM events"), 0);
        deliveries_quarantine(db, true, 2, "hung");
        assert_int_equal(fixture_int(db, "SELECT withdrawn FROM events"), 0);
        assert_int_equal(db_exec(db, "UPDATE stories SET state = 0 WHERE id = 2; UPDATE totals SET value = 0 WHERE "
                                     "name = 'quarantined'"),
                         0);
        assert_int_equal(fixture_reports(db, 2, "{'events': []}").told.withdrawn, 1);
        assert_int_equal(fixture_int(db, "SELECT withdrawn FROM events"), 1);
        /* Back to the first words: that one counts again. */
        assert_int_equal(fixture_stories(db, fixture_deliver(db, "inbox", "raw", 3),
                                         "{'stories': [{'guid': 'g', 'text': 'x'}]}").duplicates, 1);
        assert_int_equal(fixture_int(db, "SELECT withdrawn FROM events"), 0);
        assert_int_equal(fixture_int(db, "SELECT replaced_by FROM stories WHERE id = 2"), 1);
        assert_int_equal(fixture_int(db, "SELECT replaced_by IS NULL FROM stories WHERE id = 1"), 1);
        fixture_check(db);
        db_close(db);
}

/* One guid in two sources is two stories; one content without guid is one. */
static void test_identity(void **state _unused_)
{
        struct db *db = fixture_db();

        fixture_stories(db, fixture_deliver(db, "a", "raw", 1), "{'stories': [{'guid': 'g', 'text': 'x'}]}");
        assert_int_equal(fixture_stories(db, fixture_deliver(db, "b", "raw", 1),
                                         "{'stories': [{'guid': 'g', 'text': 'x'}]}")
                                 .stories,
                         1);
        assert_int_equal(
                fixture_stories(db, fixture_deliver(db, "a", "raw", 1), "{'stories': [{'text': 'x'}]}").stories,
                1);
        assert_int_equal(
                fixture_stories(db, fixture_deliver(db, "b", "raw", 1), "{'stories': [{'text': ' x\\n'}]}")
                        .duplicates,
                1);
        assert_int_equal(fixture_stories(db, fixture_deliver(db, "b", "raw", 1),
                                         "{'stories': [{'headline': 'x', 'text': ''}]}")
                                 .stories,
                         1);
        assert_int_equal(fixture_stories(db, fixture_deliver(db, "b", "raw", 1),
                                         "{'stories': [{'text': 'twice'}, {'text': 'twice'}]}")
                                 .duplicates,
                         1);
        fixture_check(db);
        db_close(db);
}

/* Hundreds of versions of one guid: the work a story stays bounded. */
static void test_many_versions(void **state _unused_)
{
        struct db *db = fixture_db();
        char json[200];

        for (int i = 0; i < 300; i++) {
                snprintf(json, sizeof(json),
                         "{'stories': [{'guid': 'g', 'version': '%d', 'text': 'x%d'}]}", i, i);
                fixture_stories(db, fixture_deliver(db, "a", "raw", 1), json);
                fixture_reports(db, i + 1, FIXTURE_REPORTS);
                assert_int_equal(fixture_total(db, "events"), 1);
        }
        fixture_check(db);
        db_close(db);
}

/* A module changed the text: what is stored and found is what was coded. */
static void test_changed_text(void **state _unused_)
{
        struct db *db = fixture_db();
        json_t *hits;
        int64_t n;

        for (int indexed = 0; indexed < 2; indexed++) {
                int64_t row = indexed + 1;

                fixture_stories(db, fixture_deliver(db, "a", "raw", 1),
                                indexed ? "{'stories': [{'text': 'before'}]}"
                                        : "{'stories': [{'text': 'earlier'}]}");
                if (indexed)
                        assert_int_equal(search_index(db, 10, &n), 0);
                fixture_reports(db, row, "{'events': [], 'text': 'after all'}");
                assert_int_equal(fixture_int(db, "SELECT text = 'after all' FROM texts ORDER BY id DESC LIMIT 1"), 1);
        }
        assert_int_equal(search_index(db, 10, &n), 0);
        assert_int_equal(query_search(db, "before", 10, &hits), 0);
        assert_int_equal(json_array_size(hits), 0);
        json_decref(hits);
        assert_int_equal(query_search(db, "after", 10, &hits), 0);
        assert_int_equal(json_array_size(hits), 2);
        json_decref(hits);
        fixture_check(db);
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_story_to_events),
                cmocka_unit_test(test_any_order),
                cmocka_unit_test(test_stories_nonsense),
                cmocka_unit_test(test_reports_nonsense),
                cmocka_unit_test(test_canceled),
                cmocka_unit_test(test_replaced_once_coded),
                cmocka_unit_test(test_identity),
                cmocka_unit_test(test_many_versions),
                cmocka_unit_test(test_changed_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
