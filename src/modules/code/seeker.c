/* See seeker.h. */
#include "modules/code/seeker.h"

#include <string.h>

bool seeker_is_punct(const struct dep_tree *tree, int32_t token)
{
        return tree->nodes[token].upos == UPOS_PUNCT;
}

bool seeker_is_comma(const struct dep_tree *tree, int32_t token)
{
        return token >= 0 && token < tree->n && tree->tokens[token].form[0] == ',';
}

bool seeker_xpos(const struct dep_tree *tree, int32_t token, const char *xpos)
{
        return tree->tokens[token].xpos && strcmp(tree->tokens[token].xpos, xpos) == 0;
}

bool seeker_is_finite(const struct dep_tree *tree, int32_t token)
{
        return (tree->nodes[token].upos == UPOS_VERB || tree->nodes[token].upos == UPOS_AUX) &&
               (seeker_xpos(tree, token, "VBD") || seeker_xpos(tree, token, "VBZ") ||
                seeker_xpos(tree, token, "VBP") || seeker_xpos(tree, token, "MD"));
}

bool seeker_has_to(const struct dep_tree *tree, int32_t verb)
{
        return dep_is(tree, dep_child(tree, verb, REL_MARK), "to");
}

struct statement seeker_begin(const struct seeker *k, const struct seeker_cue *cue, int32_t last)
{
        return statement_new(k->coding, k->s, cue->verb, cue->group.first, last);
}

bool seeker_finish(struct seeker *k, struct statement *st, const struct seeker_cue *cue)
{
        if (st->source == DEP_NONE)
                statement_source(st, cue->subject, cue->meant);
        if (!statement_end(st))
                return false;
        if (!k->s->quoted[cue->verb] && st->source != DEP_NONE && lexicon_in_set(cue->word, k->sets->cues.say)) {
                k->said_cue = cue->verb;
                k->said_source = st->source;
                k->said_meant = st->meant;
        }
        return true;
}

int32_t seeker_tail(const struct seeker *k, int32_t first, int32_t last)
{
        const struct dep_tree *tree = k->tree;

        for (int32_t i = first + 1; i < last; i++) {
                int32_t next = i + 1;

                if ((!seeker_is_comma(tree, i) && k->s->quote[i] < 0) || k->s->quote[i + 1] >= 0)
                        continue;
                if (dep_is(tree, next, "although") || dep_is(tree, next, "though") || dep_is(tree, next, "despite"))
                        return i;
                if (tree->nodes[next].upos == UPOS_ADV && next < last)
                        next++;
                if (tree->nodes[next].upos == UPOS_VERB && seeker_xpos(tree, next, "VBG") &&
                    lexicon_in_set(tree->nodes[next].word, k->sets->cues.say) && tree->nodes[next].rel != REL_CONJ)
                        return i;
        }
        return last + 1;
}

int32_t seeker_told_to(const struct seeker *k, int32_t verb, int32_t *told)
{
        const struct dep_tree *tree = k->tree;
        int32_t object = dep_child(tree, verb, REL_OBJ);

        if (!lexicon_in_set(tree->nodes[verb].word, k->sets->cues.told))
                return DEP_NONE;
        if (object < verb)
                dep_each_child(tree, child, verb)
                        if (tree->nodes[child].rel == REL_OBL && dep_is(tree, dep_case(tree, child), "on"))
                                object = child;
        if (object < verb)
                return DEP_NONE;
        dep_each_child(tree, child, verb)
                if (tree->nodes[child].rel == REL_ADVCL && tree->nodes[child].left == tree->nodes[object].right + 1 &&
                    seeker_has_to(tree, child)) {
                        *told = object;
                        return child;
                }
        return DEP_NONE;
}
