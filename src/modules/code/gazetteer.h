/*
 * The gazetteer: where on earth a name lies. data/gazetteer.tab (made by data/make-gazetteer.py, which tells the
 * columns) is mapped and searched as it is: nothing is read at the start, and only the pages that a search touches are
 * in memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum { GAZETTEER_KEY_MAX = 96, GAZETTEER_SAME_MAX = 32 };

enum gazetteer_kind {
        GAZETTEER_CAPITAL,
        GAZETTEER_CITY,
        GAZETTEER_REGION,       /* a first-level division */
        GAZETTEER_COUNTRY,
};

struct gazetteer_place {
        const char *name;       /* points into the map, `n_name` bytes */
        size_t n_name;
        char country[4], region[4];     /* ISO 3166-1 alpha-3; the division's code, "-" where none is kept */
        double latitude, longitude;
        uint32_t people;
        enum gazetteer_kind kind;
};

struct gazetteer;

/* From bytes that outlive it. */
struct gazetteer *gazetteer_new(struct arena *arena, const char *bytes, size_t n);
/* Maps a file, for as long as the process lives. 0 or -errno. */
int gazetteer_open(struct gazetteer **out, struct arena *arena, const char *path);

/* All places of a key (see gazetteer_key()), those with the most people first. `gazetteer` may be NULL: none. Rows that
 * are no rows are passed over. */
size_t gazetteer_find(const struct gazetteer *gazetteer, const char *key,
                      struct gazetteer_place out[GAZETTEER_SAME_MAX]);
/* A country's middle, or its capital. */
bool gazetteer_country(const struct gazetteer *gazetteer, const char country[4], bool capital,
                       struct gazetteer_place *out);
/* A name as the file's keys are written: atoms of phrases.h, a space between. Appends to `out`; false where it is too
 * long. */
bool gazetteer_key(const char *text, size_t n, char out[GAZETTEER_KEY_MAX]);
const char *gazetteer_kind_name(enum gazetteer_kind kind);
