/*
 * The row of an event, its actors, and what the change log is told of it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/db.h"

/* What the change log was told by one commit. */
struct event_told {
        int64_t shown;                  /* events that are new or there again */
        int64_t withdrawn;
        int64_t last_seq;               /* of the last change; unchanged where there was none */
};

/* The event `seq`, first told by report `number` of the story in row `story`, which came by `source`, is `record` now.
 * New where it was not there or was withdrawn, else changed; nothing where it is as it was and nobody `joined` or
 * `left`. 0 or -errno. */
int event_put(struct db *db, int64_t seq, int64_t story, int64_t number, int64_t source, json_t *record,
              struct event_told *told);
/* It has no reports any more; `became`: the event that its first report is part of now, 0: none. Nothing where it was
 * not there, or withdrawn already. */
int event_withdraw(struct db *db, int64_t seq, int64_t became, struct event_told *told);
/* The record of its last change, into the arena; NULL: there is no such event. */
int event_record(struct db *db, struct arena *arena, int64_t seq, const char **record, size_t *n);
