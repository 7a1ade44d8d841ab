/* See cues.h. */
#include "modules/code/cues.h"

#include <stdio.h>
#include <string.h>

enum { PHASES_MAX = 3 };

static const char *const prepositions[] = { "about", "against", "as", "at",   "by", "for",    "from",
                                            "in",    "of",      "on", "over", "to", "toward", "with" };

/* The sets that stand alone; those of prepositions are "cue_about", "cue_noun_about" and so on. */
static const struct {
        const char *name;
        size_t offset;
} sets[] = {
        { "say", offsetof(struct cues, say) },
        { "cue_object", offsetof(struct cues, object) },
        { "cue_infinitive", offsetof(struct cues, infinitive) },
        { "cue_told", offsetof(struct cues, told) },
        { "cue_phase", offsetof(struct cues, phase) },
        { "cue_sure", offsetof(struct cues, sure) },
        { "cue_seem", offsetof(struct cues, seem) },
        { "cue_carry", offsetof(struct cues, carry) },
        { "cue_face", offsetof(struct cues, face) },
        { "cue_particle", offsetof(struct cues, particle) },
        { "cue_noun", offsetof(struct cues, noun) },
        { "cue_text", offsetof(struct cues, text) },
        { "cue_role", offsetof(struct cues, role) },
        { "cue_adjective", offsetof(struct cues, adjective) },
        { "cue_evident", offsetof(struct cues, evident) },
        { "cue_preposition", offsetof(struct cues, preposition) },
        { "cue_adverb", offsetof(struct cues, adverb) },
        { "cue_time", offsetof(struct cues, time) },
};

bool cues_knows(const char *set)
{
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
                if (strcmp(sets[i].name, set) == 0)
                        return true;
        for (size_t i = 0; i < sizeof prepositions / sizeof *prepositions; i++)
                if (strncmp(set, "cue_", 4) == 0 &&
                    (strcmp(set + 4, prepositions[i]) == 0 ||
                     (strncmp(set + 4, "noun_", 5) == 0 && strcmp(set + 9, prepositions[i]) == 0)))
                        return true;
        return false;
}

void cues_init(struct cues *cues, const struct lexicon *lexicon)
{
        char name[32];

        *cues = (struct cues){ .n_with = sizeof prepositions / sizeof *prepositions };
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
                *(int *)((char *)cues + sets[i].offset) = lexicon_set(lexicon, sets[i].name);
        for (size_t i = 0; i < cues->n_with; i++) {
                snprintf(name, sizeof name, "cue_%s", prepositions[i]);
                cues->with[i] = (struct cues_preposition){ prepositions[i], lexicon_set(lexicon, name) };
                snprintf(name, sizeof name, "cue_noun_%s", prepositions[i]);
                cues->noun_with[i] = (struct cues_preposition){ prepositions[i], lexicon_set(lexicon, name) };
        }
}

static bool takes(const struct cues_preposition *with, size_t n, const struct dep_tree *tree, int32_t word,
                  int32_t preposition)
{
        for (size_t i = 0; i < n && preposition != DEP_NONE; i++)
                if (lexicon_in_set(tree->nodes[word].word, with[i].set) && dep_is(tree, preposition, with[i].word))
                        return true;
        return false;
}

bool cues_takes(const struct cues *cues, const struct dep_tree *tree, int32_t word, int32_t preposition)
{
        return takes(cues->with, cues->n_with, tree, word, preposition);
}

bool cues_noun_takes(const struct cues *cues, const struct dep_tree *tree, int32_t word, int32_t preposition)
{
        return takes(cues->noun_with, cues->n_with, tree, word, preposition);
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

/* "Said then", "adding later": an adverb right behind a cue goes with it. */
static int32_t behind(const struct dep_tree *tree, int32_t verb, int32_t last)
{
        if (last + 1 < tree->n && tree->nodes[last + 1].head == verb && tree->nodes[last + 1].upos == UPOS_ADV &&
            tree->nodes[last + 1].rel == REL_ADVMOD && tree->nodes[last + 1].right == last + 1)
                return last + 1;
        return last;
}

struct cues_group cues_group(const struct cues *cues, const struct dep_tree *tree, int32_t node)
{
        struct cues_group group = { leftmost(tree, node, node), node, node };

        for (int32_t i = node + 1; i < tree->n && i <= node + 2; i++)
                if (tree->nodes[i].rel == REL_COMPOUND_PRT && tree->nodes[i].head == node && i == group.last + 1)
                        group.last = i;
        if (lexicon_in_set(tree->nodes[node].word, cues->say))
                group.last = behind(tree, node, group.last);
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

int32_t cues_carrier(const struct cues *cues, const struct dep_tree *tree, int32_t verb)
{
        int32_t text = tree->nodes[verb].head, carrier;
        enum rel rel = (enum rel)tree->nodes[verb].rel;

        if (text == DEP_NONE || text > verb || (rel != REL_ACL && rel != REL_ACL_RELCL) ||
            !cues_is_verb(cues, tree->nodes[verb].word))
                return DEP_NONE;
        /* "a letter to the board of the port urging": the participle hangs on the nearest noun */
        for (int i = 0; i < PHASES_MAX && rel == REL_ACL && tree->nodes[text].rel == REL_NMOD &&
                        !lexicon_in_set(tree->nodes[text].word, cues->text) && tree->nodes[text].head >= 0;
             i++)
                text = tree->nodes[text].head;
        if (!lexicon_in_set(tree->nodes[text].word, cues->text))
                return DEP_NONE;
        /* a relative clause speaks for itself only where its subject is the text */
        if (rel == REL_ACL_RELCL && !(tree->nodes[verb].left + 1 == verb && dep_is(tree, verb - 1, "that")))
                return DEP_NONE;
        if (rel == REL_ACL && !(tree->tokens[verb].xpos && strcmp(tree->tokens[verb].xpos, "VBG") == 0))
                return DEP_NONE;
        if (tree->nodes[text].rel == REL_NMOD && tree->nodes[text].head >= 0 &&
            dep_is(tree, dep_case(tree, text), "of"))
                text = tree->nodes[text].head;          /* "a series of tweets" */
        carrier = tree->nodes[text].head;
        return tree->nodes[text].rel == REL_OBJ && carrier < text && carrier >= 0 &&
                               lexicon_in_set(tree->nodes[carrier].word, cues->carry)
                       ? carrier
                       : DEP_NONE;
}
