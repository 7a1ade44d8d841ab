/* See judging.h. */
#include "modules/code/judging.h"

enum { REACH = 6 /* tokens from a cue to its preposition */ };

bool judging_infinitive(struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t found = dep_child(tree, cue->verb, REL_XCOMP), object = dep_child(tree, cue->verb, REL_OBJ);
        bool told = lexicon_in_set(cue->word, k->sets->cues.told);
        struct statement st;

        if (found == DEP_NONE)
                found = seeker_told_to(k, cue->verb, &object);
        if (found < cue->verb || !seeker_has_to(tree, found) ||
            (told && cue->passive && cue->subject == DEP_NONE) ||
            (object != DEP_NONE && tree->nodes[object].rel == REL_OBL))         /* "called on them to": a phrase */
                return false;
        st = seeker_begin(k, cue, cue->group.last);
        st.of_act = true;
        statement_add(&st, tree->nodes[found].left, seeker_tail(k, found, tree->nodes[found].right) - 1);
        if (!told && object > cue->verb && object < found)
                statement_add(&st, tree->nodes[object].left, found);
        if (!told && cue->passive && (object = dep_child(tree, cue->verb, REL_NSUBJ_PASS)) != DEP_NONE)
                statement_add(&st, tree->nodes[object].left, tree->nodes[object].right);
        return seeker_finish(k, &st, cue);
}

/* The end of what an object says: what a comma sets off behind it (a relative clause, an apposition, a participle)
 * tells more of it, and is not what the cue is about. */
static int32_t object_end(const struct seeker *k, int32_t object, int32_t last)
{
        const struct dep_tree *tree = k->tree;
        int32_t end = seeker_tail(k, object, last);

        for (int32_t i = object + 1; i < end - 1; i++)
                if (seeker_is_comma(tree, i) && k->s->quote[i] < 0 &&
                    (clause_is_relative(tree, i + 1) || dep_is(tree, i + 1, "where") || dep_is(tree, i + 1, "whose")))
                        return i - 1;
        dep_each_child(tree, child, object)
                if (tree->nodes[child].rel == REL_APPOS && seeker_is_comma(tree, tree->nodes[child].left - 1) &&
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
                                !seeker_has_to(tree, child));
                if (more)
                        last = tree->nodes[child].right;
        }
        return last;
}

static int32_t preposition_of(const struct dep_tree *tree, int32_t child)
{
        enum rel rel = (enum rel)tree->nodes[child].rel;

        if (rel == REL_OBL || rel == REL_NMOD)
                return dep_case(tree, child);
        if ((rel != REL_ADVCL && rel != REL_XCOMP && rel != REL_ACL) || seeker_has_to(tree, child))
                return DEP_NONE;
        return dep_child(tree, child, REL_MARK);
}

/* One of the phrases that a cue can be about, behind it: `child` hangs on the cue or on its object. */
static bool phrase(struct seeker *k, const struct seeker_cue *cue, int32_t child, int32_t object)
{
        const struct dep_tree *tree = k->tree;
        int32_t with = preposition_of(tree, child), first, last = tree->nodes[child].right;
        bool whole = dep_is(tree, with, "as") || dep_is(tree, with, "for");
        struct statement st;

        if (child < cue->verb || !cues_takes(&k->sets->cues, tree, cue->verb, with) || with < cue->group.last ||
            with > child || object > with || with > cue->group.last + REACH ||
            lexicon_in_set(tree->nodes[child].word, k->sets->cues.time))
                return false;
        st = seeker_begin(k, cue, whole && object > cue->verb ? cue->group.last : with);
        st.of_act = true;
        first = whole && object > cue->verb ? tree->nodes[object].left : with + 1;
        statement_add(&st, first, object_end(k, child, last));
        if (dep_is(tree, with, "on"))
                dep_each_child(tree, wanted, cue->verb)
                        if (wanted > last && seeker_has_to(tree, wanted))
                                statement_add(&st, last + 1, tree->nodes[wanted].right);
        if (cue->passive && (object = dep_child(tree, cue->verb, REL_NSUBJ_PASS)) != DEP_NONE)
                statement_add(&st, tree->nodes[object].left, tree->nodes[object].right);
        return seeker_finish(k, &st, cue);
}

