/*
 * What bench.py loads datelined with, in C so that it costs little beside what is measured.
 *
 *   load directory FOLDER N RATE     N files renamed into FOLDER, RATE a second (0: at once)
 *   load socket PATH N RATE          N stories over one connection (framing: length); prints the seconds until the last was
 *                                    acknowledged
 *   load events PATH N RATE          the same with an event of module-test.c in each story: FRA CONSULT N<number, five digits>
 *   load follow SOCKET N FILTERED    N followers of the control socket, until standard input ends. The first takes all events, and
 *                                    when each came is printed at the end (sequence, wall clock us); the second takes all
 *                                    and never reads; the others take all, or where FILTERED is 1 those of a target each
 *   load sqlite FILE N BATCH         what SQLite alone does: N rows of the same bytes, BATCH a transaction, each
 *                                    fsynced; prints the seconds
 *   load fill FILE N                 a store of datelined's with N coded stories
 *
 * Each story has its number in it, so none is a duplicate, and is of STORY_BYTES.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/db.h"

enum {
        STORY_BYTES = 3000,
        UNANSWERED = 1000,
};

static _Noreturn void fail(const char *what)
{
        fprintf(stderr, "load: %s: %s\n", what, errno != 0 ? strerror(errno) : "failed");
        exit(1);
}

static double seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Wait until it is the turn of story i at this rate. */
static void pace(double began, long i, long rate)
{
        double wait = rate > 0 ? began + (double)i / (double)rate - seconds() : 0;
        struct timespec t = { .tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9) };

        if (wait > 0)
                nanosleep(&t, NULL);
}

static size_t make_story(char out[static STORY_BYTES + 1], long i)
{
        static const char sentence[] = "The two sides have met several times since the spring without a result. ";
        int n = snprintf(out, STORY_BYTES + 1, "Talks number %ld\n\nPARIS, Oct 20 (Agency) - France condemned Germany on "
                                               "Friday in letter %ld, a minister said.\n", i, i);

        while ((size_t)n + sizeof(sentence) < STORY_BYTES)
                n += snprintf(out + n, STORY_BYTES + 1 - (size_t)n, "%s", sentence);
        for (; n < STORY_BYTES; n++)
                out[n] = n % 7 == 0 ? ' ' : 'x';
        out[n] = '\0';
        return STORY_BYTES;
}

/* ... with a line for module-test.c in place of its last bytes. */
static size_t make_event(char out[static STORY_BYTES + 1], long i)
{
        char line[64];
        int n = snprintf(line, sizeof(line), "\nFRA CONSULT N%05ld\n", i);

        make_story(out, i);
        memcpy(out + STORY_BYTES - n, line, (size_t)n);
        return STORY_BYTES;
}

static void directory(const char *folder, long n, long rate)
{
        double began = seconds();
        char story[STORY_BYTES + 1];
        int in = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);

        if (in < 0)
                fail(folder);
        for (long i = 0; i < n; i++) {
                char hidden[64], name[64];
                int fd;

                snprintf(hidden, sizeof(hidden), ".%ld.tmp", i);
                snprintf(name, sizeof(name), "%ld.txt", i);
                fd = openat(in, hidden, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
                if (fd < 0 || write(fd, story, make_story(story, i)) != STORY_BYTES || close(fd) < 0)
                        fail(hidden);
                pace(began, i, rate);
                if (renameat(in, hidden, in, name) < 0)
                        fail(name);
        }
        close(in);
}

/* Read what is there; the number of lines that begin with '+'. */
static long take_answers(int fd, bool wait, bool *at_line)
{
        char answers[65536];
        ssize_t got = recv(fd, answers, sizeof(answers), wait ? 0 : MSG_DONTWAIT);
        long n = 0;

        if (got == 0 || (got < 0 && errno != EAGAIN))
                fail("the connection");
        for (ssize_t i = 0; i < got; i++) {
                if (*at_line && answers[i] != '+')
                        fail("a story was refused");
                *at_line = answers[i] == '\n';
                n += *at_line;
        }
        return n;
}

static void wire(const char *path, long n, long rate, size_t (*make)(char out[static STORY_BYTES + 1], long i))
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        double began = seconds();
        long answered = 0;
        bool at_line = true;

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                fail(path);
        for (long i = 0; i < n; i++) {
                char message[STORY_BYTES + 32];
                int head = snprintf(message, sizeof(message), "%d\n", STORY_BYTES);
                size_t size = (size_t)head + make(message + head, i);

                pace(began, i, rate);
                for (size_t done = 0; done < size;) {
                        ssize_t sent = write(fd, message + done, size - done);

                        if (sent < 0)
                                fail("write");
                        done += (size_t)sent;
                }
                while (i - answered >= UNANSWERED)
                        answered += take_answers(fd, true, &at_line);
                answered += take_answers(fd, false, &at_line);
        }
        while (answered < n)
                answered += take_answers(fd, true, &at_line);
        printf("%.6f\n", seconds() - began);
        close(fd);
}

