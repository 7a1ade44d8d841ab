/* The directory watcher over a real folder. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watch/spool.h"

static const char plain[] = "directory: %s/in\n";

static void begin(struct harness *h, const char *yaml)
{
        harness_init(h);
        assert_int_equal(mkdir(harness_path(h, "in"), 0755), 0);
        harness_watch(h, yaml);
}

static const char *wanted_file;

static bool file_is_there(struct harness *h)
{
        return harness_exists(h, wanted_file);
}

static bool wait_file(struct harness *h, const char *name)
{
        wanted_file = name;
        return harness_wait(h, file_is_there, WAIT_MS);
}

static void put(struct harness *h, const char *name, const char *text)
{
        harness_write(h, "new", text);
        assert_int_equal(rename(harness_path(h, "new"), harness_path(h, name)), 0);
}

static void test_renamed(void **state)
{
        struct harness h;
        _cleanup_free_ char *text = NULL;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        put(&h, "in/a.txt", "one story");
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].name, "a.txt");
        assert_string_equal(h.store.kept[0].bytes, "one story");
        assert_string_equal(h.store.kept[0].source, "test");
        assert_true(wait_file(&h, "in/done/a.txt"));
        assert_false(harness_exists(&h, "in/a.txt"));
        text = harness_read(&h, "in/done/a.txt");
        assert_string_equal(text, "one story");
        assert_int_equal(h.watcher->accepted, 1);
        assert_int_equal(h.watcher->bytes, 9);
        harness_deinit(&h);
}

static void test_link(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        harness_write(&h, "new", "linked");
        assert_int_equal(link(harness_path(&h, "new"), harness_path(&h, "in/b")), 0);
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].bytes, "linked");
        harness_deinit(&h);
}

/* A file that is being written is not touched, however long it takes, also not by a scan; its closing brings it. */
static void slow_writer(bool by_scan)
{
        struct harness h;
        int fd;

        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        fd = open(harness_path(&h, "in/slow.txt"), O_WRONLY | O_CREAT, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "half ", 5), 5);
        if (by_scan) {
                harness_stop_watch(&h);
                harness_watch(&h, plain);
        }
        harness_run(&h, 150);
        assert_int_equal(h.store.n_kept, 0);
        assert_int_equal(write(fd, "whole", 5), 5);
        harness_run(&h, 50);
        assert_int_equal(h.store.n_kept, 0);
        close(fd);
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].bytes, "half whole");
        assert_true(wait_file(&h, "in/done/slow.txt"));
        assert_int_equal(h.store.n_kept, 1);
        harness_deinit(&h);
}

static void test_slow_writer(void **state)
{
        (void)state;
        slow_writer(false);
}

static void test_slow_writer_at_start(void **state)
{
        (void)state;
        slow_writer(true);
}

/* Renamed into place while its writer still has it open. */
static void test_renamed_open(void **state)
{
        struct harness h;
        int fd;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        fd = open(harness_path(&h, "new"), O_WRONLY | O_CREAT, 0644);
        assert_int_equal(write(fd, "not ", 4), 4);
        assert_int_equal(rename(harness_path(&h, "new"), harness_path(&h, "in/x")), 0);
        harness_run(&h, 100);
        assert_int_equal(h.store.n_kept, 0);
        assert_int_equal(write(fd, "yet", 3), 3);
        close(fd);
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].bytes, "not yet");
        harness_deinit(&h);
}

static void test_left_alone(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        put(&h, "in/.hidden", "no");
        put(&h, "in/part.tmp", "no");
        assert_int_equal(mkdir(harness_path(&h, "in/sub"), 0755), 0);
        put(&h, "in/sub/deep", "no");
        harness_write(&h, "target", "no");
        assert_int_equal(symlink("../target", harness_path(&h, "in/link")), 0);
        assert_int_equal(mkfifo(harness_path(&h, "in/fifo"), 0644), 0);
        put(&h, "in/yes", "yes");
        assert_true(wait_file(&h, "in/done/yes"));
        harness_stop_watch(&h);
        harness_watch(&h, plain);
        harness_run(&h, 100);
        assert_int_equal(h.store.n_kept, 1);
        assert_int_equal(h.watcher->refused, 0);
        assert_true(harness_exists(&h, "in/.hidden"));
        assert_true(harness_exists(&h, "in/part.tmp"));
        assert_true(harness_exists(&h, "in/sub/deep"));
        assert_true(harness_exists(&h, "in/link"));
        assert_true(harness_exists(&h, "in/fifo"));
        harness_deinit(&h);
}

