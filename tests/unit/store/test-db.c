/* One connection: what it refuses and how it says so, migration, transactions, errors. */
#include "fixture.h"

#include "store/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/schema.h"

static char directory[64], path[96];

static int set_up(void **state _unused_)
{
        snprintf(directory, sizeof(directory), "%s/dateline-db-XXXXXX",
                 getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
        if (mkdtemp(directory) == NULL)
                return -1;
        snprintf(path, sizeof(path), "%s/dateline.db", directory);
        return 0;
}

static int tear_down(void **state _unused_)
{
        static const char *const suffixes[] = { "", "-wal", "-shm" };
        char name[128];

        for (size_t i = 0; i < N_ELEMENTS(suffixes); i++) {
                snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
                unlink(name);
        }
        return rmdir(directory);
}

static struct db *open_good(bool read_only)
{
        struct db *db;
        char *error;

        assert_int_equal(db_open(&db, path, read_only, &error), 0);
        return db;
}

/* Refused, with `words` in the text and the file as it was. */
static void assert_refused(const char *name, bool read_only, const char *words)
{
        struct db *db = NULL;
        char *error = NULL;

        assert_int_equal(db_open(&db, name, read_only, &error), DB_E_REFUSED);
        assert_null(db);
        assert_non_null(error);
        if (strstr(error, words) == NULL)
                print_message("%s\n", error);
        assert_non_null(strstr(error, words));
        assert_non_null(strstr(error, name));
        free(error);
}

static void write_file(const void *bytes, size_t n)
{
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        fclose(f);
}

static void execute(const char *sql)
{
        sqlite3 *db;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
}

static void test_new_and_again(void **state _unused_)
{
        struct db *db = open_good(false);

        assert_int_equal(fixture_int(db, "PRAGMA user_version"), DB_SCHEMA);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM stories"), 0);
        fixture_deliver(db, "inbox", "bytes", 1);
        db_close(db);
        db = open_good(true);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries"), 1);
        assert_int_equal(db_run(db, "DELETE FROM deliveries", ""), -EROFS);
        db_close(db);
        db = open_good(false);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries"), 1);
        db_close(db);
}

static void test_newer(void **state _unused_)
{
        db_close(open_good(false));
        execute("PRAGMA user_version = 99");
        assert_refused(path, false,
                       "was written by a newer dateline (schema 99, this one knows 8): install that version, or "
                       "name another file in store.sqlite");
        assert_refused(path, true, "newer dateline");
        execute("PRAGMA user_version = 8");
        db_close(open_good(false));
}

static void test_older(void **state _unused_)
{
        /* An empty file is version 0: the reader cannot make the tables, the writer does. */
        write_file("", 0);
        assert_refused(path, true, "older dateline (schema 0, this one knows 8): start datelined once");
        db_close(open_good(false));
        db_close(open_good(true));
}

/* A file of version 1, as that dateline wrote it: its rows stay, the tables of feeds come. systemd, which ends a start that
 * takes long, is told that it may. */
static void test_version_1(void **state _unused_)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "\0dateline-test-db-" };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        char heard[64] = "", name[64];
        struct db *db;

        execute(schema_migrations[0]);
        execute("INSERT INTO sources (name) VALUES ('inbox');"
                "INSERT INTO deliveries (source, received, size, name) VALUES (1, 7, 3, 'a.txt');"
                "PRAGMA application_id = 0x64746c6e; PRAGMA user_version = 1");
        assert_refused(path, true, "older dateline (schema 1, this one knows 8): start datelined once");
        snprintf(name, sizeof(name), "@dateline-test-db-%d", getpid());
        strcpy(address.sun_path + 1, name + 1);
        assert_int_equal(bind(fd, (struct sockaddr *)&address,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))), 0);
        setenv("NOTIFY_SOCKET", name, 1);
        db = open_good(false);
        unsetenv("NOTIFY_SOCKET");
        assert_true(recv(fd, heard, sizeof(heard) - 1, 0) > 0);
        assert_string_equal(heard, "STATUS=bringing the store from schema 1 to 8");
        memset(heard, 0, sizeof(heard));
        assert_true(recv(fd, heard, sizeof(heard) - 1, 0) > 0);
        assert_string_equal(heard, "EXTEND_TIMEOUT_USEC=3600000000");
        close(fd);
        assert_int_equal(fixture_int(db, "PRAGMA user_version"), DB_SCHEMA);
        assert_int_equal(fixture_int(db, "SELECT received FROM deliveries WHERE name = 'a.txt'"), 7);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM feeds"), 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM fetches"), 0);
        db_close(db);
        db_close(open_good(true));
}