/* "warned against", "accused her of", "called on them to", "dismissed it as". */
bool judging_phrase(struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t object = dep_child(tree, cue->verb, REL_OBJ);

        dep_each_child(tree, child, cue->verb)
                if (phrase(k, cue, child, object))
                        return true;
        /* "Accused the minister of lying": the tree hangs the phrase on the minister. */
        if (object > cue->verb && lexicon_in_set(cue->word, k->sets->cues.told))
                dep_each_child(tree, child, object)
                        if (tree->nodes[child].left == object + 1 && dep_is(tree, object + 1, "of") &&
                            phrase(k, cue, child, object))
                                return true;
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

static bool passive_object(struct seeker *k, const struct seeker_cue *cue)
{
        const struct dep_tree *tree = k->tree;
        int32_t object = dep_child(tree, cue->verb, REL_NSUBJ_PASS), by = DEP_NONE, last = cue->group.last, deed;
        struct statement st;

        if (object == DEP_NONE || cue->subject == DEP_NONE)
                return false;
        if ((by = dep_case(tree, cue->subject)) == last + 1)
                last = by;
        st = seeker_begin(k, cue, last);
        st.of_act = true;
        statement_add(&st, tree->nodes[object].left, tree->nodes[object].right);
        deed = clause_of_agent(tree, cue->verb);
        if (deed != DEP_NONE && tree->nodes[deed].head == cue->subject) {
                statement_source(&st, cue->subject, cue->meant);
                st.source_last = tree->nodes[deed].left - 1;
                statement_add(&st, tree->nodes[deed].left, tree->nodes[deed].right);
        }
        return seeker_finish(k, &st, cue);
}

bool judging_object(struct seeker *k, const struct seeker_cue *cue)
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
        for (int32_t i = found + 1; i <= tree->nodes[found].right; i++)
                if (cues_carrier(&k->sets->cues, tree, i) == cue->verb)
                        return false;           /* what is said in it is the cue's */
        if (lexicon_in_set(tree->nodes[found].word, k->sets->cues.noun) && tree->nodes[found].right > found + 1 &&
            lexicon_in_set(cue->word, k->sets->cues.carry) && dep_child(tree, found, REL_NMOD_POSS) == DEP_NONE &&
            about(k, found, &first, &last, &with))
                return false;           /* the noun is the cue */
        st = seeker_begin(k, cue, cue->group.last);
        st.of_act = found != more || !lexicon_in_set(cue->word, k->sets->cues.say);     /* "denied using" tells */
        last = object_rest(tree, cue->verb, tree->nodes[found].right);
        if (more > found && more > cue->verb && tree->nodes[more].right > last)
                last = tree->nodes[more].right;
        statement_add(&st, tree->nodes[found].left, object_end(k, found, last));
        return seeker_finish(k, &st, cue);
}

void judging_seem(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        int32_t said = dep_child(tree, node, REL_CCOMP), subject = clause_own_subject(tree, node);
        struct cues_group group = cues_group(&k->sets->cues, tree, node);
        struct statement st = statement_new(k->coding, k->s, node, group.first, group.last);

        st.of_act = true;
        if (said < node && (said = dep_child(tree, node, REL_XCOMP)) < node)
                return;
        statement_add(&st, tree->nodes[said].left, seeker_tail(k, said, tree->nodes[said].right) - 1);
        if (subject != DEP_NONE && tree->nodes[said].rel == REL_XCOMP)
                statement_add(&st, tree->nodes[subject].left, tree->nodes[subject].right);
        statement_end(&st);
}

/* "Moscow's claim that", "his criticism of", "its plan to": the noun is the cue, its owner the source. "Raised
 * questions about": verb and noun are the cue together. */
void judging_noun(struct seeker *k, int32_t node)
{
        const struct dep_tree *tree = k->tree;
        const struct cues *cues = &k->sets->cues;
        int32_t owner = dep_child(tree, node, REL_NMOD_POSS), carrier = tree->nodes[node].head, first, last, with;
        bool object = owner == DEP_NONE && carrier != DEP_NONE && tree->nodes[node].rel == REL_OBJ && carrier < node;
        bool carried = object && lexicon_in_set(tree->nodes[carrier].word, cues->carry);
        bool faced = object && lexicon_in_set(tree->nodes[carrier].word, cues->face);
        struct statement st;

        if (!about(k, node, &first, &last, &with))
                return;
        if (owner == DEP_NONE && carrier >= 0 && tree->nodes[node].rel == REL_OBL &&
            lexicon_in_set(tree->nodes[carrier].word, cues->say))
                return;         /* "said in a statement that": the verb's */
        if (owner == DEP_NONE && !carried && !faced && (with != DEP_NONE || !dep_is(tree, first, "that")))
                return;
        if (carried) {
                struct cues_group group = cues_group(cues, tree, carrier);
                int32_t own = clause_own_subject(tree, group.top);
                int32_t meant = clause_subject(tree, &k->sets->clause, group.top);

                st = statement_new(k->coding, k->s, node, group.first, with != DEP_NONE ? with : node);
                statement_source(&st, own != DEP_NONE ? own : meant, meant);
        } else {
                /* A tree that is wrong may have the owner behind what it owns. */
                int32_t begins = owner == DEP_NONE ? tree->nodes[node].left : MIN_OF(tree->nodes[owner].right + 1, node);

                /* "a Daily Herald report that" */
                if (owner == DEP_NONE && !faced && node > 0 && tree->nodes[node - 1].head == node &&
                    tree->nodes[node - 1].upos == UPOS_PROPN) {
                        owner = node - 1;
                        begins = node;
                }
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
        if (said < node || make > node || meant == DEP_NONE)
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

void judging_adjective(struct seeker *k, int32_t node)
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
