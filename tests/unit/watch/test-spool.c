/* A spool directory without a loop: scanning, reading, taking away. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watch/spool.h"

struct fixture {
        struct harness h;
        struct spool spool;
};

static void begin(struct fixture *f, const char *done)
{
        _cleanup_free_ char *error = NULL;

        harness_init(&f->h);
        assert_int_equal(spool_open(&f->spool, f->h.folder, done, &error), 0);
        assert_null(error);
}

static void end(struct fixture *f)
{
        spool_close(&f->spool);
        spool_close(&f->spool);
        harness_deinit(&f->h);
}

static int read_it(struct fixture *f, struct spool_file *file, const char *name, bool by_event)
{
        file->name = name;
        return spool_read(&f->spool, file, by_event, 100);
}

/* What a daemon that was killed while deleting has left: the taken file goes, another one in its place comes back. */
static void test_sweep(void **state)
{
        struct fixture f;
        struct stat st;
        char name[64];
        char *error;

        (void)state;
        harness_init(&f.h);
        harness_write(&f.h, ".taken", "x");
        assert_int_equal(stat(harness_path(&f.h, ".taken"), &st), 0);
        snprintf(name, sizeof(name), ".taken.7.%llx", (unsigned long long)st.st_ino);
        assert_int_equal(rename(harness_path(&f.h, ".taken"), harness_path(&f.h, name)), 0);
        harness_write(&f.h, ".taken.8.1", "another");
        harness_write(&f.h, ".taken.nothing", "somebody's");
        assert_int_equal(spool_open(&f.spool, f.h.folder, "delete", &error), 0);
        assert_int_equal(access(harness_path(&f.h, name), F_OK), -1);
        assert_int_equal(access(harness_path(&f.h, "taken.8.1"), F_OK), 0);
        assert_int_equal(access(harness_path(&f.h, ".taken.8.1"), F_OK), -1);
        assert_int_equal(access(harness_path(&f.h, ".taken.nothing"), F_OK), 0);
        end(&f);
}

static void test_open(void **state)
{
        struct harness h;
        struct spool spool;
        char *error;

        (void)state;
        harness_init(&h);
        assert_int_equal(spool_open(&spool, harness_path(&h, "none"), NULL, &error), -ENOENT);
        assert_non_null(strstr(error, "No such file"));
        free(error);
        harness_write(&h, "file", "x");
        assert_int_equal(spool_open(&spool, harness_path(&h, "file"), NULL, &error), -ENOTDIR);
        free(error);
        assert_int_equal(spool_open(&spool, h.folder, ".", &error), -EINVAL);
        free(error);
        assert_int_equal(spool_open(&spool, h.folder, "/proc/self", &error), -EXDEV);
        assert_non_null(strstr(error, "same file system"));
        free(error);
        assert_int_equal(spool_open(&spool, h.folder, "done", &error), 0);
        assert_true(spool_is_at(&spool, h.folder));
        assert_false(spool_is_at(&spool, "/"));
        assert_true(harness_exists(&h, "done"));
        spool_close(&spool);
        harness_deinit(&h);
}

static void test_wants(void **state)
{
        (void)state;
        assert_true(spool_wants("a"));
        assert_true(spool_wants("a.tmp.xml"));
        assert_false(spool_wants("a.tmp"));
        assert_true(spool_wants("tmp"));
        assert_false(spool_wants(".a"));
        assert_false(spool_wants(""));
}

static void make_folder(struct fixture *f, const char *name)
{
        assert_int_equal(mkdir(harness_path(&f->h, name), 0755), 0);
}

