/*
 * See join.h. Four steps: what of the new reports is compared with others at all (cover.c), the neighbourhood of what
 * that changes (gather), its partition (cluster_make()), and what of it is another than before (apply.c writes that).
 */
#include "desk/join.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "desk/apply.h"
#include "desk/cluster.h"
#include "desk/cover.h"
#include "desk/record.h"

struct neighbourhood {
        struct db *db;
        struct arena *arena;
        struct pool pool;
        struct cover cover;
        struct pool_report
                *queue[POOL_MAX]; /* those whose neighbours are looked for: members, and what left the core */
        size_t n_queue, done;
        struct pool_report *members[CLUSTER_MAX];
        size_t n_members;
        int64_t events[POOL_MAX]; /* whose core is there */
        size_t n_events;
        bool full;
};

static bool is_core(const struct pool_report *report)
{
        return report->shown && report->part == NEAR_CORE;
}

static int64_t number_of(const struct pool_report *report)
{
        return record_number(report->story, report->number);
}

static void enqueue(struct neighbourhood *h, struct pool_report *report)
{
        if (report->queued)
                return;
        if (h->n_queue == POOL_MAX || (is_core(report) && h->n_members == CLUSTER_MAX)) {
                h->full = true;
                return;
        }
        report->queued = true;
        h->queue[h->n_queue++] = report;
        if (is_core(report))
                h->members[h->n_members++] = report;
}

/* Pairs (story, number) of a statement, into the pool and the queue. */
static int load_mates(struct neighbourhood *h, sqlite3_stmt *s)
{
        struct {
                int64_t story, number;
        } found[CLUSTER_MAX + 1];
        struct pool_report *report;
        size_t n = 0;
        int r;

        while ((r = db_step(h->db, s)) > 0)
                if (n < N_ELEMENTS(found)) {
                        found[n].story = sqlite3_column_int64(s, 0);
                        found[n++].number = sqlite3_column_int64(s, 1);
                }
        for (size_t i = 0; i < n && r == 0; i++) {
                r = pool_load(&h->pool, found[i].story, found[i].number, &report);
                if (r == 0 && report != NULL)
                        enqueue(h, report);
        }
        return error_trace(r);
}

static bool add_event(struct neighbourhood *h, int64_t event)
{
        for (size_t i = 0; i < h->n_events; i++)
                if (h->events[i] == event)
                        return false;
        h->events[h->n_events++] = event; /* one a report of the queue at most */
        return true;
}

/* The neighbours of one: the core of its event with what stands hidden there, and whoever of the core links to it. */
static int expand(struct neighbourhood *h, struct pool_report *report)
{
        double strength;
        enum link link;
        int r = 0;

        if (add_event(h, report->event)) {
                r = load_mates(h, db_query(h->db,
                                           "SELECT story, number FROM reports WHERE event = ? AND part = 0"
                                           " ORDER BY story, number LIMIT ?",
                                           "ii", report->event, (int64_t)CLUSTER_MAX + 1));
                if (r == 0)
                        r = load_mates(h, db_query(h->db,
                                                   "SELECT story, number FROM reports WHERE event = ? AND part = 2"
                                                   " ORDER BY story, number LIMIT ?",
                                                   "ii", report->event, (int64_t)CLUSTER_MAX + 1));
        }
        if (r < 0 || report->facts == NULL)
                return error_trace(r);
        r = pool_look(&h->pool, report->facts);
        for (size_t i = 0; i < h->pool.n_noted && r == 0; i++) {
                struct pool_report *other = h->pool.core[i];

                if (other->queued || !is_core(other) || other->facts == NULL)
                        continue;
                r = pool_compare(&h->pool, report, other, &link, &strength);
                if (r == 0 && link == LINK_SAME)
                        enqueue(h, other);
        }
        return error_trace(r);
}

/* ---- the seeds ---- */

static void mark_moved(struct pool_report *report)
{
        report->seed = true;
}

static void mark_came(struct pool_report *report)
{
        report->seed = report->came = true;
}

