/* See whence.h. What stands nearest decides. */
#include "modules/code/whence.h"

#include <stdio.h>
#include <string.h>

#include "modules/code/actors.h"
#include "modules/code/setting.h"

/* The country of an actor or of a bare match at a node. */
bool whence_at(const struct coding_sentence *s, int32_t node, char out[4])
{
        const struct coding_actor *actor = s->actor[node];
        int32_t match = s->match_of[node];

        if (actors_has_country(actor)) {
                snprintf(out, 4, "%.3s", actor->code);
                return true;
        }
        if (match >= 0 && s->matches[match].entry->kind != DICTIONARY_AGENT &&
            s->matches[match].entry->kind != DICTIONARY_DISCARD) {
                snprintf(out, 4, "%.3s", s->matches[match].entry->code);
                return true;
        }
        dep_each_child(s->tree, child, node)
                if (actors_is_core(s->tree, child) && s->match_of[child] >= 0 &&
                    s->matches[s->match_of[child]].entry->kind == DICTIONARY_STATE) {
                        snprintf(out, 4, "%.3s", s->matches[s->match_of[child]].entry->code);
                        return true;
                }
        return false;
}

bool whence_is_preposition(const struct dep_tree *tree, int32_t node)
{
        int32_t word = dep_case(tree, node);

        return dep_is(tree, word, "of") || dep_is(tree, word, "in") || dep_is(tree, word, "from") ||
               dep_is(tree, word, "at") || dep_is(tree, word, "for") || dep_is(tree, word, "near") ||
               dep_is(tree, word, "to");
}

/* "across the Line of Control": where, and nobody. */
bool whence_is_where(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "in",  "at",      "near",   "across",  "along", "over",
                                             "off", "outside", "around", "through", NULL };
        int32_t word = dep_case(tree, node);

        for (const char *const *w = words; *w && word != DEP_NONE; w++)
                if (dep_is(tree, word, *w))
                        return true;
        return false;
}

/* "of Morocco", "in Baghdad", "in East Timor's capital Dili", "operating in Macedonia", and the like, nearest first. */
bool whence_below(const struct coding_sentence *s, int32_t node, char out[4], int depth)
{
        const struct dep_tree *tree = s->tree;

        if (depth > 3)
                return false;
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if ((rel == REL_NMOD || (rel == REL_OBL && depth > 0)) && whence_is_preposition(tree, child) &&
                    (whence_at(s, child, out) || whence_below(s, child, out, depth + 1)))
                        return true;
        }
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (rel == REL_APPOS && (whence_at(s, child, out) || whence_below(s, child, out, depth + 1)))
                        return true;
        }
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if ((rel == REL_ACL || rel == REL_ACL_RELCL) && whence_below(s, child, out, depth + 1))
                        return true;
        }
        return false;
}

/* "its troops", "his spokesman" */
bool whence_owner(const struct coding_sentence *s, int32_t node, char out[4])
{
        int32_t owner = dep_child(s->tree, node, REL_NMOD_POSS);

        if (owner == DEP_NONE || !actors_has_country(s->actor[owner]))
                return false;
        snprintf(out, 4, "%.3s", s->actor[owner]->code);
        return true;
}

/* Where the clause happens: "Prisoners rioted at a jail in Dili". */
bool whence_clause(const struct coding_sentence *s, int32_t node, char out[4])
{
        const struct dep_tree *tree = s->tree;
        int32_t verb = tree->nodes[node].head;

        for (int steps = 0; verb != DEP_NONE && steps < 4; steps++, verb = tree->nodes[verb].head)
                dep_each_child(tree, child, verb) {
                        int32_t word = dep_case(tree, child);

                        if (tree->nodes[child].rel == REL_OBL && child != node &&
                            (dep_is(tree, word, "in") || dep_is(tree, word, "at") || dep_is(tree, word, "near")) &&
                            (whence_at(s, child, out) || whence_below(s, child, out, 1)) && setting_is_country(out))
                                return true;
                }
        return false;
}
