/* The change log: order, lines, kinds by name, and what a line says of itself. */
#include "fixture.h"

#include "store/changes.h"

static void test_names(void **state _unused_)
{
        assert_string_equal(kind_name(KIND_NEW), "new");
        assert_string_equal(kind_name(KIND_RESOLVED), "resolved");
        assert_string_equal(kind_name(0), "unknown");
        assert_string_equal(kind_name(7), "unknown");
        assert_int_equal(kind_parse_list("new"), 1 << KIND_NEW);
        assert_int_equal(kind_parse_list("withdrawn,new"), 1 << KIND_NEW | 1 << KIND_WITHDRAWN);
        assert_int_equal(kind_parse_list("events"), KINDS_EVENTS);
        assert_int_equal(kind_parse_list("alerts,changed"), KINDS_ALERTS | 1 << KIND_CHANGED);
        assert_int_equal(kind_parse_list(""), 0);
        assert_int_equal(kind_parse_list("new,"), 0);
        assert_int_equal(kind_parse_list("new,old"), 0);
        assert_int_equal(kind_parse_list("ne"), 0);
}

static unsigned kind_of(const char *line)
{
        return kind_of_line(line, strlen(line));
}

static void test_kind_of(void **state _unused_)
{
        assert_int_equal(kind_of("{\"seq\":12,\"change\":\"changed\",\"revision\":2}"), KIND_CHANGED);
        assert_int_equal(kind_of("{\"seq\":1,\"change\":\"raised\",\"revision\":1}"), KIND_RAISED);
        assert_int_equal(kind_of("{\"seq\":1,\"change\":\"raise\",\"revision\":1}"), 0);
        assert_int_equal(kind_of("{\"seq\":1,\"change\":\"new"), 0);
        assert_int_equal(kind_of("{\"seq\":1,\"change\":\""), 0);
        assert_int_equal(kind_of("{\"seq\":1"), 0);
        assert_int_equal(kind_of("{\"id\":\"x\",\"change\":\"new\"}"), 0);
        assert_int_equal(kind_of(""), 0);
}

static void test_log(void **state _unused_)
{
        static const char *const wanted[] = {
                "{\"seq\":1,\"change\":\"new\",\"revision\":1,\"id\":\"1.1.1\"}",
                "{\"seq\":2,\"change\":\"raised\",\"revision\":1}",
                "{\"seq\":3,\"change\":\"changed\",\"revision\":2,\"id\":\"1.1.1\",\"reports\":2}",
        };
        struct db *db = fixture_db();
        int64_t seqs[4], seq;
        char *lines[4];
        size_t n;

        assert_int_equal(changes_last(db, &seq), 0);
        assert_int_equal(seq, 0);
        assert_int_equal(changes_add(db, KIND_NEW, 7, 1, "{\"id\":\"1.1.1\"}", 14, &seq), 0);
        assert_int_equal(changes_add(db, KIND_RAISED, 7, 1, "{}", 2, &seq), 0);
        assert_int_equal(changes_add(db, KIND_CHANGED, 7, 2, "{\"id\":\"1.1.1\",\"reports\":2}", 26, &seq), 0);
        assert_int_equal(seq, 3);
        assert_int_equal(changes_after(db, 0, 4, lines, seqs, &n), 0);
        assert_int_equal(n, 3);
        for (size_t i = 0; i < n; i++) {
                assert_string_equal(lines[i], wanted[i]);
                assert_int_equal(seqs[i], i + 1);
                free(lines[i]);
        }
        assert_int_equal(changes_after(db, 1, 1, lines, seqs, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(seqs[0], 2);
        free(lines[0]);
        /* The event's rows go, an alert of the same number stays, and no number comes again. */
        assert_int_equal(changes_forget_event(db, 7), 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) * 10 + max(seq) FROM changes"), 12);
        assert_int_equal(changes_last(db, &seq), 0);
        assert_int_equal(seq, 3);
        db_close(db);
}

/* Long lines come a few at a time, one that is longer than all alone, and none is left out. */
static void test_bounded(void **state _unused_)
{
        static const size_t sizes[] = { CHANGES_BYTES / 2, CHANGES_BYTES / 3, CHANGES_BYTES / 2, 3 * CHANGES_BYTES, 100 };
        static const size_t wanted[] = { 2, 1, 1, 1 };
        struct db *db = fixture_db();
        int64_t after = 0, seq, seqs[8];
        char *lines[8];
        size_t n;

        for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
                char *record = malloc(sizes[i] + 1);

                assert_non_null(record);
                snprintf(record, sizes[i] + 1, "{\"id\":\"%0*d\"}", (int)sizes[i] - 9, (int)i);
                assert_int_equal(changes_add(db, KIND_NEW, (int64_t)i, 1, record, sizes[i], &seq), 0);
                free(record);
        }
        for (size_t i = 0; i < N_ELEMENTS(wanted); i++) {
                assert_int_equal(changes_after(db, after, 8, lines, seqs, &n), 0);
                assert_int_equal(n, wanted[i]);
                assert_int_equal(seqs[0], after + 1);
                after = seqs[n - 1];
                while (n > 0)
                        free(lines[--n]);
        }
        assert_int_equal(changes_after(db, after, 8, lines, seqs, &n), 0);
        assert_int_equal(n, 0);
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_kind_of),
                cmocka_unit_test(test_bounded),
                cmocka_unit_test(test_log),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
