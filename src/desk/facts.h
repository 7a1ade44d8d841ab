/*
 * The facts of a report that decide with which others it is one event: what kind of act, who, to whom, when, where, and the
 * words around it; taken from the report once, and kept as bytes beside it, so that no JSON is read to compare.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
        FACTS_ACTORS_MAX = 6,           /* a side; further ones do not count */
        FACTS_NAME_MAX = 4,             /* words of a name */
        FACTS_WORDS_MAX = 24,
        FACTS_NAMES_MAX = 12,
        FACTS_BYTES_MAX = 1024,
        FACTS_KEYS_MAX = 48,
};

/* As dateline-events(5) tells them; what is none of these is FACTS_HAPPENED. */
enum facts_status {
        FACTS_HAPPENED, FACTS_ONGOING, FACTS_PLANNED, FACTS_DEMANDED, FACTS_HYPOTHETICAL, FACTS_DENIED, FACTS_BACKGROUND,
};
const char *facts_status_name(enum facts_status status);
enum facts_status facts_status_parse(const char *name);

struct facts_actor {
        char country[4];                /* "" : not known */
        char role[12];                  /* "" : the country as such, or not known */
        uint8_t n_name;
        uint32_t name[FACTS_NAME_MAX];  /* hashes of the words of a name, of persons and groups, not of countries */
};

struct facts {
        int64_t time;                   /* when its story was published, else received; us. With `hash` and `number` the */
        uint64_t hash;                  /* order of reports that does not depend on their arrival; hash: of the content */
        uint32_t number;                /* of the report in its story */
        uint32_t family;                /* hash of the kind of act */
        char cameo[8];
        enum facts_status status;
        bool reciprocal;
        bool dated;                     /* the days are the story's word, not taken from when it was published */
        int32_t day_start, day_end;     /* since 1970 */
        uint32_t place;                 /* hash of the place's name; 0: none, or only a country */
        char country[4];                /* of the place, "" */
        size_t n_source, n_target;
        struct facts_actor source[FACTS_ACTORS_MAX], target[FACTS_ACTORS_MAX];
        size_t n_words;
        uint32_t words[FACTS_WORDS_MAX];/* of the sentence, rising */
        size_t n_names;
        uint32_t names[FACTS_NAMES_MAX];/* those of them that are names */
};

/* From a report that record_check() has found good. `text`: the story's body. */
void facts_make(struct facts *facts, json_t *report, const char *text, size_t n, int64_t time, uint64_t hash,
                int64_t number);
/* The order of reports that depends on what they are alone. */
int facts_compare(const struct facts *a, const struct facts *b);

int facts_encode(const struct facts *facts, struct buf *out);
/* False: it is none. */
bool facts_decode(struct facts *facts, const void *bytes, size_t n);

/* Where a report stands in the index of those that may be one event with it, and where to look for them: two that may be
 * one share a (day, key). */
struct facts_keys {
        size_t n_put, n_look;
        struct {
                int64_t day, key;
        } put[FACTS_KEYS_MAX], look[FACTS_KEYS_MAX];
};
void facts_keys(const struct facts *facts, struct facts_keys *keys);