static void test_folders(void **state)
{
        struct fixture f;
        struct spool_names names, folders;
        int fd = -1;

        (void)state;
        begin(&f, "done");
        make_folder(&f, "a");
        make_folder(&f, "a/b");
        make_folder(&f, "z");
        make_folder(&f, ".h");
        make_folder(&f, "t.tmp");
        harness_write(&f.h, "a/file", "x");
        assert_int_equal(symlink("b", harness_path(&f.h, "a/link")), 0);
        assert_int_equal(symlink("a", harness_path(&f.h, "link")), 0);
        assert_int_equal(spool_scan(f.spool.fd, NULL, 9, &names, 9, &folders), 0);
        assert_int_equal(names.n, 0);
        assert_int_equal(folders.n, 3);
        assert_string_equal(folders.items[0], "a");
        assert_string_equal(folders.items[1], "done");
        assert_string_equal(folders.items[2], "z");
        spool_names_deinit(&folders);
        spool_names_deinit(&names);
        assert_int_equal(spool_scan(f.spool.fd, NULL, 9, &names, 2, &folders), 0);
        assert_int_equal(folders.n, 2);
        assert_true(folders.more);
        spool_names_deinit(&folders);
        spool_names_deinit(&names);
        assert_int_equal(spool_folder(&f.spool, "a", &fd), 0);
        assert_int_equal(spool_scan(fd, NULL, 9, &names, 9, &folders), 0);
        assert_int_equal(names.n, 1);
        assert_string_equal(names.items[0], "file");
        assert_int_equal(folders.n, 1);
        assert_string_equal(folders.items[0], "b");
        spool_names_deinit(&folders);
        spool_names_deinit(&names);
        close(fd);
        assert_int_equal(spool_folder(&f.spool, "", &fd), 0);
        close(fd);
        assert_int_equal(spool_folder(&f.spool, "done", &fd), SPOOL_E_OTHER);
        assert_int_equal(spool_folder(&f.spool, "none", &fd), SPOOL_E_GONE);
        assert_int_equal(spool_folder(&f.spool, "none/b", &fd), SPOOL_E_GONE);
        assert_int_equal(spool_folder(&f.spool, "link", &fd), SPOOL_E_GONE);
        assert_int_equal(spool_folder(&f.spool, "link/b", &fd), SPOOL_E_GONE);
        assert_int_equal(spool_folder(&f.spool, "a/link", &fd), SPOOL_E_GONE);
        assert_int_equal(spool_folder(&f.spool, "a/file", &fd), SPOOL_E_GONE);
        end(&f);
}

/* Files in folders: read without following a link, taken away to the same folders. */
static void test_in_folders(void **state)
{
        struct fixture f;
        struct spool_file file = { 0 }, again = { 0 };

        (void)state;
        begin(&f, "done");
        make_folder(&f, "a");
        make_folder(&f, "a/b");
        harness_write(&f.h, "a/b/x", "one");
        assert_int_equal(symlink("a", harness_path(&f.h, "link")), 0);
        assert_int_equal(read_it(&f, &file, "link/b/x", true), SPOOL_E_GONE);
        assert_int_equal(read_it(&f, &file, "a/none/x", true), SPOOL_E_GONE);
        assert_int_equal(read_it(&f, &file, "a/b", true), SPOOL_E_OTHER);
        assert_int_equal(read_it(&f, &file, "a/b/x", true), 0);
        free(file.bytes);
        /* Its folder has another name now: it is the same file, and has the same key. */
        assert_int_equal(rename(harness_path(&f.h, "a"), harness_path(&f.h, "c")), 0);
        assert_int_equal(spool_take_away(&f.spool, &file, 7), SPOOL_E_GONE);
        assert_int_equal(read_it(&f, &again, "c/b/x", true), 0);
        free(again.bytes);
        assert_string_equal(again.key, file.key);
        assert_int_equal(spool_take_away(&f.spool, &again, 7), 0);
        assert_true(harness_exists(&f.h, "done/c/b/x"));
        assert_false(harness_exists(&f.h, "c/b/x"));
        /* The name is taken; a file has the name of the folder. */
        harness_write(&f.h, "c/b/x", "two");
        assert_int_equal(read_it(&f, &file, "c/b/x", true), 0);
        free(file.bytes);
        assert_int_equal(spool_take_away(&f.spool, &file, 8), 0);
        assert_true(harness_exists(&f.h, "done/c/b/x.8"));
        harness_write(&f.h, "done/d", "a file");
        make_folder(&f, "d");
        harness_write(&f.h, "d/y", "three");
        assert_int_equal(read_it(&f, &file, "d/y", true), 0);
        free(file.bytes);
        assert_int_equal(spool_take_away(&f.spool, &file, 9), 0);
        assert_true(harness_exists(&f.h, "done/d.9/y"));
        /* A link in the done folder leads nowhere. */
        make_folder(&f, "e");
        assert_int_equal(symlink("..", harness_path(&f.h, "done/e")), 0);
        harness_write(&f.h, "e/z", "four");
        assert_int_equal(read_it(&f, &file, "e/z", true), 0);
        free(file.bytes);
        assert_int_equal(spool_take_away(&f.spool, &file, 10), 0);
        assert_true(harness_exists(&f.h, "done/e.10/z"));
        end(&f);
}

