/* See digest.h. */
#include "store/digest.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/deadline.h"

#define DAY (86400 * CLOCK_SECOND)
#define QUADS "sum(quad = 1), sum(quad = 2), sum(quad = 3), sum(quad = 4)"

static void decrefp(json_t **json)
{
        json_decref(*json);
}

static void finalizep(sqlite3_stmt **s)
{
        sqlite3_finalize(*s);
}

static bool is_code(const char *text)
{
        return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

static const char *actors_of(const char *text, int parameter)
{
        static const char *const by_code[] = { "code >= ?1 AND code < ?1 || '~'", "code >= ?2 AND code < ?2 || '~'" };
        static const char *const by_name[] = { "instr(lower(name), lower(?1)) > 0", "instr(lower(name), lower(?2)) > 0" };

        return is_code(text) ? by_code[parameter] : by_name[parameter];
}

static int prepare_timeline(struct db *db, const struct digest_filter *f, bool weeks, sqlite3_stmt **s)
{
        _cleanup_(buf_deinit) struct buf sql = BUF_NULL;
        int r;

        r = buf_printf(&sql, "SELECT %s AS bin, count(*), total(goldstein), " QUADS " FROM events e WHERE NOT withdrawn"
                       " AND first_seen >= ?3 AND first_seen < ?4 AND (?5 IS NULL OR type = ?5) AND (?6 IS NULL OR status = ?6)"
                       " AND (?7 = 0 OR quad = ?7) AND seq IN (SELECT x.event FROM event_actors x WHERE x.actor IN"
                       " (SELECT id FROM actors WHERE %s)",
                       /* 1970-01-01 was a Thursday. */
                       weeks ? "(first_seen / 86400000000 + 3) / 7 * 7 - 3" : "first_seen / 86400000000", actors_of(f->actor, 0));
        if (r == 0 && f->directed)
                r = buf_append_string(&sql, " AND x.side = 0");
        if (r == 0 && f->other != NULL)
                r = buf_printf(&sql, " AND EXISTS (SELECT 1 FROM event_actors y WHERE y.event = x.event AND y.side = 1 - x.side AND"
                               " y.actor IN (SELECT id FROM actors WHERE %s))", actors_of(f->other, 1));
        if (r == 0)
                r = buf_append_string(&sql, ") GROUP BY bin ORDER BY bin LIMIT ?8");
        if (r < 0)
                return error_trace(r);
        if (sqlite3_prepare_v2(db_handle(db), sql.data, -1, s, NULL) != SQLITE_OK)
                return error_origin(-EINVAL);
        sqlite3_bind_text(*s, 1, f->actor, -1, SQLITE_STATIC);
        sqlite3_bind_text(*s, 2, f->other, -1, SQLITE_STATIC);
        sqlite3_bind_int64(*s, 3, f->since);
        sqlite3_bind_int64(*s, 4, f->until != 0 ? f->until : INT64_MAX);
        sqlite3_bind_text(*s, 5, f->type, -1, SQLITE_STATIC);
        sqlite3_bind_text(*s, 6, f->status, -1, SQLITE_STATIC);
        sqlite3_bind_int64(*s, 7, f->quad);
        sqlite3_bind_int64(*s, 8, DIGEST_BINS_MAX);
        return 0;
}

/* Four columns. */
static json_t *quads_of(sqlite3_stmt *s, int column)
{
        return json_pack("[I, I, I, I]", (json_int_t)sqlite3_column_int64(s, column), (json_int_t)sqlite3_column_int64(s, column + 1),
                         (json_int_t)sqlite3_column_int64(s, column + 2), (json_int_t)sqlite3_column_int64(s, column + 3));
}

int digest_timeline(struct db *db, const struct digest_filter *filter, bool weeks, json_t **out)
{
        _cleanup_(decrefp) json_t *bins = json_array();
        _cleanup_(finalizep) sqlite3_stmt *s = NULL;
        char at[CLOCK_TEXT_MAX];
        int64_t deadline;
        int r;

        if (bins == NULL)
                return error_origin(-ENOMEM);
        r = prepare_timeline(db, filter, weeks, &s);
        if (r < 0)
                return error_trace(r);
        deadline_begin(db, &deadline);
        while ((r = db_step(db, s)) > 0)
                json_array_append_new(bins, json_pack("{s:s, s:I, s:f, s:o}", "at",
                                                      clock_format(sqlite3_column_int64(s, 0) * DAY, at), "count",
                                                      (json_int_t)sqlite3_column_int64(s, 1), "goldstein",
                                                      sqlite3_column_double(s, 2), "quads", quads_of(s, 3)));
        r = deadline_end(db, &deadline, r);
        if (r == 0)
                *out = STEAL(bins);
        return r;
}

/* Each event once for each pair that it has; what is counted by pair and time, the greatest pairs of it, and these with their
 * times again. */
static const char pairs_sql[] =
        "WITH told AS (SELECT DISTINCT e.seq, e.first_seen, e.goldstein, e.quad,"
        "  min(substr(s.code, 1, 3), substr(t.code, 1, 3)) AS a, max(substr(s.code, 1, 3), substr(t.code, 1, 3)) AS b"
        "  FROM events e JOIN event_actors x ON x.event = e.seq AND x.side = 0 JOIN actors s ON s.id = x.actor"
        "  JOIN event_actors y ON y.event = e.seq AND y.side = 1 JOIN actors t ON t.id = y.actor"
        "  WHERE e.first_seen >= ?1 AND e.first_seen < ?2 AND NOT e.withdrawn AND s.code >= 'A' AND t.code >= 'A'"
        "  AND (?3 IS NULL OR e.type = ?3) AND (?4 IS NULL OR e.status = ?4) AND (?5 = 0 OR e.quad = ?5)),"
        " counted AS MATERIALIZED (SELECT a, b, (first_seen - ?1) * ?6 / (?2 - ?1) AS bin, count(*) AS n, total(goldstein) AS weight,"
        "  sum(quad = 1) AS q1, sum(quad = 2) AS q2, sum(quad = 3) AS q3, sum(quad = 4) AS q4 FROM told"
        "  WHERE a <> b AND (?7 IS NULL OR a = ?7 OR b = ?7) GROUP BY a, b, bin),"
        " greatest AS (SELECT a, b, sum(n) AS n, sum(weight) AS weight, sum(q1) AS q1, sum(q2) AS q2, sum(q3) AS q3, sum(q4) AS q4"
        "  FROM counted GROUP BY a, b ORDER BY n DESC, a, b LIMIT ?8)"
        " SELECT g.a, g.b, g.n, g.weight, g.q1, g.q2, g.q3, g.q4, c.bin, c.n FROM greatest g JOIN counted c ON c.a = g.a AND c.b = g.b"
        " ORDER BY g.n DESC, g.a, g.b, c.bin";

static json_t *new_pair(sqlite3_stmt *s, int64_t bins)
{
        json_t *series = json_array();

        for (int64_t i = 0; i < bins; i++)
                json_array_append_new(series, json_integer(0));
        return json_pack("{s:[s, s], s:I, s:f, s:o, s:o}", "pair", (const char *)sqlite3_column_text(s, 0),
                         (const char *)sqlite3_column_text(s, 1), "count", (json_int_t)sqlite3_column_int64(s, 2), "goldstein",
                         sqlite3_column_double(s, 3), "quads", quads_of(s, 4), "series", series);
}

static bool is_pair(json_t *pair, sqlite3_stmt *s)
{
        json_t *names = json_object_get(pair, "pair");

        for (int i = 0; i < 2; i++)
                if (pair == NULL || strcmp(json_string_value(json_array_get(names, (size_t)i)),
                                           (const char *)sqlite3_column_text(s, i)) != 0)
                        return false;
        return true;
}

int digest_pairs(struct db *db, const struct digest_filter *f, int64_t limit, int64_t bins, json_t **out)
{
        int64_t until = f->until != 0 ? f->until : clock_wall_us(), deadline;
        _cleanup_(decrefp) json_t *pairs = json_array();
        json_t *pair = NULL;
        sqlite3_stmt *s;
        int r;

        if (pairs == NULL)
                return error_origin(-ENOMEM);
        s = db_query(db, pairs_sql, "iittiiti", f->since, MAX_OF(until, f->since + 1), f->type, f->status, f->quad, bins, f->actor, limit);
        deadline_begin(db, &deadline);
        while ((r = db_step(db, s)) > 0) {
                if (!is_pair(pair, s)) {
                        pair = new_pair(s, bins);
                        if (json_array_append_new(pairs, pair) < 0) {
                                sqlite3_reset(s);
                                r = error_origin(-ENOMEM);
                                break;
                        }
                }
                json_array_set_new(json_object_get(pair, "series"), (size_t)sqlite3_column_int64(s, 8),
                                   json_integer(sqlite3_column_int64(s, 9)));
        }
        r = deadline_end(db, &deadline, r);
        if (r == 0)
                *out = STEAL(pairs);
        return r;
}
