/*
 * See join.h. Three steps: the neighbourhood (gather), its partition (cluster_make()), and what of it is another than before
 * (apply.c writes that).
 */
#include "desk/join.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "desk/apply.h"
#include "desk/cluster.h"
#include "desk/copies.h"
#include "desk/record.h"

enum {
        KEY_MAX = 256,                  /* reports that are looked at under one key, newest first */
        POOL_MAX = 1024,                /* reports that are compared at all */
        KEYS_MAX = 512,                 /* that are looked under */
};

struct neighbourhood {
        struct db *db;
        struct arena *arena;
        struct apply_report *pool[POOL_MAX];
        size_t n_pool;
        struct apply_report *queue[POOL_MAX];   /* those whose neighbours are looked for: members, and seeds that are hidden */
        size_t n_queue, done;
        size_t n_members;
        struct {
                int64_t day, key;
        } keys[KEYS_MAX];
        size_t n_keys;
        int64_t events[POOL_MAX];       /* whose reports are there */
        size_t n_events;
        bool full;
};

static struct apply_report *find(const struct neighbourhood *h, int64_t story, int64_t number)
{
        for (size_t i = 0; i < h->n_pool; i++)
                if (h->pool[i]->story == story && h->pool[i]->number == number)
                        return h->pool[i];
        return NULL;
}

static int load_sketch(struct neighbourhood *h, struct apply_report *report)
{
        struct sketch *sketch;
        bool found;
        int r;

        for (size_t i = 0; i < h->n_pool; i++)
                if (h->pool[i]->story == report->story && h->pool[i]->sketch != NULL) {
                        report->sketch = h->pool[i]->sketch;
                        return 0;
                }
        sketch = arena_new(h->arena, struct sketch);
        r = copies_load(h->db, report->story, sketch, &found);
        report->sketch = sketch;        /* empty where it is forgotten: then the sentence decides */
        return error_trace(r);
}

/* *out: NULL where there is no such report, or no room. */
static int load(struct neighbourhood *h, int64_t story, int64_t number, struct apply_report **out)
{
        struct apply_report *report;
        struct facts *facts;
        sqlite3_stmt *s;
        int r;

        *out = find(h, story, number);
        if (*out != NULL)
                return 0;
        if (h->n_pool == POOL_MAX) {
                h->full = true;
                return 0;
        }
        s = db_query(h->db, "SELECT event, shown, facts FROM reports WHERE story = ? AND number = ?", "ii", story, number);
        r = db_step(h->db, s);
        if (r <= 0)
                return error_trace(r);
        report = arena_new(h->arena, struct apply_report);
        facts = arena_new(h->arena, struct facts);
        report->story = story;
        report->number = number;
        report->event = sqlite3_column_int64(s, 0);
        report->shown = sqlite3_column_int64(s, 1);
        if (facts_decode(facts, sqlite3_column_blob(s, 2), (size_t)sqlite3_column_bytes(s, 2)))
                report->facts = facts;
        sqlite3_reset(s);
        r = report->facts != NULL ? load_sketch(h, report) : 0;
        if (r == 0 && !report->shown)
                r = db_get_int(h->db, 0, &report->instead, "SELECT coalesce(replaced_by, duplicate_of) FROM stories WHERE id = ?",
                               "i", story);
        h->pool[h->n_pool++] = *out = report;
        return error_trace(r);
}

static void enqueue(struct neighbourhood *h, struct apply_report *report)
{
        if (report->queued)
                return;
        if (report->shown && h->n_members == CLUSTER_MAX) {
                h->full = true;
                return;
        }
        report->queued = true;
        h->n_members += report->shown;
        h->queue[h->n_queue++] = report;
}

/* Pairs (story, number) of a statement, into the pool; to the queue where they stand in one event with what is there. */
static int load_all(struct neighbourhood *h, sqlite3_stmt *s, bool mates)
{
        struct { int64_t story, number; } found[CLUSTER_MAX + 1];
        struct apply_report *report;
        size_t n = 0;
        int r;

        while ((r = db_step(h->db, s)) > 0)
                if (n < N_ELEMENTS(found)) {
                        found[n].story = sqlite3_column_int64(s, 0);
                        found[n++].number = sqlite3_column_int64(s, 1);
                }
        for (size_t i = 0; i < n && r == 0; i++) {
                r = load(h, found[i].story, found[i].number, &report);
                if (r == 0 && report != NULL && mates)
                        enqueue(h, report);
        }
        return error_trace(r);
}

