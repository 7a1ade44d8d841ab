/* See big-store.h. All of an event follows from its number, so that its second change is made again from that. */
#include "big-store.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/changes.h"
#include "store/db.h"
#include "store/kind.h"

#define DAY (86400 * CLOCK_SECOND)

enum {
        ROLES = 10, NAMES = 12, PLACES = 20000, ORIGINS = 2000, PUBLISHERS = 5000, SOURCES = 50,
        BACK = 20000,           /* events within which one changes again */
        RECORD_MAX = 4096,
};

static const char *const roles[ROLES] = { "GOV", "MIL", "", "OPP", "CVL", "REB", "COP", "JUD", "BUS", "MED" };

static const struct {
        const char *name;
        int root, quad, share;  /* share: of 1000 */
        double goldstein;
} types[] = {
        { "CONSULT", 4, 1, 260, 1 },     { "ACCUSE", 11, 3, 130, -2 },   { "SUPPORT", 5, 1, 120, 3.5 },
                { "ASSAULT", 19, 4, 110, -9 },
        { "COERCE", 17, 4, 80, -6 },     { "AGREE", 3, 1, 60, 4 },       { "REQUEST", 10, 3, 50, -1 },
                { "REJECT", 12, 3, 45, -4 },
        { "AID", 7, 2, 40, 7 },          { "COOPERATE", 6, 2, 30, 6 },   { "PROTEST", 14, 3, 25, -6.5 },
                { "THREATEN", 13, 3, 20, -4.4 },
        { "SANCTION", 16, 4, 12, -4 },   { "MOBILIZE", 15, 4, 8, -7.2 }, { "CONCEDE", 8, 2, 7, 5 },
                { "RETREAT", 8, 2, 3, 5 },
};

struct made {
        int country[2], role[2], name[2], type, detail, place, origin, publisher, source, reports, delay;
        const char *status;
        int64_t at;
};

static void need(bool ok, const char *what)
{
        if (ok)
                return;
        fprintf(stderr, "big-store: %s\n", what);
        exit(1);
}

static uint64_t next(uint64_t *state)
{
        uint64_t z = *state += 0x9e3779b97f4a7c15;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
}

/* Below n, by Zipf's law: its distribution is near to that of n^u of an even u. */
static int zipf(uint64_t *state, int n)
{
        double u = (double)(next(state) >> 11) / 9007199254740992.0;

        return (int)(pow(n + 1, u)) - 1;
}

void big_store_country(int n, char code[static 4])
{
        snprintf(code, 4, "%c%c%c", 'A' + n % 26, 'A' + n / 26, 'A' + n * 7 % 26);
}

static void make(struct made *m, int64_t i, int64_t at)
{
        static const char *const statuses[] = { "ongoing", "planned", "demanded", "hypothetical", "denied",
                                                "background" };
        uint64_t state = (uint64_t)i * 1000003;
        int share = (int)(next(&state) % 1000);

        for (int side = 0; side < 2; side++) {
                m->country[side] = zipf(&state, BIG_STORE_COUNTRIES);
                m->role[side] = zipf(&state, ROLES);
                m->name[side] = zipf(&state, NAMES);
        }
        for (m->type = 0; share >= types[m->type].share; m->type++)
                share -= types[m->type].share;
        m->detail = zipf(&state, 6);
        m->place = next(&state) % 10 < 7 ? zipf(&state, PLACES) : -1;
        m->origin = zipf(&state, ORIGINS);
        m->publisher = zipf(&state, PUBLISHERS);
        m->source = zipf(&state, SOURCES);
        m->status = next(&state) % 4 != 0 ? "happened" : statuses[zipf(&state, 6)];
        m->reports = next(&state) % 5 != 0 ? 1 : 1 + zipf(&state, 20);
        m->delay = next(&state) % 10 < 6 ? 0 : zipf(&state, 30) - 1;
        m->at = at;
}

