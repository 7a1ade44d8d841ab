/*
 * See apply.h. A report's own record is stored where its event has others, or has none at all; else it is the event's,
 * so that the many events of one report are stored once. Before anything moves, the records of those that will not
 * stand alone any more are stored.
 *
 * A change tells of MERGE_MENTIONS reports that came or went, so that a line stays short. Where more came or went at
 * once, as when two crowds become one event, further changes of the event follow at once and tell of the others: who
 * reads the change log, now or later, gets the mention of every report.
 */
#include "desk/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "desk/copies.h"
#include "desk/crowd.h"
#include "desk/merge.h"
#include "desk/record.h"

struct report_list {
        const struct pool_report **items; /* in the arena */
        size_t n, size;
};

/* An event that is touched. */
struct touched {
        int64_t seq;
        int64_t first_story, first_number; /* of a report that left it, or stands in it hidden */
        struct report_list came, gone;
        size_t n_members; /* of the reports that are given: shown, and in it now */
        bool dirty;
};

struct apply {
        json_t *parsed; /* an array that owns the records that were read */
        struct db *db;
        struct arena *arena;
        struct pool_report *const *reports;
        size_t n;
        const struct join_fresh *fresh;
        size_t n_fresh;
        struct touched *touched;
        size_t n_touched;
        struct event_told *told;
};

static void decrefp(json_t **json)
{
        json_decref(*json);
}

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

static void note(struct apply *a, struct report_list *list, const struct pool_report *report)
{
        list->items = arena_push(a->arena, list->items, list->n++, &list->size, (void *)report);
}

/* Which events are touched, and by whom. */
static void find_touched(struct apply *a)
{
        for (size_t i = 0; i < a->n; i++) {
                const struct pool_report *report = a->reports[i];
                bool fresh = find_fresh(a, report->story, report->number) != NULL, moved = report->to != report->event;
                struct touched *from = touch(a, report->event), *to = touch(a, report->to);

                to->n_members += report->shown;
                from->dirty |= moved || report->seed;
                to->dirty |= moved || report->seed;
                if (from->first_story == 0 && report->shown) {
                        from->first_story = report->story;
                        from->first_number = report->number;
                }
                if ((moved || (report->came && !report->shown)) && !fresh)
                        note(a, &from->gone, report);
                if (report->shown && (moved || report->came))
                        note(a, &to->came, report);
        }
}

static int store_record(struct apply *a, const struct pool_report *report)
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
                const struct pool_report *report = a->reports[i];
                bool fresh = find_fresh(a, report->story, report->number) != NULL;
                size_t n = touch(a, report->to)->n_members;

                if ((!report->shown && (fresh || n > 0)) || report->to != report->event || (report->shown && n > 1))
                        r = store_record(a, report);
        }
        for (size_t i = 0; i < a->n && r == 0; i++)
                if (a->reports[i]->to != a->reports[i]->event)
                        r = db_run(a->db, "UPDATE reports SET event = ? WHERE story = ? AND number = ?", "iii",
                                   a->reports[i]->to, a->reports[i]->story, a->reports[i]->number);
        return error_trace(r);
}

/* Whose copy it is, and whose word. Of most stories that is asked once in a change. */
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

/* ---- the reports of an event that is written ---- */

struct loaded {
        int64_t story, number;
        const char *text; /* NULL: not stored by itself */
        size_t n;
        bool has_facts;
        int64_t time; /* of the facts */
        uint64_t hash;
};

/* In the order that does not depend on arrival: facts_compare()'s. */
static int compare_loaded(const void *x, const void *y)
{
        const struct loaded *a = x, *b = y;

        if (a->has_facts && b->has_facts && a->time != b->time)
                return a->time < b->time ? -1 : 1;
        if (a->has_facts && b->has_facts && a->hash != b->hash)
                return a->hash < b->hash ? -1 : 1;
        if (a->has_facts && b->has_facts && a->number != b->number)
                return a->number < b->number ? -1 : 1;
        if (a->story != b->story)
                return a->story < b->story ? -1 : 1;
        return (a->number > b->number) - (a->number < b->number);
}