static void test_scan(void **state)
{
        struct fixture f;
        struct spool_names names;
        char name[32], after[32] = "";
        size_t n = 0;

        (void)state;
        begin(&f, "delete");
        for (int i = 0; i < 500; i++) {
                snprintf(name, sizeof(name), "f%03d", (i * 37) % 500);
                harness_write(&f.h, name, "x");
        }
        harness_write(&f.h, ".dot", "x");
        harness_write(&f.h, "f.tmp", "x");
        for (;;) {
                assert_int_equal(spool_scan(f.spool.fd, after[0] != '\0' ? after : NULL, 64, &names, 0, NULL), 0);
                for (size_t i = 0; i < names.n; i++) {
                        snprintf(name, sizeof(name), "f%03zu", n++);
                        assert_string_equal(names.items[i], name);
                }
                if (!names.more)
                        break;
                assert_int_equal(names.n, 64);
                snprintf(after, sizeof(after), "%s", names.items[63]);
                spool_names_deinit(&names);
        }
        assert_int_equal(n, 500);
        spool_names_deinit(&names);
        spool_names_deinit(&names);
        assert_int_equal(spool_scan(f.spool.fd, "g", 64, &names, 0, NULL), 0);
        assert_int_equal(names.n, 0);
        assert_false(names.more);
        spool_names_deinit(&names);
        end(&f);
}

static void test_read(void **state)
{
        struct fixture f;
        struct spool_file file, again;
        char big[200];
        int fd;

        (void)state;
        begin(&f, "done");
        harness_write(&f.h, "a", "text");
        assert_int_equal(read_it(&f, &file, "a", false), 0);
        assert_string_equal(file.bytes, "text");
        assert_int_equal(file.size, 4);
        free(file.bytes);
        assert_int_equal(read_it(&f, &again, "a", true), 0);
        assert_string_equal(again.key, file.key);
        assert_int_equal(strlen(file.key) > 18, 1);
        free(again.bytes);
        assert_int_equal(read_it(&f, &file, "none", true), SPOOL_E_GONE);
        assert_int_equal(read_it(&f, &file, "done", true), SPOOL_E_OTHER);
        assert_int_equal(symlink("a", harness_path(&f.h, "l")), 0);
        assert_int_equal(read_it(&f, &file, "l", true), SPOOL_E_OTHER);
        assert_int_equal(mkfifo(harness_path(&f.h, "p"), 0600), 0);
        assert_int_equal(read_it(&f, &file, "p", true), SPOOL_E_OTHER);
        harness_write(&f.h, "e", "");
        assert_int_equal(read_it(&f, &file, "e", true), SPOOL_E_EMPTY);
        memset(big, 'x', sizeof(big) - 1);
        big[sizeof(big) - 1] = '\0';
        harness_write(&f.h, "b", big);
        assert_int_equal(read_it(&f, &file, "b", true), SPOOL_E_TOO_LARGE);
        assert_int_equal(file.size, 199);
        fd = open(harness_path(&f.h, "a"), O_WRONLY | O_APPEND);
        assert_int_equal(read_it(&f, &file, "a", true), SPOOL_E_WRITING);
        close(fd);
        assert_int_equal(read_it(&f, &file, "a", true), 0);
        free(file.bytes);
        end(&f);
}

/* Somebody opens the files for writing, again and again, while they are read: nobody is killed by the signal of a broken
 * lease, and no read is torn. */
static atomic_bool over;

static void *scribble(void *path)
{
        while (!over) {
                int fd = open(path, O_WRONLY | O_TRUNC);
                char c = 'a';

                for (int i = 0; i < 50 && fd >= 0; i++)
                        if (write(fd, &c, 1) != 1)
                                break;
                close(fd);
        }
        return NULL;
}

static void test_torn(void **state)
{
        struct fixture f;
        struct spool_file file;
        pthread_t thread;
        char path[200];
        int n_read = 0;

        (void)state;
        begin(&f, "done");
        harness_write(&f.h, "a", "x");
        snprintf(path, sizeof(path), "%s", harness_path(&f.h, "a"));
        over = false;
        assert_int_equal(pthread_create(&thread, NULL, scribble, path), 0);
        for (int i = 0; i < 20000 || (n_read == 0 && i < 2000000); i++) {
                int r = read_it(&f, &file, "a", true);

                if (r != 0) {
                        assert_true(r > 0);
                        continue;
                }
                if (file.bytes[0] != 'x') {
                        assert_int_equal(file.size, 50);
                        n_read++;
                }
                free(file.bytes);
        }
        over = true;
        pthread_join(thread, NULL);
        assert_true(n_read > 0);
        end(&f);
}

