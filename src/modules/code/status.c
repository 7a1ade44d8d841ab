/*
 * See status.h. A walk from the predicate to the root. The innermost word that is no plain assertion decides, since
 * what stands above it can take reality away but not give it: "he said he would fail to" is planned by "would" below
 * "said".
 */
#include "modules/code/status.h"

#include <string.h>
#include <strings.h>

enum { CLIMB_MAX = 24 };

void status_sets_init(struct status_sets *sets, const struct lexicon *lexicon)
{
        sets->plan = lexicon_set(lexicon, "plan");
        sets->demand = lexicon_set(lexicon, "demand");
        sets->doubt = lexicon_set(lexicon, "doubt");
        sets->deny = lexicon_set(lexicon, "deny");
        sets->fail = lexicon_set(lexicon, "fail");
        sets->begin = lexicon_set(lexicon, "begin");
        sets->succeed = lexicon_set(lexicon, "succeed");
        sets->fact = lexicon_set(lexicon, "fact");
        sets->unreal_noun = lexicon_set(lexicon, "unreal_noun");
        sets->modal_noun = lexicon_set(lexicon, "modal_noun");
        sets->nature = lexicon_set(lexicon, "nature");
        sets->fiction = lexicon_set(lexicon, "fiction");
        sets->sport = lexicon_set(lexicon, "sport");
        sets->sporting = lexicon_set(lexicon, "sporting");
        clause_sets_init(&sets->clause, lexicon);
}

/* By its form or its lemma. */
static bool is_word(const struct dep_tree *tree, int32_t node, const char *const *words)
{
        for (const char *const *w = words; *w; w++)
                if (strcasecmp(tree->tokens[node].form, *w) == 0 || dep_is(tree, node, *w))
                        return true;
        return false;
}

static bool has_aux(const struct dep_tree *tree, int32_t node, const char *const *words)
{
        dep_each_child(tree, child, node)
                if ((tree->nodes[child].rel == REL_AUX || tree->nodes[child].rel == REL_AUX_PASS ||
                     tree->nodes[child].rel == REL_COP) &&
                    is_word(tree, child, words))
                        return true;
        return false;
}

static bool has_mark(const struct dep_tree *tree, int32_t node, const char *const *words)
{
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (rel != REL_MARK && rel != REL_ADVMOD && rel != REL_CASE)
                        continue;
                for (const char *const *w = words; *w; w++)
                        if (dep_is(tree, child, *w))
                                return true;
        }
        return false;
}

static const char *const will_words[] = { "will", "shall", "'ll", "\xE2\x80\x99ll", "wo", NULL };
static const char *const would_words[] = { "would", "'d", NULL };
static const char *const may_words[] = { "may", "might", "could", NULL };
static const char *const can_words[] = { "can", "ca", NULL };
static const char *const must_words[] = { "should", "must", "ought", "need", NULL };
static const char *const if_words[] = { "if", "unless", "whether", "lest", NULL };
static const char *const to_words[] = { "to", NULL };
static const char *const present_be_words[] = { "is", "'s", "are", NULL };
static const char *const be_words[] = { "is", "are", "was", "were", "'s", "'re", "am", NULL };

bool status_is_future(const struct dep_tree *tree, int32_t node)
{
        return has_aux(tree, node, will_words) || has_aux(tree, node, would_words);
}

bool status_is_obliged(const struct dep_tree *tree, int32_t node)
{
        static const char *const have_words[] = { "have", NULL };
        int32_t clause = dep_child(tree, node, REL_XCOMP);

        /* "should have gone" blames, it asks for nothing */
        if (has_aux(tree, node, must_words))
                return !has_aux(tree, node, have_words);
        /* "has to", "needs to": the infinitive hangs on a verb of its own */
        return (dep_is(tree, node, "have") || dep_is(tree, node, "need")) && clause != DEP_NONE &&
               has_mark(tree, clause, to_words) && dep_child(tree, node, REL_OBJ) == DEP_NONE;
}

/* A condition hangs on the predicate: "would ... if". */
static bool has_condition(const struct dep_tree *tree, int32_t node)
{
        dep_each_child(tree, child, node)
                if (tree->nodes[child].rel == REL_ADVCL && has_mark(tree, child, if_words))
                        return true;
        return false;
}

/* "not only", "not just" deny nothing. */
static bool is_not_only(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "only", "just", "merely", "simply", "solely" };

        if (node + 1 >= tree->n)
                return false;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (dep_is(tree, node + 1, words[i]))
                        return true;
        return false;
}

