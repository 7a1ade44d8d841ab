/*
 * See apply.h. A report's own record is stored where its event has others, or has none at all; else it is the event's, so that
 * the many events of one report are stored once. Before anything moves, the records of those that will not stand alone any
 * more are stored.
 */
#include "desk/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "desk/copies.h"
#include "desk/merge.h"
#include "desk/record.h"

/* An event that is touched. */
struct touched {
        int64_t seq;
        int64_t first_story, first_number;      /* of a report that left it, or stands in it hidden */
        const char *joined[MERGE_MENTIONS + 1], *left[MERGE_MENTIONS + 1];
        size_t n_joined, n_left;
        bool dirty;
};

struct apply {
        struct db *db;
        struct arena *arena;
        struct apply_report *const *reports;
        size_t n;
        const struct join_fresh *fresh;
        size_t n_fresh;
        struct touched *touched;
        size_t n_touched;
        struct event_told *told;
};

static const struct join_fresh *find_fresh(const struct apply *a, int64_t story, int64_t number)
{
        for (size_t i = 0; i < a->n_fresh; i++)
                if (a->fresh[i].story == story && a->fresh[i].number == number)
                        return &a->fresh[i];
        return NULL;
}

static struct touched *touch(struct apply *a, int64_t seq)
{
        for (size_t i = 0; i < a->n_touched; i++)
                if (a->touched[i].seq == seq)
                        return &a->touched[i];
        a->touched[a->n_touched].seq = seq;
        return &a->touched[a->n_touched++];
}

/* "42.1.3" */
static int report_id(struct apply *a, int64_t story, int64_t number, const char **id)
{
        sqlite3_stmt *s = db_query(a->db, "SELECT delivery, number FROM stories WHERE id = ?", "i", story);
        int r = db_step(a->db, s);

        *id = "";
        if (r <= 0)
                return error_trace(r);
        *id = arena_printf(a->arena, "%lld.%lld.%lld", (long long)sqlite3_column_int64(s, 0),
                           (long long)sqlite3_column_int64(s, 1), (long long)number);
        sqlite3_reset(s);
        return 0;
}

static int note(struct apply *a, const struct apply_report *report, const char **ids, size_t *n)
{
        if (*n == MERGE_MENTIONS)
                return 0;
        return error_trace(report_id(a, report->story, report->number, &ids[(*n)++]));
}

/* Which events are touched, and by whom. */
static int find_touched(struct apply *a)
{
        int r = 0;

        for (size_t i = 0; i < a->n && r == 0; i++) {
                const struct apply_report *report = a->reports[i];
                bool fresh = find_fresh(a, report->story, report->number) != NULL, moved = report->to != report->event;
                struct touched *from = touch(a, report->event), *to = touch(a, report->to);

                from->dirty |= moved || report->seed;
                to->dirty |= moved || report->seed;
                if (from->first_story == 0 && report->shown) {
                        from->first_story = report->story;
                        from->first_number = report->number;
                }
                if ((moved || (report->came && !report->shown)) && !fresh)
                        r = note(a, report, from->left, &from->n_left);
                if (r == 0 && report->shown && (moved || report->came))
                        r = note(a, report, to->joined, &to->n_joined);
        }
        return error_trace(r);
}

static size_t count_members(const struct apply *a, int64_t seq)
{
        size_t n = 0;

        for (size_t i = 0; i < a->n; i++)
                n += a->reports[i]->shown && a->reports[i]->to == seq;
        return n;
}

static int store_record(struct apply *a, const struct apply_report *report)
{
        const struct join_fresh *fresh = find_fresh(a, report->story, report->number);
        const char *text = fresh != NULL ? fresh->text : NULL;
        size_t n = fresh != NULL ? fresh->n : 0;
        int64_t stored;
        int r;

        r = db_get_int(a->db, 0, &stored, "SELECT record IS NOT NULL FROM reports WHERE story = ? AND number = ?", "ii",
                       report->story, report->number);
        if (r == 0 && stored == 0 && text == NULL)
                r = event_record(a->db, a->arena, report->event, &text, &n);
        if (r < 0 || stored != 0 || text == NULL)
                return error_trace(r);
        return error_trace(db_run(a->db, "UPDATE reports SET record = ? WHERE story = ? AND number = ?", "zii", text, n,
                                  report->story, report->number));
}