/* All reports of these stories, into the pool; `mark`: how, NULL: not. */
static int add_seeds(struct neighbourhood *h, const int64_t *stories, size_t n_stories,
                     void (*mark)(struct pool_report *report))
{
        struct {
                int64_t number;
        } found[RECORD_EVENTS_MAX];
        struct pool_report *report;
        sqlite3_stmt *s;
        int r = 0;

        for (size_t i = 0; i < n_stories && r == 0; i++) {
                size_t n = 0;

                s = db_query(h->db, "SELECT number FROM reports WHERE story = ? ORDER BY number", "i", stories[i]);
                while ((r = db_step(h->db, s)) > 0)
                        if (n < N_ELEMENTS(found))
                                found[n++].number = sqlite3_column_int64(s, 0);
                for (size_t j = 0; j < n && r == 0; j++) {
                        r = pool_load(&h->pool, stories[i], found[j].number, &report);
                        if (r == 0 && report != NULL && mark != NULL)
                                mark(report);
                }
        }
        return error_trace(r);
}

/* They are in no index yet, and nobody is compared with them before it is known what they are. */
static void mark_fresh(struct neighbourhood *h, const struct join_fresh *fresh, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                struct pool_report *report = pool_find(&h->pool, fresh[i].story, fresh[i].number);

                if (report == NULL || report->facts == NULL)
                        continue;
                h->pool.n_core -= report->part == NEAR_CORE;
                report->fresh = true;
                report->was = report->part = NEAR_HIDDEN;
        }
}

/* A report that was replaced goes with the one that took its place, and the event keeps its name: a corrected story is
 * not another event. */
static int follow_replacement(struct neighbourhood *h, struct pool_report *old)
{
        double most = 0, strength;
        enum link link;
        int r = 0;

        if (old->shown || old->instead == 0 || old->facts == NULL)
                return 0;
        for (size_t i = 0; i < h->pool.n && r == 0; i++) {
                struct pool_report *other = h->pool.reports[i];

                if (other->story != old->instead || other->facts == NULL || !other->shown)
                        continue;
                r = pool_compare(&h->pool, old, other, &link, &strength);
                if (r == 0 && link == LINK_SAME && strength > most) {
                        most = strength;
                        old->follows = other;
                }
        }
        return error_trace(r);
}

/* Hidden ones that came: what took their place, which may be compared with nothing. */
static int load_replacements(struct neighbourhood *h)
{
        size_t n = h->pool.n;
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                struct pool_report *old = h->pool.reports[i];

                if (!old->came || old->shown || old->instead == 0)
                        continue;
                r = add_seeds(h, &old->instead, 1, NULL);
                if (r == 0)
                        r = follow_replacement(h, old);
                if (r == 0 && old->follows != NULL && old->follows->part == NEAR_FOLLOWER &&
                    old->follows->strongest == NULL)
                        r = cover_choose(&h->cover, old->follows);
        }
        return error_trace(r);
}

/* What the partition must be found anew for. */
static void start(struct neighbourhood *h)
{
        for (size_t i = 0; i < h->cover.n_turned; i++)
                enqueue(h, h->cover.turned[i]);
        for (size_t i = 0; i < h->pool.n; i++) {
                struct pool_report *report = h->pool.reports[i];

                if (!report->came)
                        continue;
                /* An event that was called after a follower which goes has another name then, and all of it moves. */
                if (report->facts == NULL ||
                    (!report->shown && (report->was != NEAR_FOLLOWER || report->event == number_of(report))))
                        enqueue(h, report);
                if (report->follows != NULL && number_of(report) < report->follows->event)
                        enqueue(h, report->follows);
        }
        for (size_t i = 0; i < h->cover.n_followers; i++) {
                struct pool_report *report = h->cover.followers[i], *core = report->strongest;

                if (core == NULL)
                        continue;
                if (number_of(report) < core->event)
                        enqueue(h, core);
                if (report->event == number_of(report) && !report->came && core->event != report->event)
                        enqueue(h, report);
        }
}

static int gather(struct neighbourhood *h)
{
        int r = 0;

        start(h);
        while (h->done < h->n_queue && r == 0)
                r = expand(h, h->queue[h->done++]);
        h->full |= h->pool.full;
        return error_trace(r);
}

/* ---- names ---- */

