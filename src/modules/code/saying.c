/*
 * See saying.h. The tree often tears what is said apart, or hangs it on the wrong word; where cue, commas and quotation
 * marks say more, they are believed.
 */
#include "modules/code/saying.h"

#include <ctype.h>
#include <string.h>

enum { ASIDE_MIN = 5 /* tokens that can be what is said without a finite verb */ };

static bool is_capital(const struct dep_tree *tree, int32_t token)
{
        return token < tree->n && isupper((unsigned char)tree->tokens[token].form[0]) &&
               tree->nodes[token].upos != UPOS_PROPN;
}

/* The last token of the words behind a cue that say when, where and to whom: no content stands among them. */
static int32_t phrase_end(const struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t last = cue->group.last;

        dep_each_child(tree, child, cue->verb) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (tree->nodes[child].left != last + 1 || child <= cue->verb || seeker_is_comma(tree, last + 1))
                        continue;
                if (rel == REL_OBL || rel == REL_OBL_TIME || rel == REL_ADVMOD || rel == REL_IOBJ || rel == REL_NSUBJ ||
                    (rel == REL_OBJ && lexicon_in_set(cue->word, k->sets->cues.told)))
                        last = tree->nodes[child].right;
        }
        return last;
}

int32_t saying_nominal(const struct dep_tree *tree, int32_t first, int32_t last)
{
        int32_t head = DEP_NONE;

        if (first > last)
                return DEP_NONE;
        for (int32_t i = first; i <= last; i++) {
                enum reading_upos upos = (enum reading_upos)tree->nodes[i].upos;
                bool noun = upos == UPOS_NOUN || upos == UPOS_PROPN || upos == UPOS_PRON || upos == UPOS_NUM;

                if (!noun && upos != UPOS_DET && upos != UPOS_ADJ && upos != UPOS_ADP && upos != UPOS_PART &&
                    upos != UPOS_CCONJ && upos != UPOS_PUNCT && upos != UPOS_X && upos != UPOS_SYM)
                        return DEP_NONE;
                if (noun && (tree->nodes[i].head < first || tree->nodes[i].head > last) && head == DEP_NONE)
                        head = i;
        }
        return head;
}

/* Where the clause that a cue is slipped into begins: behind the joint with what an earlier cue reports. */
static int32_t clause_start(const struct seeker *k, int32_t before)
{
        int32_t quote = before;

        if (before > 0 && k->s->quote[before] < 0)
                quote--;
        if (quote > 0 && k->s->quote[quote] >= 0) {
                while (quote > 0 && k->s->quote[quote - 1] == k->s->quote[before > quote ? quote : before])
                        quote--;
                if (quote > 0 && (k->tree->tokens[quote - 1].form[0] == ':' ||
                                  (k->last_cue != DEP_NONE && seeker_is_comma(k->tree, quote - 1))))
                        return quote;
        }
        if (k->last_cue == DEP_NONE)
                return 0;
        for (int32_t i = before; i > k->last_cue; i--)
                if (seeker_is_comma(k->tree, i) && i + 1 < before &&
                    (k->tree->nodes[i + 1].upos == UPOS_CCONJ || dep_is(k->tree, i + 1, "while")) &&
                    k->s->quote[i] < 0)
                        return i + 2;
        return 0;
}

/* Marks what stands before and behind a cue that takes [first, last] with its source. */
static void add_around(const struct seeker *k, const struct seeker_cue *cue, struct statement *st, int32_t first,
                       int32_t last)
{
        const struct dep_tree *tree = k->tree;
        int32_t next = last + 1;

        statement_add(st, clause_start(k, first - 1), first - 1);
        while (next < tree->n && seeker_is_punct(tree, next) && k->s->quote[next] < 0)
                next++;
        if (next < tree->n && seeker_xpos(tree, next, "VBG") && k->s->quote[next] < 0)
                return;
        statement_add(st, last + 1, seeker_tail(k, last + 1, tree->n - 1) - 1);
        dep_each_child(tree, child, cue->group.top) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (tree->nodes[child].left > last && rel != REL_CCOMP && rel != REL_PARATAXIS)
                        for (int32_t i = tree->nodes[child].left; i <= tree->nodes[child].right; i++)
                                if (k->s->quote[i] < 0)
                                        st->content[i] = false;
        }
}