/* "They have no plans" has the plans negated, not the having. */
static bool is_negated(const struct dep_tree *tree, int32_t node)
{
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (rel == REL_ADVMOD &&
                    (dep_is(tree, child, "not") || dep_is(tree, child, "n't") || dep_is(tree, child, "never")))
                        return !is_not_only(tree, child);
                if ((rel == REL_NSUBJ || rel == REL_NSUBJ_PASS) && tree->nodes[node].upos == UPOS_VERB &&
                    (dep_is(tree, child, "nobody") || dep_is(tree, child, "none") ||
                     dep_is(tree, dep_child(tree, child, REL_DET), "no")))
                        return true;
                if (rel == REL_DET && tree->nodes[node].upos == UPOS_NOUN && dep_is(tree, child, "no"))
                        return true;
        }
        return false;
}

/* "The plan is to go": the finite "be" stands before the "to". */
static bool is_infinitive_of_be(const struct dep_tree *tree, int32_t node)
{
        int32_t be = DEP_NONE;

        if (tree->nodes[node].upos != UPOS_VERB)
                return false;
        dep_each_child(tree, child, node) {
                if ((tree->nodes[child].rel == REL_AUX || tree->nodes[child].rel == REL_COP) && be == DEP_NONE &&
                    is_word(tree, child, be_words))
                        be = child;
                if (tree->nodes[child].rel == REL_MARK && dep_is(tree, child, "to"))
                        return be != DEP_NONE;
        }
        return false;
}

/* "is going to": an infinitive hangs on the progressive. */
static bool has_infinitive(const struct dep_tree *tree, int32_t node)
{
        int32_t child = dep_child(tree, node, REL_XCOMP);

        return child != DEP_NONE && has_aux(tree, node, be_words) && has_mark(tree, child, to_words);
}

static enum lexicon_status own_form(const struct dep_tree *tree, int32_t node, const char **rule)
{
        bool negated = is_negated(tree, node);

        if (has_aux(tree, node, may_words)) {
                *rule = "may, might, could";
                return STATUS_HYPOTHETICAL;
        }
        if (has_aux(tree, node, will_words)) {
                *rule = "will";
                return negated ? STATUS_DENIED : STATUS_PLANNED;
        }
        if (has_aux(tree, node, would_words)) {
                *rule = "would";
                return has_condition(tree, node) ? STATUS_HYPOTHETICAL : negated ? STATUS_DENIED : STATUS_PLANNED;
        }
        if (has_aux(tree, node, must_words)) {
                *rule = "should, must";
                return STATUS_DEMANDED;
        }
        /* "The risk policy is to go ahead" */
        if (is_infinitive_of_be(tree, node)) {
                *rule = "is to";
                return STATUS_PLANNED;
        }
        if (dep_is(tree, node, "gon") || (dep_is(tree, node, "go") && has_infinitive(tree, node))) {
                *rule = "going to";
                return STATUS_PLANNED;
        }
        if (negated) {
                *rule = "a negation";
                return STATUS_DENIED;
        }
        if (has_aux(tree, node, can_words)) {
                *rule = "can";
                return STATUS_HYPOTHETICAL;
        }
        return STATUS_NONE;
}

static bool is_base(const struct dep_tree *tree, int32_t node)
{
        const char *xpos = tree->tokens[node].xpos;

        return !xpos || strcmp(xpos, "VB") == 0 || strcmp(xpos, "VBP") == 0;
}

static bool is_past(const struct dep_tree *tree, int32_t node)
{
        const char *xpos = tree->tokens[node].xpos;

        return xpos && (strcmp(xpos, "VBD") == 0 || strcmp(xpos, "VBN") == 0);
}

/* "before leaving", "without firing", "about leaving": what stands behind such a word is not or not yet done. */
static enum lexicon_status by_preposition(const struct dep_tree *tree, int32_t node, const char **rule)
{
        enum rel rel = (enum rel)tree->nodes[node].rel;

        if (rel != REL_ADVCL && rel != REL_ACL)
                return STATUS_NONE;
        if (has_mark(tree, node, (const char *const[]){ "without", NULL })) {
                *rule = "'without' before it";
                return STATUS_DENIED;
        }
        if (!is_past(tree, node) && has_mark(tree, node, (const char *const[]){ "before", "until", "till", NULL })) {
                *rule = "'before' or 'until' before it";
                return STATUS_PLANNED;
        }
        if (has_mark(tree, node, (const char *const[]){ "about", NULL })) {
                *rule = "'about' before it";
                return STATUS_HYPOTHETICAL;
        }
        return STATUS_NONE;
}

