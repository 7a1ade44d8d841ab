/*
 * Cues: the words by which a text attributes, as data/dictionaries/cues.yaml has them, and the group of words that
 * belongs to one: auxiliaries, negation, adverbs, particles, and the verbs that a cue hangs on ("declined to say").
 */
#pragma once

#include "modules/code/dep.h"

enum { CUES_PREPOSITIONS_MAX = 16 };

struct cues_preposition {
        const char *word;       /* static text */
        int set;
};

/* Sets of the lexicon, -1 where no dictionary has one. */
struct cues {
        int say, object, infinitive, told, phase, sure, seem, carry, face, particle;          /* verbs */
        int noun, text, role, adjective, evident, preposition, adverb, time;
        struct cues_preposition with[CUES_PREPOSITIONS_MAX], noun_with[CUES_PREPOSITIONS_MAX];
        size_t n_with;
};

/* A cue as tokens [first, last]. */
struct cues_group {
        int32_t first, last;
        int32_t top;            /* the verb that the group's others hang on: what the subject belongs to */
};

void cues_init(struct cues *cues, const struct lexicon *lexicon);

/* Whether a set of that name is asked for: one that begins with "cue_" and is not is a slip. */
bool cues_knows(const char *set);

/* The word is in the set of the preposition: "warned" and "against". */
bool cues_takes(const struct cues *cues, const struct dep_tree *tree, int32_t word, int32_t preposition);
/* The same of a noun: "criticism" and "of". */
bool cues_noun_takes(const struct cues *cues, const struct dep_tree *tree, int32_t word, int32_t preposition);
/* In any set for verbs. */
bool cues_is_verb(const struct cues *cues, const struct lexicon_word *word);
/* The verb that carries the text which a participle or a relative clause says the words of: "issued" for "issued a
 * statement calling for". DEP_NONE. */
int32_t cues_carrier(const struct cues *cues, const struct dep_tree *tree, int32_t verb);
/* The group of a verb, or of a noun or an adjective with a copula. */
struct cues_group cues_group(const struct cues *cues, const struct dep_tree *tree, int32_t node);
