/* See cover.h. Whether a report follows depends on which are before it, not on whether these follow: so one that comes
 * touches no more than the next ones. Whom it follows depends on the core. */
#include "desk/cover.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void cover_init(struct cover *cover, struct pool *pool)
{
        *cover = (struct cover){ .pool = pool, .turned_size = 64, .followers_size = 64 };
        cover->turned = arena_array(pool->arena, struct pool_report *, cover->turned_size);
        cover->followers = arena_array(pool->arena, struct pool_report *, cover->followers_size);
}

static void add_follower(struct cover *c, struct pool_report *report)
{
        if (!report->listed)
                c->followers = arena_push(c->pool->arena, c->followers, c->n_followers++, &c->followers_size, report);
        report->listed = true;
}

int cover_choose(struct cover *c, struct pool_report *report)
{
        double best = 0, strength;
        enum link link;
        int r;

        report->strongest = NULL;
        report->chosen = c->n_turned + 1;
        r = pool_look(c->pool, report->facts);
        for (size_t i = 0; i < c->pool->n_noted && r == 0; i++) {
                struct pool_report *other = c->pool->core[i];

                if (other->part != NEAR_CORE || other == report || other->facts == NULL ||
                    !pool_is_before(other, report))
                        continue;
                r = pool_compare(c->pool, report, other, &link, &strength);
                if (r < 0 || link != LINK_SAME || strength < best ||
                    (report->strongest != NULL && strength == best && pool_is_before(report->strongest, other)))
                        continue;
                best = strength;
                report->strongest = other;
        }
        return error_trace(r);
}

/* ---- neighbours under a key ---- */

struct place {
        int64_t rank, story, number;
};

struct places {
        struct place at[COVER_WINDOW];
        size_t n;
};

static int compare_places(const struct place *a, const struct place *b)
{
        if (a->rank != b->rank)
                return a->rank < b->rank ? -1 : 1;
        if (a->story != b->story)
                return a->story < b->story ? -1 : 1;
        return (a->number > b->number) - (a->number < b->number);
}

static int take_places(struct cover *c, sqlite3_stmt *s, struct places *out)
{
        int r;

        out->n = 0;
        while ((r = db_step(c->pool->db, s)) > 0)
                if (out->n < COVER_WINDOW)
                        out->at[out->n++] = (struct place){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
                                                            sqlite3_column_int64(s, 2) };
        return error_trace(r);
}

enum side { BEFORE, AFTER };

/* Those that are shown and stand before a report, or behind it: at most `max` of both parts, the nearest ones first. Hundreds
 * that tell no time may have one rank. */
static int find_places(struct cover *c, enum side side, int64_t day, int64_t key, const struct pool_report *report,
                       size_t max, struct places *out)
{
        static const char *const queries[] = {
                [BEFORE] = "SELECT rank, story, number FROM near WHERE day = ? AND key = ? AND part = ?"
                           " AND (rank, story, number) < (?, ?, ?) ORDER BY rank DESC, story DESC, number DESC LIMIT ?",
                [AFTER] = "SELECT rank, story, number FROM near WHERE day = ? AND key = ? AND part = ?"
                          " AND (rank, story, number) > (?, ?, ?) ORDER BY rank, story, number LIMIT ?",
        };
        struct places parts[2];
        size_t at[2] = { 0 };
        int r = 0;

        for (int64_t part = NEAR_CORE; part <= NEAR_FOLLOWER && r == 0; part++)
                r = take_places(c, db_query(c->pool->db, queries[side], "iiiiiii", day, key, part, near_rank(report->facts),
                                            report->story, report->number, (int64_t)max), &parts[part]);
        for (out->n = 0; r == 0 && out->n < max && (at[0] < parts[0].n || at[1] < parts[1].n); out->n++) {
                bool second = at[0] == parts[0].n;

                if (!second && at[1] < parts[1].n)
                        second = (compare_places(&parts[1].at[at[1]], &parts[0].at[at[0]]) > 0) == (side == BEFORE);
                out->at[out->n] = parts[second].at[at[second]];
                at[second]++;
        }
        return error_trace(r);
}

/* How many of these link to it and stand before it, up to COVER_LINKS. `stamp` marks those that were counted. */
static int count_places(struct cover *c, struct pool_report *report, const struct places *places, size_t *links)
{
        struct pool_report *other;
        double strength;
        enum link link;
        int r = 0;

        for (size_t i = 0; i < places->n && r == 0 && *links < COVER_LINKS; i++) {
                r = pool_load(c->pool, places->at[i].story, places->at[i].number, &other);
                if (r < 0 || other == NULL || other->stamp == c->stamp || other->part == NEAR_HIDDEN)
                        continue;
                other->stamp = c->stamp;
                r = pool_load_facts(c->pool, other);
                if (r < 0 || other->facts == NULL || other == report || !pool_is_before(other, report))
                        continue;
                r = pool_compare(c->pool, report, other, &link, &strength);
                *links += r == 0 && link == LINK_SAME;
        }
        return error_trace(r);
}