static bool add_key(struct neighbourhood *h, int64_t day, int64_t key)
{
        for (size_t i = 0; i < h->n_keys; i++)
                if (h->keys[i].key == key && h->keys[i].day == day)
                        return false;
        if (h->n_keys == KEYS_MAX)
                return false;
        h->keys[h->n_keys].day = day;
        h->keys[h->n_keys++].key = key;
        return true;
}

static int look(struct neighbourhood *h, const struct apply_report *report)
{
        struct facts_keys keys;
        int r = 0;

        facts_keys(report->facts, &keys);
        for (size_t i = 0; i < keys.n_look && r == 0; i++)
                if (add_key(h, keys.look[i].day, keys.look[i].key))
                        r = load_all(h, db_query(h->db, "SELECT story, number FROM near WHERE day = ? AND key = ?"
                                                 " ORDER BY story DESC, number DESC LIMIT ?", "iii", keys.look[i].day,
                                                 keys.look[i].key, (int64_t)KEY_MAX), false);
        return error_trace(r);
}

static bool add_event(struct neighbourhood *h, int64_t event)
{
        for (size_t i = 0; i < h->n_events; i++)
                if (h->events[i] == event)
                        return false;
        h->events[h->n_events++] = event;       /* one a report of the queue at most */
        return true;
}

/* The neighbours of one: who stands in its event, and who links to it. */
static int expand(struct neighbourhood *h, struct apply_report *report)
{
        struct link_report a = { report->facts, report->sketch, report->story };
        double strength;
        int r = 0;

        if (add_event(h, report->event))
                r = load_all(h, db_query(h->db, "SELECT story, number FROM reports WHERE event = ? ORDER BY story, number LIMIT ?",
                                         "ii", report->event, (int64_t)CLUSTER_MAX + 1), true);
        if (r < 0 || report->facts == NULL)
                return error_trace(r);
        r = look(h, report);
        for (size_t i = 0; i < h->n_pool && r == 0; i++) {
                struct apply_report *other = h->pool[i];
                struct link_report b = { other->facts, other->sketch, other->story };

                if (!other->queued && other->shown && other->facts != NULL && link_compare(&a, &b, &strength) == LINK_SAME)
                        enqueue(h, other);
        }
        return error_trace(r);
}

static int add_seeds(struct neighbourhood *h, const int64_t *stories, size_t n_stories, bool came)
{
        int r = 0;

        for (size_t i = 0; i < n_stories && r == 0; i++) {
                r = load_all(h, db_query(h->db, "SELECT story, number FROM reports WHERE story = ? ORDER BY number", "i",
                                         stories[i]), true);
                for (size_t j = 0; j < h->n_pool; j++) {
                        h->pool[j]->seed |= h->pool[j]->story == stories[i];
                        h->pool[j]->came |= came && h->pool[j]->story == stories[i];
                }
        }
        return error_trace(r);
}

static int gather(struct neighbourhood *h, const struct join_stories *stories)
{
        int r = add_seeds(h, stories->came, stories->n_came, true);

        if (r == 0)
                r = add_seeds(h, stories->moved, stories->n_moved, false);
        while (h->done < h->n_queue && r == 0)
                r = expand(h, h->queue[h->done++]);
        return error_trace(r);
}

static int compare_members(const void *x, const void *y)
{
        const struct apply_report *a = *(const struct apply_report *const *)x, *b = *(const struct apply_report *const *)y;

        if (a->story != b->story)
                return a->story < b->story ? -1 : 1;
        return (a->number > b->number) - (a->number < b->number);
}

