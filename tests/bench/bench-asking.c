/*
 * What questions cost beside many stored events (big-store.h says which): each documented filter alone and in pairs,
 * for the last 50 and the last 1000, on the read-only connection, as the daemon asks. Each is asked several times,
 * warm; and once more cold, after the kernel was told to forget the file, with a connection of its own. Filters whose
 * values are frequent, middling, rare and absent are tried.
 *
 *   bench-asking [DIRECTORY [EVENTS [KEEP]]]
 *
 * With KEEP the store stays in DIRECTORY, and one that is there is asked as it is.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "big-store.h"
#include "store/db.h"
#include "store/digest.h"
#include "store/query.h"

#define DAY (86400 * CLOCK_SECOND)

enum { PATIENCE_US = 10000000, ROUNDS = 3, QUESTIONS_MAX = 400 };

struct question {
        char name[96];
        struct query_filter filter;
        bool index;                     /* an index can serve it */
};

struct bench {
        const char *path;
        struct question questions[QUESTIONS_MAX];
        size_t n;
        struct db *db;
};

/* Of a kind of question: all times, ms, by the clock and of the processor, in which others on the machine do not
 * count. */
struct times {
        double values[2 * QUESTIONS_MAX * ROUNDS], own[2 * QUESTIONS_MAX * ROUNDS];
        size_t n, cut;
        const char *slowest;
        double greatest;
};

static void need(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stderr, "bench-asking: %s\n", what);
        exit(1);
}

static void add(struct bench *b, const char *name, bool index, struct query_filter filter)
{
        struct question *q = &b->questions[b->n++];

        need(b->n < QUESTIONS_MAX, "too many questions");
        snprintf(q->name, sizeof(q->name), "%s", name);
        q->filter = filter;
        q->index = index;
}

static const char *keep(const char *text)
{
        char *copy = strdup(text);

        need(copy != NULL, "no memory");
        return copy;
}

static const char *code_of(int n, const char *role)
{
        char code[16];

        big_store_country(n, code);
        strcpy(code + 3, role);
        return keep(code);
}