/* Whether COVER_LINKS of those before it link to it. Where many tell of one act the nearest ones do. */
static int count_links(struct cover *c, struct pool_report *report, size_t *links)
{
        enum { FEW = 3 * COVER_LINKS };
        struct places places;
        struct facts_keys keys;
        int r = 0;

        *links = 0;
        c->stamp++;
        facts_keys(report->facts, &keys);
        for (size_t k = 0; k < keys.n_look && *links < COVER_LINKS; k++)
                for (size_t max = FEW; max != 0 && *links < COVER_LINKS;) {
                        r = find_places(c, BEFORE, keys.look[k].day, keys.look[k].key, report, max, &places);
                        if (r == 0)
                                r = count_places(c, report, &places, links);
                        if (r < 0)
                                return error_trace(r);
                        max = max == FEW && places.n == FEW ? COVER_WINDOW : 0;
                }
        return 0;
}

/* ---- parts ---- */

static int write_part(struct cover *c, const struct pool_report *report, enum near_part part)
{
        struct db *db = c->pool->db;
        int r = 0;

        if (report->fresh)
                r = near_put(db, report->story, report->number, report->facts, part);
        else if (report->facts != NULL)
                return error_trace(near_turn(db, report->story, report->number, report->facts, report->part, part));
        /* A fresh one's row says that it is of the core. */
        if (r == 0 && (!report->fresh || part != NEAR_CORE))
                r = db_run(db, "UPDATE reports SET part = ? WHERE story = ? AND number = ?", "iii", (int64_t)part,
                           report->story, report->number);
        return error_trace(r);
}

/* Those behind it must be looked at again where it comes to the core or leaves it. */
static int turn(struct cover *c, struct pool_report *report, enum near_part part)
{
        bool left = report->part == NEAR_CORE, came = part == NEAR_CORE;
        int r;

        if (!report->fresh && report->part == part)
                return 0;
        r = write_part(c, report, part);
        report->fresh = false;
        report->part = part;
        c->pool->n_core += came && report->was != NEAR_CORE;
        if (came)
                pool_note_core(c->pool, report);
        if (report->facts != NULL && (left || came))
                c->turned = arena_push(c->pool->arena, c->turned, c->n_turned++, &c->turned_size, report);
        return error_trace(r);
}

/* Where the core is small, nobody follows. */
static int decide(struct cover *c, struct pool_report *report)
{
        size_t links = 0;
        int r;

        if (report->facts == NULL)
                return error_trace(turn(c, report, report->shown ? NEAR_CORE : NEAR_HIDDEN));
        r = pool_look(c->pool, report->facts);
        if (r == 0 && !report->shown)
                return error_trace(turn(c, report, NEAR_HIDDEN));
        if (r == 0 && c->pool->n_core >= COVER_LINKS)
                r = count_links(c, report, &links);
        if (r == 0 && links >= COVER_LINKS)
                r = cover_choose(c, report);
        if (r < 0)
                return error_trace(r);
        if (links < COVER_LINKS || report->strongest == NULL)
                return error_trace(turn(c, report, NEAR_CORE));
        add_follower(c, report);
        return error_trace(turn(c, report, NEAR_FOLLOWER));
}

/* Whether what is counted of `report` can come out otherwise now that `changed` stands before it, or does not any more.
 * One that came and does not link to it can but push one that does out of the window; one that went can but let one in. */
static int may_turn(struct cover *c, struct pool_report *report, struct pool_report *changed, bool *may)
{
        enum near_part stays = changed->shown ? NEAR_CORE : NEAR_FOLLOWER;
        double strength;
        enum link link;
        int r;

        *may = true;
        if (report->part != stays)
                return 0;
        r = pool_compare(c->pool, changed, report, &link, &strength);
        *may = link == LINK_SAME;
        return error_trace(r);
}

/* One that others came before, or went. Whom it follows is another only where the core is: see look_behind(). */
static int decide_again(struct cover *c, struct pool_report *report, struct pool_report *changed)
{
        size_t links;
        bool may;
        int r;

        r = may_turn(c, report, changed, &may);
        if (r < 0 || !may)
                return error_trace(r);
        r = count_links(c, report, &links);
        if (r < 0 || (links >= COVER_LINKS) == (report->part == NEAR_FOLLOWER))
                return error_trace(r);
        return error_trace(decide(c, report));
}

/* One came or went: the next ones have others before them. */
static int decide_next(struct cover *c, struct pool_report *changed)
{
        struct pool_report *report;
        struct facts_keys keys;
        struct places places;
        int r = 0;

        if (c->pool->n_core < COVER_LINKS)
                return 0;
        facts_keys(changed->facts, &keys);
        for (size_t k = 0; k < keys.n_put && r == 0; k++) {
                r = find_places(c, AFTER, keys.put[k].day, keys.put[k].key, changed, COVER_WINDOW, &places);
                for (size_t i = 0; r == 0 && i < places.n; i++) {
                        r = pool_load(c->pool, places.at[i].story, places.at[i].number, &report);
                        if (r < 0 || report == NULL || report == changed || report->decided == changed ||
                            report->part == NEAR_HIDDEN)
                                continue;
                        report->decided = changed;
                        r = pool_load_facts(c->pool, report);
                        if (r == 0 && report->facts != NULL && pool_is_before(changed, report))
                                r = decide_again(c, report, changed);
                }
        }
        return error_trace(r);
}