static const char deep[] = "directory: %s/in\nsubdirectories: yes\n";

static void make_folder(struct harness *h, const char *name)
{
        assert_int_equal(mkdir(harness_path(h, name), 0755), 0);
}

static void test_folders(void **state)
{
        struct harness h;

        (void)state;
        harness_init(&h);
        make_folder(&h, "in");
        make_folder(&h, "in/a");
        make_folder(&h, "in/a/b");
        put(&h, "in/a/b/x", "before");
        harness_watch(&h, deep);
        assert_true(wait_file(&h, "in/done/a/b/x"));
        assert_string_equal(h.store.kept[0].name, "a/b/x");
        put(&h, "in/a/y", "in a known folder");
        assert_true(wait_file(&h, "in/done/a/y"));
        make_folder(&h, "in/new");
        put(&h, "in/new/z", "in a new one");
        assert_true(wait_file(&h, "in/done/new/z"));
        harness_run(&h, 30);
        put(&h, "in/new/zz", "in a new one, later");
        assert_true(wait_file(&h, "in/done/new/zz"));
        make_folder(&h, "in/p.tmp");
        put(&h, "in/p.tmp/q", "in one that is made elsewhere");
        assert_int_equal(rename(harness_path(&h, "in/p.tmp"), harness_path(&h, "in/p")), 0);
        assert_true(wait_file(&h, "in/done/p/q"));
        assert_int_equal(h.store.n_kept, 5);
        harness_deinit(&h);
}

/* Many files in many folders, in passes of a scan. */
static void test_folders_many(void **state)
{
        enum { FOLDERS = 60, FILES = 100 };
        struct harness h;
        char name[64];

        (void)state;
        harness_init(&h);
        make_folder(&h, "in");
        for (int i = 0; i < FOLDERS; i++) {
                snprintf(name, sizeof(name), "in/%02d", i);
                make_folder(&h, name);
                for (int k = 0; k < (i == 7 ? 50 * FILES : FILES); k++) {
                        snprintf(name, sizeof(name), "in/%02d/%04d", i, k);
                        harness_write(&h, name, "x");
                }
        }
        harness_watch(&h, deep);
        for (int i = 0; i < 10 && h.store.n_kept < (FOLDERS + 49) * FILES; i++)
                harness_wait_kept(&h, (FOLDERS + 49) * FILES);
        harness_run(&h, 50);
        assert_int_equal(h.store.n_kept, (FOLDERS + 49) * FILES);
        assert_true(h.store.most_waiting <= 1100);
        assert_true(wait_file(&h, "in/done/07/4999"));
        harness_deinit(&h);
}

/* A folder that cannot be read is said, and read when it can be. */
static void closed_folder(void)
{
        struct harness h;

        begin(&h, deep);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        make_folder(&h, "in/f");
        assert_int_equal(mkdir(harness_path(&h, "in/f/shut"), 0), 0);
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_non_null(strstr(h.watcher->trouble, "in/f/shut: Permission denied"));
        put(&h, "in/f/y", "y");
        assert_true(wait_file(&h, "in/done/f/y"));
        assert_int_equal(chmod(harness_path(&h, "in/f/shut"), 0755), 0);
        put(&h, "in/f/shut/x", "x");
        assert_true(wait_file(&h, "in/done/f/shut/x"));
        harness_deinit(&h);
}

static void test_closed_folder(void **state)
{
        (void)state;
        if (geteuid() == 0 && seteuid(65534) < 0)
                skip();
        closed_folder();
        if (getuid() == 0)
                assert_int_equal(seteuid(0), 0);
}

/* Too large: said once, again when it changes, taken when it fits. */
static void test_too_large(void **state)
{
        struct harness h;
        char big[3000];

        (void)state;
        begin(&h, "directory: %s/in\nmax_size: 1K\n");
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        memset(big, 'x', sizeof(big));
        big[sizeof(big) - 1] = '\0';
        put(&h, "in/big", big);
        harness_run(&h, 60);
        assert_int_equal(h.watcher->refused, 1);
        /* Named again without a change of its own: not said again. */
        assert_int_equal(rename(harness_path(&h, "in/big"), harness_path(&h, "in/.big")), 0);
        put(&h, "in/other", "fits");
        assert_true(wait_file(&h, "in/done/other"));
        assert_int_equal(h.watcher->refused, 1);
        put(&h, "in/big", big);
        harness_run(&h, 60);
        assert_int_equal(h.watcher->refused, 2);
        harness_write(&h, "in/big", "now it fits");
        assert_true(wait_file(&h, "in/done/big"));
        assert_int_equal(h.store.n_kept, 2);
        harness_deinit(&h);
}

