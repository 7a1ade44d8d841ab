/*
 * See attribution.h. A cue governs what it attributes in one of a few constructions, and each is looked for in the
 * tree, the surest first: slipped into what it reports ("..., he said, ..."), a clause, a quotation, an infinitive, the
 * object, a phrase. cues.yaml says which words do which. Edges are statement.c's, quotations over sentences speech.c's.
 */
#include "modules/code/attribution.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/code/speech.h"
#include "modules/code/statement.h"

enum { ASIDE_MIN = 5 /* tokens that can be what is said without a finite verb */ };

/* A sentence that is looked through. */
struct seeker {
        struct coding *coding;
        const struct attribution_sets *sets;
        const struct coding_sentence *s;
        const struct dep_tree *tree;
        int32_t said_cue;       /* the latest verb of saying, DEP_NONE: "..., adding" has its speaker */
        int32_t said_source, said_meant;
        int32_t last_cue;       /* the latest cue outside quotations, DEP_NONE */
};

/* A verb that is a cue. */
struct cue {
        int32_t verb;
        struct cues_group group;
        int32_t subject;        /* as it stands, DEP_NONE */
        int32_t meant;          /* whom it means */
        const struct lexicon_word *word;
        bool passive;
};

void attribution_sets_init(struct attribution_sets *sets, const struct lexicon *lexicon)
{
        clause_sets_init(&sets->clause, lexicon);
        cues_init(&sets->cues, lexicon);
}

static bool is_punct(const struct dep_tree *tree, int32_t token)
{
        return tree->nodes[token].upos == UPOS_PUNCT;
}

static bool is_comma(const struct dep_tree *tree, int32_t token)
{
        return token >= 0 && token < tree->n && tree->tokens[token].form[0] == ',';
}

static bool is_capital(const struct dep_tree *tree, int32_t token)
{
        return token < tree->n && isupper((unsigned char)tree->tokens[token].form[0]) &&
               tree->nodes[token].upos != UPOS_PROPN;
}

static bool is_finite(const struct dep_tree *tree, int32_t token)
{
        const char *xpos = tree->tokens[token].xpos;

        return (tree->nodes[token].upos == UPOS_VERB || tree->nodes[token].upos == UPOS_AUX) && xpos &&
               (strcmp(xpos, "VBD") == 0 || strcmp(xpos, "VBZ") == 0 || strcmp(xpos, "VBP") == 0 ||
                strcmp(xpos, "MD") == 0);
}

static bool has_to(const struct dep_tree *tree, int32_t verb)
{
        return dep_is(tree, dep_child(tree, verb, REL_MARK), "to");
}

static struct statement begin(const struct seeker *k, const struct cue *cue, int32_t last)
{
        return statement_new(k->coding, k->s, cue->verb, cue->group.first, last);
}

static bool finish(struct seeker *k, struct statement *st, const struct cue *cue)
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

/* A clause that speaks of the one who says, and not for him: "..., adding that", "..., although". Its first token, or
 * `last` + 1. */
static int32_t tail(const struct seeker *k, int32_t first, int32_t last)
{
        const struct dep_tree *tree = k->tree;

        for (int32_t i = first + 1; i < last; i++) {
                const char *xpos = tree->tokens[i + 1].xpos;
                int32_t next = i + 1;

                if (!is_comma(tree, i) || k->s->quote[i + 1] >= 0)
                        continue;
                if (dep_is(tree, next, "although") || dep_is(tree, next, "though") || dep_is(tree, next, "despite"))
                        return i;
                if (tree->nodes[next].upos == UPOS_ADV && next < last)
                        xpos = tree->tokens[++next].xpos;
                if (tree->nodes[next].upos == UPOS_VERB && xpos && strcmp(xpos, "VBG") == 0 &&
                    lexicon_in_set(tree->nodes[next].word, k->sets->cues.say) && tree->nodes[next].rel != REL_CONJ)
                        return i;
        }
        return last + 1;
}

/* ---- slipped into what it reports ---- */

/* The last token of the words behind a cue that say when, where and to whom: no content stands among them. */
static int32_t phrase_end(const struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t last = cue->group.last;

        dep_each_child(tree, child, cue->verb) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (tree->nodes[child].left != last + 1 || child <= cue->verb)
                        continue;
                if (rel == REL_OBL || rel == REL_OBL_TIME || rel == REL_ADVMOD || rel == REL_IOBJ || rel == REL_NSUBJ ||
                    (rel == REL_OBJ && lexicon_in_set(cue->word, k->sets->cues.told)))
                        last = tree->nodes[child].right;
        }
        return last;
}

/* All words of [first, last] can stand in a noun phrase: what the others hang on, DEP_NONE where they cannot. */
static int32_t nominal(const struct dep_tree *tree, int32_t first, int32_t last)
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
                                  (k->last_cue != DEP_NONE && is_comma(k->tree, quote - 1))))
                        return quote;
        }
        if (k->last_cue == DEP_NONE)
                return 0;
        for (int32_t i = before; i > k->last_cue; i--)
                if (is_comma(k->tree, i) && i + 1 < before &&
                    (k->tree->nodes[i + 1].upos == UPOS_CCONJ || dep_is(k->tree, i + 1, "while")) &&
                    k->s->quote[i] < 0)
                        return i + 2;
        return 0;
}