/* Before anything moves. */
static int store_records(struct apply *a)
{
        int r = 0;

        for (size_t i = 0; i < a->n && r == 0; i++) {
                const struct apply_report *report = a->reports[i];
                bool fresh = find_fresh(a, report->story, report->number) != NULL;

                if ((!report->shown && (fresh || count_members(a, report->to) > 0)) || (!fresh && report->to != report->event) ||
                    (report->shown && (report->to != report->event || count_members(a, report->to) > 1)))
                        r = store_record(a, report);
        }
        for (size_t i = 0; i < a->n && r == 0; i++)
                if (a->reports[i]->to != a->reports[i]->event)
                        r = db_run(a->db, "UPDATE reports SET event = ? WHERE story = ? AND number = ?", "iii",
                                   a->reports[i]->to, a->reports[i]->story, a->reports[i]->number);
        return error_trace(r);
}

static int add_origin(struct apply *a, int64_t story, struct merge_report *report)
{
        const char *id;
        int r;

        r = copies_origin(a->db, a->arena, story, &report->origin, &report->who);
        if (r == 0 && report->origin != story) {
                r = report_id(a, report->origin, 0, &id);
                if (r == 0 && *id != '\0')
                        report->copy_of = arena_strndup(a->arena, id, strlen(id) - 2);
        }
        return error_trace(r);
}

/* A report that stands in an event that is written. */
struct loaded {
        int64_t story, number;
        const char *text;               /* NULL: not stored by itself */
        size_t n;
        bool has_facts;
        struct facts facts;
};

/* In the order that does not depend on arrival. */
static int compare_loaded(const void *x, const void *y)
{
        const struct loaded *a = x, *b = y;
        int c = a->has_facts && b->has_facts ? facts_compare(&a->facts, &b->facts) : 0;

        if (c != 0)
                return c;
        if (a->story != b->story)
                return a->story < b->story ? -1 : 1;
        return (a->number > b->number) - (a->number < b->number);
}

static int load_reports(struct apply *a, int64_t seq, struct loaded *loaded, size_t *n)
{
        sqlite3_stmt *s;
        int r;

        *n = 0;
        s = db_query(a->db, "SELECT story, number, facts, record FROM reports WHERE event = ? AND shown ORDER BY story, number"
                     " LIMIT ?", "ii", seq, (int64_t)MERGE_MAX);
        while ((r = db_step(a->db, s)) > 0) {
                struct loaded *l = &loaded[(*n)++];

                l->story = sqlite3_column_int64(s, 0);
                l->number = sqlite3_column_int64(s, 1);
                l->has_facts = facts_decode(&l->facts, sqlite3_column_blob(s, 2), (size_t)sqlite3_column_bytes(s, 2));
                l->n = (size_t)sqlite3_column_bytes(s, 3);
                if (sqlite3_column_type(s, 3) != SQLITE_NULL)
                        l->text = arena_strndup(a->arena, (const char *)sqlite3_column_text(s, 3), l->n);
        }
        if (r == 0)
                qsort(loaded, *n, sizeof(*loaded), compare_loaded);
        return error_trace(r);
}

/* With their records, and where their stories come from. */
static int fill_reports(struct apply *a, int64_t seq, const struct loaded *loaded, size_t n, struct merge_report *reports)
{
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                const struct join_fresh *fresh = find_fresh(a, loaded[i].story, loaded[i].number);

                reports[i] = (struct merge_report){ .text = loaded[i].text, .n = loaded[i].n };
                if (reports[i].text == NULL && fresh != NULL)
                        reports[i] = (struct merge_report){ .text = fresh->text, .n = fresh->n };
                else if (reports[i].text == NULL)
                        r = event_record(a->db, a->arena, seq, &reports[i].text, &reports[i].n);
                if (r == 0 && reports[i].text == NULL)
                        r = error_origin(-EUCLEAN);
                if (r == 0)
                        r = add_origin(a, loaded[i].story, &reports[i]);
        }
        return error_trace(r);
}

