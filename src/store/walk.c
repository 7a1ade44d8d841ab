/* See walk.h. All windows are of one state of the database: what changes meanwhile would move to where was looked
 * already. */
#include "store/walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/clauses.h"
#include "store/deadline.h"

enum {
        FIRST_WINDOW = 4096,
        GROWTH = 8,             /* of a window to the next one, at most */
        INDEX_COST = 3,         /* of a row by an index, in rows of a window that is gone through */
        /* rows that are fetched at once and by an index in another order than the log's, whatever else there is */
        WHOLE_MAX = 1500,
        WHOLE_ROWS = 150000,    /* ... where the windows take too long */
        WHOLE_RECORDS = 20000,  /* ... and each record is looked into */
        WHOLE_TIMES = 20,       /* of the rows that are wanted: so many are fetched before windows are tried further */
        SLACK = 86400,          /* s: how far the clock may have been set back at some time */
};

struct state {
        struct db *db;
        const struct walk *walk;
        const struct query_filter *filter;
        struct clauses clauses;
        sqlite3_stmt *find[CLAUSES_MAX + 1];    /* by the clause whose index is gone by; the last: by none */
        sqlite3_stmt *count[CLAUSES_MAX];
        bool newest;
        int64_t limit, found;
        int64_t low, high;              /* low < changed <= high was not looked at yet */
        int64_t began, deadline;        /* monotonic, us */
        int64_t patience;               /* us */
};

/* ---- statements ---- */

/* driver: of clauses.rows; clauses.n: none. */
static int write_find(const struct state *w, size_t driver, struct buf *sql)
{
        const struct clause *rows = w->clauses.rows;
        bool by_index = driver < w->clauses.n;
        int r = buf_printf(sql, "%sSELECT %s FROM %s%s WHERE %s", w->walk->head, w->walk->columns,
                           by_index ? rows[driver].tables : "events e INDEXED BY events_changed",
                           w->clauses.records ? " CROSS JOIN changes c ON c.seq = e.changed" : "",
                           by_index ? rows[driver].where : "e.changed > ?1 AND e.changed <= ?2");

        for (size_t i = 0; i < w->clauses.n && r == 0; i++)
                if (i != driver && rows[i].predicate != NULL)
                        r = buf_printf(sql, " AND %s", rows[i].predicate);
        if (r == 0 && !w->walk->counts)
                r = buf_printf(sql, " ORDER BY e.changed%s LIMIT ?3", w->newest ? " DESC" : "");
        return r == 0 ? buf_append_string(sql, w->walk->tail) : error_trace(r);
}

static int prepare(const struct state *w, const char *sql, sqlite3_stmt **s)
{
        if (sqlite3_prepare_v2(db_handle(w->db), sql, -1, s, NULL) != SQLITE_OK)
                return error_origin(-EINVAL);
        clauses_bind(&w->clauses, *s);
        return 0;
}

static int finder(struct state *w, size_t driver, sqlite3_stmt **s)
{
        _cleanup_(buf_deinit) struct buf sql = BUF_NULL;
        int r = w->find[driver] == NULL ? write_find(w, driver, &sql) : 0;

        if (r == 0 && w->find[driver] == NULL)
                r = prepare(w, sql.data, &w->find[driver]);
        *s = w->find[driver];
        return error_trace(r);
}

/* How many rows the index of a clause has of the window, at most `most`. */
static int count(struct state *w, size_t clause, int64_t low, int64_t high, int64_t most, int64_t *n)
{
        _cleanup_(buf_deinit) struct buf sql = BUF_NULL;
        sqlite3_stmt **s = &w->count[clause];
        int r = 0;

        if (*s == NULL)
                r = buf_printf(&sql, "SELECT count(*) FROM (%s LIMIT ?3)", w->clauses.rows[clause].count);
        if (r == 0 && *s == NULL)
                r = prepare(w, sql.data, s);
        if (r < 0)
                return error_trace(r);
        sqlite3_bind_int64(*s, 1, low);
        sqlite3_bind_int64(*s, 2, high);
        sqlite3_bind_int64(*s, 3, most);
        r = db_step(w->db, *s);
        if (r < 0)
                return error_trace(r);
        *n = sqlite3_column_int64(*s, 0);
        sqlite3_reset(*s);
        return 0;
}

/* ---- bounds ---- */

