/* See dep.h. */
#include "modules/code/dep.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/code/shallow.h"

static const struct {
        const char *name;
        enum rel rel;
} names[] = {
        { "acl", REL_ACL },
        { "acl:relcl", REL_ACL_RELCL },
        { "advcl", REL_ADVCL },
        { "advcl:relcl", REL_ADVCL },
        { "advmod", REL_ADVMOD },
        { "amod", REL_AMOD },
        { "appos", REL_APPOS },
        { "aux", REL_AUX },
        { "aux:pass", REL_AUX_PASS },
        { "case", REL_CASE },
        { "cc", REL_CC },
        { "ccomp", REL_CCOMP },
        { "compound", REL_COMPOUND },
        { "compound:prt", REL_COMPOUND_PRT },
        { "conj", REL_CONJ },
        { "cop", REL_COP },
        { "csubj", REL_CSUBJ },
        { "det", REL_DET },
        { "discourse", REL_DISCOURSE },
        { "expl", REL_EXPL },
        { "fixed", REL_FIXED },
        { "flat", REL_FLAT },
        { "iobj", REL_IOBJ },
        { "mark", REL_MARK },
        { "nmod", REL_NMOD },
        { "nmod:desc", REL_COMPOUND },          /* GUM: a title before a name */
        { "nmod:npmod", REL_NMOD_TIME },
        { "nmod:poss", REL_NMOD_POSS },
        { "nmod:tmod", REL_NMOD_TIME },
        { "nmod:unmarked", REL_NMOD_TIME },
        { "nsubj", REL_NSUBJ },
        { "nsubj:outer", REL_OTHER },
        { "nsubj:pass", REL_NSUBJ_PASS },
        { "nummod", REL_NUMMOD },
        { "obj", REL_OBJ },
        { "obl", REL_OBL },
        { "obl:agent", REL_OBL_AGENT },
        { "obl:npmod", REL_OBL_TIME },
        { "obl:tmod", REL_OBL_TIME },
        { "obl:unmarked", REL_OBL_TIME },
        { "parataxis", REL_PARATAXIS },
        { "punct", REL_PUNCT },
        { "root", REL_ROOT },
        { "xcomp", REL_XCOMP },
};

/* By the first letters, then the rest: the table is short and this runs once a token. */
static enum rel rel_of(const char *name)
{
        size_t low = 0, high = sizeof names / sizeof *names;
        const char *colon;