/* "to finish", or bare as in "let me finish". */
static bool is_infinitive(const struct dep_tree *tree, int32_t node)
{
        const char *xpos = tree->tokens[node].xpos;

        return has_mark(tree, node, to_words) ||
               (tree->nodes[node].rel == REL_XCOMP && xpos && strcmp(xpos, "VB") == 0);
}

/* What a governing verb does to what it governs. */
static enum lexicon_status by_governor(const struct dep_tree *tree, const struct status_sets *sets, int32_t governor,
                                       enum rel rel, int32_t child, const char **rule)
{
        const struct lexicon_word *word = tree->nodes[governor].word;
        bool clause = rel == REL_XCOMP || rel == REL_CCOMP || rel == REL_ADVCL || rel == REL_ACL;
        bool infinitive = has_mark(tree, child, to_words);

        if (lexicon_in_set(word, sets->fail) &&
            (rel == REL_XCOMP || rel == REL_OBJ ||
             (rel == REL_ADVCL && has_mark(tree, child, (const char *const[]){ "from", NULL })))) {
                *rule = "a verb of failing or refusing above";
                return STATUS_DENIED;
        }
        if (lexicon_in_set(word, sets->deny) && (rel == REL_CCOMP || rel == REL_XCOMP || rel == REL_OBJ)) {
                *rule = "a verb of denying above";
                return STATUS_DENIED;
        }
        if (lexicon_in_set(word, sets->plan) && (rel == REL_XCOMP || (rel == REL_ACL && infinitive) ||
                                                 (rel == REL_ADVCL && infinitive) || rel == REL_OBJ)) {
                *rule = "a verb or noun of planning above";
                return STATUS_PLANNED;
        }
        /* "demanded that they go", but "told them that they went" */
        if (lexicon_in_set(word, sets->demand) && (rel == REL_XCOMP || (rel == REL_CCOMP && is_base(tree, child)) ||
                                                   rel == REL_OBJ || (clause && infinitive))) {
                *rule = "a verb of demanding above";
                return STATUS_DEMANDED;
        }
        if (lexicon_in_set(word, sets->doubt) &&
            (rel == REL_CCOMP || rel == REL_XCOMP || (rel == REL_ACL && infinitive))) {
                *rule = "a verb of believing or doubting above";
                return STATUS_HYPOTHETICAL;
        }
        if (rel == REL_XCOMP && infinitive && dep_is(tree, governor, "have") && !is_past(tree, governor)) {
                *rule = "have to";
                return STATUS_DEMANDED;
        }
        /* "They met to discuss": what was done for a purpose that it brings about */
        if (rel == REL_ADVCL && infinitive && is_past(tree, governor) &&
            !dep_is(tree, dep_child(tree, child, REL_MARK), "in")) {
                const char *above;
                enum lexicon_status status = status_of(tree, sets, governor, &above);

                if (status == STATUS_HAPPENED || status == STATUS_BACKGROUND)
                        return STATUS_NONE;
        }
        if (rel == REL_CSUBJ && infinitive && tree->nodes[governor].upos == UPOS_ADJ &&
            has_aux(tree, governor, present_be_words)) {
                *rule = "'it is important to' above";
                return STATUS_HYPOTHETICAL;
        }
        if (rel == REL_ADVCL && infinitive) {
                *rule = "a purpose";
                return STATUS_PLANNED;
        }
        if (rel == REL_ACL && infinitive) {
                *rule = "an infinitive below a noun";
                return STATUS_PLANNED;
        }
        return STATUS_NONE;
}

/* "Read the page", "please try": the base form alone, at the head of a clause. */
static bool is_imperative(const struct dep_tree *tree, int32_t node)
{
        const char *xpos = tree->tokens[node].xpos;
        enum rel rel = (enum rel)tree->nodes[node].rel;
        int32_t aux = dep_child(tree, node, REL_AUX);
        bool base = xpos ? strcmp(xpos, "VB") == 0 : dep_feature(tree, node, "Mood=Imp");

        if (dep_feature(tree, node, "Mood=Imp"))
                return true;
        if (!base || (rel != REL_ROOT && rel != REL_PARATAXIS && rel != REL_CONJ && rel != REL_CCOMP) ||
            (aux != DEP_NONE && strcasecmp(tree->tokens[aux].form, "do") != 0) ||
            dep_child(tree, node, REL_MARK) != DEP_NONE || dep_child(tree, node, REL_NSUBJ) != DEP_NONE ||
            dep_child(tree, node, REL_COP) != DEP_NONE)
                return false;
        return rel != REL_CONJ || (tree->nodes[node].head != DEP_NONE && is_imperative(tree, tree->nodes[node].head));
}

