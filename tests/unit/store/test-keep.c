/* Retention in pieces without orphans, and the ways out of quarantine. */
#include "fixture.h"

#include "store/keep.h"
#include "store/search.h"

enum { DAY = 1000000 };

static void index_all(struct db *db)
{
        int64_t waiting;

        do
                assert_int_equal(search_index(db, 3, &waiting), 0);
        while (waiting > 0);
}

/* Ten days, each with a delivery of two stories with events; day 3 also repeats day 1, day 4 replaces day 2. */
static void fill(struct db *db)
{
        for (int i = 1; i <= 10; i++) {
                int64_t id = fixture_deliver(db, "inbox", "raw", (int64_t)i * DAY);
                char json[300];

                snprintf(json, sizeof(json),
                         "{'stories': [{'headline': 'H%d', 'text': 'word%d'},"
                         " {'guid': 'g%d', 'version': '%d', 'text': 'other%d'}]}",
                         i == 3 ? 1 : i, i == 3 ? 1 : i, i == 4 ? 2 : i, i, i);
                fixture_stories(db, id, json);
                for (int number = 1; number <= 2; number++)
                        fixture_reports(db, fixture_row(db, id, number), FIXTURE_REPORTS);
        }
}

static void test_expire(void **state _unused_)
{
        for (int max = 1; max <= 7; max += 3)
                for (int until = 0; until <= 12; until++) {
                        struct db *db = fixture_db();
                        int64_t n, days = until < 2 ? 0 : until > 11 ? 10 : until - 1;
                        int calls = 0;

                        fill(db);
                        if (until % 2 == 0)
                                index_all(db);
                        do {
                                assert_int_equal(keep_expire(db, (int64_t)until * DAY, max, &n), 0);
                                assert_true(n <= max);
                                fixture_check(db);
                                calls++;
                        } while (n > 0);
                        assert_true(calls >= (int)(3 * days) / max);
                        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries"), 10 - days);
                        index_all(db);
                        fixture_check(db);
                        db_close(db);
                }
}

/* Until nothing goes any more, since one call works for some milliseconds only; how many went. */
static int64_t expire_all(struct db *db, int64_t until)
{
        int64_t n, all = 0;

        do {
                assert_int_equal(keep_expire(db, until, 100, &n), 0);
                all += n;
        } while (n > 0);
        return all;
}

static void test_expire_spares_what_waits(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t a, b;

        a = fixture_deliver(db, "inbox", "raw", 1);
        b = fixture_deliver(db, "inbox", "raw", 1);
        fixture_deliver(db, "inbox", "raw", 1);
        fixture_stories(db, a, "{'stories': [{'text': 'x'}, {'text': 'y'}]}");
        fixture_reports(db, 1, FIXTURE_REPORTS);
        fixture_stories(db, b, "{'stories': [{'text': 'z'}]}");
        fixture_reports(db, 3, FIXTURE_REPORTS);
        assert_int_equal(expire_all(db, 100), 2);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries"), 2);
        assert_int_equal(expire_all(db, 100), 0);
        fixture_reports(db, 2, FIXTURE_REPORTS);
        assert_int_equal(expire_all(db, 100), 3);
        fixture_check(db);
        /* Ids are not used again. */
        assert_int_equal(fixture_deliver(db, "inbox", "raw", 200), 4);
        db_close(db);
}

/* Who is hidden by one that expires does not come back, and the content counts as new. */
static void test_expired_original(void **state _unused_)
{
        struct db *db = fixture_db();

        fixture_stories(db, fixture_deliver(db, "inbox", "raw", 1), "{'stories': [{'text': 'x'}]}");
        fixture_reports(db, 1, FIXTURE_REPORTS);
        fixture_stories(db, fixture_deliver(db, "inbox", "raw", 50), "{'stories': [{'text': 'x'}]}");
        assert_int_equal(fixture_int(db, "SELECT duplicate_of FROM stories WHERE id = 2"), 1);
        (void)expire_all(db, 10);
        assert_int_equal(fixture_int(db, "SELECT duplicate_of IS NULL FROM stories WHERE id = 2"), 1);
        assert_int_equal(
                fixture_stories(db, fixture_deliver(db, "inbox", "raw", 60), "{'stories': [{'text': 'x'}]}")
                        .stories,
                1);
        fixture_check(db);
        db_close(db);
}