/* By which report the event has its name, and whether it is there and shown. */
static int load_name(struct apply *a, int64_t seq, int64_t *story, int64_t *number, bool *shown)
{
        sqlite3_stmt *s = db_query(a->db, "SELECT story, number, withdrawn FROM events WHERE seq = ?", "i", seq);
        int r = db_step(a->db, s);

        *story = seq >> 10;             /* record_number() */
        *number = seq & 1023;
        *shown = false;
        if (r <= 0)
                return error_trace(r);
        *story = sqlite3_column_int64(s, 0);
        *number = sqlite3_column_int64(s, 1);
        *shown = sqlite3_column_int64(s, 2) == 0;
        sqlite3_reset(s);
        return 0;
}

/* Write the event as its reports have it. *there: it has some. */
static int rebuild(struct apply *a, struct touched *t, bool *there)
{
        static const char *const none[] = { NULL };
        struct merge_report *reports = arena_array(a->arena, struct merge_report, MERGE_MAX);
        struct merge_event event = { .number = t->seq, .joined = none, .left = none };
        struct loaded *loaded = arena_array(a->arena, struct loaded, MERGE_MAX);
        int64_t source, story, number;
        _cleanup_free_ char *text = NULL;
        size_t n, n_text;
        bool shown = false;
        int r;

        r = load_reports(a, t->seq, loaded, &n);
        *there = n > 0;
        if (r < 0 || n == 0)
                return error_trace(r);
        r = fill_reports(a, t->seq, loaded, n, reports);
        event.total = (int64_t)n;
        if (r == 0 && n == MERGE_MAX)
                r = db_get_int(a->db, 0, &event.total, "SELECT count(*) FROM reports WHERE event = ? AND shown", "i", t->seq);
        if (r == 0)
                r = load_name(a, t->seq, &story, &number, &shown);
        if (r == 0)
                r = report_id(a, story, number, &event.id);
        if (r == 0)
                r = db_get_int(a->db, 0, &source, "SELECT source FROM stories WHERE id = ?", "i", loaded[0].story);
        if (r == 0)
                r = db_get_int(a->db, 0, &event.since, "SELECT min(received) FROM stories WHERE id IN (?, ?)", "ii", story,
                               loaded[0].story);
        if (shown) {
                event.joined = t->joined;
                event.left = t->left;
        }
        if (r == 0)
                r = merge_records(&event, reports, n, &text, &n_text);
        if (r == 0)
                r = event_put(a->db, t->seq, story, number, source, text, n_text, a->told);
        return error_trace(r);
}

/* Nobody tells of it any more: what became of the report that it had its name from. */
static int withdraw(struct apply *a, const struct touched *t)
{
        int64_t became;
        int r;

        r = db_get_int(a->db, 0, &became, "SELECT event FROM reports WHERE story = ? AND number = ? AND shown AND event <> ?",
                       "iii", t->first_story, t->first_number, t->seq);
        if (r == 0)
                r = event_withdraw(a->db, t->seq, became, a->told);
        return error_trace(r);
}

static int compare_touched(const void *x, const void *y)
{
        const struct touched *a = x, *b = y;

        return (a->seq > b->seq) - (a->seq < b->seq);
}

int apply_changes(struct db *db, struct arena *arena, struct apply_report *const *reports, size_t n,
                  const struct join_fresh *fresh, size_t n_fresh, struct event_told *told)
{
        struct apply a = { .db = db, .arena = arena, .reports = reports, .n = n, .fresh = fresh, .n_fresh = n_fresh,
                           .touched = arena_array(arena, struct touched, 2 * n + 1), .told = told };
        bool *there;
        int r;

        r = find_touched(&a);
        if (r == 0)
                r = store_records(&a);
        qsort(a.touched, a.n_touched, sizeof(*a.touched), compare_touched);
        there = arena_array(arena, bool, a.n_touched + 1);
        for (size_t i = 0; i < a.n_touched && r == 0; i++)
                if (a.touched[i].dirty)
                        r = rebuild(&a, &a.touched[i], &there[i]);
        for (size_t i = 0; i < a.n_touched && r == 0; i++)
                if (a.touched[i].dirty && !there[i])
                        r = withdraw(&a, &a.touched[i]);
        return error_trace(r);
}