/* "Did they attack?": the auxiliary stands before the subject, and a question mark follows. */
static bool is_asked(const struct dep_tree *tree, int32_t node)
{
        int32_t subject = dep_child(tree, node, REL_NSUBJ), aux = dep_child(tree, node, REL_AUX);

        if (subject == DEP_NONE || aux == DEP_NONE || aux > subject || tree->nodes[node].rel == REL_ACL_RELCL)
                return false;
        for (int32_t i = node + 1; i < tree->n; i++)
                if (strcmp(tree->tokens[i].form, "?") == 0)
                        return true;
                else if (strcmp(tree->tokens[i].form, ".") == 0 || strcmp(tree->tokens[i].form, "!") == 0)
                        return false;
        return false;
}

/* Told as a fact whatever stands above: a relative clause, a participle behind a noun, a clause of time or cause. */
static bool is_given(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "after", "as",       "when",   "because", "since",
                                             "while", "although", "though", "before",  NULL };
        enum rel rel = (enum rel)tree->nodes[node].rel;

        if (rel == REL_ACL_RELCL || rel == REL_AMOD)
                return true;
        if (rel == REL_ACL)
                return dep_child(tree, node, REL_MARK) == DEP_NONE;
        return rel == REL_ADVCL && (has_mark(tree, node, words) || dep_child(tree, node, REL_MARK) == DEP_NONE);
}

/* "When they arrive, they will talk": what is told in the present beside what is to come is to come itself. */
static enum lexicon_status of_main_clause(const struct dep_tree *tree, int32_t head, const char **rule)
{
        enum lexicon_status found = is_imperative(tree, head) ? STATUS_DEMANDED : own_form(tree, head, rule);

        if (found == STATUS_NONE || found == STATUS_DENIED)
                return STATUS_NONE;
        *rule = "a present clause beside what is to come";
        return found;
}

/* "Accusations that its troops fought alongside rebels": what is accused, though the tree has it as "which its troops
 * fought". The clause has its own subject and more than a pronoun beside its verb. */
static bool is_claim(const struct dep_tree *tree, const struct status_sets *sets, int32_t node)
{
        int32_t subject = clause_own_subject(tree, node), head = tree->nodes[node].head;
        bool that = dep_is(tree, dep_child(tree, node, REL_MARK), "that"), more = that;

        if (head == DEP_NONE || !lexicon_in_set(tree->nodes[head].word, sets->modal_noun) ||
            (tree->nodes[node].rel != REL_ACL_RELCL && tree->nodes[node].rel != REL_ACL))
                return false;
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;
                bool relative = clause_is_relative(tree, child);

                that = that || (relative && dep_is(tree, child, "that") && child == head + 1);
                more = more || ((rel == REL_OBJ || rel == REL_OBL || rel == REL_NSUBJ_PASS) && !relative);
        }
        return that && more && ((subject != DEP_NONE && !clause_is_relative(tree, subject)) ||
                                dep_child(tree, node, REL_NSUBJ_PASS) != DEP_NONE);
}