/* An unreadable file is said once, and taken when its mode changes. Root reads everything: the test then runs as another
 * user in a child. */
static void unreadable(void)
{
        struct harness h;

        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        harness_write(&h, "new", "secret");
        assert_int_equal(chmod(harness_path(&h, "new"), 0), 0);
        assert_int_equal(rename(harness_path(&h, "new"), harness_path(&h, "in/closed")), 0);
        harness_run(&h, 80);
        assert_int_equal(h.watcher->refused, 1);
        for (int i = 0; i < 3; i++) {   /* every look finds it again */
                harness_stop_watch(&h);
                harness_watch(&h, plain);
                harness_run(&h, 30);
                assert_int_equal(h.watcher->refused, 1);
        }
        assert_int_equal(chmod(harness_path(&h, "in/closed"), 0644), 0);
        assert_true(wait_file(&h, "in/done/closed"));
        harness_deinit(&h);
}

static void test_unreadable(void **state)
{
        (void)state;
        if (geteuid() == 0 && seteuid(65534) < 0)
                skip();
        unreadable();
        if (getuid() == 0)
                assert_int_equal(seteuid(0), 0);
}

static void test_empty(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        put(&h, "in/nothing", "");
        harness_run(&h, 60);
        assert_int_equal(h.store.n_kept, 0);
        assert_int_equal(h.watcher->refused, 0);
        assert_true(harness_exists(&h, "in/nothing"));
        harness_write(&h, "in/nothing", "something");
        assert_true(wait_file(&h, "in/done/nothing"));
        harness_deinit(&h);
}

/* The daemon was killed after the commit and before the move. */
static void test_known(void **state)
{
        struct harness h;
        struct spool spool;
        struct spool_file file = { .name = "a" };
        struct delivery delivery = { .source = "test", .name = "a", .bytes = "x", .n_bytes = 1 };
        _cleanup_free_ char *error = NULL;
        int64_t id;

        (void)state;
        harness_init(&h);
        assert_int_equal(mkdir(harness_path(&h, "in"), 0755), 0);
        put(&h, "in/a", "x");
        assert_int_equal(spool_open(&spool, harness_path(&h, "in"), harness_path(&h, "in/done"), &error), 0);
        assert_int_equal(spool_read(&spool, &file, true, 1000), 0);
        free(file.bytes);
        spool_close(&spool);
        delivery.key = file.key;
        assert_int_equal(deliveries_accept((struct db *)&h.store, &delivery, &id), 0);
        harness_watch(&h, plain);
        assert_true(wait_file(&h, "in/done/a"));
        assert_int_equal(h.store.n_kept, 1);
        assert_int_equal(h.watcher->known, 1);
        assert_int_equal(h.watcher->accepted, 0);
        harness_deinit(&h);
}

static void test_collisions(void **state)
{
        struct harness h;
        _cleanup_free_ char *first = NULL, *second = NULL;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        put(&h, "in/same", "one");
        assert_true(wait_file(&h, "in/done/same"));
        put(&h, "in/same", "two");
        assert_true(wait_file(&h, "in/done/same.2"));
        first = harness_read(&h, "in/done/same");
        second = harness_read(&h, "in/done/same.2");
        assert_string_equal(first, "one");
        assert_string_equal(second, "two");
        harness_deinit(&h);
}

/* A new file is renamed over one that was read and is being committed: it is taken too, not moved away unread. */
static void test_overwritten(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        h.store.stuck = true;
        put(&h, "in/latest", "old");
        harness_run(&h, 60);
        assert_int_equal(h.store.n_waiting, 1);
        put(&h, "in/latest", "new!");
        harness_run(&h, 30);
        h.store.stuck = false;
        assert_true(harness_wait_kept(&h, 2));
        assert_string_equal(h.store.kept[0].bytes, "old");
        assert_string_equal(h.store.kept[1].bytes, "new!");
        assert_true(wait_file(&h, "in/done/latest"));
        assert_false(harness_exists(&h, "in/latest"));
        harness_deinit(&h);
}