/* The last of each row is the one that goes into pairs. */
static void make_singles(struct bench *b, int64_t now)
{
        int64_t day = now / DAY;

        add(b, "nothing", true, (struct query_filter){ 0 });
        add(b, "actor, country of an eighth", true, (struct query_filter){ .actor = code_of(0, "") });
        add(b, "actor, rare country", true, (struct query_filter){ .actor = code_of(199, "") });
        add(b, "actor, country's rare role", true, (struct query_filter){ .actor = code_of(150, "MED") });
        add(b, "actor, absent", true, (struct query_filter){ .actor = "ZZZ" });
        add(b, "actor, part of a name", true, (struct query_filter){ .actor = "person 11 med of 199" });
        add(b, "actor, letter", true, (struct query_filter){ .actor = "A" });
        add(b, "actor, middling country", true, (struct query_filter){ .actor = code_of(40, "") });
        add(b, "source, rare country", true, (struct query_filter){ .source = code_of(180, "") });
        add(b, "source, frequent country", true, (struct query_filter){ .source = code_of(1, "") });
        add(b, "target, rare role", true, (struct query_filter){ .target = code_of(120, "JUD") });
        add(b, "target, frequent country", true, (struct query_filter){ .target = code_of(2, "") });
        add(b, "type, frequent", true, (struct query_filter){ .type = "CONSULT" });
        add(b, "type, rare", true, (struct query_filter){ .type = "RETREAT" });
        add(b, "code, frequent", true, (struct query_filter){ .type = "19" });
        add(b, "code, rare", true, (struct query_filter){ .type = "155" });
        add(b, "code, absent", true, (struct query_filter){ .type = "20" });
        add(b, "country, rare", true, (struct query_filter){ .country = code_of(199, "") });
        add(b, "country, absent", true, (struct query_filter){ .country = "QQQ" });
        add(b, "country, middling", true, (struct query_filter){ .country = code_of(20, "") });
        add(b, "story", true, (struct query_filter){ .story = "77.1" });
        add(b, "rule, frequent", true, (struct query_filter){ .rule = "frequent" });
        add(b, "rule, rare", true, (struct query_filter){ .rule = "rare" });
        add(b, "since 1 hour", true, (struct query_filter){ .since = now - DAY / 24 });
        add(b, "an hour half a year ago", true, (struct query_filter){ .since = now - 180 * DAY,
                                                                       .until = now - 180 * DAY + DAY / 24 });
        add(b, "since 30 days", true, (struct query_filter){ .since = now - 30 * DAY });
        add(b, "quad", true, (struct query_filter){ .quad = 4 });
        add(b, "status", true, (struct query_filter){ .status = "denied" });
        add(b, "status, absent", false, (struct query_filter){ .status = "nonsense" });
        add(b, "watch", true, (struct query_filter){ .watch = "source 7" });
        add(b, "watch, absent", false, (struct query_filter){ .watch = "nowhere" });
        add(b, "2 origins", true, (struct query_filter){ .min_origins = 2 });
        add(b, "20 reports (rare)", false, (struct query_filter){ .min_reports = 20 });
        add(b, "place, rare", false, (struct query_filter){ .place = "town 19777" });
        add(b, "place, absent", false, (struct query_filter){ .place = "atlantis" });
        add(b, "place, middling", false, (struct query_filter){ .place = "town 50" });
        add(b, "origin, rare", false, (struct query_filter){ .origin = "origin 1997" });
        add(b, "origin, absent", false, (struct query_filter){ .origin = "nobody" });
        add(b, "origin, middling", false, (struct query_filter){ .origin = "origin 30" });
        add(b, "publisher, rare", false, (struct query_filter){ .publisher = "paper 4977" });
        add(b, "publisher, middling", false, (struct query_filter){ .publisher = "paper 40" });
        add(b, "days of the act, this week", true, (struct query_filter){ .day_from = day - 6, .day_to = day });
        add(b, "days of the act, a day half a year ago", false, (struct query_filter){ .day_from = day - 180,
                                                                                       .day_to = day - 180 });
}

#define TAKE(member) \
        if (b->filter.member != 0) \
                a.filter.member = b->filter.member

/* Both; an index serves them where it serves one of them that is not frequent. */
static struct question both(struct question a, const struct question *b)
{
        size_t n = strlen(a.name);

        TAKE(source); TAKE(target); TAKE(actor); TAKE(type); TAKE(status); TAKE(watch); TAKE(story); TAKE(country); TAKE(place);
        TAKE(origin); TAKE(publisher); TAKE(rule); TAKE(quad); TAKE(min_origins); TAKE(min_reports); TAKE(since); TAKE(until);
        TAKE(day_from); TAKE(day_to);
        snprintf(a.name + n, sizeof(a.name) - n, " + %.40s", b->name);
        a.index = a.index && b->index;
        return a;
}

/* Each filter with each other one, one value of each. */
static void make_pairs(struct bench *b)
{
        static const char *const of_pairs[] = {
                "actor, middling country", "source, frequent country", "target, frequent country", "type, frequent",
                        "code, rare",
                "country, middling", "quad", "status", "watch", "2 origins", "place, middling", "origin, middling",
                        "publisher, middling",
                "rule, frequent", "since 30 days", "days of the act, this week",
        };
        const struct question *picked[N_ELEMENTS(of_pairs)];

        for (size_t i = 0; i < N_ELEMENTS(of_pairs); i++) {
                picked[i] = NULL;
                for (size_t k = 0; k < b->n; k++)
                        if (strcmp(b->questions[k].name, of_pairs[i]) == 0)
                                picked[i] = &b->questions[k];
                need(picked[i] != NULL, of_pairs[i]);
        }
        for (size_t i = 0; i < N_ELEMENTS(of_pairs); i++)
                for (size_t k = i + 1; k < N_ELEMENTS(of_pairs); k++) {
                        need(b->n < QUESTIONS_MAX, "too many questions");
                        b->questions[b->n++] = both(*picked[i], picked[k]);
                }
}

