/* See clause.h. Universal Dependencies v2 as the English treebanks use them (universaldependencies.org/en). */
#include "modules/code/clause.h"

#include <string.h>
#include <strings.h>

enum { CLIMB_MAX = 6 };

void clause_sets_init(struct clause_sets *sets, const struct lexicon *lexicon)
{
        sets->light = lexicon_set(lexicon, "light");
        sets->object_control = lexicon_set(lexicon, "object_control");
        sets->say = lexicon_set(lexicon, "say");
        sets->vague = lexicon_set(lexicon, "vague");
}

/* What takes two objects, so that its participle may keep one: "people given aid". */
static bool takes_two(const struct dep_tree *tree, int32_t verb)
{
        static const char *const words[] = { "give", "award", "deny",  "grant", "offer",  "send",
                                             "pay",  "show",  "teach", "tell",  "allow",  "lend",
                                             "owe",  "ask",   "bring", "hand",  "refuse", NULL };

        for (const char *const *w = words; *w; w++)
                if (dep_is(tree, verb, *w))
                        return true;
        return false;
}

/* "bulldozers demolished homes", where the parser took the verb for a participle: with an object it is none. */
static bool is_lost_verb(const struct dep_tree *tree, int32_t verb)
{
        const char *xpos = tree->tokens[verb].xpos;

        return tree->nodes[verb].rel == REL_ACL && xpos && (strcmp(xpos, "VBD") == 0 || strcmp(xpos, "VBN") == 0) &&
               dep_child(tree, verb, REL_OBJ) != DEP_NONE && dep_child(tree, verb, REL_MARK) == DEP_NONE &&
               dep_child(tree, verb, REL_OBL_AGENT) == DEP_NONE && !takes_two(tree, verb);
}

bool clause_is_passive(const struct dep_tree *tree, int32_t verb)
{
        if (is_lost_verb(tree, verb))
                return false;
        if (dep_child(tree, verb, REL_NSUBJ_PASS) != DEP_NONE || dep_child(tree, verb, REL_AUX_PASS) != DEP_NONE ||
            dep_child(tree, verb, REL_OBL_AGENT) != DEP_NONE)
                return true;
        /* "the man arrested on Monday" */
        if (tree->nodes[verb].rel == REL_ACL && dep_feature(tree, verb, "VerbForm=Part") &&
            dep_feature(tree, verb, "Tense=Past"))
                return true;
        if (!tree->tokens[verb].xpos || strcmp(tree->tokens[verb].xpos, "VBN") != 0)
                return false;
        /* "was questioned and then arrested" */
        if (tree->nodes[verb].rel == REL_CONJ && dep_child(tree, verb, REL_NSUBJ) == DEP_NONE &&
            dep_child(tree, verb, REL_AUX) == DEP_NONE && dep_child(tree, verb, REL_OBJ) == DEP_NONE)
                return clause_is_passive(tree, tree->nodes[verb].head);
        return tree->nodes[verb].rel == REL_ACL;
}

bool clause_is_relative(const struct dep_tree *tree, int32_t node)
{
        const char *xpos = tree->tokens[node].xpos;

        return dep_is(tree, node, "who") || dep_is(tree, node, "which") || dep_is(tree, node, "that") ||
               dep_is(tree, node, "whom") || (xpos && (strcmp(xpos, "WP") == 0 || strcmp(xpos, "WDT") == 0));
}

/* A relative pronoun stands for what the clause hangs on. */
static int32_t resolve(const struct dep_tree *tree, int32_t node)
{
        int32_t at = node;

        if (node == DEP_NONE || !clause_is_relative(tree, node))
                return node;
        for (int steps = 0; at != DEP_NONE && steps < CLIMB_MAX; steps++, at = tree->nodes[at].head)
                if (tree->nodes[at].rel == REL_ACL_RELCL)
                        return tree->nodes[at].head;
        return node;
}

