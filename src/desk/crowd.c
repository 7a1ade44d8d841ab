/*
 * See crowd.h. `crowd` has a row a report in the order of facts_compare(), `tallies` how many reports have each value,
 * and under what 0 how many values there are, so that no count needs more than one row.
 */
#include "desk/crowd.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"

enum what {
        WHAT_TOTAL,
        WHAT_STORY,
        WHAT_PUBLISHER,
        WHAT_YES,
        WHAT_NO,
        WHAT_NAME,
        WHAT_STATUS,
        WHAT_REPORTS, /* a total only */
};

enum { TEXT_MAX = 1280 }; /* bytes of a name that count; RECORD_NAME_MAX is less */

static bool is_yes(enum facts_status status)
{
        return status == FACTS_HAPPENED || status == FACTS_ONGOING;
}

static bool is_no(enum facts_status status)
{
        return status == FACTS_DENIED;
}

/* ---- in memory ---- */

static struct crowd_said *find_said(struct crowd *crowd, const struct crowd_report *r)
{
        for (size_t k = 0; k < crowd->n_said; k++)
                if (crowd->said[k].status == r->status)
                        return &crowd->said[k];
        crowd->said[crowd->n_said] = (struct crowd_said){ .status = r->status, .first = r->time, .begin = *r };
        return &crowd->said[crowd->n_said++];
}

static void count_one(struct crowd *crowd, const struct crowd_report *reports, size_t i)
{
        const struct crowd_report *r = &reports[i];
        bool story = true, publisher = true, vouches = true;
        struct crowd_said *said = find_said(crowd, r);

        for (size_t j = 0; j < i; j++) {
                const struct crowd_report *other = &reports[j];

                story &= other->origin != r->origin;
                publisher &= strcasecmp(other->publisher, r->publisher) != 0;
                vouches &= is_yes(other->status) != is_yes(r->status) || is_no(other->status) != is_no(r->status) ||
                           strcasecmp(other->who, r->who) != 0;
        }
        crowd->stories += story;
        crowd->publishers += publisher;
        crowd->yes += vouches && is_yes(r->status);
        crowd->no += vouches && is_no(r->status);
        crowd->first_seen = i == 0 ? r->seen : MIN_OF(crowd->first_seen, r->seen);
        crowd->last_seen = MAX_OF(crowd->last_seen, r->seen);
        said->n++;
        said->last = r->time;
        said->end = *r;
        if (said->n_ids < CROWD_IDS)
                said->ids[said->n_ids++] = r->id;
}

void crowd_count(struct crowd *crowd, const struct crowd_report *reports, size_t n)
{
        *crowd = (struct crowd){ .reports = (int64_t)n };
        for (size_t i = 0; i < n; i++)
                count_one(crowd, reports, i);
}

/* ---- in tables ---- */

/* Rises as the unsigned number does. */
static int64_t as_signed(uint64_t hash)
{
        return (int64_t)(hash ^ UINT64_C(1) << 63);
}

