/*
 * Did it happen? The certainty of a predicate, from its own form (negation, modals, tense) and from all that governs it
 * (pledge, threaten, demand, deny, fail, begin; conditions; nouns like "plan" and "threat").
 *
 * happened, ongoing and background count as yes; planned, demanded, hypothetical and denied as no.
 */
#pragma once

#include "modules/code/clause.h"

struct status_sets {
        int plan, demand, doubt, deny, fail, begin, fact, unreal_noun, modal_noun, succeed;
        int nature, fiction, sport, sporting;   /* who or where it is no act of the world */
        struct clause_sets clause;
};

void status_sets_init(struct status_sets *sets, const struct lexicon *lexicon);

/* *rule says why, static text. */
enum lexicon_status status_of(const struct dep_tree *tree, const struct status_sets *sets, int32_t node,
                              const char **rule);

/* "must", "should", "has to": somebody is told to. */
bool status_is_obliged(const struct dep_tree *tree, int32_t node);

/* Only what the predicate itself says with "will", "would", "is to": its own announcement. */
bool status_is_future(const struct dep_tree *tree, int32_t node);