static enum lexicon_status climb(const struct dep_tree *tree, const struct status_sets *sets, int32_t node,
                                 const char **rule)
{
        int32_t at = node;
        bool claimed = false;

        for (int steps = 0; steps < CLIMB_MAX; steps++) {
                int32_t head = tree->nodes[at].head;
                enum rel rel = (enum rel)tree->nodes[at].rel;
                enum lexicon_status found;

                if (has_mark(tree, at, if_words) && (rel == REL_ADVCL || rel == REL_CCOMP)) {
                        *rule = "a condition";
                        return STATUS_HYPOTHETICAL;
                }
                found = by_preposition(tree, at, rule);
                if (found != STATUS_NONE)
                        return found;
                if (head == DEP_NONE)
                        break;
                if (is_claim(tree, sets, at)) {
                        claimed = true;
                        at = head;
                        continue;
                }
                if (is_given(tree, at) && !claimed)
                        return rel == REL_ADVCL && !is_past(tree, at) && at == node ? of_main_clause(tree, head, rule)
                                                                                    : STATUS_NONE;
                found = by_governor(tree, sets, head, rel, at, rule);
                if (found != STATUS_NONE)
                        return found;
                /* What a predicate governs shares its form: "will try to", "did not begin to"; a subordinate clause of
                 * its own does not. */
                if (rel == REL_XCOMP && is_imperative(tree, head)) {
                        *rule = "an imperative above";
                        return STATUS_DEMANDED;
                }
                if (rel == REL_XCOMP || rel == REL_OBJ || rel == REL_OBL) {
                        found = own_form(tree, head, rule);
                        if (found != STATUS_NONE &&
                            !(found == STATUS_DENIED && (rel == REL_OBL || !is_infinitive(tree, at))))
                                return found;
                } else if (rel == REL_CONJ) {
                        /* "will meet and discuss": the first one's modal holds for both, its negation does not. */
                        found = dep_child(tree, at, REL_AUX) == DEP_NONE && dep_child(tree, at, REL_NSUBJ) == DEP_NONE
                                        ? own_form(tree, head, rule)
                                        : STATUS_NONE;
                        if (found != STATUS_NONE && found != STATUS_DENIED)
                                return found;
                }
                at = head;
        }
        if (!claimed)
                return STATUS_NONE;
        *rule = "what a noun like 'accusation' or 'threat' is about";
        return STATUS_HYPOTHETICAL;
}

/* "Said its forces had killed": the past of what was said lately, and nothing from long before. */
static bool is_reported(const struct dep_tree *tree, const struct status_sets *sets, int32_t node)
{
        int32_t head = tree->nodes[node].head;

        return head != DEP_NONE && tree->nodes[node].rel == REL_CCOMP && is_past(tree, head) &&
               lexicon_in_set(tree->nodes[head].word, sets->clause.say);
}

static enum lexicon_status by_tense(const struct dep_tree *tree, const struct status_sets *sets, int32_t node,
                                    const char **rule)
{
        static const char *const is_words[] = { "is", "are", "'re", "'s", "am", "been", NULL };
        const char *xpos = tree->tokens[node].xpos;
        bool ing = dep_feature(tree, node, "VerbForm=Ger") || dep_feature(tree, node, "Tense=Pres") ||
                   (xpos && strcmp(xpos, "VBG") == 0);

        dep_each_child(tree, child, node)
                if ((tree->nodes[child].rel == REL_AUX || tree->nodes[child].rel == REL_AUX_PASS) &&
                    strcasecmp(tree->tokens[child].form, "had") == 0 && !is_reported(tree, sets, node)) {
                        *rule = "past perfect";
                        return STATUS_BACKGROUND;
                }
        if (xpos && strcmp(xpos, "VBG") == 0 && ing && has_aux(tree, node, is_words)) {
                *rule = "a progressive";
                return STATUS_ONGOING;
        }
        *rule = "asserted";
        return STATUS_HAPPENED;
}

enum lexicon_status status_of(const struct dep_tree *tree, const struct status_sets *sets, int32_t node,
                              const char **rule)
{
        enum lexicon_status found;

        if (tree->nodes[node].upos == UPOS_NOUN) {
                /* "planned talks", "a possible attack", "threat of war", "call for talks" */
                int32_t head = tree->nodes[node].head;

                dep_each_child(tree, child, node)
                        if ((tree->nodes[child].rel == REL_AMOD || tree->nodes[child].rel == REL_COMPOUND) &&
                            lexicon_in_set(tree->nodes[child].word, sets->unreal_noun)) {
                                *rule = "a word like 'planned' or 'possible' before it";
                                return STATUS_PLANNED;
                        }
                if (head != DEP_NONE && tree->nodes[node].rel == REL_NMOD &&
                    lexicon_in_set(tree->nodes[head].word, sets->modal_noun)) {
                        *rule = "a noun like 'threat' or 'call' above";
                        return STATUS_HYPOTHETICAL;
                }
        }
        found = own_form(tree, node, rule);
        if ((found == STATUS_NONE || found == STATUS_DENIED) && is_imperative(tree, node)) {
                *rule = "an imperative";
                found = STATUS_DEMANDED;
        }
        if ((found == STATUS_NONE || found == STATUS_DENIED) && is_asked(tree, node)) {
                *rule = "a question";
                found = STATUS_HYPOTHETICAL;
        }
        if (found == STATUS_NONE)
                found = climb(tree, sets, node, rule);
        if (found == STATUS_NONE)
                found = by_tense(tree, sets, node, rule);
        return found;
}
