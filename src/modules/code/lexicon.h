/*
 * The lexicon: which words are acts, as frames over dependencies. Filled from the `sets` and `cameo` parts of
 * dictionary files here, and from `frames` by frames.h (data/dictionaries/verbs.yaml explains the format at its head).
 *
 * A word of the lexicon is one lemma with what is known of it: the frames that it begins and the sets that it is in. A
 * set is a bit, so that "is the object one of the words for talks?" is one test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/yaml.h"

enum {
        LEXICON_SETS_MAX = 512,
        LEXICON_ROLES_MAX = 12,
        LEXICON_PREPS_MAX = 4,
};

struct lexicon_bits {
        uint64_t bits[LEXICON_SETS_MAX / 64];
};

enum lexicon_kind {
        LEXICON_VERB,
        LEXICON_NOUN,
        LEXICON_ADJECTIVE,
        LEXICON_KIND_MAX_,
};

/* Where a source or a target is looked for, from the predicate. */
enum lexicon_role {
        ROLE_NONE,              /* ends a list; alone in a list: the frame has no such actor */
        ROLE_SUBJECT,           /* who does it: the subject, or "by" of a passive */
        ROLE_OBJECT,            /* to whom it is done: the object, or the subject of a passive */
        ROLE_RECEIVER,          /* indirect object */
        ROLE_COMPLEMENT,        /* the subject of the clause that the verb governs, or its own arguments */
        ROLE_POSSESSOR,         /* of a noun: "Russia's invasion", "the Russian invasion" */
        ROLE_BETWEEN,           /* "between A and B", "among": all of them */
        ROLE_ANY,               /* any other actor below the predicate, the nearest first */
        ROLE_SPEAKER,           /* who says the clause that the predicate stands in */
        ROLE_PREPOSITION,       /* what stands behind `preposition` */
};

struct lexicon_slot {
        uint8_t role;           /* enum lexicon_role */
        const char *preposition;
};

enum lexicon_complement {
        COMPLEMENT_FREE,        /* may be there or not */
        COMPLEMENT_NEEDED,      /* a clause must be governed */
        COMPLEMENT_INFINITIVE,  /* a clause with "to" */
        COMPLEMENT_NONE,        /* none may be */
};

/* The certainty that a verb gives to itself ("pledge": planned) or to what it governs. Names as in the event record. */
enum lexicon_status {
        STATUS_NONE,
        STATUS_HAPPENED,
        STATUS_ONGOING,
        STATUS_PLANNED,
        STATUS_DEMANDED,
        STATUS_HYPOTHETICAL,
        STATUS_DENIED,
        STATUS_BACKGROUND,
        STATUS_MAX_,
};

/* One row of the `cameo` table. */
struct lexicon_code {
        const char *code;       /* "0311" */
        const char *event;      /* "AGREE" */
        const char *mode;       /* NULL: none */
        const char *context;    /* NULL: none */
        double goldstein;
        const char *future;     /* the code when it is only announced, NULL: the same */
        int quad;               /* 1 verbal, 2 material cooperation, 3 verbal, 4 material conflict */
};

struct lexicon_preposition {
        const char *word;
        const struct lexicon_bits *object;      /* what stands behind it is one of these; NULL: anything */
};

/* One word of a row of `frames`. What the words of a row have in common is kept once. */
struct lexicon_frame {
        enum lexicon_kind kind;
        const char *lemma;
        const char *particle;           /* "out" of "carry out", NULL: none */
        const struct lexicon_code *code;
        const struct lexicon_code *negated;     /* what a negation turns it into, NULL: it stays and is denied */
        const struct lexicon_code *verbal;      /* what it is when one person does it to another ("attacked his
                                                   rival"), NULL */
        const struct lexicon_code *future;      /* what "will" turns it into, NULL: it stays and is planned */
        const struct lexicon_bits *object;      /* the object is one of these, NULL: any or none */
        bool object_actor;              /* the object must be an actor */
        bool no_object;                 /* there may be no object */
        const struct lexicon_preposition *prepositions; /* all must be there */
        size_t n_prepositions;
        const struct lexicon_bits *governed;    /* the governed clause's verb is one of these, NULL: any */
        enum lexicon_complement complement;
        bool passive_only, active_only;
        bool obliges;                   /* the governed clause has "must", "should" or the like */
        bool same_subject;              /* the governed clause has no subject of its own: "expects to meet" */
        const struct lexicon_slot *source, *target;     /* up to a slot of ROLE_NONE */
        bool reciprocal;
        bool absorbs;                   /* what it governs is no act of its own */
        bool weak;                      /* counts only with both a source and a target */
        bool nothing;                   /* is no act: keeps more general frames from firing */
        enum lexicon_status status;
        int specificity;                /* the highest wins; the first of the file where equal */
        const char *file;
        unsigned line;
};

struct lexicon_word {
        const char *lemma;
        struct lexicon_bits sets;
        const struct lexicon_frame **frames[LEXICON_KIND_MAX_]; /* by specificity */
        size_t n_frames[LEXICON_KIND_MAX_];
};

struct lexicon;

struct lexicon *lexicon_new(struct arena *arena);

/* Take the sets and the codes of a dictionary file. What is wrong goes to `errors`, the rest is taken. */
void lexicon_add(struct lexicon *lexicon, const char *path, const struct yaml_node *root, struct yaml_errors *errors);
/* Once, after all files: sorts the frames. */
void lexicon_finish(struct lexicon *lexicon);

/* NULL where the lexicon does not know the lemma. */
const struct lexicon_word *lexicon_find(const struct lexicon *lexicon, const char *lemma);
/* The bit of a set, -1 where no file has it. */
int lexicon_set(const struct lexicon *lexicon, const char *name);
const struct lexicon_code *lexicon_code(const struct lexicon *lexicon, const char *code);
size_t lexicon_count_frames(const struct lexicon *lexicon);
/* Every word, for making forms. */
const struct lexicon_word *lexicon_word_at(const struct lexicon *lexicon, size_t i);

/* For those that fill it: the word, made where it is new; a set without a name, -1 where there are too many; a
 * frame of the word, which must live as long as the lexicon. */
struct lexicon_word *lexicon_intern(struct lexicon *lexicon, const char *lemma);
int lexicon_new_set(struct lexicon *lexicon);
void lexicon_add_frame(struct lexicon *lexicon, struct lexicon_word *word, const struct lexicon_frame *frame);
struct arena *lexicon_arena(const struct lexicon *lexicon);

static inline void lexicon_set_bit(struct lexicon_bits *bits, int set)
{
        bits->bits[set / 64] |= UINT64_C(1) << (set % 64);
}

static inline bool lexicon_in_set(const struct lexicon_word *word, int set)
{
        return word && set >= 0 && (word->sets.bits[set / 64] >> (set % 64) & 1);
}

static inline bool lexicon_in_bits(const struct lexicon_word *word, const struct lexicon_bits *bits)
{
        if (word)
                for (int i = 0; i < LEXICON_SETS_MAX / 64; i++)
                        if (word->sets.bits[i] & bits->bits[i])
                                return true;
        return false;
}

/* "happened"; NULL for STATUS_NONE. */
const char *lexicon_status_name(enum lexicon_status status);
/* STATUS_NONE where there is none of that name. */
enum lexicon_status lexicon_status_named(const char *name);
