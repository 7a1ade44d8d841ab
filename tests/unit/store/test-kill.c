/*
 * kill -9 at random moments: a child accepts deliveries through the store, takes them through the desk, and writes each
 * acknowledged id into a pipe. Afterwards every acknowledged delivery is there exactly once, whole, and the file is
 * sound.
 */
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

enum { KILLS = 20, WINDOW = 64, BYTES = 700, ACKS = 100, REST_US = 20000 };

struct child;

struct flight {
        struct store_job job;
        struct child *child;
        int64_t id, number;
        bool desk;
        char key[32], bytes[BYTES];
};

struct child {
        uv_loop_t loop;
        struct store *store;
        struct flight flights[WINDOW];
        int64_t next;
        int out;
};

static void make_bytes(int64_t number, char bytes[static BYTES])
{
        for (int i = 0; i < BYTES; i++)
                bytes[i] = (char)('a' + (number * 7 + i) % 26);
}

static int run(struct store_job *job, struct db *db)
{
        struct flight *f = container_of(job, struct flight, job);
        struct delivery d = {
                .source = "inbox", .key = f->key, .received = f->number, .bytes = f->bytes, .n_bytes = BYTES
        };
        char json[200];

        if (!f->desk)
                return deliveries_accept(db, &d, &f->id);
        snprintf(json, sizeof(json), "{'stories': [{'headline': '%lld', 'text': 'story %lld'}]}",
                 (long long)f->number, (long long)f->number);
        fixture_stories(db, f->id, json);
        fixture_reports(db, fixture_row(db, f->id, 1), FIXTURE_REPORTS);
        return 0;
}

static void start(struct flight *f)
{
        f->number = f->child->next++;
        snprintf(f->key, sizeof(f->key), "%020lld", (long long)f->number);
        make_bytes(f->number, f->bytes);
        f->desk = false;
        f->job.durable = true;
        store_write(f->child->store, &f->job);
}

static void done(struct store_job *job, int r)
{
        struct flight *f = container_of(job, struct flight, job);
        int64_t ack[2] = { f->number, f->id };

        if (r != 0)
                _exit(2);
        if (f->desk) {
                start(f);
                return;
        }
        if (write(f->child->out, ack, sizeof(ack)) != sizeof(ack))
                _exit(3);
        if (f->number % 3 == 0) {
                start(f);               /* stays pending */
                return;
        }
        f->desk = true;
        f->job.durable = false;
        store_write(f->child->store, &f->job);
}

static void child_main(const char *path, int64_t first, int out)
{
        struct child *child = calloc(1, sizeof(*child));
        char *error;

        child->out = out;
        child->next = first;
        if (child == NULL || uv_loop_init(&child->loop) != 0 ||
            store_open(&child->store, &child->loop, NULL, path, &error) != 0)
                _exit(4);
        for (int i = 0; i < WINDOW; i++) {
                child->flights[i].child = child;
                child->flights[i].job.run = run;
                child->flights[i].job.done = done;
                start(&child->flights[i]);
        }
        uv_run(&child->loop, UV_RUN_DEFAULT);
        _exit(5);
}

/* One child, killed `us` after it has acknowledged `wanted`, so that it gets as far on a slow machine as on a quick one; what it
 * acknowledged goes behind acks[*n]. */
static void run_and_kill(const char *path, int64_t first, size_t wanted, unsigned us, int64_t (*acks)[2], size_t max, size_t *n)
{
        int pipes[2], status;
        ssize_t got;
        pid_t pid;

        assert_int_equal(pipe(pipes), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                close(pipes[0]);
                child_main(path, first, pipes[1]);
        }
        close(pipes[1]);
        for (; wanted > 0; wanted--, ++*n) {
                assert_true(*n < max);
                got = read(pipes[0], acks[*n], sizeof(acks[0]));
                assert_int_equal(got, sizeof(acks[0]));
        }
        usleep(us);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        while (*n < max && (got = read(pipes[0], acks[*n], sizeof(acks[0]))) == sizeof(acks[0]))
                ++*n;
        assert_true(*n < max);
        close(pipes[0]);
}

static void check_ack(struct db *db, const int64_t ack[2])
{
        char key[32], bytes[BYTES];
        sqlite3_stmt *s;

        snprintf(key, sizeof(key), "%020lld", (long long)ack[0]);
        s = db_query(db, "SELECT d.id, d.state, p.bytes, (SELECT count(*) FROM stories WHERE delivery = d.id)"
                     " FROM deliveries d LEFT JOIN payloads p ON p.delivery = d.id WHERE d.key = ?", "t", key);
        assert_int_equal(db_step(db, s), 1);
        assert_int_equal(sqlite3_column_int64(s, 0), ack[1]);
        if (sqlite3_column_int64(s, 1) == DELIVERY_PENDING) {
                make_bytes(ack[0], bytes);
                assert_int_equal(sqlite3_column_bytes(s, 2), BYTES);
                assert_memory_equal(sqlite3_column_blob(s, 2), bytes, BYTES);
                assert_int_equal(sqlite3_column_int64(s, 3), 0);
        } else {
                assert_int_equal(sqlite3_column_int64(s, 3), 1);
        }
        assert_int_equal(db_step(db, s), 0);
}

static void test_kill(void **state _unused_)
{
        enum { MAX = 2000000 };
        char directory[64], path[96], name[128];
        int64_t (*acks)[2] = calloc(MAX, sizeof(*acks));
        unsigned seed = (unsigned)getpid();
        int64_t first = 0;
        size_t n = 0;

        print_message("seed %u\n", seed);
        snprintf(directory, sizeof(directory), "%s/dateline-kill-XXXXXX",
                 getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
        assert_non_null(mkdtemp(directory));
        snprintf(path, sizeof(path), "%s/dateline.db", directory);
        for (int i = 0; i < KILLS; i++) {
                struct db *db;
                char *error;

                run_and_kill(path, first, 1 + (size_t)rand_r(&seed) % ACKS, (unsigned)rand_r(&seed) % REST_US, acks, MAX, &n);
                assert_int_equal(db_open(&db, path, false, &error), 0);
                assert_int_equal(fixture_int(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> "
                                                 "'ok'"),
                                 0);
                fixture_check(db);
                for (size_t j = 0; j < n; j++)
                        check_ack(db, acks[j]);
                /* Go on behind what was accepted, acknowledged or not. */
                first = fixture_int(db, "SELECT coalesce(max(CAST(key AS INTEGER)) + 1, 0) FROM deliveries");
                assert_int_equal(fixture_int(db, "SELECT count(*) - count(DISTINCT key) FROM deliveries"), 0);
                db_close(db);
        }
        print_message("%zu acknowledged\n", n);
        snprintf(name, sizeof(name), "%s-wal", path);
        unlink(name);
        snprintf(name, sizeof(name), "%s-shm", path);
        unlink(name);
        unlink(path);
        rmdir(directory);
        free(acks);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kill),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