/* Marks what stands before and behind a cue that takes [first, last] with its source. */
static void add_around(const struct seeker *k, const struct cue *cue, struct statement *st, int32_t first, int32_t last)
{
        const struct dep_tree *tree = k->tree;
        int32_t next = last + 1;

        statement_add(st, clause_start(k, first - 1), first - 1);
        while (next < tree->n && is_punct(tree, next) && k->s->quote[next] < 0)
                next++;
        if (next < tree->n && dep_feature(tree, next, "VerbForm=Ger") && k->s->quote[next] < 0)
                return;
        statement_add(st, last + 1, tail(k, last + 1, tree->n - 1) - 1);
        dep_each_child(tree, child, cue->group.top) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (tree->nodes[child].left > last && rel != REL_CCOMP && rel != REL_PARATAXIS)
                        for (int32_t i = tree->nodes[child].left; i <= tree->nodes[child].right; i++)
                                if (k->s->quote[i] < 0)
                                        st->content[i] = false;
        }
}

static bool aside(struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t first = cue->group.first, last = phrase_end(k, cue), source = cue->subject, meant = cue->meant, before;
        bool quoted, finite = false, inverted = source != DEP_NONE && source > cue->verb;
        struct statement st;

        if (!inverted) {
                /* The noun phrase between the last break and the cue says it, whatever the tree makes of it. */
                int32_t from = first - 1;

                if (source != DEP_NONE && tree->nodes[source].right == first - 1 && tree->nodes[source].left > 0 &&
                    is_punct(tree, tree->nodes[source].left - 1)) {
                        from = tree->nodes[source].left;
                } else {
                        while (from > 0 && !(is_punct(tree, from - 1) && tree->tokens[from - 1].form[0] != '.'))
                                from--;
                        source = meant = nominal(tree, from, first - 1);
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
        if (before < 1 || !is_punct(tree, before) || k->s->quoted[cue->verb] ||
            (tree->tokens[before].form[0] != ',' && k->s->quote[before] < 0 && tree->tokens[before].form[0] != '-' &&
             (unsigned char)tree->tokens[before].form[0] < 0x80))
                return false;
        if (last + 1 < tree->n && (!is_punct(tree, last + 1) || tree->tokens[last + 1].form[0] == ':'))
                return false;
        quoted = k->s->quote[before] >= 0 || k->s->quote[before - 1] >= 0;
        for (int32_t i = 0; i < before; i++)
                finite |= is_finite(tree, i);
        if (!quoted) {
                if (inverted && !finite)
                        return false;
                if (last + 3 < tree->n && k->s->quote[last + 2] >= 0 && is_capital(tree, last + 3))
                        return false;
                if (!finite && !is_comma(tree, last + 1) && before < ASIDE_MIN)
                        return false;
        }
        st = begin(k, cue, cue->group.last);
        statement_source(&st, source, meant);
        add_around(k, cue, &st, first, last);
        return finish(k, &st, cue);
}

/* ---- behind the cue ---- */

/* Adds a clause with what the tree tears off it: a clause with its own subject that is joined to the cue, and what
 * stands behind it without a break. */
static void add_clause(const struct seeker *k, const struct cue *cue, struct statement *st, int32_t clause)
{
        const struct dep_tree *tree = k->tree;
        int32_t last = tree->nodes[clause].right;

        statement_add(st, tree->nodes[clause].left, tail(k, clause, last) - 1);
        if (tail(k, clause, last) <= last)
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
                        int32_t end = tail(k, last, tree->nodes[child].right) - 1;

                        statement_add(st, last + 1, end);
                        if (end < tree->nodes[child].right)
                                return;
                        last = end;
                }
        }
}

/* The quotation behind a cue: nothing but words of the cue's own stand between. */
static int32_t quote_behind(const struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;

        for (int32_t i = cue->group.last + 1; i < tree->n; i++) {
                if (k->s->quote[i] >= 0)
                        return i;
                if (tree->nodes[i].upos == UPOS_VERB && is_finite(tree, i) &&
                    cues_is_verb(&k->sets->cues, tree->nodes[i].word))
                        return DEP_NONE;
        }
        return DEP_NONE;
}

/* "Told voters that he would": the tree often takes the clause for one that tells more of the voters. It has a subject
 * of its own beside "that". */
