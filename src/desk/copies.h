/*
 * Copies: one story printed by many. Each coded story leaves a sketch and is put under its least prints, by the day of its
 * publication; a new one looks under its own, some days around, so that the cost of a story does not grow with the store.
 * Stories that are copies of one another, directly or by others between, have one origin: the first published of them. It
 * does not depend on the order in which they came.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "desk/sketch.h"
#include "store/db.h"

enum {
        COPIES_DAYS = 2,                /* before and after, that a copy may be apart */
        COPIES_KEYS = 12,                /* prints that a story is found by */
        COPIES_PER_KEY = 16,            /* stories that are looked at under one of them */
        COPIES_KEEP_DAYS = 10,          /* sketches are forgotten so long after they were made */
};

struct copies_story {
        int64_t row, time;              /* time: published, else received; us */
        uint64_t hash;                  /* of the content: orders those of one time */
        const char *who;                /* agency, else publisher */
};

/* The story's sketch is kept; *moved: rows of other stories that have another origin now, in the arena. That is all copies of one
 * that was published after this one: an original comes first nearly always. 0 or -errno. */
int copies_add(struct db *db, struct arena *arena, const struct copies_story *story, const struct sketch *sketch,
               int64_t **moved, size_t *n_moved);
/* The story is none any more (an exact duplicate of one that came late): others that had it as their origin get another, the
 * first of them, and are *moved as above. */
int copies_remove(struct db *db, struct arena *arena, int64_t row, int64_t **moved, size_t *n_moved);
/* The story is not kept any more: its copies go on being copies of it. */
int copies_forget(struct db *db, int64_t row);

/* False in *found where there is none (any more). */
int copies_load(struct db *db, int64_t row, struct sketch *sketch, bool *found);
/* The origin of a story, itself where it is none's copy, and whose word it is, into the arena (NULL: not known). */
int copies_origin(struct db *db, struct arena *arena, int64_t row, int64_t *origin, const char **who);
/* Forget sketches made before `before` (wall clock us), at most `max`. *n: how many went. */
int copies_expire(struct db *db, int64_t before, int64_t max, int64_t *n);
