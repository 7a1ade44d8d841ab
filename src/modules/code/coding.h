/*
 * One story while it is coded: what the rooms of the coder share. Everything lives in the job's arena.
 *
 * The order: matches (names and roles in the text), actors (noun phrases to codes), attribution (who says what), acts
 * (frames), status, dates, output.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "modules/code/dep.h"
#include "modules/code/dictionary.h"
#include "modules/read/reading.h"
#include "worker/story.h"

/* Of one story. A long book has half as many; from the sentence on where there are more, a text is not coded. */
enum { CODING_STATEMENTS_MAX = 10000, CODING_EVENTS_MAX = 10000 };

enum { CODING_CODE_MAX = 24, CODING_PARTS_MAX = 12, CODING_CONTEXTS_MAX = 4 };

/* Bytes of the text, half open. */
struct coding_span {
        uint32_t begin, end;
};

/* A phrase of the dictionaries in a sentence. Tokens are the sentence's. */
struct coding_match {
        int32_t first, last;    /* tokens [first, last) */
        int32_t head;           /* the token that the others hang on */
        const struct dictionary_entry *entry;
        const struct phrases_payload *all;      /* other readings of the phrase */
        const struct gazetteer_place *place;    /* of the gazetteer, NULL */
        const char *why;        /* this place of several, NULL */
};

/* Somebody or something that acts in the story, over all its mentions. */
struct coding_entity {
        struct coding_entity *next;
        struct coding_entity *near;     /* the next of those that mentions still look back to */
        const char *name;       /* the fullest name, NULL where it has none */
        const char *key;        /* its words in lower case, a space around each, for later mentions; NULL */
        const char *title;      /* "Foreign Minister", NULL */
        const char *noun;       /* the lemma of the common noun that heads a mention of it ("team"), NULL */
        char code[CODING_CODE_MAX];
        bool person, plural, organisation, female, male;
        bool voice;             /* a spokesman without a name: he has that of the body that he speaks for */
        bool human;             /* a person for sure: by a given name, a title, or two names that stand side by side */
        uint32_t mentions;
        int32_t last_token;     /* of the reading, of the latest mention */
        int32_t last_subject;   /* of the latest mention as a subject, -1 */
        int32_t last_spoke;     /* the same, of a verb of saying */
        uint32_t number;        /* in order of appearance */
};

/* One mention of an actor: a noun phrase. */
struct coding_actor {
        char code[CODING_CODE_MAX];     /* "" where nothing is known but that it acts */
        const char *name, *title;
        struct coding_span span;
        uint32_t sentence;
        int32_t node;           /* the phrase's head in the sentence's tree */
        struct coding_entity *entity;   /* NULL: a mention that stands for itself */
        const struct dictionary_entry *entry;   /* what gave the code, NULL */
        const char *rule;       /* why it has its code, for --explain */
        bool weak;              /* a thing that belongs to an actor ("Iraqi towns"), or a place */
        bool named;             /* a proper name or a pronoun for one */
        bool reflexive;         /* "themselves": whoever the subject is, and never another side */
        bool place;             /* a place that is no actor alone: says where, never who */
        struct coding_actor *also;      /* the same phrase names another one: "French and Egyptian warships" */
};

struct coding_sentence {
        struct dep_tree *tree;
        struct coding_match *matches;
        size_t n_matches;
        int32_t *match_of;      /* [tokens] index of the match that covers a token, -1 */
        struct coding_actor **actor;    /* [tokens] by head of the phrase; NULL: no actor */
        bool *quoted;           /* [tokens] inside quotation marks */
        int32_t *quote;         /* [tokens] index of the outermost quotation around a token, its marks too; -1 */
};

/* A quotation with its marks: from a token of one sentence to a token of the same or a later one. */
struct coding_quote {
        uint32_t first_sentence, last_sentence;
        int32_t first, last;
        bool open;              /* runs on into a quotation of the next paragraph */
};

/* An attribution: source, cue, content. */
struct coding_statement {
        uint32_t sentence;      /* of the cue */
        int32_t cue;            /* token in the sentence */
        struct coding_actor *source;    /* NULL: unnamed and unknown */
        struct coding_span source_span, cue_span;
        bool has_source;        /* source_span is set */
        struct coding_span content[CODING_PARTS_MAX];
        size_t n_content;
        const char *kind;       /* "direct", "indirect", "mixed" */
        bool of_act;            /* the cue is an act itself ("criticised", "plans to"): who does it, not who tells it */
        bool label;             /* the cue is the colon of a speaker's label ("SMITH:") */
        struct coding_statement *outer;         /* who tells of this one: the statement of saying that holds it */
        struct coding_statement *within;        /* the narrowest statement of any kind that holds it */
        struct coding_statement *first, *next;  /* those within it; the next one within the same, in order */
};

struct coding_dates {
        const char *text;
        struct coding_span span;
        uint32_t sentence;
        int32_t node;
        int32_t start, end;     /* days since 1970 */
};

struct coding_place {
        const char *name;       /* as it stands */
        const char *country;    /* three letters */
        struct coding_span span;
        bool has_position;
        double latitude, longitude;
        const char *kind;       /* "city", "capital", "region", "country"; NULL: not known */
        const char *rule;       /* why it is the event's place, and this place */
};

struct coding_event {
        uint32_t sentence;
        int32_t node;           /* the predicate */
        const struct lexicon_frame *frame;
        const struct lexicon_code *code;
        struct coding_actor *source[CODING_PARTS_MAX], *target[CODING_PARTS_MAX];
        size_t n_source, n_target;
        bool reciprocal;
        struct coding_span trigger;
        enum lexicon_status status;
        const char *status_rule;
        bool quoted;
        struct coding_span quote;
        struct coding_statement *attribution;   /* innermost; its `outer` goes outwards */
        const struct coding_dates *when;
        const struct coding_place *where;
        double confidence;
        const char *mode;                       /* PLOVER's, NULL */
        const char *contexts[CODING_CONTEXTS_MAX];
        size_t n_contexts;
};

struct coding {
        struct arena *arena;
        const struct dictionary *dictionary;
        const struct story *story;
        const struct reading *reading;          /* with dependencies */
        bool parsed;                            /* by a model, not by shallow.c */
        int32_t day;                            /* of the story; today's where it has none is never taken */
        bool has_day;
        struct coding_sentence *sentences;
        size_t n_sentences;
        size_t unread;                          /* the byte from which on the text was not coded; 0: all was */
        struct coding_entity *entities, **entities_end;
        uint32_t n_entities;
        struct coding_entity *near, **near_end;         /* of these; coreference.c forgets the others */
        uint32_t n_near;
        struct coding_actor *pair; /* the latest two or more that were joined, by `also`; for "both sides" */
        int32_t pair_token;                     /* of the reading */
        char country[4];                        /* where the story is set, "" where nothing says so */
        struct coding_quote *quotes;            /* in order */
        size_t n_quotes, quotes_size;
        const struct setting_votes *votes;      /* how often it names each country */
        const struct gazetteer *gazetteer;      /* NULL: none */
        int say;                                /* the lexicon's set of verbs of saying */
        struct coding_statement **statements;
        size_t n_statements, statements_size;
        struct coding_statement *first_statement;       /* those within none */
        struct coding_event **events;
        size_t n_events, events_size;
        struct coding_dates **dates;
        size_t n_dates, dates_size;
};

/* The bytes of tokens [first, last] of a sentence; of a multiword token ("he's"), those of the word itself. */
struct coding_span coding_span_of(const struct dep_tree *tree, int32_t first, int32_t last);
const char *coding_text(const struct coding *coding, struct coding_span span);