/* ---- a large file of an older version ---- */

enum { EVENTS = 40000, EVENTS_FEW = 2000, WAL_STEP = 6 << 20, KILLS = 4 };

/* valgrind and sanitizers look at fewer. */
static int count_events(void)
{
        const char *preloaded = getenv("LD_PRELOAD");

#ifdef WITH_SANITIZERS
        preloaded = "vgpreload";
#endif
        return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL ? EVENTS_FEW : EVENTS;
}

static void make_version_2(int events)
{
        char sql[2048];

        execute("PRAGMA journal_mode = WAL");
        execute(schema_migrations[0]);
        execute(schema_migrations[1]);
        snprintf(sql, sizeof(sql),
                 "BEGIN; CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                 " SELECT i FROM n; INSERT INTO sources (name) VALUES ('inbox');"
                 "INSERT INTO deliveries (source, received, size, state) SELECT 1, i, 3, 1 FROM n;"
                 "INSERT INTO stories (id, delivery, number, source, received, state, hash, identity)"
                 " SELECT i, i, 1, 1, i, 1, x'00', i FROM n;"
                 "INSERT INTO events (seq, story, number, source, first_seen, type, cameo, status, quad, day, record)"
                 " SELECT i, i, 1, 1, i, 'AID', '070', 'happened', 2, 19000, '{\"id\":\"' || i || '.1.1\",\"seq\":' || i ||"
                 " ',\"words\":\"' || hex(randomblob(400)) || '\"}' FROM n;", events);
        strcat(sql, "INSERT INTO reports (story, number, event) SELECT i, 1, i FROM n;"
               "UPDATE totals SET value = (SELECT count(*) FROM n) WHERE name IN ('stories', 'events');"
               "PRAGMA application_id = 0x64746c6e; PRAGMA user_version = 2; COMMIT");
        execute(sql);
}

static int64_t size_of(const char *suffix)
{
        struct stat st;
        char name[128];

        snprintf(name, sizeof(name), "%s%s", path, suffix);
        return stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* What the file has of version 2: all of it, or it is not version 2 any more. */
static void assert_whole(int events)
{
        sqlite3_stmt *s;
        sqlite3 *db;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, "SELECT (SELECT user_version FROM pragma_user_version) * 1000000 + count(*) FROM events", -1, &s, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int64(s, 0), 2000000 + events);
        sqlite3_finalize(s);
        sqlite3_close(db);
}

struct told {
        char text[1024];
        int n;
};

static void on_told(void *user, const char *text)
{
        struct told *told = user;

        told->n++;
        snprintf(told->text + strlen(told->text), sizeof(told->text) - strlen(told->text), "%s\n", text);
}

/* Killed when so much of it is written, again and again: the file is what it was. In the end it gets done, and says so. */
static void test_migration_killed(void **state _unused_)
{
        int events = count_events(), status;
        struct told told = { .n = 0 };
        const struct db_listener listener = { on_told, &told };
        struct db *db;
        char *error;

        make_version_2(events);
        for (int i = 1; i <= KILLS && events == EVENTS; i++) {
                int64_t written = 0;
                pid_t pid = fork();

                assert_true(pid >= 0);
                if (pid == 0)
                        _exit(db_open(&db, path, false, &error) == 0 ? 0 : 1);
                while (waitpid(pid, &status, WNOHANG) == 0 && (written = size_of("-wal")) < (int64_t)i * WAL_STEP)
                        usleep(500);
                assert_true(written >= (int64_t)i * WAL_STEP);  /* it has not ended by itself */
                kill(pid, SIGKILL);
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFSIGNALED(status));
                assert_whole(events);
        }
        assert_int_equal(db_open_telling(&db, path, &listener, &error), 0);
        assert_int_equal(told.n, 2);
        assert_non_null(strstr(told.text, "is brought from schema 2 to 8"));
        assert_non_null(strstr(told.text, "has schema 8 now, after"));
        assert_int_equal(fixture_int(db, "PRAGMA user_version"), DB_SCHEMA);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM events e JOIN changes c ON c.seq = e.changed"), events);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
        db_close(db);
        assert_int_equal(db_open_telling(&db, path, &listener, &error), 0);
        assert_int_equal(told.n, 2);
        db_close(db);
}

