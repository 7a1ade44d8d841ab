/* See cues.h. */
#include "modules/code/cues.h"

#include <string.h>

enum { PHASES_MAX = 3 };

void cues_init(struct cues *cues, const struct lexicon *lexicon)
{
        static const struct {
                const char *preposition, *set;
        } with[] = {
                { "about", "cue_about" }, { "against", "cue_against" }, { "as", "cue_as" },   { "at", "cue_at" },
                { "by", "cue_by" },       { "for", "cue_for" },         { "from", "cue_from" }, { "in", "cue_in" },
                { "of", "cue_of" },       { "on", "cue_on" },           { "over", "cue_over" }, { "to", "cue_to" },
                { "toward", "cue_toward" }, { "with", "cue_with" },
        };

        *cues = (struct cues){
                .say = lexicon_set(lexicon, "say"),
                .object = lexicon_set(lexicon, "cue_object"),
                .infinitive = lexicon_set(lexicon, "cue_infinitive"),
                .told = lexicon_set(lexicon, "cue_told"),
                .phase = lexicon_set(lexicon, "cue_phase"),
                .noun = lexicon_set(lexicon, "cue_noun"),
                .noun_to = lexicon_set(lexicon, "cue_noun_to"),
                .text = lexicon_set(lexicon, "cue_text"),
                .sure = lexicon_set(lexicon, "cue_sure"),
                .carry = lexicon_set(lexicon, "cue_carry"),
                .role = lexicon_set(lexicon, "cue_role"),
                .adjective = lexicon_set(lexicon, "cue_adjective"),
                .preposition = lexicon_set(lexicon, "cue_preposition"),
        };
        for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
                int set = lexicon_set(lexicon, with[i].set);

                if (set >= 0) {
                        cues->with[cues->n_with].word = with[i].preposition;
                        cues->with[cues->n_with++].set = set;
                }
        }
}

bool cues_takes(const struct cues *cues, const struct dep_tree *tree, int32_t word, int32_t preposition)
{
        if (preposition == DEP_NONE)
                return false;
        for (size_t i = 0; i < cues->n_with; i++)
                if (lexicon_in_set(tree->nodes[word].word, cues->with[i].set) &&
                    dep_is(tree, preposition, cues->with[i].word))
                        return true;
        return false;
}

bool cues_is_verb(const struct cues *cues, const struct lexicon_word *word)
{
        if (lexicon_in_set(word, cues->say) || lexicon_in_set(word, cues->object) ||
            lexicon_in_set(word, cues->infinitive))
                return true;
        for (size_t i = 0; i < cues->n_with; i++)
                if (lexicon_in_set(word, cues->with[i].set))
                        return true;
        return false;
}

/* Whether the token before the group goes with it: it hangs on the verb, and is no argument. */
static bool belongs(const struct dep_tree *tree, int32_t token, int32_t verb)
{
        enum rel rel = (enum rel)tree->nodes[token].rel;

        if (tree->nodes[token].head != verb || tree->nodes[token].left != token || tree->nodes[token].right != token)
                return false;
        return rel == REL_AUX || rel == REL_AUX_PASS || rel == REL_COP || rel == REL_ADVMOD ||
               tree->nodes[token].upos == UPOS_PART || (rel == REL_MARK && dep_is(tree, token, "to"));
}

static int32_t leftmost(const struct dep_tree *tree, int32_t verb, int32_t first)
{
        while (first > 0 && belongs(tree, first - 1, verb))
                first--;
        return first;
}

struct cues_group cues_group(const struct cues *cues, const struct dep_tree *tree, int32_t node)
{
        struct cues_group group = { leftmost(tree, node, node), node, node };

        for (int32_t i = node + 1; i < tree->n && i <= node + 2; i++)
                if (tree->nodes[i].rel == REL_COMPOUND_PRT && tree->nodes[i].head == node && i == group.last + 1)
                        group.last = i;
        for (int i = 0; i < PHASES_MAX; i++) {
                int32_t head = tree->nodes[group.top].head, first;

                if (head == DEP_NONE || tree->nodes[group.top].rel != REL_XCOMP || head >= group.first ||
                    !lexicon_in_set(tree->nodes[head].word, cues->phase) || dep_child(tree, head, REL_OBJ) != DEP_NONE)
                        break;
                first = leftmost(tree, head, head);
                if (group.first - head > 3)
                        break;
                group.first = first;
                group.top = head;
        }
        return group;
}