bool saying_aside(struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t first = cue->group.first, last = phrase_end(k, cue), source = cue->subject, meant = cue->meant, before;
        bool quoted, finite = false, inverted = source != DEP_NONE && source > cue->verb;
        struct statement st;

        if (!inverted) {
                /* The noun phrase between the last break and the cue says it, whatever the tree makes of it. */
                int32_t from = first - 1;

                if (source != DEP_NONE && tree->nodes[source].right == first - 1 && tree->nodes[source].left > 0 &&
                    seeker_is_punct(tree, tree->nodes[source].left - 1)) {
                        from = tree->nodes[source].left;
                } else {
                        while (from > 0 && !(seeker_is_punct(tree, from - 1) && tree->tokens[from - 1].form[0] != '.'))
                                from--;
                        source = meant = saying_nominal(tree, from, first - 1);
                        if (source == DEP_NONE)
                                return false;
                }
                if (clause_is_relative(tree, source))
                        return false;
                first = from;
        } else if (cue->group.first != cue->verb) {
                return false;
        }
        before = first - 1;
        if (before < 1 || !seeker_is_punct(tree, before) || k->s->quoted[cue->verb] ||
            (tree->tokens[before].form[0] != ',' && k->s->quote[before] < 0 && tree->tokens[before].form[0] != '-' &&
             (unsigned char)tree->tokens[before].form[0] < 0x80))
                return false;
        if (last + 1 < tree->n && (!seeker_is_punct(tree, last + 1) || tree->tokens[last + 1].form[0] == ':'))
                return false;
        quoted = k->s->quote[before] >= 0 || k->s->quote[before - 1] >= 0;
        for (int32_t i = 0; i < before; i++)
                finite |= seeker_is_finite(tree, i);
        if (!quoted) {
                if (inverted && !finite)
                        return false;
                if (last + 3 < tree->n && k->s->quote[last + 2] >= 0 && is_capital(tree, last + 3))
                        return false;
                if (!finite && !seeker_is_comma(tree, last + 1) && before < ASIDE_MIN && last + 2 < tree->n)
                        return false;           /* "In Kabul, he said ..." */
        }
        st = seeker_begin(k, cue, cue->group.last);
        statement_source(&st, source, meant);
        add_around(k, cue, &st, first, last);
        return seeker_finish(k, &st, cue);
}

static bool has_tense(const struct dep_tree *tree, int32_t verb, const char *xpos)
{
        if (seeker_xpos(tree, verb, xpos))
                return true;
        dep_each_child(tree, child, verb)
                if ((tree->nodes[child].rel == REL_AUX || tree->nodes[child].rel == REL_COP ||
                     tree->nodes[child].rel == REL_AUX_PASS) &&
                    seeker_xpos(tree, child, xpos))
                        return true;
        return false;
}

/* "He said he would go and warned against it": what is joined to the clause is his own next verb where it has his tense
 * and the clause has not. DEP_NONE where there is none. */
static int32_t goes_on(const struct seeker *k, const struct seeker_cue *cue, int32_t clause)
{
        const struct dep_tree *tree = k->tree;
        const char *tense = tree->tokens[cue->verb].xpos;

        if (!tense || !seeker_is_finite(tree, cue->verb) || has_tense(tree, clause, tense))
                return DEP_NONE;
        dep_each_child(tree, child, clause)
                if (tree->nodes[child].rel == REL_CONJ && tree->nodes[child].upos == UPOS_VERB && child > cue->verb &&
                    (seeker_xpos(tree, child, tense) ||
                     (seeker_xpos(tree, child, "VBN") && strcmp(tense, "VBD") == 0 && has_tense(tree, clause, "MD"))) &&
                    dep_child(tree, child, REL_NSUBJ) == DEP_NONE &&
                    dep_child(tree, child, REL_AUX) == DEP_NONE && k->s->quote[child] < 0 &&
                    cues_is_verb(&k->sets->cues, tree->nodes[child].word))
                        return child;
        return DEP_NONE;
}