/* A file of version 2 with events, one of them withdrawn and the last one deleted: the records move into the log at their
 * own places, so that an output's cursor means what it meant. */
static void test_version_2(void **state _unused_)
{
        char *lines[8];
        int64_t seqs[8], seq;
        struct db *db;
        size_t n;

        execute(schema_migrations[0]);
        execute(schema_migrations[1]);
        execute("INSERT INTO sources (name) VALUES ('inbox');"
                "INSERT INTO deliveries (source, received, size, state) VALUES (1, 7, 3, 1);"
                "INSERT INTO stories (delivery, number, source, received, state, hash, identity)"
                " VALUES (1, 1, 1, 7, 1, x'00', 5);"
                "INSERT INTO texts VALUES (1, 'H', 'text');"
                "INSERT INTO events (story, number, source, first_seen, withdrawn, type, cameo, status, quad, day, record) VALUES"
                " (1, 1, 1, 7, 0, 'ASSAULT', '190', 'happened', 4, 19000, '{\"id\":\"1.1.1\",\"seq\":1,\"goldstein\":-9.5,"
                "\"when\":{\"start\":\"2022-01-08\",\"end\":\"2022-01-09\"},\"where\":{\"name\":\"Kyiv\",\"country\":\"UKR\"}}'),"
                " (1, 2, 1, 7, 1, 'CONSULT', NULL, 'denied', NULL, NULL, '{\"id\":\"1.1.2\",\"seq\":2}'),"
                " (1, 3, 1, 7, 0, 'AID', '07', 'happened', 2, NULL, '{\"id\":\"1.1.3\",\"seq\":3}');"
                "INSERT INTO reports (story, number, event) VALUES (1, 1, 1), (1, 2, 2);"
                "DELETE FROM events WHERE seq = 3;"
                "UPDATE totals SET value = 1 WHERE name IN ('stories', 'events');"
                "INSERT INTO cursors VALUES ('files', 1);"
                "PRAGMA application_id = 0x64746c6e; PRAGMA user_version = 2");
        db = open_good(false);
        assert_null(invariants_broken(db));
        assert_int_equal(fixture_int(db, "SELECT seq FROM cursors"), 1);
        assert_int_equal(changes_after(db, 0, 8, lines, seqs, &n), 0);
        assert_int_equal(n, 2);
        assert_int_equal(seqs[1], 2);
        assert_string_equal(lines[0], "{\"seq\":1,\"change\":\"new\",\"revision\":1,\"id\":\"1.1.1\",\"goldstein\":-9.5,"
                            "\"when\":{\"start\":\"2022-01-08\",\"end\":\"2022-01-09\"},\"where\":{\"name\":\"Kyiv\","
                            "\"country\":\"UKR\"},\"number\":1}");
        assert_string_equal(lines[1], "{\"seq\":2,\"change\":\"withdrawn\",\"revision\":1,\"withdrawn\":true,\"id\":\"1.1.2\",\"number\":2}");
        free(lines[0]);
        free(lines[1]);
        assert_int_equal(changes_last(db, &seq), 0);
        assert_int_equal(seq, 3);
        assert_int_equal(fixture_int(db, "SELECT day_start * 100000 + day_end FROM events WHERE seq = 1"), 1900019001);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM events WHERE seq = 1 AND goldstein = -9.5 AND place = 'Kyiv' AND"
                                         " country = 'UKR' AND type = 'ASSAULT' AND revision = 1 AND reports = 1"), 1);
        assert_int_equal(fixture_int(db, "SELECT shown FROM reports WHERE number = 2"), 0);
        /* No place in the log is used again. */
        assert_int_equal(changes_add(db, KIND_NEW, 4, 1, "{}", 2, &seq), 0);
        assert_int_equal(seq, 4);
        db_close(db);
}

static void test_not_ours(void **state _unused_)
{
        char junk[5000];

        memset(junk, 'x', sizeof(junk));
        write_file(junk, sizeof(junk));
        assert_refused(path, false, "is not a database: name another file in store.sqlite");
        unlink(path);
        execute("CREATE TABLE theirs (x)");
        assert_refused(path, false, "is the database of another program");
        unlink(path);
        execute("PRAGMA user_version = 1");
        assert_refused(path, false, "is the database of another program");
        assert_refused(directory, false, "is not a file");
        assert_refused("/nowhere/at/all.db", false, "cannot be opened");
        assert_refused("/nowhere/at/all.db", true, "cannot be opened");
}