/* ---- followers ---- */

enum {
        CAME_MAX = 1 << 20,
        REST_MAX = 64,                  /* of a number that a read cut */
};

struct came {
        long seq, us;
};

/* The sequences in what the first follower reads; `rest` holds what may be the beginning of one. */
static size_t note_lines(struct came *came, size_t n, char *bytes, size_t *size)
{
        static const char key[] = "\"seq\":";
        struct timespec now;
        char *at = bytes, *found;

        clock_gettime(CLOCK_REALTIME, &now);
        for (size_t i = 0; i < *size; i++)
                if (bytes[i] == '\0')
                        bytes[i] = '\n';
        bytes[*size] = '\0';
        while ((found = strstr(at, key)) != NULL && strchr(found, ',') != NULL) {
                at = found + strlen(key);
                if (n < CAME_MAX)
                        came[n++] = (struct came){ strtol(at, NULL, 10), now.tv_sec * 1000000 + now.tv_nsec / 1000 };
        }
        *size -= (size_t)(at - bytes);
        if (found == NULL && *size > REST_MAX) {
                at += *size - REST_MAX;
                *size = REST_MAX;
        }
        memmove(bytes, at, *size);
        return n;
}

static int subscribe(const char *path, long i, bool filtered)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char message[256], target[64] = "";
        int n;

        if (filtered && i > 1)
                snprintf(target, sizeof(target), ",\"target\":\"N%05ld\"", i);
        n = snprintf(message, sizeof(message),
                     "{\"method\":\"io.dateline.Control.Events\",\"more\":true,\"parameters\":{\"follow\":true,\"limit\":0%s}}",
                     target) + 1;
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        while (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno == EAGAIN)
                ;
        if (fd < 0 || write(fd, message, (size_t)n) != n)
                fail(path);
        return fd;
}