/* Columns: story, number, facts, record. At most `max`. */
static int load_rows(struct apply *a, sqlite3_stmt *s, struct loaded *loaded, size_t max, size_t *n)
{
        int r;

        *n = 0;
        while ((r = db_step(a->db, s)) > 0) {
                struct loaded *l = &loaded[*n];
                struct facts facts;

                if (*n == max)
                        continue;
                ++*n;
                l->story = sqlite3_column_int64(s, 0);
                l->number = sqlite3_column_int64(s, 1);
                l->has_facts = facts_decode(&facts, sqlite3_column_blob(s, 2), (size_t)sqlite3_column_bytes(s, 2));
                l->time = l->has_facts ? facts.time : 0;
                l->hash = l->has_facts ? facts.hash : 0;
                l->n = (size_t)sqlite3_column_bytes(s, 3);
                if (sqlite3_column_type(s, 3) != SQLITE_NULL)
                        l->text = arena_strndup(a->arena, (const char *)sqlite3_column_text(s, 3), l->n);
        }
        return error_trace(r);
}

/* Its record, and where its story comes from. */
static int fill_report(struct apply *a, int64_t seq, const struct loaded *loaded, struct merge_report *report)
{
        const struct join_fresh *fresh = find_fresh(a, loaded->story, loaded->number);
        const char *text = loaded->text != NULL || fresh == NULL ? loaded->text : fresh->text;
        size_t n = loaded->text != NULL || fresh == NULL ? loaded->n : fresh->n;
        int r = 0;

        if (text == NULL)
                r = event_record(a->db, a->arena, seq, &text, &n);
        if (r < 0)
                return error_trace(r);
        *report = (struct merge_report){ .record = text != NULL ? json_loadb(text, n, 0, NULL) : NULL };
        if (report->record == NULL)
                return error_origin(-EUCLEAN);
        if (json_array_append_new(a->parsed, report->record) < 0)
                return error_origin(-ENOMEM);
        return error_trace(add_origin(a, loaded->story, report));
}

static int load_one(struct apply *a, int64_t seq, int64_t story, int64_t number, struct loaded *loaded,
                    struct merge_report *report)
{
        size_t n;
        int r;

        r = load_rows(a,
                      db_query(a->db, "SELECT story, number, facts, record FROM reports WHERE story = ? AND number = ?",
                               "ii", story, number),
                      loaded, 1, &n);
        if (r == 0 && n == 0)
                r = error_origin(-EUCLEAN);
        return r == 0 ? error_trace(fill_report(a, seq, loaded, report)) : error_trace(r);
}

/* ---- crowds ---- */

/* The report as it counts. */
static void make_count(const struct loaded *loaded, const struct merge_report *report, struct crowd_report *out)
{
        merge_crowd_report(out, report, loaded->time);
        if (!loaded->has_facts)
                out->time = out->seen;
        out->story = loaded->story;
        out->number = loaded->number;
        out->hash = loaded->hash;
}

/* One of the reports that came, went, or got another origin. */
static int recount(struct apply *a, int64_t seq, const struct pool_report *report)
{
        struct crowd_report counted;
        struct merge_report merge;
        struct loaded loaded;
        int r;

        r = load_one(a, seq, report->story, report->number, &loaded, &merge);
        if (r == 0)
                make_count(&loaded, &merge, &counted);
        if (r == 0)
                r = crowd_remove(a->db, seq, &counted);
        if (r == 0 && report->shown && report->to == seq)
                r = crowd_add(a->db, seq, &counted);
        return error_trace(r);
}