static int append(char *out, int n, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int append(char *out, int n, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        n += vsnprintf(out + n, (size_t)(RECORD_MAX - n), format, args);
        va_end(args);
        need(n < RECORD_MAX, "a record is too long");
        return n;
}

static void actor_of(const struct made *m, int side, char code[static 8], char name[static 64])
{
        big_store_country(m->country[side], code);
        strcpy(code + 3, roles[m->role[side]]);
        snprintf(name, 64, "Person %d %.3s of %d", m->name[side], roles[m->role[side]], m->country[side]);
}

static void day_of(const struct made *m, char day[static CLOCK_TEXT_MAX])
{
        clock_format(m->at - m->delay * DAY, day);
        day[10] = '\0';
}

static int make_record(const struct made *m, int64_t i, int64_t revision, char out[static RECORD_MAX])
{
        char code[2][8], name[2][64], seen[CLOCK_TEXT_MAX], day[CLOCK_TEXT_MAX], country[4];
        int n = 0;

        for (int side = 0; side < 2; side++)
                actor_of(m, side, code[side], name[side]);
        clock_format(m->at, seen);
        day_of(m, day);
        n = append(out, n,
                   "{\"id\":\"%" PRId64 ".1.1\",\"story\":\"%" PRId64 ".1\",\"number\":%" PRId64 ",\"sentence\":0,\"event\":\"%s\","
                   "\"cameo\":\"%02d%d\",\"mode\":null,\"context\":[],\"quad\":%d,\"goldstein\":%.1f,\"status\":\"%s\"", i, i, i * 1024 + 1,
                   types[m->type].name, types[m->type].root, m->detail, types[m->type].quad, types[m->type].goldstein,
                           m->status);
        for (int side = 0; side < 2; side++)
                n = append(out, n,
                           ",\"%s\":[{\"code\":\"%s\",\"name\":\"%s\",\"text\":\"the minister\",\"span\":[%d,%d]}]",
                           side == 0 ? "source" : "target", code[side], name[side], side * 20, side * 20 + 12);
        n = append(out, n,
                   ",\"reciprocal\":false,\"trigger\":{\"text\":\"met "
                                                                 "with\",\"span\":[13,19]},\"attribution\":[{\"name\":\"Origin %d\","
                   "\"cue\":\"said\",\"kind\":\"indirect\"}],\"quote\":null,\"when\":{\"start\":\"%s\",\"end\":\"%s\",\"text\":\"on Friday\"}",
                   m->origin, day, day);
        if (m->place >= 0) {
                big_store_country(m->place % BIG_STORE_COUNTRIES, country);
                n = append(out, n, ",\"where\":{\"name\":\"Town %d\",\"country\":\"%s\",\"lat\":12.5,\"lon\":33.25}",
                           m->place, country);
        }
        n = append(out, n,
                   ",\"confidence\":0.84,\"reports\":%d,\"stories\":%d,\"publishers\":1,\"origins\":[\"Origin "
                                                                                                      "%d\"%s],\"first_seen\":\"%s\","
                   "\"last_seen\":\"%s\",\"watch\":\"source %d\",\"publisher\":\"paper %d\",\"mentions\":[",
                           m->reports, m->reports, m->origin,
                   m->reports > 2 ? ",\"Second origin\"" : "", seen, seen, m->source, m->publisher);
        for (int k = 0; k < m->reports && k < 6; k++)
                n = append(out, n,
                           "%s{\"report\":\"%" PRId64 ".%d.1\",\"seen\":\"%s\",\"sentence\":0,\"offsets\":[0,8,5],\"status\":\"%s\","
                           "\"publisher\":\"paper %d\",\"watch\":\"source %d\",\"origin\":\"Origin %d\"}", k > 0 ? ","
                                   : "", i, k + 1, seen,
                           m->status, (m->publisher + k) % PUBLISHERS, m->source, m->origin);
        return append(out, n, "],\"revised\":%" PRId64 "}", revision);
}

static void put(struct db *db, const struct made *m, int64_t i)
{
        char record[RECORD_MAX], country[4], cameo[4], place[32];
        int64_t event = i * 1024 + 1, seq, day = (m->at - m->delay * DAY) / DAY;
        int n = make_record(m, i, 1, record);

        snprintf(cameo, sizeof(cameo), "%02d%d", types[m->type].root, m->detail);
        snprintf(place, sizeof(place), "Town %d", m->place);
        big_store_country(m->place % BIG_STORE_COUNTRIES + (m->place < 0), country);
        need(changes_add(db, KIND_NEW, event, 1, record, (size_t)n, &seq) == 0, "change");
        need(db_run(db, "UPDATE changes SET at = ? WHERE seq = ?", "ii", m->at, seq) == 0, "time");
        need(db_run(db,
                    "INSERT INTO stories (id, delivery, number, source, received, state) VALUES (?1, ?1, 1, ?2, ?3, "
                    "1)", "iii", i,
                    (int64_t)m->source + 1, m->at) == 0, "story");
        need(db_run(db, "INSERT INTO reports (story, number, event) VALUES (?, 1, ?)", "ii", i, event) == 0, "report");
        need(db_run(db,
                    "INSERT INTO events (seq, story, number, source, first_seen, last_seen, revision, changed, type, "
                    "cameo, status, quad,"
                    " goldstein, day_start, day_end, place, country, reports, stories, origins) VALUES (?1, ?2, 1, ?3, "
                    "?4, ?4, 1, ?5, ?6, ?7,"
                    " ?8, ?9, ?10 / 10.0, ?11, ?11, ?12, ?13, ?14, ?14, ?15)", "iiiiitttiiittii", event, i,
                            (int64_t)m->source + 1, m->at, seq,
                    types[m->type].name, cameo, m->status, (int64_t)types[m->type].quad,
                            (int64_t)(types[m->type].goldstein * 10), day,
                    m->place >= 0 ? place : NULL, m->place >= 0 ? country : NULL, (int64_t)m->reports, m->reports > 2
                            ? INT64_C(2) : INT64_C(1)) == 0,
             "event");
        for (int side = 0; side < 2; side++)
                need(db_run(db, "INSERT INTO event_actors (event, side, actor, changed) VALUES (?, ?, ?, ?)", "iiii",
                            event, (int64_t)side,
                            (int64_t)((m->country[side] * ROLES + m->role[side]) * NAMES + m->name[side]) + 1,
                                    seq) == 0, "actor");
}

static void revise(struct db *db, int64_t of, int64_t at, int64_t now)
{
        char record[RECORD_MAX];
        struct made m;
        int64_t seq;
        int n;

        make(&m, of, at);
        n = make_record(&m, of, 2, record);
        need(changes_add(db, KIND_CHANGED, of * 1024 + 1, 2, record, (size_t)n, &seq) == 0, "change");
        need(db_run(db, "UPDATE changes SET at = ? WHERE seq = ?", "ii", now, seq) == 0, "time");
        need(db_run(db, "UPDATE events SET changed = ?, revision = 2 WHERE seq = ?", "ii", seq, of * 1024 + 1) == 0,
             "event");
        need(db_run(db, "UPDATE event_actors SET changed = ? WHERE event = ?", "ii", seq, of * 1024 + 1) == 0,
             "actors");
}

static void put_actors(struct db *db)
{
        char code[8], name[64];
        struct made m = { .at = 0 };

        for (m.country[0] = 0; m.country[0] < BIG_STORE_COUNTRIES; m.country[0]++)
                for (m.role[0] = 0; m.role[0] < ROLES; m.role[0]++)
                        for (m.name[0] = 0; m.name[0] < NAMES; m.name[0]++) {
                                actor_of(&m, 0, code, name);
                                need(db_run(db, "INSERT INTO actors (code, name) VALUES (?, ?)", "tt", code,
                                            name) == 0, "actors");
                        }
        for (int i = 0; i < SOURCES; i++) {
                snprintf(name, sizeof(name), "source %d", i);
                need(db_run(db, "INSERT INTO sources (name) VALUES (?)", "t", name) == 0, "sources");
        }
}

static void put_alert(struct db *db, int64_t i, int64_t at, const char *rule)
{
        need(db_run(db,
                    "INSERT INTO alerts (rule, key, severity, state, raised, last, count, least, standing, revision, "
                    "changed, text)"
                    " VALUES (?, '', 2, 0, ?2, ?2, 1, 1, 1, 1, 0, 'text')", "ti", rule, at) == 0, "alert");
        need(db_run(db, "INSERT INTO alert_events (event, alert, stands) VALUES (?, last_insert_rowid(), 1)", "i",
                    i * 1024 + 1) == 0, "alert");
}

void big_store_fill(const char *path, int64_t events, int64_t now)
{
        int64_t step = DAY / BIG_STORE_A_DAY;
        uint64_t state = 1;
        struct db *db;
        char *error;

        need(db_open(&db, path, false, &error) == 0, "database");
        need(db_exec(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN") == 0, "begin");
        put_actors(db);
        for (int64_t i = 1; i <= events; i++) {
                int64_t at = now - (events - i) * step, of = i - (int64_t)(next(&state) % BACK);
                struct made m;

                make(&m, i, at);
                put(db, &m, i);
                if (of > 0 && i % 5 == 0)
                        revise(db, of, now - (events - of) * step, at);
                if (i % 500 == 0)
                        put_alert(db, i, at, "frequent");
                if (i % (events / 10 + 1) == 0)
                        put_alert(db, i, at, "rare");
                if (i % 20000 == 0)
                        need(db_exec(db, "COMMIT; BEGIN") == 0, "commit");
        }
        need(db_run(db, "UPDATE totals SET value = ? WHERE name IN ('stories', 'events')", "i", events) == 0, "totals");
        need(db_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)") == 0, "commit");
        db_close(db);
}