        while (low < high) {
                size_t middle = (low + high) / 2;
                int order = strcmp(name, names[middle].name);

                if (order == 0)
                        return names[middle].rel;
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        colon = strchr(name, ':');
        if (colon)
                for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                        if (strncmp(names[i].name, name, (size_t)(colon - name)) == 0 &&
                            names[i].name[colon - name] == '\0')
                                return names[i].rel;
        return REL_OTHER;
}

static void cut_from_head(struct dep_tree *t, int32_t node)
{
        int32_t *link = &t->nodes[t->nodes[node].head].first_child;

        while (*link != node)
                link = &t->nodes[*link].next_sibling;
        *link = t->nodes[node].next_sibling;
        t->nodes[node].next_sibling = DEP_NONE;
        t->nodes[node].head = DEP_NONE;
        if (t->root == DEP_NONE)
                t->root = node;
}

/* Heads come from a model: a cycle or a head out of range must not hang the walk. */
static void link_children(struct dep_tree *t)
{
        t->root = DEP_NONE;
        for (int32_t i = t->n - 1; i >= 0; i--) {
                int32_t head = t->nodes[i].head;

                if (head < 0 || head >= t->n || head == i) {
                        t->nodes[i].head = DEP_NONE;
                        t->root = i;
                        continue;
                }
                t->nodes[i].next_sibling = t->nodes[head].first_child;
                t->nodes[head].first_child = i;
        }
        for (int32_t i = 0; i < t->n; i++) {
                int32_t at = i, steps = 0;

                while (t->nodes[at].head != DEP_NONE && steps++ <= t->n)
                        at = t->nodes[at].head;
                if (steps > t->n)       /* in a cycle: cut, so that every walk upwards and downwards ends */
                        cut_from_head(t, i);
        }
        if (t->root == DEP_NONE && t->n > 0) {
                t->root = 0;
                t->nodes[0].head = DEP_NONE;
        }
}

static void extents(struct dep_tree *t)
{
        for (int32_t i = 0; i < t->n; i++)
                t->nodes[i].left = t->nodes[i].right = i;
        for (int32_t i = 0; i < t->n; i++) {
                int32_t at = i, steps = 0;

                while ((at = t->nodes[at].head) != DEP_NONE && steps++ < t->n) {
                        if (i < t->nodes[at].left)
                                t->nodes[at].left = i;
                        else if (i > t->nodes[at].right)
                                t->nodes[at].right = i;
                        else
                                break;
                }
        }
}

/* Lemmas of rare verbs come with an "e" too few or too many ("telephon", "blaste"), or wrong ("shet"). */
static const struct lexicon_word *find_word(const struct lexicon *lexicon, const struct reading_token *token)
{
        const struct lexicon_word *word = lexicon_find(lexicon, token->lemma);
        size_t n = token->lemma ? strlen(token->lemma) : 0;
        char text[40];

        if (word || token->upos != UPOS_VERB || n < 3 || n > sizeof text - 2)
                return word;
        memcpy(text, token->lemma, n + 1);
        if (text[n - 1] == 'e')
                text[n - 1] = '\0';
        else
                memcpy(text + n, "e", 2);
        word = lexicon_find(lexicon, text);
        if (word || (n = strlen(token->form)) > sizeof text - 2)
                return word;
        for (size_t i = 0; i <= n; i++)
                text[i] = (char)tolower((unsigned char)token->form[i]);
        return shallow_word(lexicon, text);
}

static bool is_time(const char *form)
{
        static const char *const words[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",  "Saturday",
                                             "Sunday", "today",   "yesterday", "tomorrow", "tonight", NULL };

        for (const char *const *w = words; *w; w++)
                if (strcmp(form, *w) == 0)
                        return true;
        return false;
}

/* At the head of a clause of a full sentence a participle alone cannot stand, which a headline's may. */
static bool is_finite_place(const struct dep_tree *t, int32_t verb)
{
        enum rel rel = (enum rel)t->nodes[verb].rel;
        const char *last = t->tokens[t->n - 1].form;

        return (rel == REL_ROOT || rel == REL_CCOMP || rel == REL_PARATAXIS) &&
               (strcmp(last, ".") == 0 || strcmp(last, "?") == 0);
}

static bool is_time_noun(const struct dep_tree *t, int32_t node)
{
        static const char *const words[] = { "day",       "week",      "month",   "year",  "hour",
                                             "minute",    "decade",    "weekend", "time",  "mile",
                                             "kilometer", "kilometre", "percent", "night", NULL };

        for (const char *const *w = words; *w; w++)
                if (dep_is(t, node, *w))
                        return true;
        return false;
}

/* "Up to 1,000 people began", "killed over 20 people": a number, and no place. The verb has no such argument yet. */
static bool is_quantity(const struct dep_tree *t, int32_t node)
{
        int32_t word = dep_case(t, node), head = t->nodes[node].head;

        return (dep_is(t, word, "up") || dep_is(t, word, "over") || dep_is(t, word, "about") ||
                dep_is(t, word, "around")) &&
               dep_child(t, node, REL_NUMMOD) > word && dep_child(t, node, REL_NUMMOD) - word <= 2 &&
               t->nodes[head].upos == UPOS_VERB && !is_time_noun(t, node) &&
               dep_child(t, head, head < node ? REL_OBJ : REL_NSUBJ) == DEP_NONE;
}

/* "Is prepared to impose", "is committed to opening": an adjective that its tag has for a passive, where the lexicon
 * knows it as one, nobody is named who did it, and a clause follows. */
static void mend_adjective(struct dep_tree *t, int32_t i, const struct lexicon *lexicon)
{
        int32_t be = dep_child(t, i, REL_AUX_PASS), clause = dep_child(t, i, REL_XCOMP);
        const struct lexicon_word *word;

        if (be == DEP_NONE || !dep_is(t, be, "be") || t->nodes[i].upos != UPOS_VERB ||
            dep_child(t, i, REL_OBL_AGENT) != DEP_NONE)
                return;
        dep_each_child(t, child, i)
                if (t->nodes[child].rel == REL_ADVCL && dep_is(t, dep_child(t, child, REL_MARK), "to"))
                        clause = child;
        word = clause > i ? lexicon_find(lexicon, t->tokens[i].form) : NULL;
        if (!word || word->n_frames[LEXICON_ADJECTIVE] == 0)
                return;
        t->nodes[be].rel = REL_COP;
        dep_each_child(t, child, i)
                if (t->nodes[child].rel == REL_NSUBJ_PASS || (t->nodes[child].rel == REL_EXPL && child < be))
                        t->nodes[child].rel = REL_NSUBJ;
}

/* "Greece, like others, plans to", "Bolivia cuts ties": what has a subject, no copula and an infinitive or an object is
 * a verb, whatever its tag. */
static void mend_verb(struct dep_tree *t, int32_t i)
{
        struct dep_node *node = &t->nodes[i];
        int32_t subject = dep_child(t, i, REL_NSUBJ);

        if (node->upos != UPOS_NOUN || !t->tokens[i].xpos || !node->word ||
            node->word->n_frames[LEXICON_VERB] == 0 || subject == DEP_NONE || subject > i ||
            dep_child(t, i, REL_COP) != DEP_NONE || dep_child(t, i, REL_DET) != DEP_NONE ||
            dep_child(t, i, REL_AMOD) != DEP_NONE || dep_child(t, i, REL_NMOD_POSS) != DEP_NONE)
                return;
        if (dep_child(t, i, REL_OBJ) > i)
                node->upos = UPOS_VERB;
        dep_each_child(t, child, i)
                if (t->nodes[child].rel == REL_ACL && strcmp(t->tokens[i].xpos, "NNS") == 0 &&
                    dep_is(t, dep_child(t, child, REL_MARK), "to") && t->nodes[child].left == i + 1) {
                        node->upos = UPOS_VERB;
                        t->nodes[child].rel = REL_XCOMP;
                        return;
                }
}

/* "That" begins what is said, and no circumstance, unless "so" or "such" stand before it. */
static void mend_that(struct dep_tree *t, int32_t i)
{
        int32_t mark = dep_child(t, i, REL_MARK);

        if (t->nodes[i].rel != REL_ADVCL || !dep_is(t, mark, "that") || mark == 0 || mark != t->nodes[i].left ||
            mark < t->nodes[i].head || dep_is(t, mark - 1, "so") || dep_is(t, mark - 1, "such") ||
            dep_is(t, mark - 1, "now") || t->nodes[t->nodes[i].head].upos != UPOS_VERB)
                return;
        if (dep_child(t, t->nodes[i].head, REL_CCOMP) == DEP_NONE)
                t->nodes[i].rel = REL_CCOMP;
}

/*
 * What parsers get wrong in news and what the words alone can mend: a weekday is no object ("lifted Friday a
 * blockade");
 * a passive needs its auxiliary ("the opposition called off" is none); "it" before "is willing" is somebody.
 */
static void mend(struct dep_tree *t, const struct lexicon *lexicon)
{
        for (int32_t i = 0; i < t->n; i++) {
                struct dep_node *node = &t->nodes[i];

                if ((node->rel == REL_OBJ || node->rel == REL_NSUBJ || node->rel == REL_FLAT ||
                     node->rel == REL_IOBJ) &&
                    is_time(t->tokens[i].form) && node->head != DEP_NONE && node->head < i)
                        node->rel = REL_OBL_TIME;
                if (node->rel == REL_OBL && node->head != DEP_NONE && is_quantity(t, i))
                        node->rel = node->head < i ? REL_OBJ : REL_NSUBJ;
                if (node->rel == REL_NSUBJ_PASS && node->head != DEP_NONE &&
                    dep_child(t, node->head, REL_AUX_PASS) == DEP_NONE &&
                    dep_child(t, node->head, REL_OBL_AGENT) == DEP_NONE && t->nodes[node->head].rel != REL_CONJ &&
                    t->nodes[node->head].rel != REL_XCOMP &&
                    (dep_child(t, node->head, REL_AUX) != DEP_NONE || dep_child(t, node->head, REL_OBJ) != DEP_NONE ||
                     dep_child(t, node->head, REL_CCOMP) != DEP_NONE ||
                     dep_child(t, node->head, REL_XCOMP) != DEP_NONE ||
                     (t->tokens[node->head].xpos && strcmp(t->tokens[node->head].xpos, "VBD") == 0) ||
                     is_finite_place(t, node->head)))
                        node->rel = REL_NSUBJ;
                if (node->rel == REL_EXPL && node->head != DEP_NONE && dep_child(t, node->head, REL_COP) != DEP_NONE &&
                    dep_child(t, node->head, REL_XCOMP) != DEP_NONE && dep_child(t, node->head, REL_NSUBJ) == DEP_NONE)
                        node->rel = REL_NSUBJ;
                mend_adjective(t, i, lexicon);
                mend_verb(t, i);
                mend_that(t, i);
        }
}

static bool is_one_of(const char *form, const char *const *words)
{
        for (; *words; words++)
                if (strcasecmp(form, *words) == 0)
                        return true;
        return false;
}

/* Nothing hangs on an auxiliary, a preposition or a mark but what is fixed to it: it is meant for what they serve. */
static void lift(struct dep_tree *t)
{
        for (int32_t i = 0; i < t->n; i++) {
                int32_t head = t->nodes[i].head;
                enum rel rel = (enum rel)t->nodes[i].rel;
                enum rel above;

                if (head < 0 || head >= t->n || rel == REL_FIXED || rel == REL_CONJ || rel == REL_CC ||
                    rel == REL_PUNCT || rel == REL_ADVMOD)
                        continue;
                above = (enum rel)t->nodes[head].rel;
                if ((above == REL_AUX || above == REL_AUX_PASS || above == REL_CASE || above == REL_MARK) &&
                    t->nodes[head].head >= 0 && t->nodes[head].head < t->n && t->nodes[head].head != i)
                        t->nodes[i].head = t->nodes[head].head;
        }
}

/* Only what belongs to one of the two stands between them: "Secretary-General Klibi". */
static bool is_beside(const struct dep_tree *t, int32_t i, int32_t j)
{
        for (int32_t k = i + 1; k < j; k++)
                if (t->nodes[k].upos != UPOS_PUNCT && t->nodes[k].head != i && t->nodes[k].head != j)
                        return false;
        return j - i <= 4 && (j == i + 1 || strcmp(t->tokens[i + 1].form, ",") != 0);
}

static bool is_subject_rel(uint8_t rel)
{
        return rel == REL_NSUBJ || rel == REL_NSUBJ_PASS;
}

/* "leader Kim", "media KCNA", "Kyrgyz lawmakers": two subjects side by side are one, the first modifies the second. */
static void join_subjects(struct dep_tree *t)
{
        for (int32_t i = 0; i + 1 < t->n; i++)
                for (int32_t j = i + 1; j < t->n && j <= i + 4; j++) {
                        const struct dep_node *next = &t->nodes[j];

                        if (!is_subject_rel(t->nodes[i].rel) || !is_subject_rel(next->rel) ||
                            next->head != t->nodes[i].head || !is_beside(t, i, j))
                                continue;
                        if ((t->nodes[i].upos == UPOS_NOUN && next->upos == UPOS_PROPN) ||
                            ((t->nodes[i].upos == UPOS_PROPN || t->nodes[i].upos == UPOS_ADJ) &&
                             (next->upos == UPOS_NOUN || (next->upos == UPOS_PROPN && j > i + 1)))) {
                                t->nodes[i].head = j;
                                t->nodes[i].rel = REL_COMPOUND;
                        }
                }
}

/* "met visiting Minister Lavrov", "from neighboring Lebanon": a participle that is an adjective, taken for a clause. */
static void undo_participles(struct dep_tree *t)
{
        static const char *const words[] = { "visiting", "neighboring", "neighbouring", "outgoing", "incoming",
                                             "ruling",   NULL };

        for (int32_t i = 0; i < t->n; i++) {
                struct dep_node *node = &t->nodes[i];

                if (node->upos != UPOS_VERB || node->head < 0 || !is_one_of(t->tokens[i].form, words))
                        continue;
                for (int32_t o = i + 1; o < t->n; o++) {
                        if (t->nodes[o].head != i || t->nodes[o].rel != REL_OBJ)
                                continue;
                        t->nodes[o].head = node->head;
                        t->nodes[o].rel = node->rel == REL_XCOMP || node->rel == REL_CCOMP ? REL_OBJ : REL_OBL;
                        for (int32_t c = 0; c < t->n; c++)
                                if (t->nodes[c].head == i && c != o) {
                                        t->nodes[c].head = o;
                                        if (t->nodes[c].rel == REL_MARK)
                                                t->nodes[c].rel = REL_CASE;
                                }
                        node->head = o;
                        node->rel = REL_AMOD;
                        node->upos = UPOS_ADJ;
                        break;
                }
        }
}

struct dep_tree *dep_new(struct arena *arena, const struct reading *reading, uint32_t sentence,
                         const struct lexicon *lexicon)
{
        const struct reading_sentence *s = &reading->sentences[sentence];
        struct dep_tree *t = arena_new(arena, struct dep_tree);

        t->tokens = &reading->tokens[s->first];
        t->n = (int32_t)s->n_tokens;
        t->sentence = sentence;
        t->first = s->first;
        t->nodes = arena_array(arena, struct dep_node, s->n_tokens + 1);
        for (int32_t i = 0; i < t->n; i++) {
                const struct reading_token *token = &t->tokens[i];

                t->nodes[i] = (struct dep_node){
                        .head = token->head, .first_child = DEP_NONE, .next_sibling = DEP_NONE, .upos = token->upos,
                        .rel = (uint8_t)(token->deprel ? rel_of(token->deprel) : REL_OTHER),
                        .word = find_word(lexicon, token),
                };
        }
        lift(t);
        join_subjects(t);
        undo_participles(t);
        link_children(t);
        /* What hangs on nothing has no relation to it: nobody need ask for the head of a conjunct. */
        for (int32_t i = 0; i < t->n; i++)
                if (t->nodes[i].head == DEP_NONE)
                        t->nodes[i].rel = REL_ROOT;
        extents(t);
        mend(t, lexicon);
        return t;
}

int32_t dep_child(const struct dep_tree *tree, int32_t node, enum rel rel)
{
        dep_each_child(tree, child, node)
                if (tree->nodes[child].rel == rel)
                        return child;
        return DEP_NONE;
}

int32_t dep_next(const struct dep_tree *tree, int32_t child)
{
        uint8_t rel = tree->nodes[child].rel;

        while ((child = tree->nodes[child].next_sibling) != DEP_NONE)
                if (tree->nodes[child].rel == rel)
                        return child;
        return DEP_NONE;
}

int32_t dep_apposition(const struct dep_tree *tree, int32_t node)
{
        int32_t head = tree->nodes[node].rel == REL_CONJ ? tree->nodes[node].head : node;
        int32_t appos = dep_child(tree, node, REL_APPOS), last = DEP_NONE;

        if (head == node || appos != DEP_NONE) {
                last = dep_child(tree, node, REL_CONJ);
                return appos != DEP_NONE && last != DEP_NONE && appos > last && tree->nodes[last].upos == UPOS_PROPN
                               ? DEP_NONE
                               : appos;
        }
        appos = dep_child(tree, head, REL_APPOS);
        for (int32_t c = dep_child(tree, head, REL_CONJ); c != DEP_NONE; c = dep_next(tree, c))
                if (c < appos)
                        last = c;
        return last == node && tree->nodes[node].upos == UPOS_PROPN ? appos : DEP_NONE;
}

bool dep_below(const struct dep_tree *tree, int32_t node, int32_t above)
{
        for (int32_t steps = 0; node != DEP_NONE && steps <= tree->n; steps++) {
                if (node == above)
                        return true;
                node = tree->nodes[node].head;
        }
        return false;
}

bool dep_is(const struct dep_tree *tree, int32_t node, const char *word)
{
        return node != DEP_NONE && tree->tokens[node].lemma && strcasecmp(tree->tokens[node].lemma, word) == 0;
}

int32_t dep_case(const struct dep_tree *tree, int32_t node)
{
        dep_each_child(tree, child, node)
                if (tree->nodes[child].rel == REL_CASE && tree->nodes[child].upos != UPOS_PART)
                        return child;
        return DEP_NONE;
}

bool dep_feature(const struct dep_tree *tree, int32_t node, const char *feature)
{
        const char *feats = tree->tokens[node].feats, *found = feats ? strstr(feats, feature) : NULL;
        size_t n = strlen(feature);

        return found && (found == feats || found[-1] == '|') && (found[n] == '\0' || found[n] == '|');
}