/* Behind which change all are that were made since then. Times of the log grow, unless somebody sets the clock back. */
static int find_time(struct db *db, int64_t at, int64_t low, int64_t high, int64_t *found)
{
        int r = 0;

        at -= SLACK * CLOCK_SECOND;
        while (low < high && r == 0) {
                int64_t middle = low + (high - low) / 2;
                sqlite3_stmt *s = db_query(db, "SELECT seq, at FROM changes WHERE seq > ? ORDER BY seq LIMIT 1", "i",
                                           middle);
                int64_t seq;

                r = db_step(db, s);
                if (r <= 0) {
                        high = middle;
                        continue;
                }
                seq = sqlite3_column_int64(s, 0);
                if (sqlite3_column_int64(s, 1) >= at)
                        high = middle;
                else
                        low = MIN_OF(seq, high);
                sqlite3_reset(s);
                r = 0;
        }
        *found = low;
        return error_trace(r);
}

/* The clause whose index finds so little that it is fetched at once; clauses.n: there is none. */
static int find_whole(struct state *w, size_t *driver)
{
        int r = 0;

        for (*driver = 0; *driver < w->clauses.n && r == 0; ++*driver) {
                int64_t n;

                if (!w->clauses.rows[*driver].whole)
                        continue;
                r = count(w, *driver, w->low, w->high, WHOLE_MAX + 1, &n);
                if (r == 0 && n <= WHOLE_MAX)
                        break;
        }
        return error_trace(r);
}

/* ---- windows ---- */

/* What a window is gone by: the index that has least of it. */
static int choose(struct state *w, int64_t low, int64_t high, size_t *driver)
{
        int64_t least = (high - low) / INDEX_COST, n;
        int r = 0;

        *driver = w->clauses.n;
        for (size_t i = 0; i < w->clauses.n && r == 0; i++) {
                if (w->clauses.rows[i].count == NULL || w->clauses.rows[i].whole)
                        continue;
                r = count(w, i, low, high, least + 1, &n);
                if (r == 0 && n <= least) {
                        least = n;
                        *driver = i;
                }
        }
        return error_trace(r);
}

/* 0, -ECANCELED where its time was over, or -errno. */
static int look_at(struct state *w, size_t driver, int64_t low, int64_t high)
{
        int64_t before = w->found;
        sqlite3_stmt *s;
        int r = finder(w, driver, &s);

        if (r < 0)
                return error_trace(r);
        sqlite3_bind_int64(s, 1, low);
        sqlite3_bind_int64(s, 2, high);
        sqlite3_bind_int64(s, 3, w->limit < 0 ? -1 : w->limit - w->found);
        while ((r = db_step(w->db, s)) > 0) {
                r = w->walk->row(w->walk->user, s);
                if (r < 0) {
                        sqlite3_reset(s);
                        return error_trace(r);
                }
                w->found++;
        }
        if (r < 0)
                w->found = before;
        w->walk->window(w->walk->user, r == 0);
        return r;
}

static void took_window(struct state *w, int64_t low, int64_t high, struct query_reach *reach)
{
        reach->looked += high - low;
        w->deadline = w->began + w->patience * 4 / 3;
        if (w->newest)
                w->high = low;
        else
                w->low = high;
}

/* The next one's size: more of them while they are quick, and none that would not be done in time. */
static int64_t grow(const struct state *w, int64_t size, int64_t took)
{
        int64_t left = w->began + w->patience - clock_monotonic_us();
        int64_t times = left / 2 / MAX_OF(took, (int64_t)1);

        return MAX_OF(MIN_OF(size, INT64_MAX / GROWTH) * MAX_OF(MIN_OF(times, (int64_t)GROWTH), (int64_t)1),
                      (int64_t)FIRST_WINDOW);
}

static bool is_done(const struct state *w)
{
        return w->low >= w->high || (w->limit >= 0 && w->found >= w->limit);
}

