/* See digest.h. SQL counts a window, or lists its pairs; the windows are added up here. */
#include "store/digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "store/filter.h"
#include "store/walk.h"

#define DAY (86400 * CLOCK_SECOND)
#define SUMS "count(*), total(goldstein), sum(quad = 1), sum(quad = 2), sum(quad = 3), sum(quad = 4)"

enum { PAIRS_OF_ONE = 64 };             /* different ones that are told apart */

/* What a window has of one bin, and of one pair: the pair's letters, or "". */
struct part {
        char pair[8];
        int64_t bin, count, quads[4];
        double goldstein;
};

struct digest {
        enum digest_kind kind;
        struct query_filter filter;
        int64_t bins, looked;
        struct part *rows;
        size_t n, size, clean;          /* rows[clean .. n) are of a window that may be given up */
        /* Of pairs: */
        const char *country;            /* three letters; NULL: all */
        int64_t event;                  /* the one that was taken last, with the pairs that it has so far: */
        char had[PAIRS_OF_ONE][8];
        size_t n_had;
};

static void decrefp(json_t **json)
{
        json_decref(*json);
}

static int compare(const void *a, const void *b)
{
        const struct part *x = a, *y = b;
        int order = strcmp(x->pair, y->pair);

        return order != 0 ? order : (x->bin > y->bin) - (x->bin < y->bin);
}

static void add(struct part *to, const struct part *part)
{
        to->count += part->count;
        to->goldstein += part->goldstein;
        for (int i = 0; i < 4; i++)
                to->quads[i] += part->quads[i];
}

/* Those from `first` on in order, and each pair and bin once. */
static void add_up(struct digest *d, size_t first)
{
        size_t n = first;

        if (d->n - first > 1)
                qsort(d->rows + first, d->n - first, sizeof(*d->rows), compare);
        for (size_t i = first; i < d->n; i++) {
                if (n > first && compare(&d->rows[n - 1], &d->rows[i]) == 0)
                        add(&d->rows[n - 1], &d->rows[i]);
                else
                        d->rows[n++] = d->rows[i];
        }
        d->n = n;
}

static void end_window(void *user, bool counts)
{
        struct digest *d = user;

        if (counts)
                add_up(d, 0);
        else
                d->n = d->clean;
        d->clean = d->n;
}

static int put(struct digest *d, const struct part *part)
{
        if (d->n == d->size)
                add_up(d, d->clean);
        if (d->n >= d->size / 2) {
                size_t size = MAX_OF(2 * d->size, (size_t)1024);
                struct part *rows = realloc(d->rows, size * sizeof(*rows));

                if (rows == NULL)
                        return error_origin(-ENOMEM);
                d->rows = rows;
                d->size = size;
        }
        d->rows[d->n++] = *part;
        return 0;
}

/* Columns: bin, count, Goldstein, and how many of each quad. */
static int take_bin(void *user, sqlite3_stmt *s)
{
        struct part part = { .bin = sqlite3_column_int64(s, 0), .count = sqlite3_column_int64(s, 1),
                             .goldstein = sqlite3_column_double(s, 2) };

        for (int i = 0; i < 4; i++)
                part.quads[i] = sqlite3_column_int64(s, 3 + i);
        return put(user, &part);
}

static json_t *quads_of(const struct part *part)
{
        return json_pack("[I, I, I, I]", (json_int_t)part->quads[0], (json_int_t)part->quads[1],
                         (json_int_t)part->quads[2],
                         (json_int_t)part->quads[3]);
}

static json_t *bin_json(const struct part *part)
{
        char at[CLOCK_TEXT_MAX];

        return json_pack("{s:s, s:I, s:f, s:o}", "at", clock_format(part->bin * DAY, at), "count",
                         (json_int_t)part->count,
                         "goldstein", part->goldstein, "quads", quads_of(part));
}

/* ---- pairs ---- */

/* The whole of a pair: its rows and their sum. */
struct pair {
        const struct part *rows;
        size_t n;
        struct part sum;
};

static int compare_pairs(const void *a, const void *b)
{
        const struct pair *x = a, *y = b;

        if (x->sum.count != y->sum.count)
                return x->sum.count < y->sum.count ? 1 : -1;
        return strcmp(x->sum.pair, y->sum.pair);
}

static json_t *pair_json(const struct pair *pair, int64_t bins)
{
        json_t *series = json_array();

        for (int64_t i = 0; i < bins; i++)
                json_array_append_new(series, json_integer(0));
        for (size_t i = 0; i < pair->n; i++)
                json_array_set_new(series, (size_t)pair->rows[i].bin, json_integer((json_int_t)pair->rows[i].count));
        return json_pack("{s:[s%, s], s:I, s:f, s:o, s:o}", "pair", pair->sum.pair, (size_t)3, pair->sum.pair + 3,
                         "count",
                         (json_int_t)pair->sum.count, "goldstein", pair->sum.goldstein, "quads", quads_of(&pair->sum),
                                 "series", series);
}

