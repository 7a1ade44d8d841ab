/* See keep.h. */
#include "store/keep.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/copies.h"
#include "desk/crowd.h"
#include "desk/event.h"
#include "desk/near.h"
#include "desk/record.h"
#include "store/changes.h"
#include "store/alerts.h"
#include "store/deliveries.h"
#include "store/query.h"
#include "store/search.h"
#include "store/totals.h"

enum {
        EXPIRE_MAX = 10000,
        EXPIRE_US = 5000,       /* of one call: others wait for the writer */
};

/* The first column of all rows, as an array that the caller frees. 0 or -errno. */
static int collect(struct db *db, sqlite3_stmt *s, int64_t **out, size_t *n)
{
        _cleanup_free_ int64_t *ids = NULL;
        size_t size = 0;
        int r;

        *n = 0;
        while ((r = db_step(db, s)) > 0) {
                if (*n == size) {
                        int64_t *more = reallocarray(ids, size = size != 0 ? 2 * size : 16, sizeof(*ids));

                        if (more == NULL) {
                                sqlite3_reset(s);
                                return error_origin(-ENOMEM);
                        }
                        ids = more;
                }
                ids[(*n)++] = sqlite3_column_int64(s, 0);
        }
        if (r == 0)
                *out = STEAL(ids);
        return error_trace(r);
}

/* An event goes with its last report, an actor with its last event; it is withdrawn where its last report on view goes. */
static int forget_event(struct db *db, int64_t event)
{
        _cleanup_free_ int64_t *actors = NULL;
        int64_t others, shown;
        size_t n;
        int r;

        r = db_get_int(db, 0, &others, "SELECT count(*) FROM reports WHERE event = ?", "i", event);
        if (r == 0 && others > 0) {
                r = db_get_int(db, 0, &shown, "SELECT count(*) FROM reports WHERE event = ? AND shown", "i", event);
                /* What is left was replaced or killed: nobody tells of it any more. */
                if (r == 0 && shown == 0)
                        r = event_withdraw(db, event, 0, &(struct event_told){ 0 });
        }
        if (r < 0 || others > 0)
                return error_trace(r);
        r = db_get_int(db, -1, &shown, "SELECT NOT withdrawn FROM events WHERE seq = ?", "i", event);
        if (r < 0 || shown < 0)
                return error_trace(r);
        r = collect(db, db_query(db, "SELECT DISTINCT actor FROM event_actors WHERE event = ?", "i", event), &actors,
                    &n);
        if (r == 0)
                r = db_run(db, "DELETE FROM event_actors WHERE event = ?", "i", event);
        for (size_t i = 0; i < n && r == 0; i++)
                r = db_run(db, "DELETE FROM actors WHERE id = ?1 AND NOT EXISTS"
                           " (SELECT 1 FROM event_actors WHERE actor = ?1)", "i", actors[i]);
        if (r == 0)
                r = crowd_forget(db, event);
        if (r == 0)
                r = db_run(db, "DELETE FROM events WHERE seq = ?", "i", event);
        if (r == 0)
                r = changes_forget_event(db, event);
        if (r == 0)
                r = totals_add(db, "events", -shown);
        return error_trace(r);
}

/* Of the story's reports, and those that had their name from it and are part of others now. */
static int forget_events(struct db *db, int64_t story)
{
        _cleanup_free_ int64_t *events = NULL;
        size_t n;
        int r;

        r = collect(db, db_query(db, "SELECT event FROM reports WHERE story = ?1 UNION SELECT seq FROM events"
                                 " WHERE seq BETWEEN ?2 AND ?3", "iii", story, record_number(story, 0),
                                 record_number(story, RECORD_EVENTS_MAX)), &events, &n);
        if (r == 0)
                r = near_forget(db, story);
        if (r == 0)
                r = crowd_forget_story(db, story);
        if (r == 0)
                r = db_run(db, "DELETE FROM reports WHERE story = ?", "i", story);
        for (size_t i = 0; i < n && r == 0; i++)
                r = forget_event(db, events[i]);
        if (r == 0)
                r = copies_forget(db, story);
        return error_trace(r);
}

static int forget_story(struct db *db, int64_t story)
{
        int64_t state, is_item;
        int r;

        r = db_get_int(db, 0, &state, "SELECT state FROM stories WHERE id = ?", "i", story);
        if (r == 0)
                r = db_get_int(db, 0, &is_item, "SELECT hash IS NULL FROM stories WHERE id = ?", "i", story);
        if (r == 0)
                r = forget_events(db, story);
        if (r == 0)
                r = search_remove(db, story);
        /* Nobody points to what is gone. */
        if (r == 0)
                r = db_run(db, "UPDATE stories SET duplicate_of = NULL WHERE duplicate_of = ?", "i", story);
        if (r == 0)
                r = db_run(db, "UPDATE stories SET replaced_by = NULL WHERE replaced_by = ?1 AND identity ="
                           " (SELECT identity FROM stories WHERE id = ?1)", "i", story);
        if (r == 0)
                r = db_run(db, "DELETE FROM stories WHERE id = ?", "i", story);
        if (r == 0 && state == DELIVERY_DUPLICATE)
                r = totals_add(db, "duplicates", -1);
        else if (r == 0 && !is_item)
                r = totals_add(db, "stories", -1);
        if (r == 0 && state == DELIVERY_QUARANTINED)
                r = totals_add(db, "quarantined", -1);
        return error_trace(r);
}

/* One call of keep_expire(). */
struct piece {
        struct db *db;
        int64_t max, n;
        int64_t deadline;
};

static bool is_over(const struct piece *p)
{
        return p->n >= p->max || (p->n > 0 && clock_monotonic_us() >= p->deadline);
}

