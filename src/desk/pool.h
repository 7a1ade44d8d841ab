/*
 * The reports that are looked at when events are settled, each loaded once, with what becomes of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "desk/facts.h"
#include "desk/link.h"
#include "desk/near.h"
#include "desk/sketch.h"
#include "store/db.h"

enum {
        POOL_WINDOW = 128,              /* reports of the core that are looked at under one key, before and after each */
        POOL_MAX = 1024,                /* of the core that are compared at all */
};

struct pool_report {
        int64_t story, number;
        int64_t event, to;              /* the event that it stands in, and where it belongs */
        enum near_part was, part;
        bool shown;
        bool fresh;                     /* came just now: it is not in `near` yet */
        bool seed;                      /* it came, was shown or hidden, or its story has another origin */
        bool came;                      /* a seed that came, was shown or hidden */
        bool noted;                     /* it stands in the pool's `core` */
        bool queued, listed;            /* join.c's, cover.c's own; */
        uint64_t stamp;                 /* cover.c's too */
        const struct pool_report *decided;
        size_t chosen;                  /* how many had turned when `strongest` was looked for, and one */
        int64_t instead;                /* hidden: the story that took the place of its story, 0: none */
        struct pool_report *follows;    /* hidden: the report that took its place, NULL: none */
        struct pool_report *strongest;  /* a follower's: the report of the core that it goes with */
        struct pool_report *head;       /* the report of the core that stands for its group, join.c */
        const struct facts *facts;      /* NULL: stands alone, or is not loaded (followers that were there) */
        const struct sketch *sketch;    /* of its story; NULL: not loaded yet */
};

struct pool {
        struct db *db;
        struct arena *arena;
        struct pool_report **reports;
        size_t n, size;
        size_t n_core;                  /* of them that are, or were, of the core */
        struct pool_report **core;      /* ... and have been at any time: few where followers are many */
        size_t n_noted, core_size;
        uint32_t *slots;                /* by story and number: index + 1; a power of two of them */
        size_t n_slots;
        struct pool_key {
                int64_t day, key;
                bool whole;             /* all that is under it is there */
        } *keys;
        size_t n_keys, keys_size;
        bool full;                      /* something was left out */
};

void pool_init(struct pool *pool, struct db *db, struct arena *arena);
struct pool_report *pool_find(const struct pool *pool, int64_t story, int64_t number);
/* *out: NULL where there is no such report. 0 or -errno, as all of these. */
int pool_load(struct pool *pool, int64_t story, int64_t number, struct pool_report **out);
/* One of which only the place is known: a follower. */
struct pool_report *pool_add(struct pool *pool, int64_t story, int64_t number, int64_t event);
/* It is of the core now. */
void pool_note_core(struct pool *pool, struct pool_report *report);
/* The core around it, under the keys that it looks under. */
int pool_look(struct pool *pool, const struct facts *facts);
/* As link_compare(), with the sketches loaded where they are needed. */
int pool_compare(struct pool *pool, struct pool_report *a, struct pool_report *b, enum link *link, double *strength);
int pool_load_facts(struct pool *pool, struct pool_report *report);
int pool_load_sketch(struct pool *pool, struct pool_report *report);
/* The order of reports that depends on what they are, see facts_compare(). Both have facts. */
bool pool_is_before(const struct pool_report *a, const struct pool_report *b);