static void test_delete(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, "directory: %s/in\ndone: delete\n");
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        put(&h, "in/gone", "x");
        assert_true(harness_wait_kept(&h, 1));
        harness_run(&h, 50);
        assert_false(harness_exists(&h, "in/gone"));
        assert_false(harness_exists(&h, "in/done"));
        assert_int_equal(rmdir(harness_path(&h, "in")), 0);     /* nothing is left in it */
        harness_deinit(&h);
}

static void test_directory_comes_and_goes(void **state)
{
        struct harness h;

        (void)state;
        harness_init(&h);
        harness_watch(&h, plain);
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_int_equal(h.n_settled, 1);
        assert_int_equal(mkdir(harness_path(&h, "in"), 0755), 0);
        put(&h, "in/a", "x");
        assert_true(wait_file(&h, "in/done/a"));
        assert_null(h.watcher->trouble);
        /* Deleted and made again. */
        assert_int_equal(unlink(harness_path(&h, "in/done/a")), 0);
        assert_int_equal(rmdir(harness_path(&h, "in/done")), 0);
        assert_int_equal(rmdir(harness_path(&h, "in")), 0);
        assert_true(harness_wait(&h, harness_has_trouble, WAIT_MS));
        assert_int_equal(mkdir(harness_path(&h, "in"), 0755), 0);
        assert_true(harness_wait(&h, harness_has_no_trouble, WAIT_MS));
        put(&h, "in/b", "y");
        assert_true(wait_file(&h, "in/done/b"));
        /* Renamed away, another one in its place. */
        assert_int_equal(rename(harness_path(&h, "in"), harness_path(&h, "old")), 0);
        assert_int_equal(mkdir(harness_path(&h, "in"), 0755), 0);
        put(&h, "in/c", "z");
        assert_true(wait_file(&h, "in/done/c"));
        assert_int_equal(h.store.n_kept, 3);
        harness_deinit(&h);
}

static void test_done_deleted(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        assert_int_equal(rmdir(harness_path(&h, "in/done")), 0);
        put(&h, "in/a", "x");
        assert_true(wait_file(&h, "in/done/a"));
        assert_int_equal(h.store.n_kept, 1);
        harness_deinit(&h);
}

/* A spool with many files at the start: all, in order, in a bounded window. */
static void test_many(void **state)
{
        enum { N = 10000 };
        struct harness h;
        char name[32];

        (void)state;
        harness_init(&h);
        assert_int_equal(mkdir(harness_path(&h, "in"), 0755), 0);
        for (int i = 0; i < N; i++) {
                snprintf(name, sizeof(name), "in/%05d", (i * 7919) % N);
                harness_write(&h, name, name);
        }
        harness_watch(&h, plain);
        assert_true(harness_wait_kept(&h, 100));
        put(&h, "in/zz-new", "a new arrival");
        for (int i = 0; i < 10 && h.store.n_kept < N + 1; i++)
                harness_wait_kept(&h, N + 1);
        assert_int_equal(h.store.n_kept, N + 1);
        assert_true(h.store.most_waiting <= 1100);
        for (size_t i = 0, k = 0; i < h.store.n_kept; i++) {
                if (strcmp(h.store.kept[i].name, "zz-new") == 0) {
                        assert_true(i < N / 2); /* it did not wait for all the others */
                        continue;
                }
                snprintf(name, sizeof(name), "%05zu", k++);
                assert_string_equal(h.store.kept[i].name, name);
        }
        assert_true(wait_file(&h, "in/done/09999"));
        harness_deinit(&h);
}

/* More events than the kernel keeps: the scan finds the rest. */
static void test_overflow(void **state)
{
        enum { N = 20000 };
        struct harness h;
        char name[32];

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        for (int i = 0; i < N; i++) {   /* the loop does not run meanwhile: 16384 events are kept */
                snprintf(name, sizeof(name), "in/%05d", i);
                put(&h, name, "x");
        }
        for (int i = 0; i < 10 && h.store.n_kept < N; i++)
                harness_wait_kept(&h, N);
        assert_int_equal(h.store.n_kept, N);
        harness_deinit(&h);
}

