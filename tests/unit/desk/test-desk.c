/* The desk: what becomes of stories and reports; the same whatever the order. */
#include "../store/fixture.h"

static void test_story_to_events(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t id = fixture_deliver(db, "inbox", "raw", 1700000000000000);
        struct desk_result r;
        json_t *event;

        r = fixture_stories(db, id, "{\"stories\": [{\"headline\": \"Ministers sign\", \"agency\": \"Yonhap\", \"text\": \"x\"}],"
                            " \"bad\": []}");
        assert_int_equal(r.stories, 1);
        assert_int_equal(r.duplicates + r.versions + r.quarantined + r.events, 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM payloads"), 0);
        assert_int_equal(fixture_int(db, "SELECT state FROM deliveries"), DELIVERY_DONE);
        r = fixture_reports(db, 1, FIXTURE_REPORTS);
        assert_int_equal(r.events, 1);
        assert_int_equal(r.last_seq, 1);
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
        r = fixture_stories(db, id, "{\"stories\": [{\"headline\": \"Other\", \"text\": \"y\"}]}");
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
        { "{\"stories\": [{\"guid\": \"g\", \"version\": \"1\", \"headline\": \"A\", \"text\": \"one  fold\"}]}", "1 5.1 - 0" },
        { "{\"stories\": [{\"guid\": \"g\", \"version\": \"10\", \"headline\": \"A\", \"text\": \"ten\"}]}", "1 5.1 - 0" },
        { "{\"stories\": [{\"guid\": \"g\", \"version\": \"1\", \"headline\": \"A\", \"text\": \"one fold \"}]}", "4 - 1.1 0" },
        { "{\"stories\": [{\"guid\": \"h\", \"version\": \"1\", \"headline\": \"A\", \"text\": \"one fold\"}]}", "1 - - 1" },
        { "{\"stories\": [{\"guid\": \"g\", \"version\": \"11\", \"headline\": \"A\", \"text\": \"eleven\"}]}", "1 - - 1" },
        { "{\"stories\": [{\"guid\": \"g\", \"version\": \"9\", \"headline\": \"A\", \"text\": \"eleven\"}]}", "4 - 5.1 0" },
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
                sqlite3_stmt *s = db_query(db, "SELECT t.state || ' ' || coalesce(r.delivery || '.' || r.number, '-') || ' ' ||"
                                           " coalesce(d.delivery || '.' || d.number, '-') || ' ' || (SELECT count(*) FROM events"
                                           " WHERE story = t.id AND NOT withdrawn) FROM stories t"
                                           " LEFT JOIN stories r ON r.id = t.replaced_by"
                                           " LEFT JOIN stories d ON d.id = t.duplicate_of WHERE t.delivery = ?", "i",
                                           (int64_t)i + 1);

                assert_int_equal(db_step(db, s), 1);
                snprintf(outcome, sizeof(outcome), "%s", (const char *)sqlite3_column_text(s, 0));
                sqlite3_reset(s);
                if (strcmp(outcome, items[i].outcome) != 0)
                        print_message("order %d%d%d%d%d%d, item %zu\n", order[0], order[1], order[2], order[3], order[4],
                                      order[5], i);
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
        int order[6] = { 0, 1, 2, 3, 4, 5 };

        permute(order, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_story_to_events),
                cmocka_unit_test(test_any_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