static int32_t agent(const struct dep_tree *tree, int32_t verb)
{
        int32_t found = dep_child(tree, verb, REL_OBL_AGENT);

        if (found != DEP_NONE)
                return found;
        dep_each_child(tree, child, verb)
                if (tree->nodes[child].rel == REL_OBL && dep_is(tree, dep_case(tree, child), "by") &&
                    tree->nodes[child].upos != UPOS_NUM)
                        return child;
        return DEP_NONE;
}

/* Of two subjects ("the policy which Paris criticised", with "which" taken for one) the noun is it. */
int32_t clause_own_subject(const struct dep_tree *tree, int32_t verb)
{
        int32_t found = dep_child(tree, verb, REL_NSUBJ), other = found == DEP_NONE ? DEP_NONE : dep_next(tree, found);

        return other != DEP_NONE && clause_is_relative(tree, found) ? other : found;
}

/* "Bombed a school, which killed twelve": the bombing did. The verb that "which" stands for, DEP_NONE. */
static int32_t deed_before(const struct dep_tree *tree, int32_t verb, int32_t pronoun)
{
        int32_t noun = tree->nodes[verb].head, deed;

        if (tree->nodes[verb].rel != REL_ACL_RELCL || !dep_is(tree, pronoun, "which") || pronoun == 0 ||
            strcmp(tree->tokens[pronoun - 1].form, ",") != 0 ||
            !(dep_is(tree, verb, "kill") || dep_is(tree, verb, "wound") || dep_is(tree, verb, "injure")))
                return DEP_NONE;
        deed = noun == DEP_NONE || tree->nodes[noun].rel != REL_OBJ ? DEP_NONE : tree->nodes[noun].head;
        return deed != DEP_NONE && tree->nodes[deed].upos == UPOS_VERB ? deed : DEP_NONE;
}

/* The subject that a verb without one borrows from what it hangs on. */
static int32_t borrowed_subject(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb, int depth);

static int32_t subject(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb, int depth)
{
        int32_t found;

        if (depth > CLIMB_MAX)
                return DEP_NONE;
        if (clause_is_passive(tree, verb))
                return agent(tree, verb);
        found = clause_own_subject(tree, verb);
        if (found != DEP_NONE && deed_before(tree, verb, found) != DEP_NONE)
                return subject(tree, sets, deed_before(tree, verb, found), depth + 1);
        if (found != DEP_NONE)
                return resolve(tree, found);
        return borrowed_subject(tree, sets, verb, depth);
}

/* The grammatical subject, also of a passive: what an infinitive below it borrows. */
static int32_t surface_subject(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb, int depth)
{
        int32_t found = dep_child(tree, verb, REL_NSUBJ_PASS);

        if (found == DEP_NONE)
                found = dep_child(tree, verb, REL_NSUBJ);
        if (found != DEP_NONE)
                return resolve(tree, found);
        if (clause_is_passive(tree, verb) && tree->nodes[verb].rel == REL_ACL)
                return tree->nodes[verb].head;
        return depth > CLIMB_MAX ? DEP_NONE : borrowed_subject(tree, sets, verb, depth + 1);
}

/* The verb that a clause stands beside: the tree hangs it on words before it, too ("by armed men, killing"). */
static int32_t main_verb(const struct dep_tree *tree, int32_t head)
{
        int32_t at = head;

        if (tree->nodes[head].rel != REL_AMOD)
                return head;
        for (int steps = 0; steps < CLIMB_MAX && tree->nodes[at].head != DEP_NONE; steps++) {
                at = tree->nodes[at].head;
                if (tree->nodes[at].upos == UPOS_VERB)
                        return at;
        }
        return head;
}

/* Of a clause beside another: what follows from a passive ("was attacked by troops, killing three") its agent did. */
static int32_t beside_subject(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb, int depth)
{
        int32_t head = main_verb(tree, tree->nodes[verb].head), found;
        const char *xpos = tree->tokens[verb].xpos;

        if (verb > head && xpos && strcmp(xpos, "VBG") == 0 && dep_child(tree, verb, REL_MARK) == DEP_NONE &&
            clause_is_passive(tree, head) && (found = agent(tree, head)) != DEP_NONE && found < verb)
                return found;
        return surface_subject(tree, sets, head, depth + 1);
}

