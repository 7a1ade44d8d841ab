/* See pool.h. Sketches are large and wanted of few: they are loaded where the facts do not speak against a link
 * already. */
#include "desk/pool.h"

#include <string.h>

#include "base/error.h"
#include "desk/copies.h"

void pool_init(struct pool *pool, struct db *db, struct arena *arena)
{
        *pool = (struct pool){ .db = db, .arena = arena, .size = 64, .n_slots = 256, .keys_size = 32 };
        pool->reports = arena_array(arena, struct pool_report *, pool->size);
        pool->slots = arena_array(arena, uint32_t, pool->n_slots);
        pool->keys = arena_array(arena, struct pool_key, pool->keys_size);
}

static size_t slot_of(const struct pool *pool, int64_t story, int64_t number)
{
        uint64_t hash = ((uint64_t)story << 10 ^ (uint64_t)number) * 0x9e3779b97f4a7c15;

        return hash >> 32 & (pool->n_slots - 1);
}

struct pool_report *pool_find(const struct pool *pool, int64_t story, int64_t number)
{
        for (size_t at = slot_of(pool, story, number); pool->slots[at] != 0; at = (at + 1) & (pool->n_slots - 1)) {
                struct pool_report *report = pool->reports[pool->slots[at] - 1];

                if (report->story == story && report->number == number)
                        return report;
        }
        return NULL;
}

static void put_slot(struct pool *pool, size_t index)
{
        const struct pool_report *report = pool->reports[index];
        size_t at = slot_of(pool, report->story, report->number);

        while (pool->slots[at] != 0)
                at = (at + 1) & (pool->n_slots - 1);
        pool->slots[at] = (uint32_t)index + 1;
}

static void put(struct pool *pool, struct pool_report *report)
{
        if (pool->n == pool->size) {
                struct pool_report **more = arena_array(pool->arena, struct pool_report *, 4 * pool->size);

                memcpy(more, pool->reports, pool->n * sizeof(*more));
                pool->reports = more;
                pool->size *= 4;
                pool->n_slots = 4 * pool->size;
                pool->slots = arena_array(pool->arena, uint32_t, pool->n_slots);
                for (size_t i = 0; i < pool->n; i++)
                        put_slot(pool, i);
        }
        pool->reports[pool->n++] = report;
        put_slot(pool, pool->n - 1);
}

void pool_note_core(struct pool *pool, struct pool_report *report)
{
        if (report->noted)
                return;
        report->noted = true;
        pool->core = arena_push(pool->arena, pool->core, pool->n_noted++, &pool->core_size, report);
}

struct pool_report *pool_add(struct pool *pool, int64_t story, int64_t number, int64_t event)
{
        struct pool_report *report = arena_new(pool->arena, struct pool_report);

        report->story = story;
        report->number = number;
        report->event = report->to = event;
        report->shown = true;
        report->was = report->part = NEAR_FOLLOWER;
        report->head = report;
        put(pool, report);
        return report;
}

int pool_load(struct pool *pool, int64_t story, int64_t number, struct pool_report **out)
{
        struct pool_report *report;
        struct facts *facts;
        sqlite3_stmt *s;
        int r;

        *out = pool_find(pool, story, number);
        if (*out != NULL)
                return 0;
        s = db_query(pool->db, "SELECT event, shown, part, facts FROM reports WHERE story = ? AND number = ?", "ii",
                     story, number);
        r = db_step(pool->db, s);
        if (r <= 0)
                return error_trace(r);
        report = arena_new(pool->arena, struct pool_report);
        facts = arena_new(pool->arena, struct facts);
        report->story = story;
        report->number = number;
        report->event = report->to = sqlite3_column_int64(s, 0);
        report->shown = sqlite3_column_int64(s, 1);
        report->was = report->part = (enum near_part)sqlite3_column_int64(s, 2);
        report->head = report;
        if (facts_decode(facts, sqlite3_column_blob(s, 3), (size_t)sqlite3_column_bytes(s, 3)))
                report->facts = facts;
        sqlite3_reset(s);
        r = 0;
        if (!report->shown)
                r = db_get_int(pool->db, 0, &report->instead,
                               "SELECT coalesce(replaced_by, duplicate_of) FROM stories WHERE id = ?", "i", story);
        put(pool, report);
        pool->n_core += report->part == NEAR_CORE;
        if (report->part == NEAR_CORE)
                pool_note_core(pool, report);
        *out = report;
        return error_trace(r);
}

