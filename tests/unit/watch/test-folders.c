/* The folders that are known: bounds, dropping, watches that change hands. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "watch/folders.h"

static void test_add(void **state)
{
        struct folders f;
        char path[FOLDERS_PATH + 10];

        (void)state;
        folders_init(&f);
        assert_int_equal(folders_add(&f, "", false), 0);
        assert_int_equal(folders_add(&f, "a", false), 0);
        assert_int_equal(folders_add(&f, "a", false), 0);
        assert_int_equal(f.n, 2);
        assert_string_equal(folders_next(&f)->path, "");
        folders_next(&f)->look = false;
        assert_string_equal(folders_next(&f)->path, "a");
        folders_next(&f)->look = false;
        assert_null(folders_next(&f));
        assert_int_equal(folders_add(&f, "a", false), 0);
        assert_null(folders_next(&f));
        assert_int_equal(folders_add(&f, "a", true), 0);
        assert_non_null(folders_next(&f));
        /* Depth. */
        assert_int_equal(folders_add(&f, "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", false), 0);
        assert_int_equal(folders_add(&f, "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", false), FOLDERS_E_BOUND);
        memset(path, 'x', sizeof(path));
        path[FOLDERS_PATH] = '\0';
        assert_int_equal(folders_add(&f, path, false), FOLDERS_E_BOUND);
        path[FOLDERS_PATH - 1] = '\0';
        assert_int_equal(folders_add(&f, path, false), 0);
        for (int i = 0; f.n < FOLDERS_MAX; i++) {
                snprintf(path, sizeof(path), "n%d", i);
                assert_int_equal(folders_add(&f, path, false), 0);
        }
        assert_int_equal(folders_add(&f, "one more", false), FOLDERS_E_BOUND);
        assert_int_equal(folders_add(&f, "n1", true), 0);
        folders_clear(&f);
        folders_clear(&f);
        assert_int_equal(f.n, 0);
}

static void add(struct folders *f, const char *path, int wd)
{
        assert_int_equal(folders_add(f, path, false), 0);
        folders_watched(f, path, wd, -1);
}

static void looked(struct folders *f)
{
        for (struct folder *folder; (folder = folders_next(f)) != NULL;)
                folder->look = false;
}

static void test_drop(void **state)
{
        struct folders f;

        (void)state;
        folders_init(&f);
        add(&f, "", 1);
        add(&f, "a", 2);
        add(&f, "a/b", 3);
        add(&f, "ab", 4);
        folders_drop(&f, folders_find(&f, "a")->path, -1);
        assert_int_equal(f.n, 3);               /* it is to be scanned: there may be another one */
        assert_int_equal(folders_find(&f, "a")->wd, -1);
        folders_find(&f, "a")->look = false;
        folders_drop(&f, "a", -1);
        assert_int_equal(f.n, 2);
        assert_null(folders_find(&f, "a/b"));
        assert_non_null(folders_find(&f, "ab"));
        assert_string_equal(folders_by_watch(&f, 1)->path, "");
        assert_null(folders_by_watch(&f, 3));
        folders_clear(&f);
}

/* A folder was renamed: its watch comes with it, what was known below the old name is not known any more. */
static void test_moved(void **state)
{
        struct folders f;

        (void)state;
        folders_init(&f);
        add(&f, "", 1);
        add(&f, "a", 2);
        add(&f, "a/in", 3);
        looked(&f);
        add(&f, "b", 2);
        assert_true(folders_find(&f, "b")->look);
        assert_null(folders_find(&f, "a"));
        assert_null(folders_find(&f, "a/in"));
        assert_string_equal(folders_by_watch(&f, 2)->path, "b");
        /* Another folder in the place of one. */
        add(&f, "b/in", 4);
        add(&f, "b", 5);
        assert_null(folders_find(&f, "b/in"));
        assert_int_equal(folders_find(&f, "b")->wd, 5);
        /* A folder that is mounted into itself. */
        looked(&f);
        add(&f, "b/b", 5);
        assert_null(folders_find(&f, "b/b"));
        assert_null(folders_find(&f, "b"));
        folders_clear(&f);
}

static void test_join(void **state)
{
        char out[6];

        (void)state;
        assert_true(folders_join(out, sizeof(out), "", "abc"));
        assert_string_equal(out, "abc");
        assert_true(folders_join(out, sizeof(out), "a/b", "c"));
        assert_string_equal(out, "a/b/c");
        assert_false(folders_join(out, sizeof(out), "a/b", "cd"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_add),
                cmocka_unit_test(test_drop),
                cmocka_unit_test(test_moved),
                cmocka_unit_test(test_join),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