static void give_name(struct pool_report *report, int64_t name)
{
        report->head->to = MIN_OF(report->head->to, name);
}

/* An event of the neighbourhood has its name from the first of its reports. That may be one of the core, or one that
 * follows; where it is hidden, the one that took its place has the name; where it is not kept any more, the first that
 * is. Where it gave the name and does not any more, or the core parts, all that follow are looked at, since one of them
 * may be the first now. */
static int keep_name(struct neighbourhood *h, int64_t event)
{
        int64_t story = event >> 10, number = event & 1023; /* record_number() */
        struct pool_report *giver, *heir = NULL;
        bool parted = false;
        int r;

        for (size_t i = 0; i < h->n_members; i++) {
                if (h->members[i]->event != event)
                        continue;
                parted |= heir != NULL && heir->head != h->members[i]->head;
                heir = heir != NULL ? heir : h->members[i]; /* they are in the order of numbers */
        }
        if (heir == NULL)
                return 0;
        r = pool_load(&h->pool, story, number, &giver);
        if (r == 0 && giver == NULL)
                give_name(heir, event);
        else if (r == 0)
                parted |= giver->event != event || (!giver->shown && giver->follows == NULL);
        if (r == 0 && giver != NULL && giver->event == event && giver->part == NEAR_FOLLOWER && giver->facts != NULL) {
                r = giver->listed ? 0 : cover_choose(&h->cover, giver);
                if (r == 0)
                        give_name(giver->strongest != NULL ? giver->strongest : heir, event);
        }
        return r == 0 && parted ? error_trace(cover_follow(&h->cover, event)) : error_trace(r);
}

static struct pool_report *head_of(struct pool_report *report)
{
        return report->part == NEAR_FOLLOWER ? report->strongest != NULL ? report->strongest->head : report
                                             : report->head;
}

static int give_names(struct neighbourhood *h)
{
        int r = 0;

        for (size_t i = 0; i < h->pool.n && r == 0; i++)
                if (h->pool.reports[i]->follows == NULL)
                        r = follow_replacement(h, h->pool.reports[i]);
        for (size_t i = 0; i < h->n_events && r == 0; i++)
                r = keep_name(h, h->events[i]);
        for (size_t i = 0; i < h->cover.n_followers; i++)
                if (h->cover.followers[i]->strongest != NULL && h->cover.followers[i]->strongest->queued)
                        give_name(h->cover.followers[i]->strongest, number_of(h->cover.followers[i]));
        for (size_t i = 0; i < h->pool.n; i++) {
                struct pool_report *old = h->pool.reports[i];

                if (old->follows != NULL && head_of(old->follows)->queued)
                        give_name(head_of(old->follows), number_of(old));
        }
        return error_trace(r);
}

/* ---- the partition ---- */

/* Too many: a seed goes to the event of what it links to most, where it does not stand in one with others already. */
static int follow_strongest(struct neighbourhood *h, struct pool_report *report)
{
        double best = 0, strength;
        enum link link;
        int r = 0;

        if (!report->seed || report->facts == NULL || report->event != number_of(report))
                return 0;
        for (size_t i = 0; i < h->pool.n_noted && r == 0; i++) {
                struct pool_report *other = h->pool.core[i];

                if (other == report || !is_core(other) || other->facts == NULL || other->seed)
                        continue;
                r = pool_compare(&h->pool, report, other, &link, &strength);
                if (r < 0 || link != LINK_SAME || strength <= best)
                        continue;
                best = strength;
                report->head = other;
        }
        if (report->head != report && !report->head->queued) {
                /* It may stand alone so far: apply.c must see that it does not any more. */
                report->head->queued = true;
                if (h->n_queue < POOL_MAX)
                        h->queue[h->n_queue++] = report->head;
        }
        return error_trace(r);
}

static int compare_members(const void *x, const void *y)
{
        const struct pool_report *a = *(struct pool_report *const *)x, *b = *(struct pool_report *const *)y;

        if (a->story != b->story)
                return a->story < b->story ? -1 : 1;
        return (a->number > b->number) - (a->number < b->number);
}

