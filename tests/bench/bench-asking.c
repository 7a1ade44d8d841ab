/*
 * What questions cost beside many stored events: the time of each on the read-only connection. Events are written as rows, not
 * through the desk: 300 actors of 150 countries with few of them frequent, over a year, records of some 700 bytes.
 *
 *   bench-asking [DIRECTORY [EVENTS]]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/changes.h"
#include "store/digest.h"
#include "store/kind.h"
#include "store/query.h"

#define DAY (86400 * CLOCK_SECOND)

enum { COUNTRIES = 150 };

static void need(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stderr, "bench-asking: %s\n", what);
        exit(1);
}

static uint64_t next(uint64_t *state)
{
        *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
        return *state >> 33;
}

/* Half of all are about an eighth of them. */
static int choose(uint64_t *state)
{
        int range = COUNTRIES;

        while (range > 8 && next(state) % 2 == 0)
                range /= 2;
        return (int)(next(state) % (unsigned)range);
}

static void code_of(int country, char code[static 7])
{
        snprintf(code, 7, "%c%c%cGOV", 'A' + country / 26 % 26, 'A' + country % 26, 'X');
}

static void put(struct db *db, uint64_t *state, int64_t i, int64_t at)
{
        int sides[2] = { choose(state), choose(state) };
        int64_t quad = 1 + (int64_t)(next(state) % 4), seq;
        char source[7], target[7], record[1024], place[4];

        code_of(sides[0], source);
        code_of(sides[1], target);
        memcpy(place, source, 3);
        place[3] = '\0';
        snprintf(record, sizeof(record),
                 "{\"id\":\"%" PRId64 ".1.1\",\"story\":\"%" PRId64 ".1\",\"event\":\"CONSULT\",\"cameo\":\"040\",\"quad\":%" PRId64
                 ",\"goldstein\":1.0,\"status\":\"happened\",\"source\":[{\"code\":\"%s\",\"name\":\"the minister of %s\",\"text\":\"the minister\","
                 "\"span\":[0,12]}],\"target\":[{\"code\":\"%s\",\"name\":\"the president of %s\",\"text\":\"the president\",\"span\":[20,33]}],"
                 "\"trigger\":{\"text\":\"met with\",\"span\":[13,19]},\"attribution\":[{\"name\":\"Agency %d\",\"cue\":\"said\",\"kind\":"
                 "\"indirect\"}],\"where\":{\"name\":\"Town %d\",\"country\":\"%s\"},\"reports\":1,\"origins\":[\"Agency %d\"],\"mentions\":[{\"report\":"
                 "\"%" PRId64 ".1.1\",\"publisher\":\"Paper %d\",\"status\":\"happened\"}],\"watch\":\"wire\"}",
                 i, i, quad, source, source, target, target, sides[0] % 20, sides[1], place, sides[0] % 20, i, sides[1] % 50);
        need(changes_add(db, KIND_NEW, i, 1, record, strlen(record), &seq) == 0, "change");
        need(db_run(db, "INSERT INTO events (seq, story, number, source, first_seen, last_seen, revision, changed, type, cameo, status, quad,"
                    " goldstein, place, country) VALUES (?1, ?1, 1, 1, ?2, ?2, 1, ?3, 'CONSULT', '040', 'happened', ?4, 1.0, 'Town', ?5)", "iiiit",
                    i, at, seq, quad, place) == 0, "event");
        for (int64_t side = 0; side < 2; side++)
                need(db_run(db, "INSERT INTO event_actors VALUES (?, ?, ?)", "iii", i, side, (int64_t)sides[side] + 1) == 0, "actor");
}