/* Those that follow and link to it where it came to the core or left it may go with another, or with none any more. */
static int choose_if_linked(struct cover *c, struct pool_report *report, struct pool_report *turned)
{
        double strength;
        enum link link;
        int r;

        /* Under another key, or behind another one that turned: the core is what it was then. */
        if (report->chosen == c->n_turned + 1 || !pool_is_before(turned, report))
                return 0;
        r = pool_compare(c->pool, turned, report, &link, &strength);
        if (r < 0 || link != LINK_SAME)
                return error_trace(r);
        add_follower(c, report);
        r = cover_choose(c, report);
        return r == 0 && report->strongest == NULL ? error_trace(turn(c, report, NEAR_CORE)) : error_trace(r);
}

static int choose(struct cover *c, struct pool_report *report, struct pool_report *unused _unused_)
{
        add_follower(c, report);
        return error_trace(cover_choose(c, report));
}

/* The followers that a statement gives. */
static int for_each(struct cover *c, sqlite3_stmt *s, struct pool_report *turned,
                    int (*use)(struct cover *c, struct pool_report *report, struct pool_report *turned))
{
        struct {
                int64_t story, number, event;
        } *found = NULL, *more;
        size_t n = 0, size = 0;
        int r;

        while ((r = db_step(c->pool->db, s)) > 0) {
                if (n == size) {
                        size = size != 0 ? 2 * size : 64;
                        more = arena_alloc(c->pool->arena, size * sizeof(*found));
                        if (n > 0)
                                memcpy(more, found, n * sizeof(*found));
                        found = more;
                }
                found[n].story = sqlite3_column_int64(s, 0);
                found[n].number = sqlite3_column_int64(s, 1);
                found[n++].event = sqlite3_column_int64(s, 2);
        }
        for (size_t i = 0; i < n && r == 0; i++) {
                struct pool_report *report = pool_find(c->pool, found[i].story, found[i].number);

                if (report == NULL)
                        report = pool_add(c->pool, found[i].story, found[i].number, found[i].event);
                if (report->part != NEAR_FOLLOWER)
                        continue;
                r = pool_load_facts(c->pool, report);
                if (r == 0 && report->facts != NULL)
                        r = use(c, report, turned);
        }
        return error_trace(r);
}

static int look_behind(struct cover *c, struct pool_report *turned)
{
        struct facts_keys keys;
        int r = 0;

        if (c->pool->n_core < COVER_LINKS)
                return 0;
        facts_keys(turned->facts, &keys);
        for (size_t i = 0; i < keys.n_put && r == 0; i++)
                r = for_each(
                        c,
                        db_query(
                                c->pool->db,
                                "SELECT n.story, n.number, r.event FROM near n JOIN reports r"
                                " ON r.story = n.story AND r.number = n.number WHERE n.day = ? AND n.key = ? AND n.part = 1"
                                " AND n.rank >= ? ORDER BY n.rank LIMIT ?",
                                "iiii", keys.put[i].day, keys.put[i].key, near_rank(turned->facts), (int64_t)COVER_MAX),
                        turned, choose_if_linked);
        return error_trace(r);
}

static int compare_seeds(const void *x, const void *y)
{
        const struct pool_report *a = *(struct pool_report *const *)x, *b = *(struct pool_report *const *)y;

        /* What has no facts is compared with nothing: where it stands is the same. */
        if (a->facts == NULL || b->facts == NULL)
                return (a->facts != NULL) - (b->facts != NULL);
        return pool_is_before(b, a) - pool_is_before(a, b);
}

int cover_settle(struct cover *c)
{
        struct pool_report **seeds = arena_array(c->pool->arena, struct pool_report *, c->pool->n + 1);
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; i < c->pool->n; i++)
                if (c->pool->reports[i]->came)
                        seeds[n++] = c->pool->reports[i];
        /* What goes first, then what comes in its order. */
        for (size_t i = 0; i < n && r == 0; i++)
                if (!seeds[i]->shown)
                        r = decide(c, seeds[i]);
        qsort(seeds, n, sizeof(*seeds), compare_seeds);
        for (size_t i = 0; i < n && r == 0; i++)
                if (seeds[i]->shown)
                        r = decide(c, seeds[i]);
        for (size_t i = 0; i < n && r == 0; i++)
                if (seeds[i]->facts != NULL && seeds[i]->shown != (seeds[i]->was != NEAR_HIDDEN))
                        r = decide_next(c, seeds[i]);
        for (size_t i = 0; i < c->n_turned && r == 0; i++)
                r = look_behind(c, c->turned[i]);
        return error_trace(r);
}

int cover_follow(struct cover *c, int64_t event)
{
        return error_trace(for_each(c,
                                    db_query(c->pool->db,
                                             "SELECT story, number, event FROM reports WHERE event = ? AND part = 1"
                                             " ORDER BY story, number LIMIT ?",
                                             "ii", event, (int64_t)COVER_MAX),
                                    NULL, choose));
}