static int list_pairs(const struct digest *d, int64_t limit, json_t *out)
{
        struct pair *pairs = calloc(d->n + 1, sizeof(*pairs));
        size_t n = 0;

        if (pairs == NULL)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < d->n; i++) {
                if (n == 0 || strcmp(pairs[n - 1].sum.pair, d->rows[i].pair) != 0) {
                        pairs[n].rows = &d->rows[i];
                        memcpy(pairs[n++].sum.pair, d->rows[i].pair, sizeof(d->rows[i].pair));
                }
                pairs[n - 1].n++;
                add(&pairs[n - 1].sum, &d->rows[i]);
        }
        if (n > 1)
                qsort(pairs, n, sizeof(*pairs), compare_pairs);
        for (size_t i = 0; i < n && (int64_t)i < limit; i++)
                json_array_append_new(out, pair_json(&pairs[i], d->bins));
        free(pairs);
        return 0;
}

/* An event has each pair once, however many of the two countries are in it. Columns: event, first_seen, Goldstein,
 * quad, the codes. */
static int take_pair(void *user, sqlite3_stmt *s)
{
        const char *source = (const char *)sqlite3_column_text(s, 4), *target = (const char *)sqlite3_column_text(s, 5);
        int64_t event = sqlite3_column_int64(s, 0), quad = sqlite3_column_int64(s, 3);
        int order = strncmp(source, target, 3);
        struct digest *d = user;
        int64_t span = MAX_OF(d->filter.until - d->filter.since, (int64_t)1);
        struct part part = { .count = 1, .goldstein = sqlite3_column_double(s, 2) };

        if (order == 0 || (d->country != NULL && strncmp(source, d->country, 3) != 0 &&
                           strncmp(target, d->country, 3) != 0))
                return 0;
        snprintf(part.pair, sizeof(part.pair), "%.3s%.3s", order < 0 ? source : target, order < 0 ? target : source);
        if (d->event != event)
                d->n_had = 0;
        d->event = event;
        for (size_t i = 0; i < d->n_had; i++)
                if (strcmp(d->had[i], part.pair) == 0)
                        return 0;
        if (d->n_had < PAIRS_OF_ONE)
                memcpy(d->had[d->n_had++], part.pair, sizeof(part.pair));
        part.bin = (sqlite3_column_int64(s, 1) - d->filter.since) * d->bins / span;
        if (quad >= 1 && quad <= 4)
                part.quads[quad - 1] = 1;
        return put(d, &part);
}

/* ---- looking ---- */

int digest_new(struct digest **out, enum digest_kind kind, const struct query_filter *filter, int64_t bins)
{
        const char *actor = filter->actor;
        struct digest *d = calloc(1, sizeof(*d));

        if (d == NULL)
                return error_origin(-ENOMEM);
        d->kind = kind;
        d->filter = *filter;
        d->bins = bins;
        if (actor != NULL && filter_is_code(actor) && strlen(actor) >= 3)
                d->country = actor;
        *out = d;
        return 0;
}

#define OVER_TIME .columns = "e.changed, e.first_seen, e.goldstein, e.quad", .tail = ") GROUP BY bin", .counts = true, \
        .row = take_bin, .window = end_window

int digest_look(struct digest *d, struct db *db, struct query_reach *reach)
{
        static const struct walk walks[] = {
                [DIGEST_DAYS] = { .head = "SELECT first_seen / 86400000000 AS bin, " SUMS " FROM (", OVER_TIME },
                /* 1970-01-01 was a Thursday. */
                [DIGEST_WEEKS] = { .head = "SELECT (first_seen / 86400000000 + 3) / 7 * 7 - 3 AS bin, " SUMS " FROM (",
                                   OVER_TIME },
                [DIGEST_PAIRS] = {
                        .head = "SELECT i.seq, i.first_seen, i.goldstein, i.quad, s.code, t.code FROM (",
                        .columns = "e.seq, e.changed, e.first_seen, e.goldstein, e.quad",
                        .tail = ") i CROSS JOIN event_actors x ON x.event = i.seq AND x.side = 0"
                                " CROSS JOIN actors s ON s.id = x.actor"
                                " CROSS JOIN event_actors y ON y.event = i.seq AND y.side = 1"
                                " CROSS JOIN actors t ON t.id = y.actor WHERE s.code >= 'A' AND t.code >= 'A'",
                        .counts = true, .row = take_pair, .window = end_window,
                },
        };
        struct walk walk = walks[d->kind];
        int r;

        walk.user = d;
        r = walk_run(db, &walk, &d->filter, true, -1, reach);
        if (r != 0)
                return r;
        d->looked += reach->looked;
        reach->looked = d->looked;
        if (reach->cut)
                d->filter.before = reach->seq;
        return 0;
}

int digest_result(const struct digest *d, int64_t limit, json_t **out)
{
        _cleanup_(decrefp) json_t *list = json_array();
        int r = 0;

        if (list == NULL)
                return error_origin(-ENOMEM);
        if (d->kind == DIGEST_PAIRS)
                r = list_pairs(d, limit, list);
        for (size_t i = d->n > DIGEST_BINS_MAX ? d->n - DIGEST_BINS_MAX : 0; d->kind != DIGEST_PAIRS && i < d->n; i++)
                json_array_append_new(list, bin_json(&d->rows[i]));
        if (r == 0)
                *out = STEAL(list);
        return error_trace(r);
}

void digest_free(struct digest *d)
{
        if (d != NULL)
                free(d->rows);
        free(d);
}
