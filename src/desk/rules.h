/*
 * Rules in force: tried on each event in the transaction that commits it, so that event and alert are there together or
 * not at all. No thread and no loop: it runs on the store's writer thread, and `rules test` runs the same code over what is
 * stored, with its alerts in a database in memory (desk/rehearsal.h).
 *
 * What the rules know is in the store: how far they have followed the change log (totals.ruled), which events met a rule
 * that counts (rule_matches), when something last came whose absence is told (rules.seen). So a restart loses nothing, and a
 * transaction that is rolled back takes it along.
 *
 *   new, changed   The rules that hold now: each is met, once by an event. Those that the event had met and that do not hold any
 *                  more lose it.
 *   withdrawn      All lose it. An alert that has too few events left is resolved.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/rule.h"
#include "desk/match.h"
#include "store/db.h"

enum {
        RULES_TICK_US = 5000000,        /* how often rules_tick() should be called */
        RULES_PIECE = 200,              /* events or rows that one call of it works through */
};

/* A rule in force. */
struct rules_one {
        const struct rule *rule;
        struct match_needs needs;
        int64_t id;                     /* of its row in the store */
        int64_t filled;                 /* events up to this number have not been counted yet; 0: all have */
};

struct rules_usual;

/* A set of rules with what makes them quick. */
struct rules {
        struct rules_one *items;
        size_t n;
        bool absences, of_stories, rates;
        struct rules_usual *usuals;     /* what rate.c remembers */
};

/* Where the writer's jobs find the set in force; NULL: none. */
struct rules_slot {
        struct rules *rules;
};

/* `rules` must outlive it. 0 or -ENOMEM. */
int rules_new(struct rules **out, const struct rule *rules, size_t n);
void rules_free(struct rules *rules);

/* One run: where news is read and where what the rules know is kept, the same unless it is a rehearsal. */
struct rules_run {
        struct rules *rules;
        struct db *news, *state;
        struct arena *arena;
        int64_t now;                    /* wall clock us */
        int64_t raised, resolved;       /* alerts */
        int64_t last_seq;               /* of the change log, unchanged where nobody is told */
};

/* Make the store know these rules: new ones get a row, those that count something else begin anew. May be run again after a
 * rollback. 0 or -errno. */
int rules_install(struct rules_run *run);
/* Try the rules on all that was committed to the change log since the last call, this transaction's included. */
int rules_follow(struct rules_run *run);
/* New stories of a watch came. */
int rules_note_stories(struct rules_run *run, const char *watch);
/* By the clock: absences; a piece of what new rules have to count; a piece of what is not needed any more. *more: pieces are
 * left. */
int rules_tick(struct rules_run *run, bool *more);

/* One event, as its record is now. `number`: in the store; `at`: of its first report; `story`: row, 0: unknown. */
struct rules_event {
        int64_t number, at, story;
        json_t *record;                 /* NULL: withdrawn */
        const char *id;                 /* for the reason of what is resolved; NULL: the record's */
        bool is_new;                    /* it has met no rule yet */
};
int rules_try(struct rules_run *run, const struct rules_event *event);
/* For match_event.text; `user` is a struct rules_story. */
struct rules_story {
        struct db *db;
        struct arena *arena;
        int64_t row;
};
const char *rules_story_text(void *user);

/* A row of the change log about an event: tried as it was then. `record`: JSON text. */
int rules_try_change(struct rules_run *run, int64_t kind, int64_t event, const char *record);
/* Absences alone, as rules_tick() looks at them. */
int rules_look_for_absence(struct rules_run *run);