static int32_t told_that(const struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t object = lexicon_in_set(cue->word, k->sets->cues.told) ? dep_child(tree, cue->verb, REL_OBJ) : DEP_NONE;

        if (object < cue->verb)
                return DEP_NONE;
        for (int32_t i = object + 1; i <= tree->nodes[object].right; i++) {
                int32_t verb = tree->nodes[i].head, subject;

                if (!dep_is(tree, i, "that") || verb < i || tree->nodes[verb].rel != REL_ACL_RELCL)
                        continue;
                subject = clause_own_subject(tree, verb);
                return subject != DEP_NONE && subject != i && subject > i ? i : DEP_NONE;
        }
        return DEP_NONE;
}

/* The clause that a verb governs. Of two joined verbs ("agreed, but also contended that") it is the nearer one's, though
 * the tree gives it to the first. */
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

/* `loose`: take what follows for what is said, though the tree does not. */
static bool clause(struct seeker *k, const struct cue *cue, bool loose)
{
        const struct dep_tree *tree = k->tree;
        int32_t found = governed(k, cue->verb), quote, first = phrase_end(k, cue) + 1, aside;
        struct statement st = begin(k, cue, cue->group.last);

        if (found != DEP_NONE && found < cue->verb && (dep_next(tree, found) != DEP_NONE || quote_behind(k, cue) >= 0))
                found = dep_next(tree, found);
        if (found == DEP_NONE && (aside = dep_child(tree, cue->verb, REL_PARATAXIS)) > cue->verb &&
            !(lexicon_in_set(tree->nodes[aside].word, k->sets->cues.say) &&
              dep_child(tree, aside, REL_NSUBJ) != DEP_NONE))
                found = aside;          /* what is slipped in behind is a cue of its own */
        if (found != DEP_NONE) {
                add_clause(k, cue, &st, found);
                return finish(k, &st, cue);
        }
        /* "Have not said when they would": the tree takes it for the time of saying. */
        dep_each_child(tree, child, cue->verb) {
                const char *xpos = tree->tokens[tree->nodes[child].left].xpos;

                if (tree->nodes[child].rel == REL_ADVCL && tree->nodes[child].left == cue->group.last + 1 && xpos &&
                    strcmp(xpos, "WRB") == 0) {
                        add_clause(k, cue, &st, child);
                        return finish(k, &st, cue);
                }
        }
        if ((found = told_that(k, cue)) != DEP_NONE) {
                first = tree->nodes[dep_child(tree, cue->verb, REL_OBJ)].right;
                statement_add(&st, found, tail(k, found, first) - 1);
                return finish(k, &st, cue);
        }
        quote = k->s->quoted[cue->verb] ? DEP_NONE : quote_behind(k, cue);
        if (quote == DEP_NONE) {
                first = cue->group.last + 1;
                if (!loose || !lexicon_in_set(cue->word, k->sets->cues.sure) || first >= tree->n || is_punct(tree, first) ||
                    tree->nodes[first].upos == UPOS_ADP || tree->nodes[first].upos == UPOS_ADV)
                        return false;
                statement_add(&st, first, tail(k, first, tree->n - 1) - 1);
                return finish(k, &st, cue);
        }
        if (is_punct(tree, quote - 1) || quote < first)
                first = quote;
        else if (!loose)
                return false;
        for (; quote + 1 < tree->n && k->s->quote[quote + 1] == k->s->quote[quote];)
                quote++;
        statement_add(&st, first, quote);
        if (k->s->quote[tree->n - 1] >= 0)
                statement_add(&st, quote, tree->n - 1);
        return finish(k, &st, cue);
}

static bool infinitive(struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t found = dep_child(tree, cue->verb, REL_XCOMP), object = dep_child(tree, cue->verb, REL_OBJ);
        bool told = lexicon_in_set(cue->word, k->sets->cues.told);
        struct statement st;

        if (found == DEP_NONE || found < cue->verb || !has_to(tree, found))
                return false;
        st = begin(k, cue, cue->group.last);
        st.of_act = true;
        statement_add(&st, tree->nodes[found].left, tail(k, found, tree->nodes[found].right) - 1);
        if (!told && object > cue->verb && object < found)
                statement_add(&st, tree->nodes[object].left, found);
        if (told && cue->passive && cue->subject == DEP_NONE)
                return false;
        if (!told && cue->passive && (object = dep_child(tree, cue->verb, REL_NSUBJ_PASS)) != DEP_NONE)
                statement_add(&st, tree->nodes[object].left, tree->nodes[object].right);
        return finish(k, &st, cue);
}

/* The end of what an object says: what a comma sets off behind it (a relative clause, an apposition, a participle)
 * tells more of it, and is not what the cue is about. */
static int32_t object_end(const struct seeker *k, int32_t object, int32_t last)
{
        const struct dep_tree *tree = k->tree;
        int32_t end = tail(k, object, last);

        for (int32_t i = object + 1; i < end - 1; i++)
                if (is_comma(tree, i) && k->s->quote[i] < 0 &&
                    (clause_is_relative(tree, i + 1) || dep_is(tree, i + 1, "where") || dep_is(tree, i + 1, "whose")))
                        return i - 1;
        dep_each_child(tree, child, object)
                if (tree->nodes[child].rel == REL_APPOS && is_comma(tree, tree->nodes[child].left - 1) &&
                    tree->nodes[child].left <= end && tree->nodes[child].right >= last)
                        return tree->nodes[child].left - 1;
        return end - 1;
}

