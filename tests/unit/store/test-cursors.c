/* The outputs' places. */
#include "fixture.h"

#include "store/cursors.h"

static void test_cursors(void **state _unused_)
{
        struct db *db = fixture_db();
        int64_t seq;

        assert_int_equal(cursor_get(db, "desk", &seq), 0);
        assert_int_equal(seq, -1);
        assert_int_equal(cursor_set(db, "desk", 41), 0);
        assert_int_equal(cursor_set(db, "other", 7), 0);
        assert_int_equal(cursor_set(db, "desk", 42), 0);
        assert_int_equal(cursor_get(db, "desk", &seq), 0);
        assert_int_equal(seq, 42);
        assert_int_equal(cursor_drop(db, "desk"), 0);
        assert_int_equal(cursor_get(db, "desk", &seq), 0);
        assert_int_equal(seq, -1);
        assert_int_equal(cursor_get(db, "other", &seq), 0);
        assert_int_equal(seq, 7);
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cursors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