/* ---- asking ---- */

static void open_db(struct bench *b)
{
        char *error;

        need(db_open(&b->db, b->path, true, &error) == 0, "database");
}

/* The kernel's pages of it, and the connection's own. */
static void make_cold(struct bench *b)
{
        int fd = open(b->path, O_RDONLY | O_CLOEXEC);

        db_close(b->db);
        need(fd >= 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0, "fadvise");
        close(fd);
        open_db(b);
}

static double worked(void)
{
        struct timespec t;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* `q` and `limit` as the daemon asks for them. Milliseconds; *own: of the processor. */
static double ask(struct bench *b, const struct question *q, int64_t limit, struct query_reach *reach, size_t *n,
                  double *own)
{
        int64_t began = clock_monotonic_us();
        double worked_before = worked();
        struct query_answer answer;
        struct buf text = BUF_NULL;

        need(query_events(b->db, &q->filter, true, limit, &text, &answer) == 0, q->name);
        *n = (size_t)answer.n;
        *reach = answer.reach;
        buf_deinit(&text);
        *own = worked() - worked_before;
        return (double)(clock_monotonic_us() - began) / 1000;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static void note(struct times *t, const struct question *q, double ms, double own, const struct query_reach *reach)
{
        t->own[t->n] = own;
        t->values[t->n++] = ms;
        t->cut += reach->cut;
        if (ms <= t->greatest)
                return;
        t->greatest = ms;
        t->slowest = q->name;
}

static void tell(const char *what, struct times *t)
{
        qsort(t->values, t->n, sizeof(*t->values), compare);
        qsort(t->own, t->n, sizeof(*t->own), compare);
        printf("%-46s %5zu asked, %4zu given up: p50 %6.1f  p99 %6.1f  greatest %6.1f ms (%s); of the processor p50 "
               "%6.1f  p99 %6.1f\n",
               what, t->n, t->cut, t->values[t->n / 2], t->values[t->n * 99 / 100], t->greatest, t->slowest,
                       t->own[t->n / 2],
               t->own[t->n * 99 / 100]);
}

static void ask_all(struct bench *b, size_t first, size_t end, const char *what, bool each)
{
        static struct times warm[2], cold[2];           /* by whether an index serves it */
        char title[128];

        memset(warm, 0, sizeof(warm));
        memset(cold, 0, sizeof(cold));
        for (size_t i = first; i < end; i++)
                for (int64_t limit = 50; limit <= 1000; limit += 950) {
                        const struct question *q = &b->questions[i];
                        double least = 1e9, came, own;
                        struct query_reach reach;
                        size_t n;

                        make_cold(b);
                        came = ask(b, q, limit, &reach, &n, &own);
                        note(&cold[q->index], q, came, own, &reach);
                        for (int k = 0; k < ROUNDS; k++) {
                                double ms = ask(b, q, limit, &reach, &n, &own);

                                note(&warm[q->index], q, ms, own, &reach);
                                least = ms < least ? ms : least;
                        }
                        if (each)
                                printf("%-44s last %4" PRId64 ": cold %7.1f  warm %7.1f ms, %4zu found%s\n", q->name,
                                       limit, came, least, n,
                                       reach.cut ? ", given up" : "");
                }
        for (int k = 1; k >= 0; k--) {
                snprintf(title, sizeof(title), "%s, %s, warm", what, k ? "frequent or indexed"
                         : "rare and without index");
                if (warm[k].n > 0)
                        tell(title, &warm[k]);
                snprintf(title, sizeof(title), "%s, %s, cold", what, k ? "frequent or indexed"
                         : "rare and without index");
                if (cold[k].n > 0)
                        tell(title, &cold[k]);
        }
}

static void tell_digest(const char *what, int64_t began, int64_t first, int r, json_t *answer,
                        const struct query_reach *reach, int64_t now)
{
        char how[64] = "";

        if (reach->cut)
                snprintf(how, sizeof(how), ", given up %.1f days back", (double)(now - reach->at) / (double)DAY);
        printf("%-60s first look %6.1f ms, all %7.1f ms, %zu%s\n", what, (double)first / 1000,
               (double)(clock_monotonic_us() - began) / 1000, json_array_size(answer), how);
        need(r == 0, what);
        json_decref(answer);
}

static void ask_digests(struct bench *b, int64_t now)
{
        const struct {
                const char *what;
                struct query_filter f;
                enum digest_kind kind;
        } rows[] = {
                { "timeline of the most frequent pair, 90 days: bins",
                  { .actor = code_of(0, ""), .other = code_of(1, ""), .since = now - 90 * DAY, .until = now },
                        DIGEST_DAYS },
                { "timeline of the most frequent country, 90 days: bins",
                  { .actor = code_of(0, ""), .since = now - 90 * DAY, .until = now }, DIGEST_DAYS },
                { "timeline of a middling pair, 90 days: bins", { .actor = code_of(20, ""), .other = code_of(30, ""),
                                                                  .since = now - 90 * DAY, .until = now },
                        DIGEST_DAYS },
                { "timeline of a rare pair, 365 days: bins", { .actor = code_of(190, ""), .other = code_of(180, ""),
                                                               .since = now - 365 * DAY, .until = now }, DIGEST_DAYS },
                { "timeline of all, 30 days: bins", { .since = now - 30 * DAY, .until = now }, DIGEST_DAYS },
                { "pairs, 7 days: pairs", { .since = now - 7 * DAY, .until = now }, DIGEST_PAIRS },
                { "pairs, 30 days: pairs", { .since = now - 30 * DAY, .until = now }, DIGEST_PAIRS },
                { "pairs of a middling country, 30 days: pairs", { .actor = code_of(40, ""), .since = now - 30 * DAY,
                                                                   .until = now }, DIGEST_PAIRS },
        };

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                struct query_reach reach;
                struct digest *digest;
                json_t *answer = NULL;
                int64_t began = clock_monotonic_us(), first = 0;
                int r = digest_new(&digest, rows[i].kind, &rows[i].f, 30);

                /* As long as datelinectl has patience. */
                do {
                        r = r == 0 ? digest_look(digest, b->db, &reach) : r;
                        first = first == 0 ? clock_monotonic_us() - began : first;
                } while (r == 0 && reach.cut && clock_monotonic_us() - began < PATIENCE_US);
                r = r == 0 ? digest_result(digest, 20, &answer) : r;
                tell_digest(rows[i].what, began, first, r, answer, &reach, now);
                digest_free(digest);
        }
}

int main(int argc, char **argv)
{
        int64_t n = argc > 2 ? atoll(argv[2]) : 1000000, now = clock_wall_us();
        struct bench *b = calloc(1, sizeof(*b));
        bool kept = argc > 3 && strcmp(argv[3], "KEEP") == 0;
        char path[4096];
        size_t singles;

        need(n > 0 && b != NULL, "how many events?");
        snprintf(path, sizeof(path), "%s/bench-asking-%" PRId64 ".db", argc > 1 ? argv[1] : ".", n);
        b->path = path;
        if (!kept || access(path, F_OK) < 0) {
                unlink(path);
                big_store_fill(path, n, now);
                printf("%" PRId64 " events made in %.0f s\n", n, (double)(clock_wall_us() - now) / 1e6);
        }
        open_db(b);
        need(db_get_int(b->db, 0, &now, "SELECT max(first_seen) FROM events", "") == 0, "the last event");
        make_singles(b, now);
        singles = b->n;
        make_pairs(b);
        ask_all(b, 0, singles, "one filter", true);
        ask_all(b, singles, b->n, "two filters", false);
        ask_digests(b, now);
        db_close(b->db);
        if (!kept)
                unlink(path);
        free(b);
        return 0;
}