/* Where the windows take too long, an index in another order may find little enough to be fetched as it is. */
static int try_whole(struct state *w, int *tried, struct query_reach *reach)
{
        bool late = clock_monotonic_us() - w->began >= w->patience / 3;
        int64_t most = w->clauses.records ? WHOLE_RECORDS : WHOLE_ROWS, n;
        int r = 0;

        /* Once at the beginning, for little beside what is wanted, and once when it gets late. */
        if (*tried == 2 || (*tried == 1 && !late))
                return 0;
        *tried = late ? 2 : 1;
        if (!late)
                most = MIN_OF(most, MAX_OF(w->limit, (int64_t)0) * WHOLE_TIMES);
        for (size_t i = 0; i < w->clauses.n && r == 0 && !is_done(w); i++) {
                if (!w->clauses.rows[i].whole)
                        continue;
                r = count(w, i, w->low, w->high, most + 1, &n);
                if (r < 0 || n > most)
                        continue;
                r = look_at(w, i, w->low, w->high);
                if (r == 0)
                        took_window(w, w->low, w->high, reach);
        }
        return r;
}

static int go(struct state *w, struct query_reach *reach)
{
        int64_t size = FIRST_WINDOW;
        int tried = 0, r = 0;

        while (r == 0 && !is_done(w) && (reach->looked == 0 || clock_monotonic_us() - w->began < w->patience)) {
                int64_t low = w->newest ? MAX_OF(w->low, w->high - size) : w->low, began = clock_monotonic_us();
                int64_t high = w->newest ? w->high : MIN_OF(w->high, w->low + size);
                size_t driver;

                r = choose(w, low, high, &driver);
                if (r == 0)
                        r = look_at(w, driver, low, high);
                if (r < 0)
                        break;
                took_window(w, low, high, reach);
                size = grow(w, high - low, clock_monotonic_us() - began);
                if (!is_done(w))
                        r = try_whole(w, &tried, reach);
        }
        return r == -ECANCELED && reach->looked > 0 ? 0 : r;
}

/* ---- the question ---- */

static int begin(struct state *w, size_t *whole)
{
        const struct query_filter *f = w->filter;
        int64_t last, low;
        int r = clauses_make(&w->clauses, w->db, f);

        *whole = w->clauses.n;
        if (r == 0)
                r = db_get_int(w->db, 0, &last, "SELECT max(changed) FROM events", "");
        if (r < 0 || w->clauses.nothing)
                return error_trace(r);
        w->low = f->after;
        w->high = f->before > 0 ? MIN_OF(last, f->before - 1) : last;
        r = find_whole(w, whole);
        if (r < 0 || *whole < w->clauses.n || f->since == 0)
                return error_trace(r);
        r = find_time(w->db, f->since, w->low, w->high, &low);
        w->low = low;
        return error_trace(r);
}

static int run(struct state *w, struct query_reach *reach)
{
        size_t whole;
        int r = begin(w, &whole);

        if (r < 0 || is_done(w))
                return error_trace(r);
        if (whole == w->clauses.n)
                return go(w, reach);
        r = look_at(w, whole, w->low, w->high);
        if (r == 0)
                took_window(w, w->low, w->high, reach);
        return r;
}

static int tell_reach(struct state *w, struct query_reach *reach)
{
        if (is_done(w))
                return 0;
        reach->cut = true;
        reach->seq = w->newest ? w->high + 1 : w->low;
        return error_trace(db_get_int(w->db, 0, &reach->at,
                                      "SELECT at FROM changes WHERE seq >= ? ORDER BY seq LIMIT 1", "i", reach->seq));
}

int walk_run(struct db *db, const struct walk *walk, const struct query_filter *filter, bool newest, int64_t limit,
             struct query_reach *reach)
{
        struct state w = { .db = db, .walk = walk, .filter = filter, .newest = newest, .limit = limit };
        int r = db_exec(db, "SAVEPOINT walk"), ended;

        *reach = (struct query_reach){ 0 };
        if (r < 0)
                return error_trace(r);
        w.patience = filter->patience > 0 ? filter->patience : QUERY_US;
        w.began = clock_monotonic_us();
        deadline_begin(db, &w.deadline);
        r = deadline_end(db, &w.deadline, run(&w, reach));
        if (r == 0)
                r = tell_reach(&w, reach);
        for (size_t i = 0; i <= CLAUSES_MAX; i++)
                sqlite3_finalize(w.find[i]);
        for (size_t i = 0; i < CLAUSES_MAX; i++)
                sqlite3_finalize(w.count[i]);
        clauses_deinit(&w.clauses);
        ended = db_exec(db, "RELEASE walk");
        return r == 0 ? error_trace(ended) : r;
}