/* Adds a clause with what the tree tears off it: a clause with its own subject that is joined to the cue, and what
 * stands behind it without a break. */
static void add_clause(struct seeker *k, const struct seeker_cue *cue, struct statement *st, int32_t clause)
{
        const struct dep_tree *tree = k->tree;
        int32_t last = tree->nodes[clause].right;

        k->joined = goes_on(k, cue, clause);
        if (k->joined != DEP_NONE) {
                for (last = k->joined - 1; last > clause && tree->nodes[last].upos != UPOS_CCONJ;)
                        last--;
                if (last > clause) {
                        statement_add(st, tree->nodes[clause].left, last - 1);
                        return;
                }
                k->joined = DEP_NONE;
                last = tree->nodes[clause].right;
        }
        statement_add(st, tree->nodes[clause].left, seeker_tail(k, clause, last) - 1);
        if (seeker_tail(k, clause, last) <= last)
                return;
        dep_each_child(tree, child, cue->verb) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (tree->nodes[child].left <= last)
                        continue;
                if ((rel == REL_CONJ && dep_child(tree, child, REL_NSUBJ) != DEP_NONE &&
                     !lexicon_in_set(tree->nodes[child].word, k->sets->cues.say)) ||
                    (tree->nodes[child].left == last + 1 && (rel == REL_OBL || rel == REL_ADVMOD || rel == REL_ADVCL ||
                                                             rel == REL_CCOMP || rel == REL_OBL_TIME)) ||
                    (rel == REL_PARATAXIS && tree->tokens[tree->nodes[child].left - 1].form[0] == ':')) {
                        int32_t end = seeker_tail(k, last, tree->nodes[child].right) - 1;

                        statement_add(st, last + 1, end);
                        if (end < tree->nodes[child].right)
                                return;
                        last = end;
                }
        }
}

/* The quotation behind a cue: nothing but words of the cue's own stand between. */
static int32_t quote_behind(const struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;

        for (int32_t i = cue->group.last + 1; i < tree->n; i++) {
                if (k->s->quote[i] >= 0)
                        return i;
                if (tree->nodes[i].upos == UPOS_VERB && seeker_is_finite(tree, i) &&
                    cues_is_verb(&k->sets->cues, tree->nodes[i].word))
                        return DEP_NONE;
        }
        return DEP_NONE;
}

/* "Told voters that he would", "said in a statement that he would": the tree often takes the clause for one that tells
 * more of the voters or the statement. It has a subject of its own beside "that". */
static int32_t told_that(const struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        bool told = lexicon_in_set(cue->word, k->sets->cues.told);

        dep_each_child(tree, child, cue->verb) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (child < cue->verb ||
                    !(rel == REL_OBL || rel == REL_OBL_TIME || (told && (rel == REL_OBJ || rel == REL_IOBJ))))
                        continue;
                for (int32_t i = child + 1; i <= tree->nodes[child].right; i++) {
                        int32_t verb = tree->nodes[i].head, subject;

                        if (!dep_is(tree, i, "that") || verb < i ||
                            (tree->nodes[verb].rel != REL_ACL_RELCL && tree->nodes[verb].rel != REL_ACL))
                                continue;
                        subject = clause_own_subject(tree, verb);
                        if (subject == DEP_NONE)
                                subject = dep_child(tree, verb, REL_NSUBJ_PASS);
                        if (subject > i)
                                return i;
                }
        }
        return DEP_NONE;
}

/* The clause that a verb governs. Of two joined verbs ("agreed, but also contended that") it is the nearer one's,
 * though the tree gives it to the first. */