/* The end of what belongs to an object behind it, though it hangs on the verb: phrases that do not say when or where */
static int32_t object_rest(const struct dep_tree *tree, int32_t verb, int32_t last)
{
        static const char *const words[] = { "as",   "for",  "of",      "to",      "by", "about",
                                             "with", "over", "against", "between", NULL };

        dep_each_child(tree, child, verb) {
                enum rel rel = (enum rel)tree->nodes[child].rel;
                bool more = rel == REL_XCOMP || rel == REL_OBJ || rel == REL_IOBJ || rel == REL_CCOMP;

                if (child < verb || tree->nodes[child].left != last + 1)
                        continue;
                for (const char *const *w = words; *w && !more; w++)
                        more = (rel == REL_OBL && dep_is(tree, dep_case(tree, child), *w)) ||
                               (rel == REL_ADVCL && dep_is(tree, dep_child(tree, child, REL_MARK), *w) &&
                                !has_to(tree, child));
                if (more)
                        last = tree->nodes[child].right;
        }
        return last;
}

static int32_t preposition_of(const struct dep_tree *tree, int32_t child)
{
        enum rel rel = (enum rel)tree->nodes[child].rel;

        if (rel == REL_OBL)
                return dep_case(tree, child);
        if ((rel != REL_ADVCL && rel != REL_XCOMP) || has_to(tree, child))
                return DEP_NONE;
        return dep_child(tree, child, REL_MARK);
}

/* "warned against", "accused her of", "called on them to", "dismissed it as". */
static bool phrase(struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t object = dep_child(tree, cue->verb, REL_OBJ);

        dep_each_child(tree, child, cue->verb) {
                int32_t with = preposition_of(tree, child), first, last = tree->nodes[child].right;
                bool whole;
                struct statement st;

                if (child < cue->verb || !cues_takes(&k->sets->cues, tree, cue->verb, with) || with < cue->group.last ||
                    with > child)
                        continue;
                whole = dep_is(tree, with, "as") || dep_is(tree, with, "for");
                if (object > with)
                        continue;
                if (object < cue->verb)
                        object = DEP_NONE;
                st = begin(k, cue, whole && object != DEP_NONE ? cue->group.last : with);
                st.of_act = true;
                first = whole && object != DEP_NONE ? tree->nodes[object].left : with + 1;
                statement_add(&st, first, object_end(k, child, last));
                if (dep_is(tree, with, "on"))
                        dep_each_child(tree, wanted, cue->verb)
                                if (wanted > last && has_to(tree, wanted))
                                        statement_add(&st, last + 1, tree->nodes[wanted].right);
                if (cue->passive && dep_child(tree, cue->verb, REL_NSUBJ_PASS) != DEP_NONE) {
                        object = dep_child(tree, cue->verb, REL_NSUBJ_PASS);
                        statement_add(&st, tree->nodes[object].left, tree->nodes[object].right);
                }
                return finish(k, &st, cue);
        }
        return false;
}

/* What a noun of saying is about: a clause, or a phrase right behind it. */
static bool about(const struct seeker *k, int32_t node, int32_t *first, int32_t *last, int32_t *with)
{
        const struct dep_tree *tree = k->tree;

        *with = DEP_NONE;
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;
                int32_t mark = dep_child(tree, child, REL_MARK);

                if (child < node)
                        continue;
                *first = tree->nodes[child].left;
                *last = tree->nodes[child].right;
                if (rel == REL_CCOMP || (rel == REL_ACL && mark != DEP_NONE)) {
                        if (mark == node + 1 && !dep_is(tree, mark, "that") && !dep_is(tree, mark, "to"))
                                *first = *with = mark;
                        return *last >= *first;
                }
                if ((rel == REL_NMOD || rel == REL_OBL) && dep_case(tree, child) == node + 1 &&
                    cues_noun_takes(&k->sets->cues, tree, node, node + 1)) {
                        *with = node + 1;
                        return *last > *with;
                }
        }
        return false;
}

static bool passive_object(struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t object = dep_child(tree, cue->verb, REL_NSUBJ_PASS), by = DEP_NONE, last = cue->group.last;
        struct statement st;

        if (object == DEP_NONE || cue->subject == DEP_NONE)
                return false;
        if ((by = dep_case(tree, cue->subject)) == last + 1)
                last = by;
        st = begin(k, cue, last);
        st.of_act = true;
        statement_add(&st, tree->nodes[object].left, tree->nodes[object].right);
        return finish(k, &st, cue);
}

