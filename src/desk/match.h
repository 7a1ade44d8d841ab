/*
 * Whether an event record meets the condition of a rule (config/rule.h). Pure: record in, yes or no out.
 *
 * Hundreds of rules are tried on each event, nearly all in vain: what a condition needs at least (actors, acts, quads,
 * statuses) is put into a few words of bits beforehand, and only where these say that it may hold is it looked at.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/rule.h"

enum { MATCH_NEEDS = 6, MATCH_KEYS_MAX = 16 };

struct match_event {
        json_t *record;                 /* borrowed */
        uint64_t actors, types;         /* bits of the countries of its actors, of its act */
        unsigned quad, status;          /* bits */
        /* The headline and the text of the story that brought it, with a line break between, or NULL. Asked for at most once,
         * and only where a rule wants it. The answer lives as long as the event. May be NULL. */
        const char *(*text)(void *user);
        void *user;
        const char *text_value;
        bool text_asked;
};

void match_event_init(struct match_event *event, json_t *record);

/* What a condition needs at least. */
struct match_needs {
        uint64_t actors[MATCH_NEEDS];   /* of each one bit */
        size_t n;
        uint64_t types;
        unsigned quads, statuses;
};

void match_needs_init(struct match_needs *needs, const struct rule_condition *condition);

static inline bool match_may_hold(const struct match_needs *needs, const struct match_event *event)
{
        if ((needs->quads & event->quad) == 0 || (needs->statuses & event->status) == 0 || (needs->types & event->types) == 0)
                return false;
        for (size_t i = 0; i < needs->n; i++)
                if ((needs->actors[i] & event->actors) == 0)
                        return false;
        return true;
}

bool match_holds(const struct rule_condition *condition, struct match_event *event);

/* Whether `word` stands in `text` as whole words, small and capital ASCII letters alike; a '*' at its end stands for the rest
 * of a word. */
bool match_word(const char *text, const char *word);

/* The keys of the groups that the event belongs to, in the arena; at most MATCH_KEYS_MAX. None where it has nothing to be
 * grouped by, no target for instance. */
size_t match_keys(struct arena *arena, enum rule_group group, const struct match_event *event,
                  const char *keys[static MATCH_KEYS_MAX]);

/* How many: a list's length, or a number. */
int64_t match_count(const json_t *value);
