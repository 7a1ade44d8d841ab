/*
 * Rows of tab-separated columns, and what all such formats need of an event record: who did it to whom pair by pair,
 * the parts of an actor's code, the day, the CAMEO code.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum {
        ROW_PAIRS_MAX = 100,            /* rows of one event */
        ROW_CODE_MAX = 16,
};

/* A row that is being written; the first error stays. */
struct row {
        struct buf *out;
        unsigned columns;
        int r;
};

void row_begin(struct row *row, struct buf *out);
/* Bytes below 32 and DEL become spaces, so that a column stays one. NULL: an empty column. */
void row_text(struct row *row, const char *text);
void row_int(struct row *row, int64_t value);
/* With so many decimals. */
void row_real(struct row *row, double value, int decimals);
/* A number of JSON; an empty column where it is none. */
void row_number(struct row *row, const json_t *value, int decimals);
void row_empty(struct row *row, unsigned n);
/* The line break. 0, BUF_E_FULL or -ENOMEM. */
int row_end(struct row *row);

/* A member that is a string; NULL: it is none, or empty. */
const char *row_member(const json_t *object, const char *name);

/* Who to whom. NULL: nobody is known. */
struct row_pair {
        json_t *source, *target;
};

/* Each source with each target, and back where the event is reciprocal (each with each other where there are no
 * targets): at least one pair, at most ROW_PAIRS_MAX. How many. */
size_t row_pairs(json_t *event, struct row_pair out[ROW_PAIRS_MAX]);

/* A row of a format that has one for each pair: of the pair of this index, appended to `out`. */
typedef int row_of_pair(json_t *event, const struct row_pair *pair, size_t index, struct buf *out);

/* All of them; none of an event that was told before (row_returned()). */
int row_each_pair(json_t *event, row_of_pair *append, struct buf *out);

/* An actor's code, cut into its parts of three letters by what CAMEO says they are. "": it has none. */
struct row_actor {
        const char *code;               /* whole, "" */
        char country[4];                /* a country, or a region such as AFR */
        char group[4];                  /* UNO and other known groups */
        char religion[2][4];
        char type[3][4];                /* GOV, MIL, IGO, ... */
        size_t n_religion, n_type;
};
void row_actor(const json_t *actor, struct row_actor *out);

/* The day of the act, or where no day is known that of the first report. False where there is neither. */
bool row_day(json_t *event, int *year, int *month, int *day);
/* A `new` event that was told, and withdrawn, before: its rows are written already. */
bool row_returned(json_t *event);
/* The first report, UTC. */
bool row_first_seen(json_t *event, int64_t *us);

/* The CAMEO code in three or four digits ("04" is written "040"). False: the event has none. */
bool row_cameo(json_t *event, char out[ROW_CODE_MAX]);
