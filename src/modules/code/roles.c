/*
 * See roles.h. A phrase names more than its head: what is joined to it, what it is made of ("leaders of"), whose it is.
 * Of several actors, those of other countries are meant before those of the frame's other side.
 */
#include "modules/code/roles.h"

#include <string.h>

#include "modules/code/actors.h"
#include "modules/code/attribution.h"
#include "modules/code/setting.h"

enum { DEPTH_MAX = 8 };

void roles_add(struct roles_list *list, struct coding_actor *actor)
{
        if (actor->reflexive)
                return;
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i] == actor || (list->items[i]->entity && list->items[i]->entity == actor->entity))
                        return;
        if (list->n < CODING_PARTS_MAX)
                list->items[list->n++] = actor;
}

/* The actors that a noun phrase names: itself or what it is about ("leaders of", "Israel's proposal"), and all that is
 * joined to it. */
static void phrase(const struct roles *w, int32_t node, struct roles_list *list, int depth)
{
        int32_t meant = clause_meant(w->tree, &w->sets->clause, node);
        struct coding_actor *actor = actors_at(w->s, node);

        if (depth > DEPTH_MAX)
                return;
        if (!actor || !actors_has_country(actor))
                actor = actors_at(w->s, meant) ? actors_at(w->s, meant) : actor;
        if (actor) {
                for (; actor; actor = actor->also)
                        roles_add(list, actor);
        } else {
                dep_each_child(w->tree, child, meant)
                        if (w->tree->nodes[child].rel == REL_NMOD_POSS && actors_at(w->s, child))
                                roles_add(list, actors_at(w->s, child));
        }
        dep_each_child(w->tree, child, node)
                if (w->tree->nodes[child].rel == REL_CONJ)
                        phrase(w, child, list, depth + 1);
        if (meant != node)
                dep_each_child(w->tree, child, meant)
                        if (w->tree->nodes[child].rel == REL_CONJ)
                                phrase(w, child, list, depth + 1);
}

bool roles_is_circumstance(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "after",     "before", "following", "follow", "since", "during", "despite",
                                             "because",   "accord", "according", "amid",   "until", "as",     "by",
                                             "like",      "unlike", "without",   NULL };
        int32_t word = dep_case(tree, node);

        for (const char *const *p = words; *p && word != DEP_NONE; p++)
                if (dep_is(tree, word, *p))
                        return true;
        return false;
}

bool roles_is_taken(const struct coding_actor *actor, const struct roles_list *not, bool other_countries)
{
        for (size_t i = 0; i < not->n; i++) {
                if (not->items[i] == actor || (not->items[i]->entity && not->items[i]->entity == actor->entity))
                        return true;
                if (other_countries && strncmp(not->items[i]->code, actor->code, 3) == 0)
                        return true;
        }
        return false;
}

static bool is_region(const struct coding_actor *actor)
{
        return actor->place && !setting_is_country(actor->code);
}

/* The nearest actors below a node that are none of `not`. */
static void nearest_below(const struct roles *w, int32_t node, const struct roles_list *not, bool other_countries,
                          struct roles_list *list, int depth)
{
        static const uint8_t order[] = { REL_OBJ, REL_NSUBJ_PASS, REL_IOBJ, REL_NMOD_POSS, REL_NMOD,  REL_XCOMP,
                                         REL_OBL, REL_CCOMP,      REL_ACL,  REL_APPOS,     REL_ADVCL, REL_ACL_RELCL };

        for (size_t i = 0; i < sizeof order && list->n == 0 && depth < DEPTH_MAX; i++)
                dep_each_child(w->tree, child, node) {
                        struct roles_list found = { .n = 0 };

                        if (w->tree->nodes[child].rel != order[i] || roles_is_circumstance(w->tree, child))
                                continue;
                        if (w->tree->nodes[child].rel == REL_ADVCL && dep_child(w->tree, child, REL_MARK) == DEP_NONE)
                                continue;
                        phrase(w, child, &found, 0);
                        for (size_t k = 0; k < found.n; k++)
                                if (actors_has_country(found.items[k]) && !is_region(found.items[k]) &&
                                    !roles_is_taken(found.items[k], not, other_countries))
                                        roles_add(list, found.items[k]);
                        if (list->n == 0)
                                nearest_below(w, child, not, other_countries, list, depth + 1);
                        if (list->n > 0)
                                return;
                }
}

/* Another country first: what an actor does to its own is rarely named as such. */
static void any_below(const struct roles *w, int32_t node, const struct roles_list *not, struct roles_list *list)
{
        nearest_below(w, node, not, true, list, 0);
        if (list->n == 0)
                nearest_below(w, node, not, false, list, 0);
}