static int32_t borrowed_subject(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb, int depth)
{
        int32_t head = tree->nodes[verb].head;
        int32_t found;

        if (head == DEP_NONE)
                return DEP_NONE;
        switch ((enum rel)tree->nodes[verb].rel) {
        case REL_XCOMP:
                if (lexicon_in_set(tree->nodes[head].word, sets->object_control)) {
                        found = dep_child(tree, head, REL_OBJ);
                        if (found == DEP_NONE)
                                found = dep_child(tree, head, REL_IOBJ);
                        if (found == DEP_NONE)
                                found = dep_child(tree, head, REL_NSUBJ_PASS);
                        if (found != DEP_NONE)
                                return resolve(tree, found);
                } else if ((found = dep_child(tree, head, REL_OBJ)) != DEP_NONE && found < verb &&
                           tree->nodes[found].upos != UPOS_NOUN) {
                        return resolve(tree, found);
                }
                return surface_subject(tree, sets, head, depth + 1);
        case REL_CONJ:
                /* Joined to a passive, the borrowed subject is the surface one: "was tried and confessed". */
                return tree->nodes[head].upos == UPOS_VERB || tree->nodes[head].upos == UPOS_ADJ ||
                                       tree->nodes[head].upos == UPOS_AUX
                               ? surface_subject(tree, sets, head, depth + 1)
                               : DEP_NONE;
        case REL_ADVCL:
                return beside_subject(tree, sets, verb, depth);
        case REL_ACL:
                /* "troops fighting in" : the noun; "a decision to send": who decides is looked for at the noun's verb.
                 * */
                if (dep_child(tree, verb, REL_MARK) != DEP_NONE) {
                        found = dep_child(tree, head, REL_NMOD_POSS);
                        if (found != DEP_NONE)
                                return found;
                        head = tree->nodes[head].head;
                        return head != DEP_NONE && tree->nodes[head].upos == UPOS_VERB
                                       ? surface_subject(tree, sets, head, depth + 1)
                                       : DEP_NONE;
                }
                /* A lost verb hangs on the last noun of its subject: "A and B held talks". */
                while (is_lost_verb(tree, verb) && depth++ < CLIMB_MAX && tree->nodes[head].head != DEP_NONE &&
                       (tree->nodes[head].rel == REL_CONJ || tree->nodes[head].rel == REL_APPOS))
                        head = tree->nodes[head].head;
                return head;
        case REL_ACL_RELCL:
                /* Without a pronoun ("the man they arrested") the noun is the object. */
                return DEP_NONE;
        case REL_CCOMP:
        case REL_PARATAXIS:
                return dep_child(tree, verb, REL_MARK) == DEP_NONE && !lexicon_in_set(tree->nodes[head].word, sets->say)
                               ? surface_subject(tree, sets, head, depth + 1)
                               : DEP_NONE;
        default:
                return DEP_NONE;
        }
}

int32_t clause_subject(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb)
{
        return subject(tree, sets, verb, 0);
}

int32_t clause_object(const struct dep_tree *tree, const struct clause_sets *sets, int32_t verb)
{
        int32_t found, head = tree->nodes[verb].head;

        if (clause_is_passive(tree, verb)) {
                found = dep_child(tree, verb, REL_OBJ);         /* "were denied visas" */
                if (found != DEP_NONE)
                        return found;
                found = dep_child(tree, verb, REL_NSUBJ_PASS);
                if (found != DEP_NONE)
                        return resolve(tree, found);
                if (tree->nodes[verb].rel == REL_ACL)
                        return head;
                if (head != DEP_NONE && (tree->nodes[verb].rel == REL_CONJ || tree->nodes[verb].rel == REL_XCOMP ||
                                         tree->nodes[verb].rel == REL_ADVCL))
                        return surface_subject(tree, sets, head, 1);
                return DEP_NONE;
        }
        found = dep_child(tree, verb, REL_OBJ);
        if (found != DEP_NONE)
                return resolve(tree, found);
        if (tree->nodes[verb].rel == REL_ACL_RELCL && clause_own_subject(tree, verb) != DEP_NONE &&
            !clause_is_relative(tree, clause_own_subject(tree, verb)))
                return head;
        /* "arrested and questioned the student": the object of the last verb is shared where the first has none. */
        dep_each_child(tree, child, verb)
                if (tree->nodes[child].rel == REL_CONJ && tree->nodes[child].upos == UPOS_VERB && child > verb &&
                    dep_child(tree, child, REL_NSUBJ) == DEP_NONE && child - verb <= 3)
                        return dep_child(tree, child, REL_OBJ);
        return DEP_NONE;
}