static bool object(struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t found = dep_child(tree, cue->verb, REL_OBJ), more = dep_child(tree, cue->verb, REL_XCOMP);
        int32_t first, last, with;
        struct statement st;

        if (cue->passive)
                return passive_object(k, cue);
        if (found == DEP_NONE)
                found = dep_child(tree, cue->verb, REL_IOBJ);
        if (found == DEP_NONE && (more > cue->verb || (more = dep_child(tree, cue->verb, REL_CCOMP)) > cue->verb))
                found = more;           /* "resented being held", "denounced what it calls" */
        if (found == DEP_NONE)
                return false;
        if (lexicon_in_set(tree->nodes[found].word, k->sets->cues.noun) && tree->nodes[found].right > found + 1 &&
            lexicon_in_set(cue->word, k->sets->cues.carry) && dep_child(tree, found, REL_NMOD_POSS) == DEP_NONE &&
            about(k, found, &first, &last, &with))
                return false;           /* the noun is the cue */
        st = begin(k, cue, cue->group.last);
        st.of_act = true;
        last = object_rest(tree, cue->verb, tree->nodes[found].right);
        if (more > found && more > cue->verb && tree->nodes[more].right > last)
                last = tree->nodes[more].right;
        statement_add(&st, tree->nodes[found].left, object_end(k, found, last));
        return finish(k, &st, cue);
}

/* "As Trump has said, ..." */
static bool as_said(struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t head = tree->nodes[cue->verb].head;
        struct statement st;

        if (tree->nodes[cue->verb].rel != REL_ADVCL || !dep_is(tree, dep_child(tree, cue->verb, REL_MARK), "as") ||
            head == DEP_NONE || dep_child(tree, cue->verb, REL_OBJ) != DEP_NONE)
                return false;
        st = begin(k, cue, cue->group.last);
        statement_add(&st, tree->nodes[head].left, tree->nodes[head].right);
        statement_drop(&st, tree->nodes[cue->verb].left, tree->nodes[cue->verb].right);
        return finish(k, &st, cue);
}

/* ---- verbs ---- */

static int32_t distance(int32_t a, int32_t b)
{
        return a < b ? b - a : a - b;
}

static void find_subject(const struct seeker *k, struct cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t own = cue->passive ? DEP_NONE : clause_own_subject(tree, cue->group.top);

        cue->meant = clause_subject(tree, &k->sets->clause, cue->group.top);
        /* Of two, the nearer one: the other was torn off what is said. */
        for (int32_t next = own; next != DEP_NONE; next = dep_next(tree, next))
                if (next != own && !clause_is_relative(tree, next) &&
                    distance(next, cue->verb) < distance(own, cue->verb))
                        own = cue->meant = next;
        cue->subject = own != DEP_NONE ? own : cue->meant;
        /* "..., he said, adding that": who spoke goes on. */
        if (own == DEP_NONE && !cue->passive && k->said_cue != DEP_NONE &&
            tail(k, k->said_cue, tree->n - 1) < cue->verb &&
            tree->tokens[cue->verb].xpos && strcmp(tree->tokens[cue->verb].xpos, "VBG") == 0 &&
            (is_comma(tree, cue->group.first - 1) || tree->nodes[cue->verb].rel == REL_ADVCL)) {
                cue->subject = k->said_source;
                cue->meant = k->said_meant;
        }
        /* "..., saying": whoever acts in the sentence. */
        if (cue->subject == DEP_NONE && is_comma(tree, cue->group.first - 1) && tree->root < cue->verb &&
            tree->root >= 0 && tree->tokens[cue->verb].xpos && strcmp(tree->tokens[cue->verb].xpos, "VBG") == 0) {
                cue->subject = clause_own_subject(tree, tree->root);
                cue->meant = cue->subject;
        }
}

/* Whether anybody can be meant: no orders to the reader, no "you". */
static bool has_speaker(const struct seeker *k, const struct cue *cue)
{
        const struct dep_tree *tree = k->tree;

        if (cue->subject == DEP_NONE)
                return cue->passive;
        return !(tree->nodes[cue->subject].upos == UPOS_PRON && dep_is(tree, cue->subject, "you"));
}

/* "Issued a statement", "unleashed a flurry of tweets" */
static bool carries_text(const struct seeker *k, const struct cue *cue)
{
        int32_t object = dep_child(k->tree, cue->verb, REL_OBJ);

        return object > cue->verb && lexicon_in_set(cue->word, k->sets->cues.carry) &&
               lexicon_in_set(k->tree->nodes[clause_meant(k->tree, &k->sets->clause, object)].word, k->sets->cues.text);
}

/* "Refused to disclose": the verb below is the cue, and takes this one with it. */
static bool leads_on(const struct seeker *k, int32_t verb)
{
        const struct dep_tree *tree = k->tree;
        int32_t below = dep_child(tree, verb, REL_XCOMP);

        if (below < verb || !lexicon_in_set(tree->nodes[verb].word, k->sets->cues.phase) ||
            dep_child(tree, verb, REL_OBJ) != DEP_NONE || !cues_is_verb(&k->sets->cues, tree->nodes[below].word))
                return false;
        return dep_child(tree, below, REL_CCOMP) > below || dep_child(tree, below, REL_OBJ) > below ||
               (dep_child(tree, below, REL_XCOMP) > below && has_to(tree, dep_child(tree, below, REL_XCOMP)));
}

