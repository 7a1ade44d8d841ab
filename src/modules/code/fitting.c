/* See fitting.h. */
#include "modules/code/fitting.h"

#include "modules/code/actors.h"

/* Is the head of a phrase, what it is made of, or what it is about, one of these words? */
static bool phrase_in(const struct roles *w, int32_t node, const struct lexicon_bits *bits)
{
        int32_t meant = clause_meant(w->tree, &w->sets->clause, node);

        if (lexicon_in_bits(w->tree->nodes[node].word, bits) || lexicon_in_bits(w->tree->nodes[meant].word, bits))
                return true;
        dep_each_child(w->tree, child, node) {
                enum rel rel = (enum rel)w->tree->nodes[child].rel;

                if ((rel == REL_CONJ || rel == REL_COMPOUND ||
                     (rel == REL_NMOD && (dep_is(w->tree, dep_case(w->tree, child), "of") ||
                                          dep_is(w->tree, dep_case(w->tree, child), "in")))) &&
                    lexicon_in_bits(w->tree->nodes[child].word, bits))
                        return true;
        }
        return false;
}

static bool object_fits(const struct roles *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t object;

        if (!f->object && !f->object_actor && !f->no_object)
                return true;
        object = clause_object(w->tree, &w->sets->clause, node);
        if (f->no_object)
                return object == DEP_NONE;
        if (object == DEP_NONE)
                return false;
        if (f->object_actor) {
                static const struct lexicon_slot subject[] = { { .role = ROLE_SUBJECT }, { .role = ROLE_NONE } };
                struct roles_list list = { .n = 0 }, own = { .n = 0 };

                roles_fill(w, node, subject, &own, NULL, &own);
                roles_of_phrase(w, object, &list);
                for (size_t i = 0; i < list.n; i++)
                        if (!roles_is_taken(list.items[i], &own, false))
                                return true;
                /* "suspended his campaign" is done to nobody else; "turned himself in" is an act */
                return actors_at(w->s, object) && actors_at(w->s, object)->reflexive;
        }
        return phrase_in(w, object, f->object);
}

static bool prepositions_fit(const struct roles *w, const struct lexicon_frame *f, int32_t node)
{
        for (size_t i = 0; i < f->n_prepositions; i++) {
                int32_t at = clause_prepositional(w->tree, &w->sets->clause, node, f->prepositions[i].word);

                if (at == DEP_NONE || (f->prepositions[i].object && !phrase_in(w, at, f->prepositions[i].object)))
                        return false;
        }
        return true;
}

static bool complement_fits(const struct roles *w, const struct lexicon_frame *f, int32_t node)
{
        int32_t clause;

        if (f->complement == COMPLEMENT_FREE)
                return true;
        clause = clause_complement(w->tree, node);
        if (f->complement == COMPLEMENT_NONE)
                return clause == DEP_NONE;
        if (f->obliges && clause != DEP_NONE && !status_is_obliged(w->tree, clause))
                return false;
        if (f->complement == COMPLEMENT_INFINITIVE &&
            (clause == DEP_NONE || !dep_is(w->tree, dep_child(w->tree, clause, REL_MARK), "to")))
                return false;
        if (f->same_subject && clause != DEP_NONE &&
            (dep_child(w->tree, clause, REL_NSUBJ) != DEP_NONE || dep_child(w->tree, node, REL_OBJ) != DEP_NONE))
                return false;
        return clause != DEP_NONE && (!f->governed || lexicon_in_bits(w->tree->nodes[clause].word, f->governed));
}

bool fitting_fits(const struct roles *w, const struct lexicon_frame *f, int32_t node)
{
        if (f->particle && !clause_has_particle(w->tree, node, f->particle))
                return false;
        if ((f->passive_only || f->active_only) && clause_is_passive(w->tree, node) != f->passive_only)
                return false;
        return object_fits(w, f, node) && prepositions_fit(w, f, node) && complement_fits(w, f, node);
}

const struct lexicon_frame *const *fitting_frames(const struct roles *w, int32_t node, size_t *n)
{
        const struct lexicon_word *word = w->tree->nodes[node].word;
        enum lexicon_kind kind = w->tree->nodes[node].upos == UPOS_NOUN  ? LEXICON_NOUN
                                 : w->tree->nodes[node].upos == UPOS_ADJ ? LEXICON_ADJECTIVE
                                                                         : LEXICON_VERB;

        *n = 0;
        /* "is prepared to": a participle that is an adjective in all but its tag. */
        if (kind == LEXICON_VERB && dep_child(w->tree, node, REL_COP) != DEP_NONE) {
                kind = LEXICON_ADJECTIVE;
                word = lexicon_find(w->coding->dictionary->lexicon, w->tree->tokens[node].form);
        }
        /* "is a dangerous step of": the adjective judges, the noun says only of what kind. */
        if (kind == LEXICON_NOUN && (!word || word->n_frames[LEXICON_NOUN] == 0) &&
            dep_child(w->tree, node, REL_COP) != DEP_NONE)
                dep_each_child(w->tree, child, node)
                        if (w->tree->nodes[child].rel == REL_AMOD && w->tree->nodes[child].word &&
                            w->tree->nodes[child].word->n_frames[LEXICON_ADJECTIVE] > 0) {
                                kind = LEXICON_ADJECTIVE;
                                word = w->tree->nodes[child].word;
                        }
        if (!word || (w->tree->nodes[node].upos != UPOS_VERB && kind == LEXICON_VERB))
                return NULL;
        *n = word->n_frames[kind];
        return word->frames[kind];
}
