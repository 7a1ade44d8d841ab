/*
 * What intake costs: durable stories a second through the directory watcher and through the socket watcher, beside a plain
 * SQLite loop with the same bytes and batches; then the longest turn of the loop while files come at 1,000 a second.
 * Rounds alternate, and the median of their ratios is taken, since disks have moods. The sender of the socket is a process
 * of its own; the files lie in the directory at the start.
 *
 *   bench-intake [DIRECTORY [STORIES]]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "store/db.h"
#include "watch/watcher.h"

enum {
        BYTES = 3000,           /* a story */
        ROUNDS = 5,
        RATE = 1000,            /* files a second */
        RATE_SECONDS = 5,
};

static void fail(const char *what)
{
        fprintf(stderr, "bench-intake: %s\n", what);
        exit(1);
}

static void clean(const char *folder)
{
        _cleanup_free_ char *command = NULL;

        if (asprintf(&command, "rm -rf '%s/bench-intake'; mkdir -p '%s/bench-intake/in' '%s/bench-intake/new'", folder,
                     folder, folder) < 0 || system(command) != 0)
                fail("cannot make the folder");
}

static char *path_of(const char *folder, const char *name)
{
        char *path = NULL;

        if (asprintf(&path, "%s/bench-intake/%s", folder, name) < 0)
                fail("no memory");
        return path;
}

static void put_file(const char *folder, int number)
{
        _cleanup_free_ char *from = path_of(folder, "new/file"), *in = path_of(folder, "in"), *to = NULL;
        char bytes[BYTES];
        int fd = open(from, O_WRONLY | O_CREAT | O_TRUNC, 0644);

        memset(bytes, 'a' + number % 26, sizeof(bytes));
        if (fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes) || close(fd) < 0 ||
            asprintf(&to, "%s/story-%07d.txt", in, number) < 0 || rename(from, to) < 0)
                fail("cannot write a file");
}

/* ---- SQLite alone ---- */

static double plain(const char *folder, int n)
{
        _cleanup_free_ char *path = path_of(folder, "plain.db");
        char bytes[BYTES];
        sqlite3_stmt *insert;
        sqlite3 *db;
        int64_t start;

        clean(folder);
        memset(bytes, 'x', sizeof(bytes));
        if (sqlite3_open(path, &db) != SQLITE_OK ||
            sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                         "CREATE TABLE deliveries (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)", NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_prepare_v2(db, "INSERT INTO deliveries (bytes) VALUES (?)", -1, &insert, NULL) != SQLITE_OK)
                fail(sqlite3_errmsg(db));
        start = clock_monotonic_us();
        for (int i = 0; i < n;) {
                sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
                for (int j = 0; j < STORE_BATCH_JOBS && i < n; j++, i++) {
                        sqlite3_bind_blob(insert, 1, bytes, BYTES, SQLITE_STATIC);
                        if (sqlite3_step(insert) != SQLITE_DONE)
                                fail(sqlite3_errmsg(db));
                        sqlite3_reset(insert);
                }
                if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
                        fail(sqlite3_errmsg(db));
        }
        start = clock_monotonic_us() - start;
        sqlite3_finalize(insert);
        sqlite3_close(db);
        return n * 1e6 / (double)start;
}

/* ---- a watcher ---- */

struct run {
        uv_loop_t loop;
        uv_prepare_t prepare;
        struct store *store;
        struct intake *intake;
        struct config *config;
        struct watcher_host host;
        struct watcher *watcher;
        int n, left;
        int64_t start, end;
        uint64_t turn_began, turn_idle, turn_cpu, longest, longest_cpu;
};

static void on_changed(void *user, bool open)
{
        struct run *run = user;

        watcher_set_held(run->watcher, !open);
}

static void on_store_gone(void *user)
{
        struct run *run = user;

        uv_close((uv_handle_t *)&run->prepare, NULL);
}

static void on_intake_gone(void *user)
{
        struct run *run = user;

        store_close(run->store, on_store_gone, run);
}

static void on_watcher_gone(struct watcher *watcher, void *user)
{
        struct run *run = user;

        watcher_free(watcher);
        intake_close(run->intake, on_intake_gone, run);
}

static void on_accepted(void *user, const struct delivery *delivery, int64_t id)
{
        struct run *run = user;

        (void)delivery;
        (void)id;
        if (--run->left > 0)
                return;
        run->end = clock_monotonic_us();
        watcher_stop(run->watcher, on_watcher_gone, run);
}

/* The time since the last wait began, but for the wait itself; and how much of it the loop's thread ran (the rest it stood
 * in line for a core). */
static void on_prepare(uv_prepare_t *prepare)
{
        struct run *run = prepare->data;
        uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(&run->loop), cpu;
        struct timespec t;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        cpu = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
        if (run->turn_began != 0) {
                run->longest = MAX_OF(run->longest, now - run->turn_began - (idle - run->turn_idle));
                run->longest_cpu = MAX_OF(run->longest_cpu, cpu - run->turn_cpu);
        }
        run->turn_began = now;
        run->turn_idle = idle;
        run->turn_cpu = cpu;
}

