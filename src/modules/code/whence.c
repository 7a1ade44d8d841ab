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

/* "In Russian shelling" is not in Russia: a deed is named after who does it. */
static bool is_deed(const struct dep_tree *tree, int32_t node)
{
        return tree->nodes[node].word && tree->nodes[node].word->n_frames[LEXICON_NOUN] > 0;
}

static bool says_in(const struct dep_tree *tree, int32_t node)
{
        int32_t word = dep_case(tree, node);

        return dep_is(tree, word, "in") || dep_is(tree, word, "at") || dep_is(tree, word, "near");
}

/* "at a jail in Dili" */
static bool whence_within(const struct coding_sentence *s, int32_t verb, int32_t not, char out[4])
{
        dep_each_child(s->tree, child, verb)
                if (s->tree->nodes[child].rel == REL_OBL && child != not && says_in(s->tree, child) &&
                    ((!is_deed(s->tree, child) && whence_at(s, child, out)) || whence_below(s, child, out, 1)) &&
                    setting_is_country(out))
                        return true;
        return false;
}

/* "A hospital in Kharkiv"; "a strike on Kharkiv", of a deed. */
static bool whence_of_phrase(const struct coding_sentence *s, int32_t node, bool deed, char out[4])
{
        const struct dep_tree *tree = s->tree;

        dep_each_child(tree, child, node)
                if (tree->nodes[child].rel == REL_NMOD &&
                    (deed ? dep_is(tree, dep_case(tree, child), "on") : says_in(tree, child)) &&
                    whence_at(s, child, out) && setting_is_country(out))
                        return true;
        return false;
}

/* The place of what the verb is done to, or of the deed that does it: "shelled a hospital in Kharkiv", "a strike on
 * Kharkiv killed". */
static bool whence_beside(const struct coding_sentence *s, int32_t verb, int32_t not, char out[4])
{
        const struct dep_tree *tree = s->tree;

        dep_each_child(tree, child, verb) {
                enum rel rel = (enum rel)tree->nodes[child].rel;
                bool deed = rel == REL_NSUBJ && tree->nodes[child].upos == UPOS_NOUN;

                if (child != not && (rel == REL_OBJ || rel == REL_NSUBJ_PASS || deed) &&
                    whence_of_phrase(s, child, deed, out))
                        return true;
        }
        return false;
}

/* Where the clause happens: "Prisoners rioted at a jail in Dili"; also what it says of what happened then: "were killed
 * when Russia shelled a hospital in Kharkiv". */
bool whence_clause(const struct coding_sentence *s, int32_t node, char out[4])
{
        const struct dep_tree *tree = s->tree;
        int32_t verb = tree->nodes[node].head;
        bool beside = true;

        for (int steps = 0; verb != DEP_NONE && steps < 4; steps++, verb = tree->nodes[verb].head) {
                if (whence_within(s, verb, node, out) || (beside && whence_beside(s, verb, node, out)))
                        return true;
                if (steps == 0)
                        dep_each_child(tree, child, verb)
                                if (tree->nodes[child].rel == REL_ADVCL && tree->nodes[node].rel != REL_NSUBJ &&
                                    (whence_within(s, child, node, out) || whence_beside(s, child, node, out)))
                                        return true;
                if (tree->nodes[verb].rel == REL_ACL_RELCL && whence_of_phrase(s, tree->nodes[verb].head, false, out))
                        return true;
                beside = tree->nodes[verb].rel == REL_ADVCL || tree->nodes[verb].rel == REL_CONJ;
        }
        return false;
}