/* A file of another user: no lease without the right to it. An event is believed, a scan waits until it has rested. */
static void test_foreign(void **state)
{
        struct fixture f;
        struct spool_file file;

        (void)state;
        if (geteuid() != 0)
                skip();
        begin(&f, "done");
        harness_write(&f.h, "a", "text");
        assert_int_equal(chmod(f.h.folder, 0777), 0);
        assert_int_equal(seteuid(65534), 0);
        assert_int_equal(read_it(&f, &file, "a", false), SPOOL_E_YOUNG);
        assert_int_equal(read_it(&f, &file, "a", true), 0);
        free(file.bytes);
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(read_it(&f, &file, "a", false), 0);
        free(file.bytes);
        end(&f);
}

static void test_take_away(void **state)
{
        struct fixture f;
        struct spool_file file;
        _cleanup_free_ char *text = NULL;

        (void)state;
        begin(&f, "done");
        harness_write(&f.h, "a", "old");
        assert_int_equal(read_it(&f, &file, "a", true), 0);
        free(file.bytes);
        harness_write(&f.h, "b", "new!");
        assert_int_equal(rename(harness_path(&f.h, "b"), harness_path(&f.h, "a")), 0);
        assert_int_equal(spool_take_away(&f.spool, &file, 7), SPOOL_E_CHANGED);
        assert_true(harness_exists(&f.h, "a"));
        assert_int_equal(read_it(&f, &file, "a", true), 0);
        free(file.bytes);
        harness_write(&f.h, "done/a", "was there");
        harness_write(&f.h, "done/a.8", "too");
        assert_int_equal(spool_take_away(&f.spool, &file, 8), 0);
        text = harness_read(&f.h, "done/a.8.1");
        assert_string_equal(text, "new!");
        assert_int_equal(spool_take_away(&f.spool, &file, 8), SPOOL_E_GONE);
        /* The done folder is deleted. */
        harness_write(&f.h, "c", "x");
        assert_int_equal(read_it(&f, &file, "c", true), 0);
        free(file.bytes);
        assert_int_equal(unlink(harness_path(&f.h, "done/a")), 0);
        assert_int_equal(unlink(harness_path(&f.h, "done/a.8")), 0);
        assert_int_equal(unlink(harness_path(&f.h, "done/a.8.1")), 0);
        assert_int_equal(rmdir(harness_path(&f.h, "done")), 0);
        assert_int_equal(spool_take_away(&f.spool, &file, 9), -ESTALE);
        assert_true(harness_exists(&f.h, "c"));
        end(&f);
}

/* A writer that renames new files over the name without pause: each version that was moved or deleted was read before. */
static void *replace(void *folder)
{
        char from[200], to[200];

        snprintf(from, sizeof(from), "%s/.new", (char *)folder);
        snprintf(to, sizeof(to), "%s/a", (char *)folder);
        for (int i = 0; i < 3000; i++) {
                FILE *f = fopen(from, "w");

                if (f == NULL)
                        break;
                fprintf(f, "version %d", i);
                fclose(f);
                (void)!rename(from, to);
        }
        over = true;
        return NULL;
}

static void race(const char *done)
{
        struct fixture f;
        struct spool_file file;
        pthread_t thread;
        bool last = false;
        int64_t n_taken = 0;

        begin(&f, done);
        over = false;
        assert_int_equal(pthread_create(&thread, NULL, replace, f.h.folder), 0);
        while (!last) {
                bool was_over = over;
                int r = read_it(&f, &file, "a", true);

                if (r == 0) {
                        last = strcmp(file.bytes, "version 2999") == 0;
                        free(file.bytes);
                        r = spool_take_away(&f.spool, &file, ++n_taken);
                        assert_true(r == 0 || r == SPOOL_E_CHANGED || r == SPOOL_E_GONE);
                } else {
                        /* The last version must not have gone unread. */
                        assert_false(was_over && r == SPOOL_E_GONE);
                }
        }
        pthread_join(thread, NULL);
        assert_false(harness_exists(&f.h, "a"));
        end(&f);
}

static void test_race(void **state)
{
        (void)state;
        race("done");
        race("delete");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sweep), cmocka_unit_test(test_open),
                cmocka_unit_test(test_wants),
                cmocka_unit_test(test_folders),
                cmocka_unit_test(test_in_folders),
                cmocka_unit_test(test_scan),
                cmocka_unit_test(test_read),
                cmocka_unit_test(test_torn),
                cmocka_unit_test(test_foreign),
                cmocka_unit_test(test_take_away),
                cmocka_unit_test(test_race),
        };

        return harness_exit(cmocka_run_group_tests(tests, NULL, NULL));
}
