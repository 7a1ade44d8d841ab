/* See digest.h. SQL counts a window; the windows are added up here. */
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

struct parts {
        struct part *rows;
        size_t n, size, clean;          /* rows[clean .. n) are of a window that may be given up */
        /* Of pairs: */
        int64_t since, span, bins;
        const char *country;            /* three letters; NULL: all */
        int64_t event;                  /* the one that was taken last, with the pairs that it has so far: */
        char had[PAIRS_OF_ONE][8];
        size_t n_had;
};

static void decrefp(json_t **json)
{
        json_decref(*json);
}

static void parts_deinit(struct parts *parts)
{
        free(parts->rows);
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
static void add_up(struct parts *parts, size_t first)
{
        size_t n = first;

        if (parts->n - first > 1)
                qsort(parts->rows + first, parts->n - first, sizeof(*parts->rows), compare);
        for (size_t i = first; i < parts->n; i++) {
                if (n > first && compare(&parts->rows[n - 1], &parts->rows[i]) == 0)
                        add(&parts->rows[n - 1], &parts->rows[i]);
                else
                        parts->rows[n++] = parts->rows[i];
        }
        parts->n = n;
}

static void end_window(void *user, bool counts)
{
        struct parts *parts = user;

        if (counts)
                add_up(parts, 0);
        else
                parts->n = parts->clean;
        parts->clean = parts->n;
}

static int put(struct parts *parts, const struct part *part)
{
        if (parts->n == parts->size)
                add_up(parts, parts->clean);
        if (parts->n >= parts->size / 2) {
                size_t size = MAX_OF(2 * parts->size, (size_t)1024);
                struct part *rows = realloc(parts->rows, size * sizeof(*rows));

                if (rows == NULL)
                        return error_origin(-ENOMEM);
                parts->rows = rows;
                parts->size = size;
        }
        parts->rows[parts->n++] = *part;
        return 0;
}

/* Columns: bin, count, Goldstein, and how many of each quad. */
static int take_bin(void *user, sqlite3_stmt *s)
{
        struct part part = { .bin = sqlite3_column_int64(s, 0), .count = sqlite3_column_int64(s, 1), .goldstein = sqlite3_column_double(s, 2) };

        for (int i = 0; i < 4; i++)
                part.quads[i] = sqlite3_column_int64(s, 3 + i);
        return put(user, &part);
}

static json_t *quads_of(const struct part *part)
{
        return json_pack("[I, I, I, I]", (json_int_t)part->quads[0], (json_int_t)part->quads[1], (json_int_t)part->quads[2],
                         (json_int_t)part->quads[3]);
}

int digest_timeline(struct db *db, const struct query_filter *filter, bool weeks, json_t **out, struct query_reach *reach)
{
        _cleanup_(parts_deinit) struct parts parts = { 0 };
        _cleanup_(decrefp) json_t *bins = json_array();
        const struct walk walk = {
                /* 1970-01-01 was a Thursday. */
                .head = weeks ? "SELECT (first_seen / 86400000000 + 3) / 7 * 7 - 3 AS bin, " SUMS " FROM ("
                              : "SELECT first_seen / 86400000000 AS bin, " SUMS " FROM (",
                .columns = "e.changed, e.first_seen, e.goldstein, e.quad", .tail = ") GROUP BY bin", .counts = true, .row = take_bin, .window = end_window,
                .user = &parts,
        };
        char at[CLOCK_TEXT_MAX];
        int r;

        if (bins == NULL)
                return error_origin(-ENOMEM);
        r = walk_run(db, &walk, filter, true, -1, reach);
        if (r != 0)
                return r;
        for (size_t i = parts.n > DIGEST_BINS_MAX ? parts.n - DIGEST_BINS_MAX : 0; i < parts.n; i++)
                json_array_append_new(bins, json_pack("{s:s, s:I, s:f, s:o}", "at", clock_format(parts.rows[i].bin * DAY, at), "count",
                                                      (json_int_t)parts.rows[i].count, "goldstein", parts.rows[i].goldstein, "quads",
                                                      quads_of(&parts.rows[i])));
        *out = STEAL(bins);
        return 0;
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
        return json_pack("{s:[s%, s], s:I, s:f, s:o, s:o}", "pair", pair->sum.pair, (size_t)3, pair->sum.pair + 3, "count",
                         (json_int_t)pair->sum.count, "goldstein", pair->sum.goldstein, "quads", quads_of(&pair->sum), "series", series);
}

static int list_pairs(const struct parts *parts, int64_t limit, int64_t bins, json_t *out)
{
        struct pair *pairs = calloc(parts->n + 1, sizeof(*pairs));
        size_t n = 0;

        if (pairs == NULL)
                return error_origin(-ENOMEM);
        for (size_t i = 0; i < parts->n; i++) {
                if (n == 0 || strcmp(pairs[n - 1].sum.pair, parts->rows[i].pair) != 0) {
                        pairs[n].rows = &parts->rows[i];
                        memcpy(pairs[n++].sum.pair, parts->rows[i].pair, sizeof(parts->rows[i].pair));
                }
                pairs[n - 1].n++;
                add(&pairs[n - 1].sum, &parts->rows[i]);
        }
        if (n > 1)
                qsort(pairs, n, sizeof(*pairs), compare_pairs);
        for (size_t i = 0; i < n && (int64_t)i < limit; i++)
                json_array_append_new(out, pair_json(&pairs[i], bins));
        free(pairs);
        return 0;
}

/* An event has each pair once, however many of the two countries are in it. Columns: event, first_seen, Goldstein, quad, the codes. */
static int take_pair(void *user, sqlite3_stmt *s)
{
        const char *source = (const char *)sqlite3_column_text(s, 4), *target = (const char *)sqlite3_column_text(s, 5);
        int64_t event = sqlite3_column_int64(s, 0), quad = sqlite3_column_int64(s, 3);
        int order = strncmp(source, target, 3);
        struct parts *parts = user;
        struct part part = { .count = 1, .goldstein = sqlite3_column_double(s, 2) };

        if (order == 0 || (parts->country != NULL && strncmp(source, parts->country, 3) != 0 && strncmp(target, parts->country, 3) != 0))
                return 0;
        snprintf(part.pair, sizeof(part.pair), "%.3s%.3s", order < 0 ? source : target, order < 0 ? target : source);
        if (parts->event != event)
                parts->n_had = 0;
        parts->event = event;
        for (size_t i = 0; i < parts->n_had; i++)
                if (strcmp(parts->had[i], part.pair) == 0)
                        return 0;
        if (parts->n_had < PAIRS_OF_ONE)
                memcpy(parts->had[parts->n_had++], part.pair, sizeof(part.pair));
        part.bin = (sqlite3_column_int64(s, 1) - parts->since) * parts->bins / parts->span;
        if (quad >= 1 && quad <= 4)
                part.quads[quad - 1] = 1;
        return put(parts, &part);
}

int digest_pairs(struct db *db, const struct query_filter *f, int64_t limit, int64_t bins, json_t **out, struct query_reach *reach)
{
        _cleanup_(parts_deinit) struct parts parts = {
                .since = f->since, .span = MAX_OF(f->until - f->since, (int64_t)1), .bins = bins,
                .country = f->actor != NULL && filter_is_code(f->actor) && strlen(f->actor) >= 3 ? f->actor : NULL,
        };
        _cleanup_(decrefp) json_t *pairs = json_array();
        const struct walk walk = {
                .head = "SELECT i.seq, i.first_seen, i.goldstein, i.quad, s.code, t.code FROM (",
                .columns = "e.seq, e.changed, e.first_seen, e.goldstein, e.quad",
                .tail = ") i CROSS JOIN event_actors x ON x.event = i.seq AND x.side = 0 CROSS JOIN actors s ON s.id = x.actor"
                        " CROSS JOIN event_actors y ON y.event = i.seq AND y.side = 1 CROSS JOIN actors t ON t.id = y.actor"
                        " WHERE s.code >= 'A' AND t.code >= 'A'",
                .counts = true, .row = take_pair, .window = end_window, .user = &parts,
        };
        int r;

        if (pairs == NULL)
                return error_origin(-ENOMEM);
        r = walk_run(db, &walk, f, true, -1, reach);
        if (r == 0)
                r = list_pairs(&parts, limit, bins, pairs);
        if (r == 0)
                *out = STEAL(pairs);
        return r;
}