int32_t clause_of_agent(const struct dep_tree *tree, int32_t verb)
{
        int32_t by = clause_is_passive(tree, verb) ? agent(tree, verb) : DEP_NONE;

        if (by <= verb)
                return DEP_NONE;
        dep_each_child(tree, child, by) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (rel == REL_ACL && dep_is(tree, dep_child(tree, child, REL_MARK), "of"))
                        return child;
                /* "of massacring civilians", where it takes the verb for an adjective */
                for (int32_t deed = rel == REL_NMOD ? dep_child(tree, child, REL_AMOD) : DEP_NONE; deed != DEP_NONE;
                     deed = dep_next(tree, deed))
                        if (dep_is(tree, dep_child(tree, deed, REL_MARK), "of"))
                                return deed;
        }
        return DEP_NONE;
}

int32_t clause_complement(const struct dep_tree *tree, int32_t node)
{
        int32_t found = dep_child(tree, node, REL_XCOMP);

        if (found == DEP_NONE)
                found = dep_child(tree, node, REL_CCOMP);
        if (found != DEP_NONE)
                return found;
        dep_each_child(tree, child, node) {
                int32_t mark = dep_child(tree, child, REL_MARK);

                if (tree->nodes[child].rel == REL_ADVCL && (dep_is(tree, mark, "of") || dep_is(tree, mark, "for") ||
                                                            dep_is(tree, mark, "from") || dep_is(tree, mark, "to")))
                        return child;
                /* "charged with taking"; with a subject of its own it only stands beside */
                if (tree->nodes[child].rel == REL_ADVCL && dep_is(tree, mark, "with") &&
                    dep_child(tree, child, REL_NSUBJ) == DEP_NONE)
                        return child;
                if (tree->nodes[child].rel == REL_ACL && mark != DEP_NONE)
                        return child;
        }
        found = clause_of_agent(tree, node);
        if (found != DEP_NONE)
                return found;
        /* "left three people dead", where the parser hangs it on the people */
        found = dep_is(tree, node, "leave") ? dep_child(tree, node, REL_OBJ) : DEP_NONE;
        if (found != DEP_NONE)
                dep_each_child(tree, child, found)
                        if (child > found && tree->nodes[child].rel == REL_AMOD)
                                return child;
        /* "took steps to improve": the infinitive hangs on the object */
        if (tree->nodes[node].upos == UPOS_VERB && (found = dep_child(tree, node, REL_OBJ)) != DEP_NONE)
                dep_each_child(tree, child, found)
                        if ((tree->nodes[child].rel == REL_ACL || tree->nodes[child].rel == REL_CCOMP) &&
                            dep_child(tree, child, REL_MARK) != DEP_NONE)
                                return child;
        return DEP_NONE;
}

static int32_t prepositional_below(const struct dep_tree *tree, int32_t node, const char *prep)
{
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (rel != REL_OBL && rel != REL_NMOD && rel != REL_OBL_AGENT)
                        continue;
                for (int32_t word = dep_child(tree, child, REL_CASE); word != DEP_NONE; word = dep_next(tree, word))
                        if (dep_is(tree, word, prep))
                                return child;
        }
        return DEP_NONE;
}