/* Too many: a seed goes to the event of what it links to most, where it does not stand in one with others already. */
static void follow_strongest(struct neighbourhood *h, struct apply_report *report)
{
        struct link_report a = { report->facts, report->sketch, report->story };
        double best = 0, strength;

        if (!report->seed || report->facts == NULL || report->event != record_number(report->story, report->number))
                return;
        for (size_t i = 0; i < h->n_pool; i++) {
                const struct apply_report *other = h->pool[i];
                struct link_report b = { other->facts, other->sketch, other->story };

                if (other == report || !other->shown || other->facts == NULL || other->seed ||
                    link_compare(&a, &b, &strength) != LINK_SAME || strength <= best)
                        continue;
                best = strength;
                report->to = other->event;
        }
}

/* A report that was replaced goes with the one that took its place, and the event keeps its name: a corrected story is not
 * another event. */
static void keep_names(struct neighbourhood *h, struct apply_report **members, size_t n)
{
        for (size_t i = 0; i < h->n_queue; i++) {
                struct apply_report *old = h->queue[i], *best = NULL;
                struct link_report a = { old->facts, old->sketch, -1 };
                double most = 0, strength;

                if (old->shown || old->instead == 0 || old->facts == NULL)
                        continue;
                for (size_t j = 0; j < n; j++) {
                        struct link_report b = { members[j]->facts, members[j]->sketch, members[j]->story };

                        if (members[j]->story != old->instead || members[j]->facts == NULL ||
                            link_compare(&a, &b, &strength) != LINK_SAME || strength <= most)
                                continue;
                        most = strength;
                        best = members[j];
                }
                if (best != NULL)
                        old->follows = best;
        }
        /* In the order of stories and numbers: the first one gives the name. */
        for (size_t i = 0; i < h->n_queue; i++) {
                struct apply_report *old = h->queue[i];
                int64_t name = record_number(old->story, old->number), group;

                if (old->follows == NULL)
                        continue;
                group = old->follows->to;
                for (size_t j = 0; j < n && name < group; j++)
                        if (members[j]->to == group)
                                members[j]->to = name;
                old->to = old->follows->to;
        }
        for (size_t i = 0; i < h->n_queue; i++)
                if (h->queue[i]->follows != NULL)
                        h->queue[i]->to = h->queue[i]->follows->to;
}

static void partition(struct neighbourhood *h, struct apply_report **members, size_t n)
{
        struct link_report *reports = arena_array(h->arena, struct link_report, n);
        size_t *group = arena_array(h->arena, size_t, n), *index = arena_array(h->arena, size_t, n), n_known = 0;

        for (size_t i = 0; i < n; i++) {
                /* What schema 2 left, or was never an event, stands alone. */
                members[i]->to = members[i]->facts != NULL ? record_number(members[i]->story, members[i]->number)
                                                           : members[i]->event;
                if (h->full)
                        members[i]->to = members[i]->event;
                if (members[i]->facts == NULL)
                        continue;
                index[n_known] = i;
                reports[n_known++] = (struct link_report){ members[i]->facts, members[i]->sketch, members[i]->story };
        }
        if (h->full) {
                for (size_t i = 0; i < n; i++)
                        follow_strongest(h, members[i]);
                return;
        }
        cluster_make(h->arena, reports, n_known, group);
        for (size_t i = 0; i < n_known; i++) {
                const struct apply_report *first = members[index[group[i]]];

                members[index[i]]->to = record_number(first->story, first->number);
        }
        keep_names(h, members, n);
}

int join_settle(struct db *db, struct arena *arena, const struct join_stories *stories, const struct join_fresh *fresh,
                size_t n_fresh, struct event_told *told)
{
        struct neighbourhood *h = arena_new(arena, struct neighbourhood);
        struct apply_report **members;
        size_t n = 0;
        int r;

        h->db = db;
        h->arena = arena;
        r = gather(h, stories);
        if (r < 0)
                return error_trace(r);
        qsort(h->queue, h->n_queue, sizeof(*h->queue), compare_members);
        members = arena_array(arena, struct apply_report *, h->n_queue);
        for (size_t i = 0; i < h->n_queue; i++) {
                h->queue[i]->to = h->queue[i]->event;
                if (h->queue[i]->shown)
                        members[n++] = h->queue[i];
        }
        partition(h, members, n);
        return error_trace(apply_changes(db, arena, h->queue, h->n_queue, fresh, n_fresh, told));
}