static void test_delivery_in_quarantine(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t id = fixture_deliver(db, "inbox", "raw", 1), row;
        bool is_story;

        assert_int_equal(keep_retry(db, "1", &is_story, &row), KEEP_E_NONE);
        assert_int_equal(keep_retry(db, "nonsense", &is_story, &row), KEEP_E_NONE);
        deliveries_set_attempts(db, false, id, 3);
        deliveries_quarantine(db, false, id, "hung");
        assert_int_equal(keep_retry(db, "1", &is_story, &row), 0);
        assert_false(is_story);
        assert_int_equal(row, id);
        assert_int_equal(fixture_int(db, "SELECT state = 0 AND attempts = 0 AND reason IS NULL FROM deliveries"), 1);
        fixture_check(db);
        deliveries_quarantine(db, false, id, "hung");
        assert_int_equal(keep_drop(db, "1"), 0);
        assert_int_equal(keep_drop(db, "1"), KEEP_E_NONE);
        assert_int_equal(fixture_int(db, "SELECT state FROM deliveries"), DELIVERY_DROPPED);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM payloads"), 0);
        fixture_check(db);
        db_close(db);
}

static void test_story_in_quarantine(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t row;
        bool is_story;

        fixture_stories(db, fixture_deliver(db, "inbox", "raw", 1), "{'stories': [{'text': 'x'}]}");
        deliveries_quarantine(db, true, 1, "crashed");
        fixture_check(db);
        assert_int_equal(keep_retry(db, "1.1", &is_story, &row), 0);
        assert_true(is_story);
        assert_int_equal(row, 1);
        fixture_check(db);
        deliveries_quarantine(db, true, 1, "crashed");
        assert_int_equal(keep_drop(db, "1.1"), 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM texts"), 0);
        fixture_check(db);
        db_close(db);
}

/* An item that could not be read: the delivery is decoded again, what was read stays. */
static void test_item_in_quarantine(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t id = fixture_deliver(db, "inbox", "raw", 1), row;
        struct desk_result r;
        bool is_story;

        r = fixture_stories(db, id, "{'stories': [{'text': 'x'}, {'text': 'x'}],"
                            " 'bad': [{'reason': 'not UTF-8', 'what': 'item 3'}, {'reason': 'cut'}]}");
        assert_int_equal(r.stories, 1);
        assert_int_equal(r.duplicates, 1);
        assert_int_equal(r.quarantined, 2);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM payloads"), 1);
        fixture_reports(db, 1, FIXTURE_REPORTS);
        fixture_check(db);
        assert_int_equal(keep_retry(db, "1.4", &is_story, &row), 0);
        assert_false(is_story);
        assert_int_equal(row, id);
        assert_int_equal(fixture_total(db, "quarantined"), 0);
        r = fixture_stories(db, id,
                            "{'stories': [{'text': 'x'}, {'text': 'x'}, {'text': 'now it reads'}],"
                            " 'bad': [{'reason': 'cut'}]}");
        assert_int_equal(r.stories, 1);
        assert_int_equal(r.duplicates, 0);
        assert_int_equal(r.quarantined, 1);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM stories"), 4);
        fixture_check(db);
        assert_int_equal(keep_drop(db, "1.4"), 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM payloads"), 0);
        fixture_check(db);
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_expire),
                cmocka_unit_test(test_expire_spares_what_waits),
                cmocka_unit_test(test_expired_original),
                cmocka_unit_test(test_delivery_in_quarantine),
                cmocka_unit_test(test_story_in_quarantine),
                cmocka_unit_test(test_item_in_quarantine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