static void begin(struct run *run, const char *folder, const char *key, const char *value, const char *rest, int n)
{
        static const struct intake_limits limits = { .max_bytes = INTAKE_BYTES, .max_queue = INT32_MAX };
        const struct intake_callbacks callbacks = { .changed = on_changed, .accepted = on_accepted, .user = run };
        _cleanup_free_ char *db = path_of(folder, "store.db"), *yaml = NULL, *errors = NULL;

        memset(run, 0, sizeof(*run));
        run->n = run->left = n;
        uv_loop_init(&run->loop);
        uv_loop_configure(&run->loop, UV_METRICS_IDLE_TIME);
        uv_prepare_init(&run->loop, &run->prepare);
        run->prepare.data = run;
        uv_prepare_start(&run->prepare, on_prepare);
        if (asprintf(&yaml, "store: {sqlite: %s}\nwatch:\n  - {name: bench, %s: %s%s}\n", db, key, value, rest) < 0 ||
            config_parse("bench", yaml, strlen(yaml), &run->config, &errors) != 0)
                fail(errors);
        if (store_open(&run->store, &run->loop, NULL, db, &errors) != 0)
                fail(errors);
        if (intake_new(&run->intake, &run->loop, run->store, NULL, &limits, &callbacks) < 0)
                fail("intake");
        run->host = (struct watcher_host){ .loop = &run->loop, .intake = run->intake };
        if (watcher_new(&run->watcher, &run->host, run->config, &run->config->watch[0]) < 0)
                fail("watcher");
        run->start = clock_monotonic_us();
        if (watcher_start(run->watcher) < 0)
                fail("watcher");
}

static double finish(struct run *run)
{
        uv_run(&run->loop, UV_RUN_DEFAULT);
        if (uv_loop_close(&run->loop) != 0)
                fail("the loop does not close");
        config_unrefp(&run->config);
        return run->n * 1e6 / (double)(run->end - run->start);
}

static double directory(const char *folder, int n)
{
        _cleanup_free_ char *in = path_of(folder, "in");
        struct run run;

        clean(folder);
        for (int i = 0; i < n; i++)
                put_file(folder, i);
        begin(&run, folder, "directory", in, "", n);
        return finish(&run);
}

/* Sends all with lengths while a process of its own reads the answers, and ends when the last one is there. */
static void send_all(const char *path, int n)
{
        static char message[BYTES + 5], answers[65536];
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        memset(message, 'x', sizeof(message));
        memcpy(message, "3000\n", 5);
        while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                usleep(1000);
        if (fork() == 0) {
                for (int i = 0; i < n; i++)
                        if (send(fd, message, sizeof(message), 0) != sizeof(message))
                                _exit(1);
                _exit(0);
        }
        while (n > 0) {
                ssize_t k = recv(fd, answers, sizeof(answers), 0);

                if (k <= 0)
                        _exit(1);
                for (ssize_t i = 0; i < k; i++)
                        n -= answers[i] == '\n';
        }
        _exit(0);
}

static double wire(const char *folder, int n)
{
        _cleanup_free_ char *path = path_of(folder, "wire");
        struct run run;
        pid_t child;
        double rate;

        clean(folder);
        child = fork();
        if (child == 0)
                send_all(path, n);
        begin(&run, folder, "listen", path, ", framing: length", n);
        rate = finish(&run);
        waitpid(child, NULL, 0);
        return rate;
}

static void longest_turn(const char *folder)
{
        _cleanup_free_ char *in = path_of(folder, "in");
        struct run run;
        pid_t child;

        clean(folder);
        child = fork();
        if (child == 0) {
                for (int i = 0; i < RATE * RATE_SECONDS; i++) {
                        put_file(folder, i);
                        usleep(1000000 / RATE);
                }
                _exit(0);
        }
        begin(&run, folder, "directory", in, "", RATE * RATE_SECONDS);
        finish(&run);
        waitpid(child, NULL, 0);
        printf("longest turn of the loop, %d files/s for %d s: %.2f ms, of it %.2f ms running\n", RATE, RATE_SECONDS,
               (double)run.longest / 1e6, (double)run.longest_cpu / 1e6);
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
        qsort(values, ROUNDS, sizeof(values[0]), compare);
        return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
        const char *given = argc > 1 ? argv[1] : ".";
        _cleanup_free_ char *folder = realpath(given, NULL);
        int n = argc > 2 ? atoi(argv[2]) : 20000;
        double by_directory[ROUNDS], by_socket[ROUNDS];

        signal(SIGPIPE, SIG_IGN);
        if (folder == NULL || n <= 0)
                fail("usage: bench-intake [DIRECTORY [STORIES]]");
        printf("durable intake, %d stories of %d bytes, SQLite alone in batches of %d:\n", n, BYTES, STORE_BATCH_JOBS);
        for (int i = 0; i < ROUNDS; i++) {
                double alone = plain(folder, n), files = directory(folder, n), messages = wire(folder, n);

                printf("  SQLite alone %7.0f/s   directory %7.0f/s (%.2f)   socket %7.0f/s (%.2f)\n", alone, files,
                       files / alone, messages, messages / alone);
                fflush(stdout);
                by_directory[i] = files / alone;
                by_socket[i] = messages / alone;
        }
        printf("  median: directory %.2f, socket %.2f of SQLite alone\n", median(by_directory), median(by_socket));
        longest_turn(folder);
        clean(folder);
        return 0;
}