static int forget_delivery(struct piece *p, int64_t delivery)
{
        _cleanup_free_ int64_t *stories = NULL;
        int64_t state;
        size_t n_stories, i = 0;
        int r;

        r = collect(p->db,
                    db_query(p->db, "SELECT id FROM stories WHERE delivery = ? ORDER BY number LIMIT ?", "ii", delivery,
                             p->max),
                    &stories, &n_stories);
        for (; i < n_stories && r == 0 && !is_over(p); i++, p->n++)
                r = forget_story(p->db, stories[i]);
        if (r < 0 || is_over(p))        /* the rest of it next time */
                return error_trace(r);
        p->n++;
        r = db_get_int(p->db, 0, &state, "SELECT state FROM deliveries WHERE id = ?", "i", delivery);
        if (r == 0)
                r = db_run(p->db, "DELETE FROM payloads WHERE delivery = ?", "i", delivery);
        if (r == 0)
                r = db_run(p->db, "DELETE FROM deliveries WHERE id = ?", "i", delivery);
        if (r == 0 && state == DELIVERY_QUARANTINED)
                r = totals_add(p->db, "quarantined", -1);
        return error_trace(r);
}

int keep_expire(struct db *db, int64_t before, int64_t max, int64_t *n)
{
        struct piece p = { .db = db, .max = MIN_OF(max, EXPIRE_MAX), .deadline = clock_monotonic_us() + EXPIRE_US };
        _cleanup_free_ int64_t *deliveries = NULL;
        size_t n_deliveries;
        sqlite3_stmt *s;
        int r;

        *n = 0;
        s = db_query(db,
                     "SELECT id FROM deliveries d INDEXED BY deliveries_received WHERE received < ? AND state <> 0"
                     " AND NOT EXISTS (SELECT 1 FROM stories WHERE delivery = d.id AND (state = 0 OR (state IN (5, 7) AND embargo IS NOT NULL)))"
                     " ORDER BY received LIMIT ?",
                     "ii", before, p.max);
        r = collect(db, s, &deliveries, &n_deliveries);
        for (size_t i = 0; i < n_deliveries && r == 0 && !is_over(&p); i++)
                r = forget_delivery(&p, deliveries[i]);
        *n = p.n;
        if (r == 0 && !is_over(&p)) {
                r = alerts_expire(db, before, p.max - p.n, n);
                *n += p.n;
        }
        return error_trace(r);
}

/* What an id in quarantine means. */
struct quarantined {
        int64_t row, delivery;
        bool is_story, is_item;
};

static int find(struct db *db, const char *id, struct quarantined *q)
{
        int64_t number;
        sqlite3_stmt *s;
        int r;

        *q = (struct quarantined){ 0 };
        if (!query_parse_id(id, &q->delivery, &number))
                return KEEP_E_NONE;
        q->is_story = number != 0;
        s = q->is_story ? db_query(db,
                                   "SELECT id, head IS NULL FROM stories WHERE delivery = ? AND number = ? AND state = "
                                   "2",
                                   "ii", q->delivery, number)
                        : db_query(db, "SELECT id, 0 FROM deliveries WHERE id = ? AND state = 2", "i", q->delivery);
        r = db_step(db, s);
        if (r <= 0)
                return r < 0 ? error_trace(r) : KEEP_E_NONE;
        q->row = sqlite3_column_int64(s, 0);
        q->is_item = sqlite3_column_int64(s, 1);
        sqlite3_reset(s);
        return 0;
}

/* All that could not be read of the delivery is tried again together. */
static int retry_items(struct db *db, int64_t delivery)
{
        int r = db_run(db, "DELETE FROM stories WHERE delivery = ? AND state = 2 AND head IS NULL", "i", delivery);

        if (r == 0)
                r = totals_add(db, "quarantined", -sqlite3_changes(db_handle(db)));
        if (r == 0)
                r = db_run(db, "UPDATE deliveries SET state = 0, attempts = 0 WHERE id = ?", "i", delivery);
        return error_trace(r);
}

int keep_retry(struct db *db, const char *id, bool *is_story, int64_t *row)
{
        struct quarantined q;
        int r;

        r = find(db, id, &q);
        if (r != 0)
                return error_trace(r);
        *is_story = q.is_story && !q.is_item;
        *row = q.is_item ? q.delivery : q.row;
        if (q.is_item)
                return error_trace(retry_items(db, q.delivery));
        r = db_run(db,
                   q.is_story ? "UPDATE stories SET state = 0, attempts = 0, reason = NULL WHERE id = ?"
                              : "UPDATE deliveries SET state = 0, attempts = 0, reason = NULL WHERE id = ?",
                   "i", q.row);
        if (r == 0)
                r = totals_add(db, "quarantined", -1);
        return error_trace(r);
}

int keep_drop(struct db *db, const char *id)
{
        struct quarantined q;
        int r;

        r = find(db, id, &q);
        if (r == 0)
                r = db_run(db, q.is_story ? "UPDATE stories SET state = 3 WHERE id = ?"
                                          : "UPDATE deliveries SET state = 3 WHERE id = ?", "i", q.row);
        if (r == 0)
                r = totals_add(db, "quarantined", -1);
        if (r != 0)
                return error_trace(r);
        if (q.is_story && !q.is_item)
                return error_trace(search_remove(db, q.row));
        return error_trace(db_run(db, "DELETE FROM payloads WHERE delivery = ?1 AND NOT EXISTS (SELECT 1 FROM stories"
                                  " WHERE delivery = ?1 AND state = 2 AND head IS NULL)", "i", q.delivery));
}