/* "Russia's invasion"; "the Russian invasion", where the noun itself is the phrase. */
static int32_t possessor(const struct roles *w, int32_t node)
{
        int32_t owner = dep_child(w->tree, node, REL_NMOD_POSS);

        if (owner != DEP_NONE)
                return owner;
        dep_each_child(w->tree, child, node)
                if ((w->tree->nodes[child].rel == REL_AMOD || w->tree->nodes[child].rel == REL_COMPOUND) &&
                    w->s->match_of[child] >= 0 && actors_at(w->s, node))
                        return node;
        return DEP_NONE;
}

/* The head of the phrase that fills a role, DEP_NONE. */
static int32_t role_node(const struct roles *w, int32_t node, const struct lexicon_slot *slot)
{
        const struct clause_sets *sets = &w->sets->clause;
        bool noun = w->tree->nodes[node].upos == UPOS_NOUN;
        int32_t at, light = noun ? clause_light_verb(w->tree, sets, node) : DEP_NONE;

        switch ((enum lexicon_role)slot->role) {
        case ROLE_SUBJECT:
                return clause_subject(w->tree, sets, light == DEP_NONE ? node : light);
        case ROLE_OBJECT:
                return noun ? DEP_NONE : clause_object(w->tree, sets, node);
        case ROLE_RECEIVER:
                at = dep_child(w->tree, node, REL_IOBJ);
                return at == DEP_NONE && dep_child(w->tree, node, REL_OBJ) != DEP_NONE
                               ? dep_child(w->tree, node, REL_NSUBJ_PASS)
                               : at;
        case ROLE_POSSESSOR:
                return possessor(w, node);
        case ROLE_BETWEEN:
                at = clause_prepositional(w->tree, sets, node, "between");
                return at == DEP_NONE ? clause_prepositional(w->tree, sets, node, "among") : at;
        case ROLE_PREPOSITION:
                return clause_prepositional(w->tree, sets, node, slot->preposition);
        case ROLE_COMPLEMENT:
        case ROLE_ANY:
        case ROLE_SPEAKER:
        case ROLE_NONE:
                break;
        }
        return DEP_NONE;
}

/* Whom the governed clause is about: its subject, or whoever else is in it. */
static void of_complement(const struct roles *w, int32_t node, const struct roles_list *not, struct roles_list *list)
{
        int32_t clause = clause_complement(w->tree, node), subject;

        if (clause == DEP_NONE)
                return;
        subject = dep_child(w->tree, clause, REL_NSUBJ);
        if (subject != DEP_NONE)
                phrase(w, subject, list, 0);
        if (list->n == 0)
                any_below(w, clause, not, list);
}

static void fill_slot(const struct roles *w, int32_t node, const struct lexicon_slot *slot,
                      const struct roles_list *not, struct roles_list *list)
{
        struct coding_actor *speaker;
        int32_t at;

        switch ((enum lexicon_role)slot->role) {
        case ROLE_COMPLEMENT:
                of_complement(w, node, not, list);
                return;
        case ROLE_ANY:
                any_below(w, node, not, list);
                return;
        case ROLE_SPEAKER:
                speaker = attribution_speaker(w->coding, w->tree->sentence, node);
                if (speaker)
                        roles_add(list, speaker);
                return;
        default:
                at = role_node(w, node, slot);
                if (at != DEP_NONE)
                        phrase(w, at, list, 0);
        }
}

/* Of several, those of the other side: "Moscow pledged to mend Moscow-Minsk relations" is about Minsk. */
static void drop_own(struct roles_list *list, const struct roles_list *not)
{
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                n += !roles_is_taken(list->items[i], not, true);
        if (n == 0 || n == list->n)
                return;
        n = 0;
        for (size_t i = 0; i < list->n; i++)
                if (!roles_is_taken(list->items[i], not, true))
                        list->items[n++] = list->items[i];
        list->n = n;
}

/* "in the Adriatic": a place that is nobody's. */
static bool is_nowhere(const struct coding_actor *actor)
{
        return actor->place && !actors_has_country(actor);
}

void roles_fill(const struct roles *w, int32_t node, const struct lexicon_slot *slots, const struct roles_list *not,
                const struct coding_actor *instrument, struct roles_list *list)
{
        struct roles_list all = *not;

        for (size_t i = 0; slots[i].role != ROLE_NONE; i++) {
                struct roles_list found = { .n = 0 };

                /* What the frame already took as its object ("fired a missile") is no target besides. */
                if (slots[i].role == ROLE_ANY && instrument && all.n < CODING_PARTS_MAX)
                        all.items[all.n++] = (struct coding_actor *)instrument;
                fill_slot(w, node, &slots[i], slots[i].role == ROLE_ANY ? &all : not, &found);
                for (size_t k = 0; k < found.n; k++)
                        if (!roles_is_taken(found.items[k], not, false) && !is_nowhere(found.items[k]))
                                roles_add(list, found.items[k]);
                if (list->n > 0) {
                        drop_own(list, not);
                        return;
                }
        }
}

void roles_of_phrase(const struct roles *w, int32_t node, struct roles_list *list)
{
        phrase(w, node, list, 0);
}