/* Intake closes, files wait where they are; nothing is lost, nothing twice. */
static void test_held(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        h.store.fail = -ENOSPC;
        put(&h, "in/a", "x");
        harness_run(&h, 60);
        assert_false(h.told_open);
        put(&h, "in/b", "y");
        harness_run(&h, 60);
        assert_true(harness_exists(&h, "in/a"));
        assert_int_equal(h.watcher->refused, 0);
        h.store.fail = 0;
        assert_true(wait_file(&h, "in/done/a"));        /* by the probe, after a second */
        assert_true(wait_file(&h, "in/done/b"));
        assert_int_equal(h.store.n_kept, 2);
        watcher_set_paused(h.watcher, true);
        put(&h, "in/c", "z");
        harness_run(&h, 60);
        assert_int_equal(h.store.n_kept, 2);
        watcher_set_paused(h.watcher, false);
        assert_true(wait_file(&h, "in/done/c"));
        harness_deinit(&h);
}

/* One that the store cannot take is left and said; the others go on. */
static void test_refused(void **state)
{
        struct harness h;

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        h.store.fail_one = -E2BIG;
        put(&h, "in/a", "x");
        harness_run(&h, 60);
        put(&h, "in/b", "y");
        assert_true(wait_file(&h, "in/done/b"));
        assert_true(harness_exists(&h, "in/a"));
        assert_int_equal(h.watcher->refused, 1);
        assert_true(h.told_open);
        harness_deinit(&h);
}

/* Stopped with files on the way: what is durable is moved. */
static void test_stop(void **state)
{
        struct harness h;
        char name[32];

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        h.store.stuck = true;
        for (int i = 0; i < 20; i++) {
                snprintf(name, sizeof(name), "in/%02d", i);
                put(&h, name, "x");
        }
        harness_run(&h, 60);
        assert_int_equal(h.store.n_waiting, 20);
        h.store.stuck = false;
        harness_stop_watch(&h);
        assert_int_equal(h.store.n_kept, 20);
        assert_true(harness_exists(&h, "in/done/00"));
        assert_true(harness_exists(&h, "in/done/19"));
        harness_deinit(&h);
}

/* Stopped at every moment of its opening. */
static void test_stop_early(void **state)
{
        (void)state;
        for (int turns = 0; turns < 6; turns++) {
                struct harness h;

                begin(&h, plain);
                put(&h, "in/a", "x");
                for (int i = 0; i < turns; i++)
                        uv_run(&h.loop, UV_RUN_NOWAIT);
                harness_deinit(&h);
        }
}

/* Names that are no UTF-8 are taken; the record shows something printable. */
static void test_names(void **state)
{
        struct harness h;
        char name[300];

        (void)state;
        begin(&h, plain);
        assert_true(harness_wait(&h, harness_is_settled, WAIT_MS));
        put(&h, "in/b\xe4ren\n.txt", "x");
        assert_true(harness_wait_kept(&h, 1));
        assert_string_equal(h.store.kept[0].name, "b?ren?.txt");
        assert_true(wait_file(&h, "in/done/b\xe4ren\n.txt"));
        memset(name, 'n', sizeof(name));
        memcpy(name, "in/", 3);
        name[3 + 255] = '\0';
        put(&h, name, "one");
        assert_true(harness_wait_kept(&h, 2));
        harness_run(&h, 50);
        put(&h, name, "two");
        assert_true(harness_wait_kept(&h, 3));
        harness_run(&h, 50);
        assert_false(harness_exists(&h, name));
        harness_deinit(&h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_renamed),
                cmocka_unit_test(test_link),
                cmocka_unit_test(test_slow_writer),
                cmocka_unit_test(test_slow_writer_at_start),
                cmocka_unit_test(test_renamed_open),
                cmocka_unit_test(test_left_alone),
                cmocka_unit_test(test_folders),
                cmocka_unit_test(test_folders_many),
                cmocka_unit_test(test_closed_folder),
                cmocka_unit_test(test_too_large),
                cmocka_unit_test(test_unreadable),
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_known),
                cmocka_unit_test(test_collisions),
                cmocka_unit_test(test_overwritten),
                cmocka_unit_test(test_delete),
                cmocka_unit_test(test_directory_comes_and_goes),
                cmocka_unit_test(test_done_deleted),
                cmocka_unit_test(test_many),
                cmocka_unit_test(test_overflow),
                cmocka_unit_test(test_held),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_stop),
                cmocka_unit_test(test_stop_early),
                cmocka_unit_test(test_names),
        };

        return harness_exit(cmocka_run_group_tests(tests, NULL, NULL));
}
