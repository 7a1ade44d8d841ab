/* Copies: classes of stories, whose origin is the first published in whatever order they come and go. */
#include "../store/fixture.h"

#include "base/clock.h"
#include "desk/copies.h"

enum { STORIES = 9, WORDS = 60 };

static const int64_t noon = INT64_C(1772625600) * CLOCK_SECOND;

/* The words [from, from + WORDS) of a text that goes on and on: stories whose texts overlap by most are copies. */
static void make_sketch(struct sketch *sketch, int from)
{
        char text[WORDS * 8 + 1] = "";

        for (int i = from; i < from + WORDS; i++)
                snprintf(text + strlen(text), 9, "w%c%c%c%c%c ", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i * 7 % 26, 'a' + i * 3 % 26,
                         'a' + i * 11 % 26);
        sketch_make(sketch, NULL, text, strlen(text));
}

/* 1 to 4 are a chain, each a copy of the next; 5 to 7 have one text, 8 one of its own; 9 is another day's. */
static const struct {
        int from, hours;
        const char *who;
} stories[STORIES] = {
        { 0, 5, "A" }, { 6, 4, "B" }, { 12, 3, "C" }, { 18, 6, "D" }, { 2000, 2, "E" }, { 2000, 1, "F" }, { 2000, 1, "G" },
        { 4000, 0, "H" }, { 0, 24 * 6, "I" },
};

static void add(struct db *db, int64_t row, int64_t **moved, size_t *n)
{
        static struct arena arena; /* what is moved is looked at before the next one is added */
        struct sketch sketch;
        struct copies_story story = { .row = row, .time = noon + stories[row - 1].hours * 3600 * CLOCK_SECOND,
                                      .hash = (uint64_t)row, .who = stories[row - 1].who };

        arena_deinit(&arena);
        make_sketch(&sketch, stories[row - 1].from);
        assert_int_equal(copies_add(db, &arena, &story, &sketch, moved, n), 0);
}

/* "1-3 2-3 ": each story with its origin. */
static void origins(struct db *db, char out[256])
{
        struct arena arena = ARENA_NULL;
        size_t n = 0;

        out[0] = '\0';
        for (int64_t row = 1; row <= STORIES; row++) {
                const char *who;
                int64_t origin;

                assert_int_equal(copies_origin(db, &arena, row, &origin, &who), 0);
                n += (size_t)snprintf(out + n, 256 - n, "%lld-%lld:%s ", (long long)row, (long long)origin, who != NULL ? who : "");
        }
        arena_deinit(&arena);
}

static const char all_there[] = "1-3:C 2-3:C 3-3:C 4-3:C 5-6:F 6-6:F 7-6:F 8-8:H 9-9:I ";

/* All orders of the chain, the others before, between or behind. Each that has another origin than before is told. */
static void test_orders(void **state _unused_)
{
        for (unsigned order = 0; order < 24 * 6; order++) {
                int64_t rows[STORIES], left[4] = { 1, 2, 3, 4 }, known[STORIES + 1] = { 0 };
                struct db *db = fixture_db();
                char found[256];
                size_t n = 0;

                for (unsigned i = 0, rest = order / 6; i < 4; i++) {
                        unsigned k = rest % (4 - i);

                        rest /= 4 - i;
                        if (i == order % 4)
                                for (unsigned j = 0; j < 5; j++)
                                        rows[n++] = 5 + (j + order % 6) % 5;
                        rows[n++] = left[k];
                        for (unsigned j = k; j + 1 < 4 - i; j++)
                                left[j] = left[j + 1];
                }
                assert_int_equal(n, STORIES);
                for (size_t i = 0; i < n; i++) {
                        struct arena arena = ARENA_NULL;
                        int64_t *moved, origin;
                        size_t n_moved;
                        const char *who;

                        add(db, rows[i], &moved, &n_moved);
                        for (size_t j = 0; j < n_moved; j++) {
                                assert_true(moved[j] >= 1 && moved[j] <= STORIES && known[moved[j]] != 0 && moved[j] != rows[i]);
                                known[moved[j]] = -1;
                        }
                        for (size_t j = 0; j <= i; j++) {
                                assert_int_equal(copies_origin(db, &arena, rows[j], &origin, &who), 0);
                                if (j < i && known[rows[j]] != -1)
                                        assert_int_equal(origin, known[rows[j]]);
                                known[rows[j]] = origin;
                        }
                        arena_deinit(&arena);
                }
                origins(db, found);
                assert_string_equal(found, all_there);
                db_close(db);
        }
}

static void fill(struct db *db)
{
        for (int64_t row = 1; row <= STORIES; row++) {
                int64_t *moved;
                size_t n;

                add(db, row, &moved, &n);
        }
}

/* What goes has another origin's place taken by the next one, and all of them are told; of one that is nobody's origin nobody
 * is told. */
static void test_removed(void **state _unused_)
{
        static const int64_t wanted[] = { 1, 2, 4 };
        struct db *db = fixture_db();
        struct arena arena = ARENA_NULL;
        struct sketch sketch;
        char found[256];
        int64_t *moved;
        bool there;
        size_t n;

        fill(db);
        assert_int_equal(copies_remove(db, &arena, 3, &moved, &n), 0);
        assert_int_equal(n, 3);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(moved[i], wanted[i]);
        origins(db, found);
        assert_string_equal(found, "1-2:B 2-2:B 3-3: 4-2:B 5-6:F 6-6:F 7-6:F 8-8:H 9-9:I ");
        assert_int_equal(copies_load(db, 3, &sketch, &there), 0);
        assert_false(there);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM prints WHERE story = 3"), 0);
        for (int64_t row = 7; row <= 8; row++) {
                assert_int_equal(copies_remove(db, &arena, row, &moved, &n), 0);
                assert_int_equal(n, 0);
        }
        assert_int_equal(copies_remove(db, &arena, 6, &moved, &n), 0);
        assert_int_equal(n, 1); /* the last one of a class is its own origin */
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM sketches WHERE story = 5 AND origin IS NULL"), 1);
        assert_int_equal(copies_remove(db, &arena, 77, &moved, &n), 0);
        assert_int_equal(n, 0);
        arena_deinit(&arena);
        db_close(db);
}

/* What is not kept stays the origin of its copies, also of those that come later; only its name is gone. */
static void test_forgotten(void **state _unused_)
{
        struct db *db = fixture_db();
        char found[256];
        int64_t *moved;
        size_t n;

        for (int64_t row = 2; row <= STORIES; row++)
                add(db, row, &moved, &n);
        assert_int_equal(copies_forget(db, 3), 0);
        add(db, 1, &moved, &n);
        assert_int_equal(n, 0);
        origins(db, found);
        assert_string_equal(found, "1-3:A 2-3:B 3-3: 4-3:D 5-6:F 6-6:F 7-6:F 8-8:H 9-9:I ");
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_orders), cmocka_unit_test(test_removed), cmocka_unit_test(test_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