static void follow(const char *path, long n, bool filtered)
{
        static char bytes[1 << 18], first[(1 << 18) + REST_MAX + 1];
        struct came *came = calloc(CAME_MAX, sizeof(*came));
        struct epoll_event event = { .events = EPOLLIN, .data.fd = STDIN_FILENO }, ready[256];
        int fd, probe = -1, epoll = epoll_create1(EPOLL_CLOEXEC);
        size_t n_came = 0, rest = 0;
        bool ends = false;

        if (came == NULL || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0)
                fail("epoll");
        for (long i = 0; i < n; i++) {
                event.data.fd = fd = subscribe(path, i, filtered);
                if (i == 0)
                        probe = fd;
                if (recv(fd, bytes, sizeof(bytes), 0) <= 0)     /* the empty first answer: it follows now */
                        fail("a follower was refused");
                if (i != 1 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
                        fail("epoll");
        }
        puts("ready");
        fflush(stdout);
        while (!ends) {
                int k = epoll_wait(epoll, ready, N_ELEMENTS(ready), -1);

                for (int i = 0; i < k; i++) {
                        bool is_probe = ready[i].data.fd == probe;
                        ssize_t got = read(ready[i].data.fd, is_probe ? first + rest : bytes, sizeof(bytes));

                        ends = ends || (ready[i].data.fd == STDIN_FILENO && got == 0);
                        if (got <= 0 && ready[i].data.fd != STDIN_FILENO)
                                fail("a follower was disconnected");
                        rest += is_probe ? (size_t)got : 0;
                        if (is_probe)
                                n_came = note_lines(came, n_came, first, &rest);
                }
        }
        for (size_t i = 0; i < n_came; i++)
                printf("%ld %ld\n", came[i].seq, came[i].us);
        free(came);
}

static void plain(const char *path, long n, long batch)
{
        char story[STORY_BYTES + 1];
        sqlite3_stmt *insert;
        sqlite3 *db;
        double began;

        if (sqlite3_open(path, &db) != SQLITE_OK ||
            sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, "
                             "bytes BLOB)", NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_prepare_v2(db, "INSERT INTO t (bytes) VALUES (?)", -1, &insert, NULL) != SQLITE_OK)
                fail(path);
        began = seconds();
        for (long i = 0; i < n; i++) {
                if (i % batch == 0)
                        sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
                sqlite3_bind_blob(insert, 1, story, (int)make_story(story, i), SQLITE_STATIC);
                if (sqlite3_step(insert) != SQLITE_DONE)
                        fail("insert");
                sqlite3_reset(insert);
                if ((i + 1) % batch == 0 || i + 1 == n)
                        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        }
        printf("%.6f\n", seconds() - began);
        sqlite3_finalize(insert);
        sqlite3_close(db);
}

/* Rows as the desk leaves them. */
static void fill(const char *path, int64_t n)
{
        static const char *const steps[] = {
                "INSERT INTO sources (name) VALUES ('bench')",
                "INSERT INTO deliveries (source, received, state, size, name) SELECT 1, ?2 + i * 1000, 1, 3000, 'file.txt'"
                " FROM n",
                "INSERT INTO stories (delivery, number, source, received, state, identity, hash, top_delivery, top_number,"
                " guid, head) SELECT i, 1, 1, ?2 + i * 1000, 1, random() & 0xffffffffffff, randomblob(16), i, 1,"
                " 'urn:fill:' || i, '{\"guid\":\"urn:fill:' || i || '\",\"agency\":\"Agency\"}' FROM n",
                "INSERT INTO texts (id, headline, text) SELECT i, 'Talks ' || i, 'The minister of ' || i % 5000 || ' met the"
                " delegation number ' || i % 977 || ' at the port of ' || hex(randomblob(3)) || '. ' ||"
                " printf('%.300c', 'x') FROM n",
                "INSERT INTO actors (code, name) SELECT 'ACT' || i % 200, 'Actor ' || i FROM n WHERE i <= 20000",
                "INSERT INTO events (story, number, source, first_seen, last_seen, revision, changed, type, cameo, status, quad,"
                " day_start, day_end) SELECT i, 1, 1, ?2 + i * 1000, ?2 + i * 1000, 1, i, 'CONSULT', printf('%03d', i % 200),"
                " 'happened', 1, 19000 + i / 1000, 19000 + i / 1000 FROM n",
                "INSERT INTO changes (kind, ref, revision, at, record) SELECT 1, i, 1, ?2 + i * 1000,"
                " '{\"id\":\"' || i || '.1.1\",\"story\":\"' || i || '.1\",\"event\":\"CONSULT\"}' FROM n",
                "INSERT INTO reports (story, number, event) SELECT i, 1, i FROM n",
                "INSERT INTO event_actors (event, side, actor, changed) SELECT i, 0, 1 + i % 20000, i FROM n",
                "INSERT INTO event_actors (event, side, actor, changed) SELECT i, 1, 1 + i % 7919, i FROM n",
                "INSERT INTO search (search) VALUES ('rebuild')",
                "UPDATE totals SET value = ?1 WHERE name IN ('deliveries', 'stories', 'events', 'indexed')",
        };
        struct timespec now;
        struct db *db;
        char *error;

        clock_gettime(CLOCK_REALTIME, &now);
        if (db_open(&db, path, false, &error) != 0)
                fail(path);
        if (db_exec(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN") < 0)
                fail("begin");
        for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
                bool many = strstr(steps[i], "FROM n") != NULL;
                _cleanup_free_ char *sql = NULL;
                sqlite3_stmt *s;

                if (asprintf(&sql, "%s%s", many ? "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i"
                                                  " < ?1) " : "", steps[i]) < 0 ||
                    sqlite3_prepare_v2(db_handle(db), sql, -1, &s, NULL) != SQLITE_OK)
                        fail(db_error_text(db));
                sqlite3_bind_int64(s, 1, n);
                sqlite3_bind_int64(s, 2, now.tv_sec * INT64_C(1000000) - 1000 * n);
                if (sqlite3_step(s) != SQLITE_DONE)
                        fail(db_error_text(db));
                sqlite3_finalize(s);
        }
        if (db_exec(db, "COMMIT") < 0)
                fail("commit");
        db_close(db);
        sync();
}

int main(int argc, char *argv[])
{
        long n = argc > 3 ? atol(argv[3]) : 0, more = argc > 4 ? atol(argv[4]) : 0;

        if (argc > 4 && strcmp(argv[1], "directory") == 0)
                directory(argv[2], n, more);
        else if (argc > 4 && strcmp(argv[1], "socket") == 0)
                wire(argv[2], n, more, make_story);
        else if (argc > 4 && strcmp(argv[1], "events") == 0)
                wire(argv[2], n, more, make_event);
        else if (argc > 4 && strcmp(argv[1], "follow") == 0)
                follow(argv[2], n, more != 0);
        else if (argc > 4 && strcmp(argv[1], "sqlite") == 0)
                plain(argv[2], n, more);
        else if (argc > 3 && strcmp(argv[1], "fill") == 0)
                fill(argv[2], n);
        else
                return 64;
        return 0;
}