/* "Seems to be", "it appeared that": said by nobody. */
static void seem(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        int32_t said = dep_child(tree, node, REL_CCOMP), subject = clause_own_subject(tree, node);
        struct cues_group group = cues_group(&k->sets->cues, tree, node);
        struct statement st = statement_new(k->coding, k->s, node, group.first, group.last);

        st.of_act = true;
        if (said < node && (said = dep_child(tree, node, REL_XCOMP)) < node)
                return;
        statement_add(&st, tree->nodes[said].left, tail(k, said, tree->nodes[said].right) - 1);
        if (subject != DEP_NONE && tree->nodes[said].rel == REL_XCOMP)
                statement_add(&st, tree->nodes[subject].left, tree->nodes[subject].right);
        statement_end(&st);
}

static void verb(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        const struct cues *cues = &k->sets->cues;
        struct cue cue = { .verb = node, .word = tree->nodes[node].word };
        bool say = lexicon_in_set(cue.word, cues->say), done = false;

        if (leads_on(k, node))
                return;
        if (lexicon_in_set(cue.word, cues->seem)) {
                seem(k, node);
                return;
        }
        cue.passive = clause_is_passive(tree, node);
        cue.group = cues_group(cues, tree, node);
        find_subject(k, &cue);
        if (say && !cue.passive && aside(k, &cue))
                done = true;
        else if (!has_speaker(k, &cue))
                return;
        else
                done = (say && clause(k, &cue, false)) ||
                       (lexicon_in_set(cue.word, cues->infinitive) && infinitive(k, &cue)) || phrase(k, &cue) ||
                       ((lexicon_in_set(cue.word, cues->object) || carries_text(k, &cue)) && object(k, &cue)) ||
                       (say && (clause(k, &cue, true) || as_said(k, &cue) || speech_beside(k->coding, k->s, &cue.group, node, cue.subject)));
        if (done)
                k->last_cue = node;
}

/* ---- other words ---- */

/* What is said by others in the sentence ends before a phrase that holds for all of it. */
static void cut(const struct seeker *k, int32_t phrase)
{
        uint32_t begin = k->tree->tokens[phrase].begin;
        int32_t last = phrase - 1;

        while (last > 0 && is_punct(k->tree, last) && k->s->quote[last] < 0)
                last--;
        for (size_t i = k->coding->n_statements; i-- > 0 && k->coding->statements[i]->sentence == k->tree->sentence;)
                for (size_t p = 0; p < k->coding->statements[i]->n_content && last >= 0; p++) {
                        struct coding_span *part = &k->coding->statements[i]->content[p];

                        if (part->begin < begin && part->end > begin)
                                part->end = k->tree->tokens[last].end;
                }
}

static void according(struct seeker *k, int32_t source)
{
        const struct dep_tree *tree = k->tree;
        int32_t cue = dep_case(tree, source), head = tree->nodes[source].head, last = cue;
        struct statement st;
        bool edge;

        if (head == DEP_NONE)
                return;
        /* At the edge of a sentence it holds for all of it, inside for its clause. */
        edge = cue == 0 || is_punct(tree, cue - 1);
        while (tree->nodes[head].head != DEP_NONE && (edge || tree->nodes[head].upos != UPOS_VERB))
                head = tree->nodes[head].head;
        if (dep_is(tree, cue + 1, "to"))
                last++;
        if (edge)
                cut(k, cue);
        st = statement_new(k->coding, k->s, cue, cue, last);
        statement_source(&st, source, source);
        st.source_first = last + 1;
        statement_add(&st, tree->nodes[head].left, tree->nodes[head].right);
        statement_drop(&st, tree->nodes[source].left, tree->nodes[source].right);
        statement_end(&st);
}

/* "Moscow's claim that", "his criticism of", "its plan to": the noun is the cue, its owner the source. "Raised
 * questions about": verb and noun are the cue together. */
static void noun(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        const struct cues *cues = &k->sets->cues;
        int32_t owner = dep_child(tree, node, REL_NMOD_POSS), carrier = tree->nodes[node].head, first, last, with;
        struct statement st;
        bool carried;

        if (!about(k, node, &first, &last, &with))
                return;
        carried = owner == DEP_NONE && carrier != DEP_NONE && tree->nodes[node].rel == REL_OBJ && carrier < node &&
                  lexicon_in_set(tree->nodes[carrier].word, cues->carry);
        if (owner == DEP_NONE && !carried && (with != DEP_NONE || !dep_is(tree, first, "that")))
                return;
        if (carried) {
                struct cues_group group = cues_group(cues, tree, carrier);
                int32_t own = clause_own_subject(tree, group.top);
                int32_t meant = clause_subject(tree, &k->sets->clause, group.top);

                st = statement_new(k->coding, k->s, node, group.first, with != DEP_NONE ? with : node);
                statement_source(&st, own != DEP_NONE ? own : meant, meant);
        } else {
                int32_t begins = owner == DEP_NONE ? tree->nodes[node].left : tree->nodes[owner].right + 1;

                while (begins < node && tree->nodes[begins].upos != UPOS_DET && tree->nodes[begins].upos != UPOS_ADJ)
                        begins++;

                st = statement_new(k->coding, k->s, node, begins, with != DEP_NONE ? with : node);
                statement_source(&st, owner, owner);
        }
        st.of_act = true;
        statement_add(&st, with != DEP_NONE ? with + 1 : first, last);
        statement_end(&st);
}

