/*
 * Who does what to whom, in the grammar: the subject, object and complements of a predicate, with passives, control,
 * raising, coordination and relative clauses undone. Knows dependencies and a few classes of verbs, and nothing of
 * actors.
 */
#pragma once

#include "modules/code/dep.h"

/* Sets of the lexicon that the grammar needs, looked up once. */
struct clause_sets {
        int light;              /* "hold", "conduct": the noun is the act */
        int object_control;     /* "ask X to": the subject of what is governed is the object */
        int say;                /* verbs of saying and thinking: what they govern is said */
        int vague;              /* "group", "thousands": the noun behind "of" is meant */
};

void clause_sets_init(struct clause_sets *sets, const struct lexicon *lexicon);

bool clause_is_passive(const struct dep_tree *tree, int32_t verb);
/* Who does it; of a passive: "by". DEP_NONE where nobody is named. */
int32_t clause_subject(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb);
/* The same, as it stands in the clause: "who" of a relative clause, the surface subject of what is no passive. */
int32_t clause_own_subject(const struct dep_tree *tree, int32_t verb);
bool clause_is_relative(const struct dep_tree *tree, int32_t node);
/* To whom it is done; the subject of a passive; what a participle or a relative clause hangs on. */
int32_t clause_object(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb);
/* "Accused by the envoy of shelling": the clause that the tree hangs on the agent of a passive. DEP_NONE. */
int32_t clause_of_agent(const struct dep_tree *tree, int32_t verb);
/* The clause that it governs (xcomp, ccomp, or a clause behind "of", "for", "to"). */
int32_t clause_complement(const struct dep_tree *tree, int32_t node);
/* What stands behind a preposition: below the predicate, below its object, or below what it hangs on where that is
 * light.
 * `prep` may be NULL: any. Goes on from `after` (DEP_NONE: the first). */
int32_t clause_prepositional(const struct dep_tree *tree, const struct clause_sets *sets, int32_t node,
                             const char *prep);
/* The verb that carries a noun as an act: "held" for the talks in "held talks". DEP_NONE. */
int32_t clause_light_verb(const struct dep_tree *tree, const struct clause_sets *sets, int32_t noun);
/* Behind "a group of", "thousands of": the noun that is meant. */
int32_t clause_meant(const struct dep_tree *tree, const struct clause_sets *sets, int32_t node);
bool clause_has_particle(const struct dep_tree *tree, int32_t verb, const char *particle);
bool clause_is_negated(const struct dep_tree *tree, int32_t node);
