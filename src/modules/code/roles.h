/* Who fills the roles of a frame: from a place in the clause to actors. */
#pragma once

#include "modules/code/coding.h"
#include "modules/code/status.h"

/* The sentence in which roles are looked for. */
struct roles {
        struct coding *coding;
        const struct status_sets *sets;
        const struct coding_sentence *s;
        const struct dep_tree *tree;
};

struct roles_list {
        struct coding_actor *items[CODING_PARTS_MAX];
        size_t n;
};

/* One more, unless he is in it, or is "themselves"; beyond CODING_PARTS_MAX nobody is added. */
void roles_add(struct roles_list *list, struct coding_actor *actor);
/* Is he one of `not`? `other_countries`: or of the country of one. */
bool roles_is_taken(const struct coding_actor *actor, const struct roles_list *not, bool other_countries);

/* The actors that a noun phrase names: itself or what it is about ("leaders of", "Israel's proposal"), and all that is
 * joined to it. */
void roles_of_phrase(const struct roles *roles, int32_t node, struct roles_list *list);
/* Those of the first slot that has any, none of `not`; `slots` ends with ROLE_NONE. `instrument` (NULL: none) is what
 * the frame took as its object, and no target besides. */
void roles_fill(const struct roles *roles, int32_t node, const struct lexicon_slot *slots,
                const struct roles_list *not, const struct coding_actor *instrument, struct roles_list *list);

/* "After", "despite", "by" and the like: what stands behind it says when or how, and is nobody's target. */
bool roles_is_circumstance(const struct dep_tree *tree, int32_t node);