/* "Made it clear that" */
static void made_clear(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        int32_t make = tree->nodes[node].head, said = dep_child(tree, make, REL_CCOMP);
        int32_t meant = clause_subject(tree, &k->sets->clause, make), own = clause_own_subject(tree, make);
        struct statement st;

        if (said == DEP_NONE)
                said = dep_child(tree, node, REL_CCOMP);
        if (said < node || meant == DEP_NONE)
                return;
        st = statement_new(k->coding, k->s, node, cues_group(&k->sets->cues, tree, make).first, node);
        statement_source(&st, own != DEP_NONE ? own : meant, meant);
        statement_add(&st, node + 1, tree->nodes[said].right);
        statement_end(&st);
}

/* "It is clear that" */
static void evident(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        int32_t said = dep_child(tree, node, REL_CCOMP), first = cues_group(&k->sets->cues, tree, node).first;
        struct statement st;

        if (said < node)
                said = dep_child(tree, node, REL_CSUBJ);
        if (said < node || !lexicon_in_set(tree->nodes[node].word, k->sets->cues.evident))
                return;
        if (first > 0 && dep_is(tree, first - 1, "it"))
                first--;
        st = statement_new(k->coding, k->s, node, first, node);
        st.of_act = true;
        statement_add(&st, tree->nodes[said].left, tree->nodes[said].right);
        statement_end(&st);
}

/* "Is critical of", "are confident that", "is a staunch opponent of". */
static void judgement(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        bool role = tree->nodes[node].upos == UPOS_NOUN;
        int32_t subject = clause_own_subject(tree, node), meant;
        struct cues_group group;

        if (!role && tree->nodes[node].rel == REL_XCOMP && tree->nodes[node].head >= 0 &&
            dep_is(tree, tree->nodes[node].head, "make")) {
                made_clear(k, node);
                return;
        }
        if (dep_child(tree, node, REL_COP) == DEP_NONE)
                return;
        if (subject == DEP_NONE || dep_child(tree, node, REL_EXPL) != DEP_NONE || dep_is(tree, subject, "it")) {
                evident(k, node);
                return;
        }
        group = cues_group(&k->sets->cues, tree, node);
        if (role)
                group.first = dep_child(tree, node, REL_COP);
        while (group.first > 0 && tree->nodes[group.first - 1].rel == REL_AUX)
                group.first--;
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;
                int32_t with = rel == REL_OBL || rel == REL_NMOD ? dep_case(tree, child) : DEP_NONE;
                struct statement st;

                if (child < node || (rel != REL_OBL && rel != REL_NMOD && rel != REL_CCOMP && rel != REL_XCOMP &&
                                     rel != REL_ADVCL) || (with == DEP_NONE && (rel == REL_OBL || rel == REL_NMOD)))
                        continue;
                if (with != DEP_NONE && with != node + 1)
                        continue;
                if (rel == REL_ADVCL && (with = dep_child(tree, child, REL_MARK)) != node + 1)
                        continue;
                st = statement_new(k->coding, k->s, node, group.first, with != DEP_NONE ? with : node);
                st.of_act = true;
                meant = subject;
                if (clause_is_relative(tree, subject) && tree->nodes[node].rel == REL_ACL_RELCL)
                        meant = tree->nodes[node].head;
                statement_source(&st, subject, meant);
                statement_add(&st, with != DEP_NONE ? with + 1 : tree->nodes[child].left, tree->nodes[child].right);
                statement_end(&st);
                return;
        }
}

/* "I think" inside a quotation attributes nothing further; "he said" does. */
static bool is_own_word(const struct seeker *k, int32_t node)
{
        int32_t subject = clause_own_subject(k->tree, node);

        return k->s->quoted[node] &&
               (subject == DEP_NONE || k->tree->nodes[node].upos != UPOS_VERB || dep_is(k->tree, subject, "I") ||
                dep_is(k->tree, subject, "i") || dep_is(k->tree, subject, "we") || dep_is(k->tree, subject, "you"));
}