/* All of its reports, which are more than MERGE_MAX for the first time. */
static int count_all(struct apply *a, int64_t seq)
{
        struct {
                int64_t story, number;
        } *all = NULL;
        int64_t size = 0;
        sqlite3_stmt *s;
        size_t n = 0;
        int r;

        r = db_get_int(a->db, 0, &size, "SELECT count(*) FROM reports WHERE event = ? AND part < 2", "i", seq);
        all = arena_alloc(a->arena, (size_t)size * sizeof(*all));
        s = r == 0 ? db_query(a->db, "SELECT story, number FROM reports WHERE event = ? AND part < 2", "i", seq) : NULL;
        while (r == 0 && (r = db_step(a->db, s)) > 0) {
                all[n].story = sqlite3_column_int64(s, 0);
                all[n++].number = sqlite3_column_int64(s, 1);
                r = 0;
        }
        for (size_t i = 0; i < n && r == 0; i++) {
                struct crowd_report counted;
                struct merge_report merge;
                struct loaded loaded;

                r = load_one(a, seq, all[i].story, all[i].number, &loaded, &merge);
                if (r == 0)
                        make_count(&loaded, &merge, &counted);
                if (r == 0)
                        r = crowd_add(a->db, seq, &counted);
        }
        return error_trace(r);
}

/* How an event is counted. */
enum counted {
        COUNTED_FEW, /* in memory */
        COUNTED_ANEW, /* in the tables, from now on */
        COUNTED_ON, /* there before, and here are those that came and went */
};

static bool is_of(const struct pool_report *report, int64_t seq)
{
        return (report->event == seq || report->to == seq) && (report->seed || report->event != report->to);
}

static int settle_crowd(struct apply *a, int64_t seq, enum counted *counted)
{
        int64_t n = 0, there;
        int r;

        r = crowd_size(a->db, seq, &there);
        if (r == 0 && there > 0)
                r = db_get_int(a->db, 0, &n, "SELECT 1 FROM reports WHERE event = ? AND part < 2 LIMIT 1", "i", seq);
        if (r == 0 && there > 0 && n == 0) { /* all of it went on under another name */
                *counted = COUNTED_FEW;
                return error_trace(crowd_forget(a->db, seq));
        }
        for (size_t i = 0; i < a->n && r == 0 && there > 0; i++)
                if (is_of(a->reports[i], seq))
                        r = recount(a, seq, a->reports[i]);
        if (r == 0 && there > 0)
                r = crowd_size(a->db, seq, &n);
        else if (r == 0)
                r = db_get_int(a->db, 0, &n,
                               "SELECT count(*) FROM (SELECT 1 FROM reports WHERE event = ? AND part < 2 LIMIT ?)",
                               "ii", seq, (int64_t)MERGE_MAX + 1);
        if (r < 0)
                return error_trace(r);
        *counted = n <= MERGE_MAX ? COUNTED_FEW : there > 0 ? COUNTED_ON : COUNTED_ANEW;
        if (there > 0 && *counted == COUNTED_FEW)
                return error_trace(crowd_forget(a->db, seq));
        return *counted == COUNTED_ANEW ? error_trace(count_all(a, seq)) : 0;
}

/* Those that one change tells of. */
struct batch {
        const struct pool_report *came[MERGE_MENTIONS];
        const char *joined[MERGE_MENTIONS + 1], *left[MERGE_MENTIONS + 1]; /* ids, those of `came` and of others */
        size_t n_joined, n_left;
};

/* What the record is made of. */
struct made {
        struct loaded loaded[MERGE_MAX];
        struct merge_report reports[MERGE_MAX], also[MERGE_MENTIONS];
        size_t n, n_also;
        struct crowd crowd;
};

/* Few: all of them. */
static int make_few(struct apply *a, int64_t seq, struct made *m)
{
        struct crowd_report *counted = arena_array(a->arena, struct crowd_report, MERGE_MAX);
        int r;

        r = load_rows(a,
                      db_query(a->db,
                               "SELECT story, number, facts, record FROM reports WHERE event = ? AND part < 2 LIMIT ?",
                               "ii", seq, (int64_t)MERGE_MAX),
                      m->loaded, MERGE_MAX, &m->n);
        if (r == 0)
                qsort(m->loaded, m->n, sizeof(*m->loaded), compare_loaded);
        for (size_t i = 0; i < m->n && r == 0; i++) {
                r = fill_report(a, seq, &m->loaded[i], &m->reports[i]);
                if (r == 0)
                        make_count(&m->loaded[i], &m->reports[i], &counted[i]);
        }
        if (r == 0)
                crowd_count(&m->crowd, counted, m->n);
        return error_trace(r);
}

