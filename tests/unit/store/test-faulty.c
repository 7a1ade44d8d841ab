/*
 * A disk that fails at every single write: the store takes deliveries and what workers made of them, while the Nth write, sync or
 * truncation fails, for every N until all goes through. Whoever is refused tries again, as a watcher does. Each time, what
 * was acknowledged is there once and whole, the file is sound, and the store went on by itself.
 */
#include "fixture.h"

#include <unistd.h>

#include "faulty.h"
#include "store/store.h"

enum { FLIGHTS = 3, BYTES = 6000, ATTEMPTS = 60, FAULTS_MAX = 3000 };

struct run;

struct flight {
        struct store_job job;
        struct run *run;
        struct arena arena;
        int number, attempts;
        int64_t id;
        bool desk;              /* its second half: what a worker made of it */
        int step;
        char key[16], bytes[BYTES];
};

struct run {
        uv_loop_t loop;
        struct store *store;
        struct flight flights[FLIGHTS];
        int left;
        unsigned refused;
        bool closed;
};

static int accept_run(struct store_job *job, struct db *db)
{
        struct flight *f = container_of(job, struct flight, job);
        struct delivery d = { .source = "inbox", .key = f->key, .received = f->number + 1, .bytes = f->bytes, .n_bytes = BYTES };

        return deliveries_accept(db, &d, &f->id);
}

static int desk_run(struct store_job *job, struct db *db)
{
        struct flight *f = container_of(job, struct flight, job);
        struct desk_result result = { 0 };
        const char *reason = NULL;
        char json[256], *text;
        int64_t row = 0;
        int r;

        arena_reset(&f->arena);
        if (f->step == 0) {
                snprintf(json, sizeof(json), "{'stories': [{'headline': '%d', 'text': 'story %d'}]}", f->number, f->number);
                text = fixture_quote(&f->arena, json);
                return desk_take_stories(db, &f->arena, f->id, text, strlen(text), &result, &reason);
        }
        r = db_get_int(db, 0, &row, "SELECT id FROM stories WHERE delivery = ?", "i", f->id);
        if (r < 0)
                return r;
        text = fixture_quote(&f->arena, FIXTURE_REPORTS);
        return desk_take_reports(db, &f->arena, row, text, strlen(text), &result, &reason);
}

static void done(struct store_job *job, int r);

static void submit(struct flight *f)
{
        f->job = (struct store_job){ .durable = !f->desk, .run = f->desk ? desk_run : accept_run, .done = done };
        list_init(&f->job.link);
        store_write(f->run->store, &f->job);
}

static void done(struct store_job *job, int r)
{
        struct flight *f = container_of(job, struct flight, job);

        if (r < 0) {
                f->run->refused++;
                assert_true(f->attempts++ < ATTEMPTS);
                submit(f);
                return;
        }
        assert_true(r == 0 || (!f->desk && r == DELIVERIES_E_KNOWN));
        if (!f->desk) {
                f->desk = true;
                submit(f);
        } else if (f->step++ == 0) {
                submit(f);
        } else {
                f->run->left--;
        }
}

static void on_closed(void *user)
{
        ((struct run *)user)->closed = true;
}

static void remove_all(const char *path)
{
        char name[128];

        unlink(path);
        snprintf(name, sizeof(name), "%s-wal", path);
        unlink(name);
        snprintf(name, sizeof(name), "%s-shm", path);
        unlink(name);
}

static void check_all(const char *path)
{
        struct db *db;
        char *error;

        if (db_open(&db, path, false, &error) != 0)
                fail_msg("%s", error);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
        fixture_check(db);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries"), FLIGHTS);
        assert_int_equal(fixture_int(db, "SELECT count(DISTINCT key) FROM deliveries"), FLIGHTS);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries WHERE state <> 1"), 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM stories WHERE state = 1"), FLIGHTS);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM reports"), FLIGHTS);
        db_close(db);
}

/* One life of a store on a disk that fails at operation `n`; whether it did. */
static bool live(const char *path, enum faulty_kind kind, long n, unsigned *refused)
{
        struct run *run = calloc(1, sizeof(*run));
        char *error;
        bool failed;

        assert_non_null(run);
        remove_all(path);
        assert_int_equal(uv_loop_init(&run->loop), 0);
        if (store_open(&run->store, &run->loop, NULL, path, &error) != 0)
                fail_msg("%s", error);
        faulty_arm(kind, n);
        run->left = FLIGHTS;
        for (int i = 0; i < FLIGHTS; i++) {
                struct flight *f = &run->flights[i];

                f->run = run;
                f->number = i;
                snprintf(f->key, sizeof(f->key), "%d", i);
                memset(f->bytes, 'a' + i, BYTES);
                submit(f);
        }
        while (run->left > 0)
                uv_run(&run->loop, UV_RUN_ONCE);
        store_close(run->store, on_closed, run);
        while (!run->closed)
                uv_run(&run->loop, UV_RUN_ONCE);
        uv_run(&run->loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&run->loop), 0);
        failed = faulty_disarm();
        check_all(path);
        *refused += run->refused;
        for (int i = 0; i < FLIGHTS; i++)
                arena_deinit(&run->flights[i].arena);
        free(run);
        return failed;
}

static void test_every_write(void **state _unused_)
{
        char directory[96], path[112];

        snprintf(directory, sizeof(directory), "%s/dateline-faulty-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
        assert_non_null(mkdtemp(directory));
        snprintf(path, sizeof(path), "%s/store.db", directory);
        faulty_install();
        for (enum faulty_kind kind = 0; kind < FAULTY_KINDS_; kind++) {
                unsigned refused = 0;
                long n = 1;

                while (live(path, kind, n, &refused))
                        assert_true(++n < FAULTS_MAX);
                assert_true(n > 1);
                print_message("%s: at each of %ld operations; %u jobs refused and tried again, none lost, none twice\n",
                              faulty_names[kind], n - 1, refused);
        }
        remove_all(path);
        rmdir(directory);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_write),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