static int32_t governed(const struct seeker *k, int32_t verb)
{
        const struct dep_tree *tree = k->tree;
        int32_t found = dep_child(tree, verb, REL_CCOMP), head = tree->nodes[verb].head;

        if (found > verb)
                dep_each_child(tree, child, verb)
                        if (tree->nodes[child].rel == REL_CONJ && child > verb && child < tree->nodes[found].left &&
                            lexicon_in_set(tree->nodes[child].word, k->sets->cues.say))
                                return DEP_NONE;
        if (found == DEP_NONE && tree->nodes[verb].rel == REL_CONJ && head < verb && head >= 0 &&
            (found = dep_child(tree, head, REL_CCOMP)) != DEP_NONE && tree->nodes[found].left < verb)
                found = DEP_NONE;
        return found;
}

bool saying_clause(struct seeker *k, const struct seeker_cue *cue, bool loose)
{
        const struct dep_tree *tree = k->tree;
        int32_t found = governed(k, cue->verb), quote, first = phrase_end(k, cue) + 1, aside;
        struct statement st = seeker_begin(k, cue, cue->group.last);

        if (found != DEP_NONE && found < cue->verb && (dep_next(tree, found) != DEP_NONE || quote_behind(k, cue) >= 0))
                found = dep_next(tree, found);
        if (found == DEP_NONE && (aside = dep_child(tree, cue->verb, REL_PARATAXIS)) > cue->verb &&
            !(lexicon_in_set(tree->nodes[aside].word, k->sets->cues.say) &&
              dep_child(tree, aside, REL_NSUBJ) != DEP_NONE))
                found = aside;          /* what is slipped in behind is a cue of its own */
        if (found != DEP_NONE) {
                add_clause(k, cue, &st, found);
                return seeker_finish(k, &st, cue);
        }
        /* "Have not said when they would": the tree takes it for the time of saying. */
        dep_each_child(tree, child, cue->verb) {
                if (tree->nodes[child].rel == REL_ADVCL && tree->nodes[child].left == cue->group.last + 1 &&
                    seeker_xpos(tree, tree->nodes[child].left, "WRB")) {
                        add_clause(k, cue, &st, child);
                        return seeker_finish(k, &st, cue);
                }
        }
        if ((found = told_that(k, cue)) != DEP_NONE) {
                first = tree->nodes[tree->nodes[found].head].right;
                statement_add(&st, found, seeker_tail(k, found, first) - 1);
                return seeker_finish(k, &st, cue);
        }
        quote = k->s->quoted[cue->verb] ? DEP_NONE : quote_behind(k, cue);
        if (quote == DEP_NONE) {
                first = cue->group.last + 1;
                if (!loose || !lexicon_in_set(cue->word, k->sets->cues.sure) || first >= tree->n ||
                    seeker_is_punct(tree, first) || tree->nodes[first].upos == UPOS_ADP ||
                    tree->nodes[first].upos == UPOS_ADV)
                        return false;
                statement_add(&st, first, seeker_tail(k, first, tree->n - 1) - 1);
                return seeker_finish(k, &st, cue);
        }
        if (seeker_is_punct(tree, quote - 1))
                first = quote;
        else if (!loose || quote < first)       /* or it stands in a phrase that says when, or to whom */
                return false;
        for (; quote + 1 < tree->n && k->s->quote[quote + 1] == k->s->quote[quote];)
                quote++;
        statement_add(&st, first, quote);
        if (k->s->quote[tree->n - 1] >= 0)
                statement_add(&st, quote, tree->n - 1);
        return seeker_finish(k, &st, cue);
}

bool saying_as(struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t head = tree->nodes[cue->verb].head;
        struct statement st;

        if (tree->nodes[cue->verb].rel != REL_ADVCL || !dep_is(tree, dep_child(tree, cue->verb, REL_MARK), "as") ||
            head == DEP_NONE || dep_child(tree, cue->verb, REL_OBJ) != DEP_NONE)
                return false;
        st = seeker_begin(k, cue, cue->group.last);
        statement_add(&st, tree->nodes[head].left, tree->nodes[head].right);
        statement_drop(&st, tree->nodes[cue->verb].left, tree->nodes[cue->verb].right);
        return seeker_finish(k, &st, cue);
}