static void test_damaged(void **state _unused_)
{
        char junk[4096];
        int fd;

        db_close(open_good(false));
        memset(junk, 0x5a, sizeof(junk));
        fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, junk, sizeof(junk) - 100, 100), sizeof(junk) - 100);
        close(fd);
        assert_refused(path, false, "is damaged");
}

static void test_not_writable(void **state _unused_)
{
        db_close(open_good(false));
        if (geteuid() == 0) {
                print_message("root may write everything: as another user\n");
                assert_int_equal(chmod(directory, 0755), 0);
                assert_int_equal(seteuid(65534), 0);
        } else {
                assert_int_equal(chmod(path, 0444), 0);
        }
        assert_refused(path, false, "must be writable");
        if (getuid() == 0) {
                /* A copy that root has put back: it may be read, and files may be made beside it. */
                assert_int_equal(seteuid(0), 0);
                assert_int_equal(chmod(directory, 0777), 0);
                assert_int_equal(chmod(path, 0644), 0);
                assert_int_equal(seteuid(65534), 0);
                assert_refused(path, false, "must be writable");
                assert_int_equal(seteuid(0), 0);
                prctl(PR_SET_DUMPABLE, 1);      /* or the leak checker cannot look at us */
        }
}

static void test_locked(void **state _unused_)
{
        struct db *db;
        sqlite3 *other;
        char *error;

        execute("PRAGMA journal_mode = WAL");
        assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
        assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        /* This waits for its five seconds. */
        assert_int_equal(db_open(&db, path, false, &error), DB_E_REFUSED);
        assert_non_null(strstr(error, "does a datelined run already?"));
        free(error);
        sqlite3_close(other);
        db_close(open_good(false));
}

static void test_transactions(void **state _unused_)
{
        struct db *db = open_good(false);

        assert_int_equal(db_begin(db, true), 0);
        assert_int_equal(fixture_int(db, "PRAGMA synchronous"), 2);
        fixture_deliver(db, "inbox", "one", 1);
        assert_int_equal(db_savepoint(db), 0);
        fixture_deliver(db, "inbox", "two", 1);
        db_rollback_savepoint(db);
        assert_int_equal(db_savepoint(db), 0);
        fixture_deliver(db, "inbox", "three", 1);
        assert_int_equal(db_release(db), 0);
        assert_false(db_is_broken(db));
        assert_int_equal(db_commit(db), 0);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries"), 2);
        assert_int_equal(db_begin(db, false), 0);
        assert_int_equal(fixture_int(db, "PRAGMA synchronous"), 1);
        fixture_deliver(db, "inbox", "four", 1);
        db_rollback(db);
        db_rollback(db);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries"), 2);
        db_close(db);
}

static void test_errors(void **state _unused_)
{
        static char bytes[40000];
        struct delivery d = { .source = "inbox", .received = 1, .bytes = bytes, .n_bytes = sizeof(bytes) };
        struct db *db = open_good(false);
        int64_t id;
        int r = 0;

        assert_int_equal(db_run(db, "SELECT missing FROM nowhere", ""), -EINVAL);
        assert_non_null(strstr(db_error_text(db), "nowhere"));
        assert_int_equal(db_exec(db, "PRAGMA max_page_count = 100"), 0);
        assert_int_equal(db_begin(db, false), 0);
        for (int i = 0; i < 20 && r == 0; i++)
                r = deliveries_accept(db, &d, &id);
        assert_int_equal(r, -ENOSPC);
        assert_int_equal(db_error(db), -ENOSPC);
        db_rollback(db);
        assert_int_equal(fixture_int(db, "SELECT count(*) FROM deliveries"), 0);
        assert_int_equal(db_begin(db, false), 0);
        assert_int_equal(deliveries_accept(db, &d, &id), 0);
        assert_int_equal(db_commit(db), 0);
        db_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_new_and_again, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_newer, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_older, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_version_1, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_version_2, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_migration_killed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_not_ours, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_not_writable, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_locked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_transactions, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
