/* Deliveries: accepted once, fetched in order within bounds, attempts, quarantine. */
#include "fixture.h"

#include <jansson.h>

static void test_accept(void **state _unused_)
{
        struct delivery d = { .source = "inbox",
                              .name = "caf\xe9.txt",
                              .format = "plain",
                              .encoding = "latin1",
                              .key = "k1",
                              .received = 1700000000000000,
                              .bytes = "a\0b",
                              .n_bytes = 3 };
        struct db *db = fixture_db();
        struct waiting w;
        int64_t id, again;
        json_t *head, *e;
        size_t n;

        assert_int_equal(deliveries_accept(db, &d, &id), 0);
        assert_int_equal(id, 1);
        d.bytes = "other";
        assert_int_equal(deliveries_accept(db, &d, &again), DELIVERIES_E_KNOWN);
        assert_int_equal(again, id);
        d.source = "other";
        assert_int_equal(deliveries_accept(db, &d, &id), 0);
        d.key = NULL;
        assert_int_equal(deliveries_accept(db, &d, &id), 0);
        assert_int_equal(deliveries_accept(db, &d, &id), 0);
        assert_int_equal(id, 4);

        assert_int_equal(deliveries_fetch(db, 0, 1, 1000, &w, &n), 0);
        assert_int_equal(n, 1);
        assert_false(w.is_story);
        assert_int_equal(w.row, 1);
        assert_int_equal(w.delivery, 1);
        assert_string_equal(w.source, "inbox");
        assert_int_equal(w.n_body, 3);
        assert_memory_equal(w.body, "a\0b", 3);
        head = json_loadb(w.head, w.n_head, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(head, "kind")), "delivery");
        e = json_object_get(head, "envelope");
        assert_int_equal(json_integer_value(json_object_get(e, "delivery")), 1);
        assert_string_equal(json_string_value(json_object_get(e, "source")), "inbox");
        assert_string_equal(json_string_value(json_object_get(e, "name")), "caf\\xE9.txt");
        assert_string_equal(json_string_value(json_object_get(e, "format")), "plain");
        assert_string_equal(json_string_value(json_object_get(e, "encoding")), "latin1");
        assert_true(json_integer_value(json_object_get(e, "received")) == 1700000000000000);
        json_decref(head);
        waiting_deinit(&w);
        waiting_deinit(&w);
        db_close(db);
}

static void test_fetch_bounds(void **state _unused_)
{
        struct db *db = fixture_db();
        struct waiting w[10];
        int64_t deliveries, stories;
        char bytes[1001];
        size_t n;

        memset(bytes, 'x', 1000);
        bytes[1000] = '\0';
        assert_int_equal(deliveries_fetch(db, 0, 10, 1000, w, &n), 0);
        assert_int_equal(n, 0);
        for (int i = 0; i < 8; i++)
                fixture_deliver(db, "inbox", bytes, 1);
        assert_int_equal(deliveries_fetch(db, 0, 3, 1 << 20, w, &n), 0);
        assert_int_equal(n, 3);
        for (size_t i = 0; i < n; i++) {
                assert_int_equal(w[i].row, i + 1);
                waiting_deinit(&w[i]);
        }
        /* About so many bytes, yet at least one. */
        assert_int_equal(deliveries_fetch(db, 3, 10, 1500, w, &n), 0);
        assert_int_equal(n, 2);
        assert_int_equal(w[0].row, 4);
        waiting_deinit(&w[0]);
        waiting_deinit(&w[1]);
        assert_int_equal(deliveries_fetch(db, 7, 10, 1, w, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(w[0].row, 8);
        waiting_deinit(&w[0]);
        assert_int_equal(deliveries_fetch(db, 8, 10, 1000, w, &n), 0);
        assert_int_equal(n, 0);
        assert_int_equal(deliveries_count_pending(db, &deliveries, &stories), 0);
        assert_int_equal(deliveries, 8);
        assert_int_equal(stories, 0);
        db_close(db);
}

static void test_stories(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t id = fixture_deliver(db, "inbox", "raw", 5), deliveries, stories;
        struct waiting w[4];
        json_t *head, *story;
        size_t n;

        fixture_stories(db, id,
                        "{'stories': [{'headline': 'One', 'text': 'first'}, {'text': 'second'}]}");
        assert_int_equal(stories_fetch(db, 0, 4, 1000, w, &n), 0);
        assert_int_equal(n, 2);
        for (size_t i = 0; i < n; i++) {
                assert_true(w[i].is_story);
                assert_int_equal(w[i].delivery, id);
                assert_int_equal(w[i].number, i + 1);
                assert_string_equal(w[i].body, i == 0 ? "first" : "second");
                head = json_loadb(w[i].head, w[i].n_head, 0, NULL);
                assert_string_equal(json_string_value(json_object_get(head, "kind")), "story");
                assert_int_equal(json_integer_value(json_object_get(json_object_get(head, "envelope"), "delivery")),
                                 id);
                story = json_object_get(head, "story");
                assert_string_equal(json_string_value(json_object_get(story, "id")), i == 0 ? "1.1" : "1.2");
                assert_null(json_object_get(story, "text"));
                json_decref(head);
                waiting_deinit(&w[i]);
        }
        assert_int_equal(deliveries_set_attempts(db, true, 1, 2), 0);
        assert_int_equal(deliveries_quarantine(db, true, 2, "hung"), 0);
        assert_int_equal(deliveries_quarantine(db, true, 2, "again"), 0);
        assert_int_equal(stories_fetch(db, 0, 4, 1000, w, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(w[0].attempts, 2);
        waiting_deinit(&w[0]);
        assert_int_equal(deliveries_count_pending(db, &deliveries, &stories), 0);
        assert_int_equal(deliveries, 0);
        assert_int_equal(stories, 1);
        assert_int_equal(fixture_total(db, "quarantined"), 1);
        fixture_check(db);
        db_close(db);
}

static void test_quarantine(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t id = fixture_deliver(db, "inbox", "raw", 5);
        struct desk_result r;

        assert_int_equal(deliveries_set_attempts(db, false, id, 3), 0);
        assert_int_equal(fixture_int(db, "SELECT attempts FROM deliveries"), 3);
        assert_int_equal(deliveries_quarantine(db, false, id, "crashed three times"), 0);
        /* A late answer changes nothing, and the bytes are kept. */
        r = fixture_stories(db, id, "{'stories': [{'text': 'late'}]}");
        assert_int_equal(r.stories, 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM payloads"), 1);
        fixture_check(db);
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_accept),
                cmocka_unit_test(test_fetch_bounds),
                cmocka_unit_test(test_stories),
                cmocka_unit_test(test_quarantine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