int pool_load_facts(struct pool *pool, struct pool_report *report)
{
        struct facts *facts;
        sqlite3_stmt *s;
        int r;

        if (report->facts != NULL)
                return 0;
        s = db_query(pool->db, "SELECT facts FROM reports WHERE story = ? AND number = ?", "ii", report->story,
                     report->number);
        r = db_step(pool->db, s);
        if (r <= 0)
                return error_trace(r);
        facts = arena_new(pool->arena, struct facts);
        if (facts_decode(facts, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0)))
                report->facts = facts;
        sqlite3_reset(s);
        return 0;
}

int pool_load_sketch(struct pool *pool, struct pool_report *report)
{
        struct sketch *sketch;
        bool found;
        int r;

        if (report->sketch != NULL)
                return 0;
        sketch = arena_new(pool->arena, struct sketch);
        r = copies_load(pool->db, report->story, sketch, &found);
        report->sketch = sketch; /* empty where it is forgotten: then the sentence decides */
        return error_trace(r);
}

int pool_compare(struct pool *pool, struct pool_report *a, struct pool_report *b, enum link *link, double *strength)
{
        int r;

        *link = LINK_CONFLICT;
        *strength = 0;
        if (link_excludes(a->facts, b->facts))
                return 0;
        r = pool_load_sketch(pool, a);
        if (r == 0)
                r = pool_load_sketch(pool, b);
        if (r == 0)
                *link = link_compare(&(struct link_report){ a->facts, a->sketch, a->story },
                                     &(struct link_report){ b->facts, b->sketch, b->story }, strength);
        return error_trace(r);
}

bool pool_is_before(const struct pool_report *a, const struct pool_report *b)
{
        int c = facts_compare(a->facts, b->facts);

        return c != 0 ? c < 0 : a->story != b->story ? a->story < b->story : a->number < b->number;
}

struct found {
        int64_t story, number;
};

/* What a statement gives, into the pool; how many, at most 2 * POOL_WINDOW + 1. */
static int load_all(struct pool *pool, sqlite3_stmt *s, size_t *n)
{
        struct found found[2 * POOL_WINDOW + 1];
        struct pool_report *report;
        int r;

        *n = 0;
        while ((r = db_step(pool->db, s)) > 0)
                if (*n < N_ELEMENTS(found)) {
                        found[*n].story = sqlite3_column_int64(s, 0);
                        found[(*n)++].number = sqlite3_column_int64(s, 1);
                }
        for (size_t i = 0; i < *n && r == 0; i++)
                if (pool_find(pool, found[i].story, found[i].number) == NULL && pool->n_core >= POOL_MAX)
                        pool->full = true;
                else
                        r = pool_load(pool, found[i].story, found[i].number, &report);
        return error_trace(r);
}

static struct pool_key *find_key(struct pool *pool, int64_t day, int64_t key)
{
        struct pool_key *found;

        for (size_t i = 0; i < pool->n_keys; i++)
                if (pool->keys[i].key == key && pool->keys[i].day == day)
                        return &pool->keys[i];
        if (pool->n_keys == pool->keys_size) {
                struct pool_key *more = arena_array(pool->arena, struct pool_key, 4 * pool->keys_size);

                memcpy(more, pool->keys, pool->n_keys * sizeof(*more));
                pool->keys = more;
                pool->keys_size *= 4;
        }
        found = &pool->keys[pool->n_keys++];
        found->day = day;
        found->key = key;
        return found;
}

/* Most keys have few reports: these are there with the first look. */
static int look_under(struct pool *pool, int64_t day, int64_t key, int64_t rank)
{
        struct pool_key *known = find_key(pool, day, key);
        size_t n;
        int r;

        if (known->whole)
                return 0;
        r = load_all(pool,
                     db_query(pool->db,
                              "SELECT story, number FROM near WHERE day = ? AND key = ? AND part = 0 AND rank <= ?"
                              " ORDER BY rank DESC, story DESC, number DESC LIMIT ?",
                              "iiii", day, key, rank, (int64_t)POOL_WINDOW),
                     &n);
        known->whole = n < POOL_WINDOW;
        if (r == 0)
                r = load_all(pool,
                             db_query(pool->db,
                                      "SELECT story, number FROM near WHERE day = ? AND key = ? AND part = 0"
                                      " AND rank > ? ORDER BY rank, story, number LIMIT ?",
                                      "iiii", day, key, rank, (int64_t)POOL_WINDOW),
                             &n);
        known->whole &= n < POOL_WINDOW;
        return error_trace(r);
}

int pool_look(struct pool *pool, const struct facts *facts)
{
        struct facts_keys keys;
        int r = 0;

        facts_keys(facts, &keys);
        for (size_t i = 0; i < keys.n_look && r == 0; i++)
                r = look_under(pool, keys.look[i].day, keys.look[i].key, near_rank(facts));
        return error_trace(r);
}
