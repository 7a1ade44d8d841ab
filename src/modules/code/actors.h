/*
 * Noun phrases to actors: a code composed as the field does it (country + role), and why.
 *
 * What stands in the phrase decides (a name, a nationality, a title), then what hangs on it ("of Morocco", "in
 * Baghdad",
 * an apposition), then the story (earlier mentions, pronouns; coreference.h), then where the story is set.
 */
#pragma once

#include "modules/code/coding.h"

/* Fills sentence->actor for one sentence; sentences must come in order, since later mentions lean on earlier ones. */
void actors_find(struct coding *coding, uint32_t sentence);

/* The actor of the phrase headed by `node`, NULL. */
static inline struct coding_actor *actors_at(const struct coding_sentence *sentence, int32_t node)
{
        return node >= 0 ? sentence->actor[node] : NULL;
}

/* The first three letters are a country's (or a kind of international actor's). */
bool actors_has_country(const struct coding_actor *actor);
/* Leftmost and rightmost token of the phrase without clauses, appositions and prepositional phrases. */
void actors_core(const struct dep_tree *tree, int32_t node, int32_t *first, int32_t *last);
/* What is a part of the phrase itself: words before the head, and the rest of a name. */
bool actors_is_core(const struct dep_tree *tree, int32_t child);