static int add_total(struct db *db, int64_t event, enum what what, int64_t by)
{
        return error_trace(db_run(db,
                                  "INSERT INTO tallies (event, what, value, n) VALUES (?, 0, ?, ?)"
                                  " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                                  "iii", event, (int64_t)what, by));
}

/* `text`: NULL where the value is the number. Case counts in names only, which are handed out. */
static int tally(struct db *db, int64_t event, enum what what, const char *text, int64_t number, int64_t by)
{
        char value[TEXT_MAX];
        int64_t n;
        int r;

        if (text != NULL) {
                size_t length = 0;

                for (; text[length] != '\0' && length < sizeof(value) - 1; length++) {
                        char c = text[length];

                        value[length] = (char)(what != WHAT_NAME && c >= 'A' && c <= 'Z' ? c + 32 : c);
                }
                value[length] = '\0';
        }
        r = text != NULL ? db_get_int(db, 0, &n,
                                      "INSERT INTO tallies (event, what, value, n) VALUES (?, ?, ?, ?)"
                                      " ON CONFLICT DO UPDATE SET n = n + excluded.n RETURNING n",
                                      "iiti", event, (int64_t)what, value, by)
                         : db_get_int(db, 0, &n,
                                      "INSERT INTO tallies (event, what, value, n) VALUES (?, ?, ?, ?)"
                                      " ON CONFLICT DO UPDATE SET n = n + excluded.n RETURNING n",
                                      "iiii", event, (int64_t)what, number, by);
        if (r == 0 && n == 0)
                r = text != NULL ? db_run(db, "DELETE FROM tallies WHERE event = ? AND what = ? AND value = ?", "iit",
                                          event, (int64_t)what, value)
                                 : db_run(db, "DELETE FROM tallies WHERE event = ? AND what = ? AND value = ?", "iii",
                                          event, (int64_t)what, number);
        if (r == 0 && n == MAX_OF(by, 0)) /* the first came, the last went */
                r = add_total(db, event, what, by);
        return error_trace(r);
}

static int tally_all(struct db *db, int64_t event, const struct crowd_report *report, int64_t by)
{
        int r = add_total(db, event, WHAT_REPORTS, by);

        if (r == 0)
                r = tally(db, event, WHAT_STORY, NULL, report->origin, by);
        if (r == 0)
                r = tally(db, event, WHAT_PUBLISHER, report->publisher, 0, by);
        if (r == 0 && is_yes(report->status))
                r = tally(db, event, WHAT_YES, report->who, 0, by);
        if (r == 0 && is_no(report->status))
                r = tally(db, event, WHAT_NO, report->who, 0, by);
        if (r == 0)
                r = tally(db, event, WHAT_NAME, report->who, 0, by);
        if (r == 0)
                r = tally(db, event, WHAT_STATUS, NULL, (int64_t)report->status, by);
        return error_trace(r);
}

/* Whole characters. */
static void shorten(char out[static TEXT_MAX], const char *text)
{
        size_t n = strlen(text);

        if (n >= TEXT_MAX)
                for (n = TEXT_MAX - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
                        n--;
        memcpy(out, text, n);
        out[n] = '\0';
}

int crowd_add(struct db *db, int64_t event, const struct crowd_report *report)
{
        char who[TEXT_MAX], publisher[TEXT_MAX];
        struct crowd_report counted = *report;
        int r;

        shorten(who, report->who);
        shorten(publisher, report->publisher);
        counted.who = who;
        counted.publisher = publisher;
        r = db_run(db,
                   "INSERT INTO crowd (event, time, hash, number, story, origin, status, seen, who, publisher)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   "iiiiiiiitt", event, report->time, as_signed(report->hash), report->number, report->story,
                   report->origin, (int64_t)report->status, report->seen, who, publisher);
        return r == 0 ? error_trace(tally_all(db, event, &counted, 1)) : error_trace(r);
}

/* As it was counted. */
int crowd_remove(struct db *db, int64_t event, const struct crowd_report *report)
{
        char who[TEXT_MAX], publisher[TEXT_MAX];
        struct crowd_report counted = { .who = who, .publisher = publisher };
        sqlite3_stmt *s;
        int r;

        s = db_query(db,
                     "DELETE FROM crowd WHERE event = ? AND time = ? AND hash = ? AND number = ? AND story = ?"
                     " RETURNING origin, status, who, publisher",
                     "iiiii", event, report->time, as_signed(report->hash), report->number, report->story);
        r = db_step(db, s);
        if (r <= 0)
                return error_trace(r);
        counted.origin = sqlite3_column_int64(s, 0);
        counted.status = (enum facts_status)sqlite3_column_int64(s, 1);
        shorten(who, (const char *)sqlite3_column_text(s, 2));
        shorten(publisher, (const char *)sqlite3_column_text(s, 3));
        sqlite3_reset(s);
        return error_trace(tally_all(db, event, &counted, -1));
}

int crowd_forget(struct db *db, int64_t event)
{
        int r = db_run(db, "DELETE FROM crowd WHERE event = ?", "i", event);

        if (r == 0)
                r = db_run(db, "DELETE FROM tallies WHERE event = ?", "i", event);
        return error_trace(r);
}

int crowd_forget_story(struct db *db, int64_t story)
{
        struct facts facts;
        sqlite3_stmt *s;
        int r;

        for (int64_t number = 0;;) {
                struct crowd_report report = { .story = story };
                int64_t event;

                s = db_query(
                        db,
                        "SELECT r.number, r.event, r.facts FROM reports r WHERE r.story = ? AND r.number > ? AND r.part < 2"
                        " AND EXISTS (SELECT 1 FROM tallies WHERE event = r.event) ORDER BY r.number LIMIT 1",
                        "ii", story, number);
                r = db_step(db, s);
                if (r <= 0)
                        return error_trace(r);
                report.number = number = sqlite3_column_int64(s, 0);
                event = sqlite3_column_int64(s, 1);
                if (facts_decode(&facts, sqlite3_column_blob(s, 2), (size_t)sqlite3_column_bytes(s, 2))) {
                        report.time = facts.time;
                        report.hash = facts.hash;
                }
                sqlite3_reset(s);
                r = crowd_remove(db, event, &report);
                if (r < 0)
                        return error_trace(r);
        }
}

int crowd_size(struct db *db, int64_t event, int64_t *n)
{
        return error_trace(db_get_int(db, 0, n, "SELECT n FROM tallies WHERE event = ? AND what = 0 AND value = ?",
                                      "ii", event, (int64_t)WHAT_REPORTS));
}

static int load_totals(struct db *db, int64_t event, struct crowd *crowd)
{
        sqlite3_stmt *s = db_query(db, "SELECT value, n FROM tallies WHERE event = ? AND what = 0", "i", event);
        int r;

        while ((r = db_step(db, s)) > 0) {
                int64_t n = sqlite3_column_int64(s, 1);

                switch ((enum what)sqlite3_column_int64(s, 0)) {
                case WHAT_REPORTS:
                        crowd->reports = n;
                        break;
                case WHAT_STORY:
                        crowd->stories = n;
                        break;
                case WHAT_PUBLISHER:
                        crowd->publishers = n;
                        break;
                case WHAT_YES:
                        crowd->yes = n;
                        break;
                case WHAT_NO:
                        crowd->no = n;
                        break;
                default:
                        break;
                }
        }
        return error_trace(r);
}

static int load_names(struct db *db, struct arena *arena, int64_t event, struct crowd *crowd)
{
        sqlite3_stmt *s = db_query(db, "SELECT value FROM tallies WHERE event = ? AND what = ? ORDER BY value LIMIT ?",
                                   "iii", event, (int64_t)WHAT_NAME, (int64_t)CROWD_NAMES);
        int r;

        while ((r = db_step(db, s)) > 0)
                crowd->names[crowd->n_names++] = arena_strdup(arena, (const char *)sqlite3_column_text(s, 0));
        return error_trace(r);
}

static void take_row(struct crowd_report *report, sqlite3_stmt *s)
{
        report->time = sqlite3_column_int64(s, 0);
        report->hash = (uint64_t)sqlite3_column_int64(s, 1) ^ UINT64_C(1) << 63;
        report->number = sqlite3_column_int64(s, 2);
        report->story = sqlite3_column_int64(s, 3);
}

/* The first ones of a status, and the last. */
static int load_status(struct db *db, struct arena *arena, int64_t event, struct crowd_said *said)
{
        sqlite3_stmt *s;
        int r;

        s = db_query(
                db,
                "SELECT c.time, c.hash, c.number, c.story, t.delivery || '.' || t.number || '.' || c.number FROM crowd c"
                " JOIN stories t ON t.id = c.story WHERE c.event = ? AND c.status = ?"
                " ORDER BY c.time, c.hash, c.number, c.story LIMIT ?",
                "iii", event, (int64_t)said->status, (int64_t)CROWD_IDS);
        while ((r = db_step(db, s)) > 0) {
                if (said->n_ids == 0)
                        take_row(&said->begin, s);
                said->ids[said->n_ids++] = arena_strdup(arena, (const char *)sqlite3_column_text(s, 4));
        }
        if (r < 0)
                return error_trace(r);
        s = db_query(db,
                     "SELECT time, hash, number, story FROM crowd WHERE event = ? AND status = ?"
                     " ORDER BY time DESC, hash DESC, number DESC, story DESC LIMIT 1",
                     "ii", event, (int64_t)said->status);
        r = db_step(db, s);
        if (r <= 0)
                return error_trace(r);
        take_row(&said->end, s);
        sqlite3_reset(s);
        said->begin.status = said->end.status = said->status;
        said->first = said->begin.time;
        said->last = said->end.time;
        return 0;
}

static int compare_reports(const struct crowd_report *a, const struct crowd_report *b)
{
        if (a->time != b->time)
                return a->time < b->time ? -1 : 1;
        if (a->hash != b->hash)
                return a->hash < b->hash ? -1 : 1;
        if (a->number != b->number)
                return a->number < b->number ? -1 : 1;
        return (a->story > b->story) - (a->story < b->story);
}

static int load_statuses(struct db *db, struct arena *arena, int64_t event, struct crowd *crowd)
{
        sqlite3_stmt *s =
                db_query(db, "SELECT value, n FROM tallies WHERE event = ? AND what = ? ORDER BY value LIMIT ?", "iii",
                         event, (int64_t)WHAT_STATUS, (int64_t)CROWD_STATUSES);
        int r;

        while ((r = db_step(db, s)) > 0)
                crowd->said[crowd->n_said++] =
                        (struct crowd_said){ .status = (enum facts_status)sqlite3_column_int64(s, 0),
                                             .n = sqlite3_column_int64(s, 1) };
        for (size_t k = 0; k < crowd->n_said && r == 0; k++)
                r = load_status(db, arena, event, &crowd->said[k]);
        for (size_t k = 1; k < crowd->n_said; k++)
                for (size_t j = k; j > 0 && compare_reports(&crowd->said[j].begin, &crowd->said[j - 1].begin) < 0;
                     j--) {
                        struct crowd_said swap = crowd->said[j];

                        crowd->said[j] = crowd->said[j - 1];
                        crowd->said[j - 1] = swap;
                }
        return error_trace(r);
}

int crowd_load(struct db *db, struct arena *arena, int64_t event, struct crowd *crowd)
{
        int r;

        *crowd = (struct crowd){ .reports = 0 };
        r = load_totals(db, event, crowd);
        if (r < 0 || crowd->reports == 0)
                return error_trace(r);
        r = db_get_int(db, 0, &crowd->first_seen, "SELECT min(seen) FROM crowd WHERE event = ?", "i", event);
        if (r == 0)
                r = db_get_int(db, 0, &crowd->last_seen, "SELECT max(seen) FROM crowd WHERE event = ?", "i", event);
        if (r == 0)
                r = load_names(db, arena, event, crowd);
        if (r == 0)
                r = load_statuses(db, arena, event, crowd);
        return error_trace(r);
}