/* Whether the report is among the `n` first ones. */
static bool is_first(const struct made *m, size_t n, const struct pool_report *report)
{
        for (size_t i = 0; i < MIN_OF(n, m->n); i++)
                if (m->loaded[i].story == report->story && m->loaded[i].number == report->number)
                        return true;
        return false;
}

/* Those that came and are not among the `n` first ones. */
static int load_also(struct apply *a, int64_t seq, const struct batch *b, size_t n, struct made *m)
{
        int r = 0;

        m->n_also = 0;
        for (size_t i = 0; i < b->n_joined && r == 0; i++) {
                struct loaded loaded;

                if (!is_first(m, n, b->came[i]))
                        r = load_one(a, seq, b->came[i]->story, b->came[i]->number, &loaded, &m->also[m->n_also++]);
        }
        return error_trace(r);
}

/* The first ones, and those that came. */
static int make_crowd(struct apply *a, int64_t seq, const struct batch *b, struct made *m)
{
        int r;

        r = load_rows(
                a,
                db_query(
                        a->db,
                        "SELECT r.story, r.number, r.facts, r.record FROM crowd c JOIN reports r ON r.story = c.story"
                        " AND r.number = c.number WHERE c.event = ? ORDER BY c.time, c.hash, c.number, c.story LIMIT ?",
                        "ii", seq, (int64_t)MERGE_MAX),
                m->loaded, MERGE_MAX, &m->n);
        for (size_t i = 0; i < m->n && r == 0; i++)
                r = fill_report(a, seq, &m->loaded[i], &m->reports[i]);
        if (r == 0)
                r = load_also(a, seq, b, m->n, m);
        return r == 0 ? error_trace(crowd_load(a->db, a->arena, seq, &m->crowd)) : error_trace(r);
}

/* Whether none of those that came and went is among the first ones: then what these say stays. *who: who vouches for
 * them. */
static int find_later(struct apply *a, int64_t seq, struct made *m, const char *who[MERGE_MAX], bool *later)
{
        struct crowd_report last = { 0 };
        sqlite3_stmt *s;
        int r;

        s = db_query(
                a->db,
                "SELECT story, number, who, time FROM crowd WHERE event = ? ORDER BY time, hash, number, story LIMIT ?",
                "ii", seq, (int64_t)MERGE_MAX);
        while ((r = db_step(a->db, s)) > 0) {
                m->loaded[m->n].story = sqlite3_column_int64(s, 0);
                m->loaded[m->n].number = sqlite3_column_int64(s, 1);
                last.time = sqlite3_column_int64(s, 3);
                who[m->n++] = arena_strdup(a->arena, (const char *)sqlite3_column_text(s, 2));
        }
        *later = true;
        for (size_t i = 0; i < a->n && r == 0 && *later; i++)
                if (is_of(a->reports[i], seq))
                        *later = a->reports[i]->facts != NULL && a->reports[i]->facts->time > last.time;
        return error_trace(r);
}

/* The record that was told last, with what is counted anew. *done: false where it must be made of its reports. */
static int update_crowd(struct apply *a, int64_t seq, const struct batch *b, struct made *m,
                        struct merge_event *event, json_t **record, bool *done)
{
        const char *who[MERGE_MAX], *text;
        size_t n;
        int r;