static void fill(const char *path, int64_t n, int64_t now)
{
        struct db *db;
        char *error, code[7];
        uint64_t state = 1;

        need(db_open(&db, path, false, &error) == 0, "database");
        need(db_begin(db, false) == 0, "begin");
        for (int i = 0; i < COUNTRIES; i++) {
                code_of(i, code);
                need(db_run(db, "INSERT INTO actors (code, name) VALUES (?1, 'the minister of ' || ?1)", "t", code) == 0, "actors");
        }
        for (int64_t i = 1; i <= n; i++) {
                put(db, &state, i, now - 365 * DAY + i * (365 * DAY / n));
                if (i % 10000 == 0)
                        need(db_commit(db) == 0 && db_begin(db, false) == 0, "commit");
        }
        need(db_commit(db) == 0 && db_exec(db, "ANALYZE") == 0, "commit");
        db_close(db);
}

struct times {
        int64_t wall, own;              /* us; own: of the processor, in which other programs do not count */
};

static struct times begin(void)
{
        struct timespec t;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return (struct times){ clock_monotonic_us(), t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000 };
}

static void tell(const char *question, struct times began, int r, json_t *answer)
{
        struct times ended = begin();

        printf("%-56s %9.1f %9.1f  %s%zu\n", question, (double)(ended.own - began.own) / 1000, (double)(ended.wall - began.wall) / 1000,
               r == QUERY_E_SLOW ? "given up, " : "", json_array_size(answer));
        need(r >= 0, question);
        json_decref(answer);
}

static void ask_events(struct db *db, const char *question, const struct query_filter *filter)
{
        struct times began = begin();
        json_t *answer = NULL;
        int r = query_events(db, filter, true, 25, &answer);

        tell(question, began, r, answer);
}

static void ask_digests(struct db *db, int64_t now)
{
        const struct digest_filter frequent = { .actor = "AAX", .other = "ABX", .since = now - 90 * DAY, .until = now };
        const struct digest_filter rare = { .actor = "FAX", .other = "FBX", .since = now - 90 * DAY, .until = now };
        const struct digest_filter month = { .since = now - 30 * DAY, .until = now };
        struct times began = begin();
        json_t *answer = NULL;
        int r = digest_timeline(db, &frequent, false, &answer);

        tell("timeline of the most frequent pair, 90 days: bins", began, r, answer);
        began = begin();
        answer = NULL;
        r = digest_timeline(db, &rare, false, &answer);
        tell("timeline of a rare pair, 90 days: bins", began, r, answer);
        began = begin();
        answer = NULL;
        r = digest_pairs(db, &month, 20, 30, &answer);
        tell("pairs, 30 days: pairs", began, r, answer);
}

int main(int argc, char **argv)
{
        int64_t n = argc > 2 ? atoll(argv[2]) : 1000000, now = clock_wall_us();
        char path[4096], *error;
        struct db *db;

        need(n > 0, "how many events?");
        snprintf(path, sizeof(path), "%s/bench-asking.db", argc > 1 ? argv[1] : ".");
        unlink(path);
        fill(path, n, now);
        need(db_open(&db, path, true, &error) == 0, "database");
        printf("%" PRId64 " events; milliseconds of the processor, and by the clock; how many were found\n", n);
        ask_events(db, "the last 25 events", &(struct query_filter){ .source = NULL });
        ask_events(db, "... of a frequent actor", &(struct query_filter){ .actor = "AAX" });
        ask_events(db, "... of a rare actor", &(struct query_filter){ .actor = "FTX" });
        ask_events(db, "... of a part of a name", &(struct query_filter){ .actor = "minister of FT" });
        ask_events(db, "... in a rare country", &(struct query_filter){ .country = "FTX" });
        ask_events(db, "... on the word of a frequent origin", &(struct query_filter){ .origin = "agency 1" });
        ask_events(db, "... on the word of nobody, within 7 days", &(struct query_filter){ .origin = "nobody", .since = now - 7 * DAY });
        ask_events(db, "... of two reports (there is none), within 30 days", &(struct query_filter){ .min_reports = 2, .since = now - 30 * DAY });
        ask_events(db, "... in a country that is not there, of all time", &(struct query_filter){ .country = "ZZZ" });
        ask_digests(db, now);
        db_close(db);
        unlink(path);
        return 0;
}
