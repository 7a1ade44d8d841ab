/*
 * Families: the stories that are one item, by guid or by content, and which of them counts.
 *
 * In a family each content has one original, the lowest (delivery, number) that brought it; the others are its
 * duplicates. The original's `top` is the greatest (version, delivery, number) that brought that content, its
 * duplicates' included; the original with the greatest top is the current one, the others are replaced by it. Events
 * are shown of the original with the greatest top among those that are coded. All of this depends on the set of stories
 * alone, not on the order in which they were decoded or coded.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/db.h"
#include "worker/story.h"

enum {
        FAMILY_HASH = 16,       /* bytes of XXH3-128 */
        FAMILY_MAX = 64,        /* originals of one guid that are looked at, newest first: a guid that is used for more
                                   items than this is not an identity */
};

struct family_key {
        int64_t source;
        const char *guid, *version;             /* NULL: none */
        bool canceled;
        unsigned char hash[FAMILY_HASH];        /* of headline and text, white space folded, and of a status that is not
                                                   "usable" */
        int64_t identity;                       /* 48 bits of a hash of source and guid, or of `hash`; only a short cut
                                                   into the index, whatever it finds is compared in full */
};

void family_key_init(struct family_key *key, int64_t source, const struct story *story);

/* "10" is greater than "9", "b" than "a"; NULL is the least. As numbers where both are, else as text. */
int family_compare_versions(const char *a, const char *b);

struct family_member {
        int64_t row, delivery, number, state;
        unsigned char hash[FAMILY_HASH];
        const char *top_version;
        int64_t top_delivery, top_number;
        int64_t replaced_by;                    /* 0: nothing */
};

/* Stories whose reports were shown or hidden, and copies that have another origin now (in the arena). */
struct family_turned {
        int64_t stories[2 * FAMILY_MAX], *moved;
        size_t n, n_moved;
};

/* The originals of the family, into the arena. */
int family_load(struct db *db, struct arena *arena, const struct family_key *key, struct family_member **members,
                size_t *n);
const struct family_member *family_find(const struct family_member *members, size_t n, const struct family_key *key);

/* A story with the same content came as (version, delivery, number): raise the original's top where that is greater. */
int family_raise(struct db *db, const struct family_member *original, const char *version, int64_t delivery,
                 int64_t number);
/* `old` becomes a duplicate of the story `row`, which has taken over its top; its text goes, its reports are hidden.
 */
int family_demote(struct db *db, struct arena *arena, const struct family_member *old, int64_t row,
                  struct family_turned *turned);
/* Bring replaced_by in line, and which reports are shown. *current: the row of the current story, 0: no such family;
 * adds to *turned. */
int family_settle(struct db *db, struct arena *arena, const struct family_key *key, int64_t *current,
                  struct family_turned *turned);