        r = find_later(a, seq, m, who, done);
        if (r == 0 && *done)
                r = event_record(a->db, a->arena, seq, &text, &n);
        if (r < 0 || !*done)
                return error_trace(r);
        *record = text != NULL ? json_loadb(text, n, 0, NULL) : NULL;
        if (*record == NULL)
                return error_origin(-EUCLEAN);
        r = load_also(a, seq, b, m->n, m);
        event->n_also = m->n_also;
        if (r == 0)
                r = crowd_load(a->db, a->arena, seq, &m->crowd);
        return r == 0 ? error_trace(merge_update(event, who, m->n, *record)) : error_trace(r);
}

/* By which report the event has its name, and whether it is there and shown. */
static int load_name(struct apply *a, int64_t seq, int64_t *story, int64_t *number, bool *shown)
{
        sqlite3_stmt *s = db_query(a->db, "SELECT story, number, withdrawn FROM events WHERE seq = ?", "i", seq);
        int r = db_step(a->db, s);

        *story = seq >> 10; /* record_number() */
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

/* Its id, and since when it is known: from the report that it has its name from, or from what was told, where that
 * report is not kept any more. */
static int load_identity(struct apply *a, int64_t seq, int64_t story, int64_t number, struct merge_event *event)
{
        _cleanup_(decrefp) json_t *record = NULL;
        const char *text;
        size_t n;
        int r;

        r = report_id(a, story, number, &event->id);
        if (r == 0)
                r = db_get_int(a->db, INT64_MAX, &event->since, "SELECT received FROM stories WHERE id = ?", "i",
                               story);
        if (r < 0 || *event->id != '\0')
                return error_trace(r);
        r = event_record(a->db, a->arena, seq, &text, &n);
        if (r == 0)
                r = db_get_int(a->db, INT64_MAX, &event->since, "SELECT first_seen FROM events WHERE seq = ?", "i",
                               seq);
        record = r == 0 && text != NULL ? json_loadb(text, n, 0, NULL) : NULL;
        if (r == 0 && json_is_string(json_object_get(record, "id")))
                event->id = arena_strdup(a->arena, json_string_value(json_object_get(record, "id")));
        return error_trace(r);
}

/* The record of an event that has reports. NULL in *record: it has none. */
static int make_record(struct apply *a, int64_t seq, const struct batch *b, struct made *m, bool shown,
                       struct merge_event *event, json_t **record)
{
        enum counted counted = COUNTED_FEW;
        bool done = false;
        int r;

        r = settle_crowd(a, seq, &counted);
        if (r == 0 && counted == COUNTED_ON && shown)
                r = update_crowd(a, seq, b, m, event, record, &done);
        if (r < 0 || done)
                return error_trace(r);
        m->n = m->n_also = 0;
        r = counted == COUNTED_FEW ? make_few(a, seq, m) : make_crowd(a, seq, b, m);
        event->n_also = m->n_also;
        return r < 0 || m->n == 0 ? error_trace(r) : error_trace(merge_records(event, m->reports, m->n, record));
}

/* What the change log was told of those that came and went. */
struct told_of {
        size_t came, gone;
};

/* The next ones. `m`: the record has the first of its reports anyway, which are no news; NULL: all are. */
static int next_batch(struct apply *a, const struct touched *t, const struct made *m, struct told_of *told,
                      struct batch *b)
{
        int r = 0;

        *b = (struct batch){ .n_joined = 0 };
        for (; told->came < t->came.n && b->n_joined < MERGE_MENTIONS && r == 0; told->came++) {
                const struct pool_report *report = t->came.items[told->came];

                if (m != NULL && is_first(m, MERGE_MENTIONS, report))
                        continue;
                b->came[b->n_joined] = report;
                r = report_id(a, report->story, report->number, &b->joined[b->n_joined++]);
        }
        for (; told->gone < t->gone.n && b->n_left < MERGE_MENTIONS && r == 0; told->gone++) {
                const struct pool_report *report = t->gone.items[told->gone];

                r = report_id(a, report->story, report->number, &b->left[b->n_left++]);
        }
        return error_trace(r);
}

/* The record for the next change, where that told before has left out some. *more: it has. */
static int go_on(struct apply *a, const struct touched *t, struct made *m, bool shown, struct told_of *told,
                 struct batch *b, struct merge_event *event, json_t *record, bool *more)
{
        int r;

        if (!shown)
                told->gone = t->gone.n; /* it is new: nobody was there who could have left */
        r = next_batch(a, t, shown ? NULL : m, told, b);
        *more = b->n_joined + b->n_left > 0;
        if (r < 0 || !*more)
                return error_trace(r);
        (void)json_array_clear(a->parsed);      /* the record has its own references */
        r = load_also(a, t->seq, b, MERGE_MENTIONS, m);
        event->n_also = m->n_also;
        return r == 0 ? error_trace(merge_go_on(event, record)) : error_trace(r);
}

/* Write the event as its reports have it. *there: it has some. */
static int rebuild(struct apply *a, struct touched *t, bool *there)
{
        struct made *m = arena_new(a->arena, struct made);
        struct batch *b = arena_new(a->arena, struct batch);
        struct merge_event event = {
                .number = t->seq, .crowd = &m->crowd, .also = m->also, .joined = b->joined, .left = b->left
        };
        _cleanup_(decrefp) json_t *record = NULL;
        struct told_of told = { 0, 0 };
        int64_t source = 0, story, number;
        bool shown = false;
        int r;

        r = load_name(a, t->seq, &story, &number, &shown);
        if (r == 0)
                r = load_identity(a, t->seq, story, number, &event);
        if (r == 0 && shown)
                r = next_batch(a, t, NULL, &told, b);
        if (r == 0)
                r = make_record(a, t->seq, b, m, shown, &event, &record);
        *there = record != NULL;
        if (r == 0 && record != NULL)
                r = db_get_int(a->db, 0, &source, "SELECT source FROM stories WHERE id = ?", "i", m->loaded[0].story);
        for (bool more = record != NULL; r == 0 && more;) {
                r = event_put(a->db, t->seq, story, number, source, record, a->told);
                if (r == 0)
                        r = go_on(a, t, m, shown, &told, b, &event, record, &more);
        }
        return error_trace(r);
}

/* Nobody tells of it any more: what became of the report that it had its name from. */
static int withdraw(struct apply *a, const struct touched *t)
{
        int64_t became;
        int r;

        r = db_get_int(a->db, 0, &became,
                       "SELECT event FROM reports WHERE story = ? AND number = ? AND shown AND event <> ?", "iii",
                       t->first_story, t->first_number, t->seq);
        if (r == 0)
                r = event_withdraw(a->db, t->seq, became, a->told);
        return error_trace(r);
}

static int compare_touched(const void *x, const void *y)
{
        const struct touched *a = x, *b = y;

        return (a->seq > b->seq) - (a->seq < b->seq);
}

int apply_changes(struct db *db, struct arena *arena, struct pool_report *const *reports, size_t n,
                  const struct join_fresh *fresh, size_t n_fresh, struct event_told *told)
{
        struct apply a = { .db = db,
                           .arena = arena,
                           .reports = reports,
                           .n = n,
                           .fresh = fresh,
                           .n_fresh = n_fresh,
                           .touched = arena_array(arena, struct touched, 2 * n + 1),
                           .told = told,
                           .parsed = json_array() };
        bool *there;
        int r;

        if (a.parsed == NULL)
                return error_origin(-ENOMEM);
        find_touched(&a);
        r = store_records(&a);
        qsort(a.touched, a.n_touched, sizeof(*a.touched), compare_touched);
        there = arena_array(arena, bool, a.n_touched + 1);
        for (size_t i = 0; i < a.n_touched && r == 0; i++)
                if (a.touched[i].dirty)
                        r = rebuild(&a, &a.touched[i], &there[i]);
        for (size_t i = 0; i < a.n_touched && r == 0; i++)
                if (a.touched[i].dirty && !there[i])
                        r = withdraw(&a, &a.touched[i]);
        json_decref(a.parsed);
        return error_trace(r);
}
