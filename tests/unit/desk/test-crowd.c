/* What is counted of many reports in tables is what is counted of the same ones in memory, also when some go again. */
#include "../store/fixture.h"

#include "desk/crowd.h"

enum { REPORTS = 200, EVENT = 7 };

static uint64_t next(uint64_t *state)
{
        *state = *state * 6364136223846793005 + 1442695040888963407;
        return *state >> 33;
}

static void make(struct crowd_report *r, int64_t story)
{
        static const char *const names[] = { "Reuters", "REUTERS", "the governor", "Sergei Lavrov", "AFP", "" };
        uint64_t state = (uint64_t)story * 977;

        for (int i = 0; i < 5; i++)
                next(&state);
        *r = (struct crowd_report){ .story = story, .number = 1 + (int64_t)(next(&state) % 2), .time = (int64_t)(next(&state) % 50) * 1000000,
                                    .hash = (next(&state) << 33) + next(&state), .origin = 1 + (int64_t)(next(&state) % 40),
                                    .status = (enum facts_status)(next(&state) % CROWD_STATUSES), .seen = (int64_t)(next(&state) % 90),
                                    .who = names[next(&state) % 6], .publisher = names[next(&state) % 6] };
}

static int compare(const void *x, const void *y)
{
        const struct crowd_report *a = x, *b = y;

        if (a->time != b->time)
                return a->time < b->time ? -1 : 1;
        if (a->hash != b->hash)
                return a->hash < b->hash ? -1 : 1;
        if (a->number != b->number)
                return a->number < b->number ? -1 : 1;
        return (a->story > b->story) - (a->story < b->story);
}

static void assert_same(const struct crowd *a, const struct crowd *b)
{
        assert_int_equal(a->reports, b->reports);
        assert_int_equal(a->stories, b->stories);
        assert_int_equal(a->publishers, b->publishers);
        assert_int_equal(a->first_seen, b->first_seen);
        assert_int_equal(a->last_seen, b->last_seen);
        assert_int_equal(a->yes, b->yes);
        assert_int_equal(a->no, b->no);
        assert_int_equal(a->n_said, b->n_said);
        for (size_t k = 0; k < a->n_said; k++) {
                assert_int_equal(a->said[k].status, b->said[k].status);
                assert_int_equal(a->said[k].n, b->said[k].n);
                assert_int_equal(a->said[k].first, b->said[k].first);
                assert_int_equal(a->said[k].last, b->said[k].last);
                assert_int_equal(a->said[k].end.story, b->said[k].end.story);
                assert_int_equal(a->said[k].n_ids, b->said[k].n_ids);
                for (size_t i = 0; i < a->said[k].n_ids; i++)
                        assert_string_equal(a->said[k].ids[i], b->said[k].ids[i]);
        }
}

static void test_counted(void **state _unused_)
{
        struct crowd_report reports[REPORTS];
        struct arena arena = ARENA_NULL;
        struct crowd in_memory, in_tables;
        struct db *db = fixture_db();
        uint64_t seed = 5;
        size_t n = 0;

        for (int64_t i = 0; i < REPORTS; i++) {
                fixture_deliver(db, "wire", "raw", i);
                assert_int_equal(db_run(db, "INSERT INTO stories (delivery, number, source, received) VALUES (?1, 1, 1, 0)", "i", i + 1), 0);
                make(&reports[n], i + 1);
                assert_int_equal(crowd_add(db, EVENT, &reports[n]), 0);
                assert_int_equal(crowd_add(db, EVENT + 1, &reports[n++]), 0);   /* another event's do not count */
                if (i % 3 != 2)
                        continue;
                /* One goes, twice, which is as good as once. */
                for (size_t gone = next(&seed) % n--, k = 0; k < 2; k++) {
                        assert_int_equal(crowd_remove(db, EVENT, &reports[gone]), 0);
                        if (k == 1)
                                reports[gone] = reports[n];
                }
        }
        qsort(reports, n, sizeof(*reports), compare);
        for (size_t i = 0; i < n; i++)
                reports[i].id = arena_printf(&arena, "%lld.1.%lld", (long long)reports[i].story, (long long)reports[i].number);
        crowd_count(&in_memory, reports, n);
        assert_int_equal(crowd_load(db, &arena, EVENT, &in_tables), 0);
        assert_same(&in_memory, &in_tables);
        assert_true(in_tables.yes > 1 && in_tables.no > 1 && in_tables.n_said == CROWD_STATUSES);
        assert_true(in_tables.n_names > 3);
        /* All go: nothing is left. */
        for (size_t i = 0; i < n; i++)
                assert_int_equal(crowd_remove(db, EVENT, &reports[i]), 0);
        assert_int_equal(crowd_load(db, &arena, EVENT, &in_tables), 0);
        assert_int_equal(in_tables.reports, 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM tallies WHERE event = 7 AND n <> 0"), 0);
        assert_int_equal(crowd_forget(db, EVENT + 1), 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM crowd"), 0);
        arena_deinit(&arena);
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