static int partition(struct neighbourhood *h)
{
        struct link_report *reports = arena_array(h->arena, struct link_report, h->n_members + 1);
        size_t *group = arena_array(h->arena, size_t, h->n_members + 1), index[CLUSTER_MAX], n = 0;
        int r = 0;

        qsort(h->members, h->n_members, sizeof(*h->members), compare_members);
        for (size_t i = 0; i < h->n_members && r == 0; i++) {
                struct pool_report *m = h->members[i];

                if (h->full) {
                        r = follow_strongest(h, m);
                        continue;
                }
                if (m->facts == NULL) /* what schema 2 left, or was never an event, stands alone */
                        continue;
                m->to = number_of(m);
                r = pool_load_sketch(&h->pool, m);
                index[n] = i;
                reports[n++] = (struct link_report){ m->facts, m->sketch, m->story };
        }
        if (r < 0 || h->full)
                return error_trace(r);
        cluster_make(h->arena, reports, n, group);
        for (size_t i = 0; i < n; i++)
                h->members[index[i]]->head = h->members[index[group[i]]];
        return error_trace(give_names(h));
}

/* The core was divided anew: those that follow go with it. */
static int move_followers(struct neighbourhood *h)
{
        int r = 0;

        for (size_t i = 0; i < h->n_events && r == 0; i++) {
                const struct pool_report *first = NULL;
                size_t before = h->cover.n_followers;
                bool moved = false;

                for (size_t j = 0; j < h->n_members; j++)
                        if (h->members[j]->event == h->events[i]) {
                                first = first != NULL ? first : h->members[j];
                                moved |= h->members[j]->head->to != h->events[i];
                        }
                if (moved)
                        r = cover_follow(&h->cover, h->events[i]);
                for (size_t j = before; j < h->cover.n_followers && first != NULL; j++)
                        if (h->cover.followers[j]->strongest == NULL)
                                h->cover.followers[j]->strongest = first->head;
        }
        for (size_t i = 0; i < h->n_members; i++)
                h->members[i]->to = h->members[i]->head->to;
        for (size_t i = 0; i < h->cover.n_followers; i++)
                if (h->cover.followers[i]->strongest != NULL && h->cover.followers[i]->part == NEAR_FOLLOWER)
                        h->cover.followers[i]->to = h->cover.followers[i]->strongest->head->to;
        for (size_t i = 0; i < h->pool.n; i++)
                if (h->pool.reports[i]->follows != NULL)
                        h->pool.reports[i]->to = h->pool.reports[i]->follows->to;
        return error_trace(r);
}

/* What apply.c must know of, in the order of story and number. */
static struct pool_report **collect(struct neighbourhood *h, size_t *n)
{
        struct pool_report **all = arena_array(h->arena, struct pool_report *, h->pool.n + 1);

        *n = 0;
        for (size_t i = 0; i < h->pool.n; i++) {
                struct pool_report *report = h->pool.reports[i];

                if (report->queued || report->seed || report->to != report->event)
                        all[(*n)++] = report;
        }
        qsort(all, *n, sizeof(struct pool_report *), compare_members);
        return all;
}

int join_settle(struct db *db, struct arena *arena, const struct join_stories *stories, const struct join_fresh *fresh,
                size_t n_fresh, struct event_told *told)
{
        struct neighbourhood *h = arena_new(arena, struct neighbourhood);
        struct pool_report **all;
        size_t n = 0;
        int r;

        h->db = db;
        h->arena = arena;
        pool_init(&h->pool, db, arena);
        cover_init(&h->cover, &h->pool);
        r = add_seeds(h, stories->came, stories->n_came, mark_came);
        if (r == 0)
                r = add_seeds(h, stories->moved, stories->n_moved, mark_moved);
        mark_fresh(h, fresh, n_fresh);
        if (r == 0)
                r = cover_settle(&h->cover);
        if (r == 0)
                r = load_replacements(h);
        if (r == 0)
                r = gather(h);
        if (r == 0)
                r = partition(h);
        if (r == 0)
                r = move_followers(h);
        if (r < 0)
                return error_trace(r);
        all = collect(h, &n);
        return error_trace(apply_changes(db, arena, all, n, fresh, n_fresh, told));
}