int32_t clause_prepositional(const struct dep_tree *tree, const struct clause_sets *sets, int32_t node,
                             const char *prep)
{
        int32_t found = prepositional_below(tree, node, prep), other;

        if (found != DEP_NONE)
                return found;
        other = tree->nodes[node].upos == UPOS_VERB ? dep_child(tree, node, REL_OBJ)
                                                    : clause_light_verb(tree, sets, node);
        if (other != DEP_NONE)
                found = prepositional_below(tree, other, prep);
        /* "launched rocket and mortar fire against" */
        for (int32_t c = other == DEP_NONE ? DEP_NONE : dep_child(tree, other, REL_CONJ);
             c != DEP_NONE && found == DEP_NONE; c = dep_next(tree, c))
                if (tree->nodes[c].upos == UPOS_NOUN)
                        found = prepositional_below(tree, c, prep);
        if (found == DEP_NONE && tree->nodes[node].upos == UPOS_VERB &&
            (other = dep_child(tree, node, REL_NSUBJ_PASS)) != DEP_NONE)
                found = prepositional_below(tree, other, prep);
        /* What is joined to a verb that has none of its own: "met and held talks with". */
        if (found == DEP_NONE && tree->nodes[node].upos == UPOS_VERB)
                dep_each_child(tree, child, node)
                        if (tree->nodes[child].rel == REL_CONJ && found == DEP_NONE && child - node <= 2)
                                found = prepositional_below(tree, child, prep);
        return found;
}

int32_t clause_light_verb(const struct dep_tree *tree, const struct clause_sets *sets, int32_t noun)
{
        int32_t head = tree->nodes[noun].head;
        enum rel rel = (enum rel)tree->nodes[noun].rel;

        for (int steps = 0; rel == REL_CONJ && head != DEP_NONE && steps < CLIMB_MAX; steps++) {
                rel = (enum rel)tree->nodes[head].rel;
                head = tree->nodes[head].head;
        }
        /* "day of talks", "round of talks", "series of strikes" */
        if (rel == REL_NMOD && head != DEP_NONE && lexicon_in_set(tree->nodes[head].word, sets->vague)) {
                rel = (enum rel)tree->nodes[head].rel;
                head = tree->nodes[head].head;
        }
        if (head == DEP_NONE || !lexicon_in_set(tree->nodes[head].word, sets->light))
                return DEP_NONE;
        return rel == REL_OBJ || rel == REL_NSUBJ_PASS || rel == REL_OBL ? head : DEP_NONE;
}

int32_t clause_meant(const struct dep_tree *tree, const struct clause_sets *sets, int32_t node)
{
        for (int steps = 0; node != DEP_NONE && steps < CLIMB_MAX; steps++) {
                int32_t below = DEP_NONE;

                if (!lexicon_in_set(tree->nodes[node].word, sets->vague) && tree->nodes[node].upos != UPOS_NUM)
                        return node;
                dep_each_child(tree, child, node)
                        if (tree->nodes[child].rel == REL_NMOD && dep_is(tree, dep_case(tree, child), "of"))
                                below = child;
                if (below == DEP_NONE)
                        return node;
                node = below;
        }
        return node;
}

bool clause_has_particle(const struct dep_tree *tree, int32_t verb, const char *particle)
{
        dep_each_child(tree, child, verb) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if ((rel == REL_COMPOUND_PRT || rel == REL_ADVMOD || rel == REL_CASE) &&
                    dep_is(tree, child, particle) && child <= verb + 4)
                        return true;
        }
        return false;
}

bool clause_is_negated(const struct dep_tree *tree, int32_t node)
{
        dep_each_child(tree, child, node) {
                enum rel rel = (enum rel)tree->nodes[child].rel;

                if (rel == REL_ADVMOD && (dep_is(tree, child, "not") || dep_is(tree, child, "n't") ||
                                          dep_is(tree, child, "never") || dep_is(tree, child, "no")))
                        return true;
                if (rel == REL_DET && dep_is(tree, child, "no"))
                        return true;
                if (rel == REL_CC && dep_is(tree, child, "neither"))
                        return true;
                /* "no charges were filed", "nobody was arrested" */
                if ((rel == REL_NSUBJ || rel == REL_NSUBJ_PASS || rel == REL_OBJ) &&
                    (dep_is(tree, child, "nobody") || dep_is(tree, child, "none") ||
                     dep_is(tree, dep_child(tree, child, REL_DET), "no") ||
                     dep_is(tree, dep_child(tree, child, REL_DET), "neither")))
                        return true;
        }
        return false;
}
