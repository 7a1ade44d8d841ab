/* The store's threads with a real loop: order, batches, failures of the disk, closing. */
#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

struct run {
        uv_loop_t loop;
        struct store *store;
        char directory[64], path[96];
        int order;              /* jobs that came back */
        bool closed;
};

static void begin_with(struct run *run, struct log *log)
{
        char *error;

        memset(run, 0, sizeof(*run));
        snprintf(run->directory, sizeof(run->directory), "%s/dateline-store-XXXXXX",
                 getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
        assert_non_null(mkdtemp(run->directory));
        snprintf(run->path, sizeof(run->path), "%s/dateline.db", run->directory);
        assert_int_equal(uv_loop_init(&run->loop), 0);
        assert_int_equal(store_open(&run->store, &run->loop, log, run->path, &error), 0);
}

static void begin(struct run *run)
{
        begin_with(run, NULL);
}

static void on_closed(void *user)
{
        ((struct run *)user)->closed = true;
}

static void end(struct run *run)
{
        char path[128];

        if (!run->closed) {
                store_close(run->store, on_closed, run);
                uv_run(&run->loop, UV_RUN_DEFAULT);
        }
        assert_true(run->closed);
        assert_int_equal(uv_loop_close(&run->loop), 0);
        /* The last connection took the log into the file. */
        snprintf(path, sizeof(path), "%s-wal", run->path);
        assert_int_not_equal(access(path, F_OK), 0);
        unlink(run->path);
        rmdir(run->directory);
}

struct deliver {
        struct store_job job;
        struct run *run;
        struct delivery delivery;
        int64_t id;
        int number;             /* of submission */
        int place;              /* of return, from 1 */
        int runs;
        int fail;               /* what run returns, after it has written */
        bool kept;              /* what the last run wrote was not rolled back */
        int r;
};

static int deliver_run(struct store_job *job, struct db *db)
{
        struct deliver *d = container_of(job, struct deliver, job);
        int r = deliveries_accept(db, &d->delivery, &d->id);

        d->runs++;
        d->kept = true;
        return d->fail != 0 ? d->fail : r;
}

static void deliver_lost(struct store_job *job)
{
        container_of(job, struct deliver, job)->kept = false;
}

static void deliver_done(struct store_job *job, int r)
{
        struct deliver *d = container_of(job, struct deliver, job);

        assert_int_equal(d->place, 0);
        d->place = ++d->run->order;
        d->r = r;
}

static void submit(struct run *run, struct deliver *d, const char *bytes, size_t n, bool durable)
{
        *d = (struct deliver){
                .job = { .run = deliver_run, .lost = deliver_lost, .done = deliver_done, .durable = durable },
                .run = run,
                .delivery = { .source = "inbox", .received = 1, .bytes = bytes, .n_bytes = n },
                .fail = d->fail,
        };
        store_write(run->store, &d->job);
}

static void test_order_and_batches(void **state _unused_)
{
        enum { N = 3000 };
        struct deliver *jobs = calloc(N, sizeof(*jobs));
        struct store_figures figures;
        struct run run;

        begin(&run);
        for (int i = 0; i < N; i++) {
                jobs[i].fail = i % 10 == 3 ? -EINVAL : i % 10 == 7 ? 5 : 0;
                submit(&run, &jobs[i], "bytes", 5, i % 3 == 0);
        }
        assert_int_equal(store_writes_waiting(run.store), N);
        while (run.order < N)
                uv_run(&run.loop, UV_RUN_ONCE);
        assert_int_equal(store_writes_waiting(run.store), 0);
        store_get_figures(run.store, &figures);
        assert_true(figures.commits >= N / STORE_BATCH_JOBS);
        assert_true(figures.commits < N);
        assert_int_equal(figures.jobs, N);
        for (int i = 0; i < N; i++) {
                assert_int_equal(jobs[i].place, i + 1);
                assert_true(jobs[i].runs >= 1);         /* again where another one of its batch failed */
                assert_int_equal(jobs[i].r, jobs[i].fail);
        }
        end(&run);
        free(jobs);
}

struct count {
        struct store_job job;
        const char *sql;
        int64_t n;
        int r;
        bool done;
};

static int count_run(struct store_job *job, struct db *db)
{
        struct count *c = container_of(job, struct count, job);

        return db_get_int(db, 0, &c->n, c->sql, "");
}

static void count_done(struct store_job *job, int r)
{
        struct count *c = container_of(job, struct count, job);

        c->r = r;
        c->done = true;
}

static int64_t count(struct run *run, const char *sql)
{
        struct count c = { .job = { .run = count_run, .done = count_done }, .sql = sql };

        store_read(run->store, &c.job);
        while (!c.done)
                uv_run(&run->loop, UV_RUN_ONCE);
        assert_int_equal(c.r, 0);
        return c.n;
}

/* One that fails leaves no trace, the others of its batch stand; a positive result stands. */
static void test_savepoints(void **state _unused_)
{
        struct deliver jobs[30] = { { .fail = 0 } };
        struct run run;

        begin(&run);
        for (int i = 0; i < 30; i++) {
                jobs[i].fail = i % 3 == 0 ? -EINVAL : i % 3 == 1 ? 2 : 0;
                submit(&run, &jobs[i], "bytes", 5, true);
        }
        while (run.order < 30)
                uv_run(&run.loop, UV_RUN_ONCE);
        assert_int_equal(count(&run, "SELECT count(*) FROM deliveries"), 20);
        assert_int_equal(count(&run, "SELECT count(*) FROM payloads"), 20);
        for (int i = 0; i < 30; i++)
                assert_int_equal(jobs[i].kept, jobs[i].fail >= 0);
        /* Ids have no gaps where nothing failed for good. */
        assert_int_equal(count(&run, "SELECT max(id) FROM deliveries"), 20);
        end(&run);
}

struct pragma {
        struct store_job job;
        const char *sql;
        bool done;
};

static int pragma_run(struct store_job *job, struct db *db)
{
        return db_exec(db, container_of(job, struct pragma, job)->sql);
}

static void pragma_done(struct store_job *job, int r)
{
        assert_int_equal(r, 0);
        container_of(job, struct pragma, job)->done = true;
}

static void execute(struct run *run, const char *sql)
{
        struct pragma p = { .job = { .run = pragma_run, .done = pragma_done }, .sql = sql };

        store_write(run->store, &p.job);
        while (!p.done)
                uv_run(&run->loop, UV_RUN_ONCE);
}

/* The file may not grow: whole batches fail with -ENOSPC, every job comes back once, and it goes on when there is room.
 */
static void test_full(void **state _unused_)
{
        static char bytes[20000];
        struct deliver jobs[200] = { { .fail = 0 } };
        int good = 0, full = 0, again = 0;
        struct run run;

        begin(&run);
        execute(&run, "PRAGMA max_page_count = 300");
        for (int i = 0; i < 200; i++) {
                submit(&run, &jobs[i], bytes, sizeof(bytes), true);
                if (i % 20 == 19)
                        while (run.order <= i)
                                uv_run(&run.loop, UV_RUN_ONCE);
        }
        for (int i = 0; i < 200; i++) {
                assert_int_equal(jobs[i].place, i + 1);
                assert_true(jobs[i].r == 0 || jobs[i].r == -ENOSPC);
                good += jobs[i].r == 0;
                full += jobs[i].r == -ENOSPC;
                assert_true(jobs[i].r == 0 ? jobs[i].kept : !jobs[i].kept);
        }
        assert_true(good > 0);
        assert_true(full > 0);
        assert_int_equal(count(&run, "SELECT count(*) FROM deliveries"), good);
        assert_int_equal(count(&run, "SELECT count(*) FROM payloads"), good);
        execute(&run, "PRAGMA max_page_count = 1000000");
        for (int i = 0; i < 200; i++)
                if (jobs[i].r != 0) {
                        submit(&run, &jobs[i], bytes, sizeof(bytes), true);
                        again++;
                }
        while (run.order < 200 + again)
                uv_run(&run.loop, UV_RUN_ONCE);
        assert_int_equal(count(&run, "SELECT count(DISTINCT id) FROM deliveries"), 200);
        end(&run);
}

static void deliver_one(struct run *run, const char *key, bool durable, int wanted)
{
        static char bytes[20000];
        struct deliver d = {
                .job = { .run = deliver_run, .done = deliver_done, .durable = durable },
                .run = run,
                .delivery = { .source = "inbox", .key = key, .received = 1, .bytes = bytes, .n_bytes = sizeof(bytes) },
        };
        int order = run->order;

        store_write(run->store, &d.job);
        while (run->order == order)
                uv_run(&run->loop, UV_RUN_ONCE);
        assert_int_equal(d.r, wanted);
}

/* How often a text stands in what was logged so far. */
static int told(FILE *file, const char *words)
{
        static char text[20000];
        size_t n = 0;
        int times = 0;

        rewind(file);
        n = fread(text, 1, sizeof(text) - 1, file);
        text[n] = '\0';
        for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
                times++;
        return times;
}

/* That writing fails is said once, and that it works again only when something has been written as durably as what failed. */
static void test_trouble_is_told(void **state _unused_)
{
        _cleanup_(log_freep) struct log *log = NULL;
        FILE *file = tmpfile();
        int saved = dup(STDERR_FILENO);
        struct run run;

        assert_non_null(file);
        dup2(fileno(file), STDERR_FILENO);
        assert_int_equal(log_new(&log, LOG_INFO, true), 0);
        begin_with(&run, log);
        deliver_one(&run, "known", true, 0);
        execute(&run, "PRAGMA max_page_count = 1");       /* as large as it is */
        deliver_one(&run, "a", true, -ENOSPC);
        deliver_one(&run, "b", false, -ENOSPC);
        assert_int_equal(told(file, "The store cannot write: the disk is full"), 1);
        execute(&run, "PRAGMA max_page_count = 1000000");
        deliver_one(&run, "known", true, DELIVERIES_E_KNOWN);
        assert_int_equal(told(file, "The store writes again"), 0);
        deliver_one(&run, "c", false, 0);
        assert_int_equal(told(file, "The store writes again"), 0);
        deliver_one(&run, "d", true, 0);
        assert_int_equal(told(file, "The store writes again"), 1);
        deliver_one(&run, "e", true, 0);
        assert_int_equal(told(file, "The store"), 2);
        dup2(saved, STDERR_FILENO);
        close(saved);
        fclose(file);
        end(&run);
}

/* Nothing can be written, yet all jobs come back, and reading works. */
static void test_read_only(void **state _unused_)
{
        struct deliver jobs[20] = { { .fail = 0 } };
        struct run run;

        begin(&run);
        execute(&run, "PRAGMA query_only = 1");
        for (int i = 0; i < 20; i++)
                submit(&run, &jobs[i], "bytes", 5, true);
        while (run.order < 20)
                uv_run(&run.loop, UV_RUN_ONCE);
        for (int i = 0; i < 20; i++)
                assert_int_equal(jobs[i].r, -EROFS);
        assert_int_equal(count(&run, "SELECT count(*) FROM deliveries"), 0);
        end(&run);
}

/* Closing finishes what waits; what comes later comes back with -ECANCELED, before `closed`. */
static void test_close(void **state _unused_)
{
        struct deliver jobs[40] = { { .fail = 0 } };
        struct count c = { .job = { .run = count_run, .done = count_done }, .sql = "SELECT 1" };
        char *error;
        struct run run;

        begin(&run);
        for (int i = 0; i < 20; i++)
                submit(&run, &jobs[i], "bytes", 5, true);
        store_close(run.store, on_closed, &run);
        for (int i = 20; i < 40; i++)
                submit(&run, &jobs[i], "bytes", 5, true);
        store_read(run.store, &c.job);
        assert_int_equal(run.order, 0);
        uv_run(&run.loop, UV_RUN_DEFAULT);
        assert_true(run.closed);
        assert_int_equal(run.order, 40);
        assert_true(c.done);
        assert_int_equal(c.r, -ECANCELED);
        for (int i = 0; i < 40; i++)
                assert_int_equal(jobs[i].r, i < 20 ? 0 : -ECANCELED);
        run.closed = false;
        assert_int_equal(store_open(&run.store, &run.loop, NULL, run.path, &error), 0);
        assert_int_equal(count(&run, "SELECT count(*) FROM deliveries"), 20);
        end(&run);
}

/* A query that would run for minutes is given up when the store closes. */
static void test_close_interrupts(void **state _unused_)
{
        struct count c = {
                .job = { .run = count_run, .done = count_done },
                .sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        };
        struct run run;

        begin(&run);
        store_read(run.store, &c.job);
        uv_sleep(20);
        end(&run);
        assert_int_equal(c.r, -ECANCELED);
}

/* Stories get into the full-text index when nothing else is to do. */
static int story_run(struct store_job *job _unused_, struct db *db)
{
        int64_t id = fixture_deliver(db, "inbox", "raw", 1);

        fixture_stories(db, id, "{'stories': [{'headline': 'Storm over Oslo', 'text': 'Wind.'}]}");
        return 0;
}

static void story_done(struct store_job *job _unused_, int r)
{
        assert_int_equal(r, 0);
}

static void test_search_follows(void **state _unused_)
{
        struct store_job job = { .run = story_run, .done = story_done };
        struct run run;

        begin(&run);
        store_write(run.store, &job);
        for (int i = 0; i < 1000 && count(&run, "SELECT count(*) FROM search WHERE search MATCH 'oslo'") == 0; i++)
                uv_sleep(5);
        assert_int_equal(count(&run, "SELECT count(*) FROM search WHERE search MATCH 'oslo'"), 1);
        end(&run);
}

static void test_refused(void **state _unused_)
{
        struct store *store;
        uv_loop_t loop;
        char *error;

        assert_int_equal(uv_loop_init(&loop), 0);
        assert_int_equal(store_open(&store, &loop, NULL, "/nowhere/at/all/dateline.db", &error), STORE_E_REFUSED);
        assert_non_null(strstr(error, "/nowhere/at/all/dateline.db cannot be opened"));
        free(error);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order_and_batches),
                cmocka_unit_test(test_savepoints),
                cmocka_unit_test(test_full),
                cmocka_unit_test(test_trouble_is_told),
                cmocka_unit_test(test_read_only),
                cmocka_unit_test(test_close),
                cmocka_unit_test(test_close_interrupts),
                cmocka_unit_test(test_search_follows),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