void attribution_find(struct coding *coding, const struct attribution_sets *sets, uint32_t sentence)
{
        const struct coding_sentence *s = &coding->sentences[sentence];
        struct seeker k = {
                .coding = coding, .sets = sets, .s = s, .tree = s->tree,
                .said_cue = DEP_NONE, .last_cue = DEP_NONE,
        };

        for (int32_t i = 0; i < s->tree->n; i++) {
                const struct lexicon_word *word = s->tree->nodes[i].word;
                enum reading_upos upos = (enum reading_upos)s->tree->nodes[i].upos;

                if (is_own_word(&k, i))
                        continue;
                if (upos == UPOS_VERB && (cues_is_verb(&sets->cues, word) || lexicon_in_set(word, sets->cues.carry) ||
                                          lexicon_in_set(word, sets->cues.seem)))
                        verb(&k, i);
                else if (upos == UPOS_NOUN && lexicon_in_set(word, sets->cues.noun))
                        noun(&k, i);
                else if ((upos == UPOS_ADJ && lexicon_in_set(word, sets->cues.adjective)) ||
                         (upos == UPOS_NOUN && lexicon_in_set(word, sets->cues.role)))
                        judgement(&k, i);
                if (dep_case(s->tree, i) != DEP_NONE &&
                    lexicon_in_set(s->tree->nodes[dep_case(s->tree, i)].word, sets->cues.preposition))
                        according(&k, i);
        }
        speech_label(coding, sentence);
}

static bool holds(const struct coding_statement *st, struct coding_span span)
{
        for (size_t i = 0; i < st->n_content; i++)
                if (st->content[i].begin <= span.begin && span.end <= st->content[i].end)
                        return true;
        return false;
}

static bool is_self(const struct dep_tree *tree, int32_t node)
{
        static const char *const words[] = { "i", "we", "me", "us", "my", "our", "mine", "ours", NULL };

        for (const char *const *w = words; *w && tree->nodes[node].upos == UPOS_PRON; w++)
                if (strcasecmp(tree->tokens[node].form, *w) == 0)
                        return true;
        return false;
}

void attribution_speakers(struct coding *coding, uint32_t sentence)
{
        struct coding_sentence *s = &coding->sentences[sentence];

        for (int32_t i = 0; i < s->tree->n; i++) {
                const struct coding_actor *speaker = NULL;
                struct coding_span span = coding_span_of(s->tree, i, i);
                struct coding_actor *actor = s->actor[i];

                if (!actor || !is_self(s->tree, i))
                        continue;
                for (size_t k = coding->n_statements; k-- > 0 && !speaker;) {
                        const struct coding_statement *st = coding->statements[k];

                        if (st->sentence == sentence && holds(st, span))
                                speaker = st->source;
                        else if (st->sentence + 6 < sentence || (st->sentence < sentence && !s->quoted[i]))
                                break;
                        else if (st->sentence < sentence && strcmp(st->kind ? st->kind : "", "indirect") != 0)
                                speaker = st->source;
                }
                if (!speaker || speaker == actor || !speaker->code[0])
                        continue;
                memcpy(actor->code, speaker->code, sizeof actor->code);
                actor->entity = speaker->entity;
                actor->name = speaker->name;
                actor->title = speaker->title;
                actor->rule = "who says 'we' or 'I'";
                actor->named = speaker->named;
        }
}

static uint32_t width(const struct coding_statement *st)
{
        uint32_t n = 0;

        for (size_t i = 0; i < st->n_content; i++)
                n += st->content[i].end - st->content[i].begin;
        return n;
}

/* The narrowest statement around a span, none of them `not` itself or inside it. */
static struct coding_statement *around(const struct coding *coding, struct coding_span span,
                                       const struct coding_statement * not )
{
        struct coding_statement *best = NULL;

        for (size_t i = 0; i < coding->n_statements; i++) {
                struct coding_statement *st = coding->statements[i];

                if (st != not &&!st->of_act && holds(st, span) && (!not || width(st) > width(not )) &&
                    (!best || width(st) < width(best)))
                        best = st;
        }
        return best;
}

struct coding_actor *attribution_speaker(const struct coding *coding, uint32_t sentence, int32_t node)
{
        const struct coding_statement *st =
                around(coding, coding_span_of(coding->sentences[sentence].tree, node, node), NULL);

        return st && st->sentence == sentence ? st->source : NULL;
}

/* The narrowest statement whose content holds the cue of another, acts too. */
static struct coding_statement *holder(const struct coding *coding, const struct coding_statement *inner)
{
        struct coding_statement *best = NULL;

        for (size_t i = 0; i < coding->n_statements; i++) {
                struct coding_statement *st = coding->statements[i];

                if (st != inner && holds(st, inner->cue_span) && width(st) > width(inner) &&
                    (!best || width(st) < width(best)))
                        best = st;
        }
        return best;
}

void attribution_join(struct coding *coding)
{
        speech_run_on(coding);
        for (size_t i = 0; i < coding->n_statements; i++) {
                coding->statements[i]->outer = around(coding, coding->statements[i]->cue_span, coding->statements[i]);
                coding->statements[i]->within = holder(coding, coding->statements[i]);
        }
        for (size_t i = 0; i < coding->n_events; i++)
                coding->events[i]->attribution = around(coding, coding->events[i]->trigger, NULL);
}
