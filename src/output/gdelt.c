/*
 * GDELT 2.0: Events (61 columns, .export.CSV) and Mentions (16 columns, .mentions.CSV), tab-separated, without a
 * header.
 *
 * The columns and their meaning are those of the GDELT Event Codebook V2.0. One row a pair of actors, as there; the id
 * of a row is the event's number times 100, plus the number of the pair. FractionDate is year + ((month - 1) *
 * 30 + day) / 365, which stays within the year; the codebook's text leaves out the "- 1", with which its own bound of
 * 0.9999 holds.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/country.h"
#include "output/format.h"
#include "output/row.h"
#include "store/kind.h"

enum { MENTION_WEB = 1, MENTION_CITATION = 2 };

/* What all rows of an event share. */
struct gdelt_event {
        json_t *event;
        int year, month, day;
        char code[ROW_CODE_MAX];
        char stamp[16];                 /* of the first report, YYYYMMDDHHMMSS */
        char citation[80];              /* where the story has no address */
        const char *url;
        int64_t id;                     /* of its first row */
};

/* GDELT writes what has no country as the role alone: GOV. Here that is ---GOV, and nobody at all ---. */
static const char *known_code(const char *code)
{
        return strncmp(code, "---", 3) == 0 ? code + 3 : code;
}

static void actor_columns(struct row *row, const json_t *actor)
{
        struct row_actor parts;
        const char *name = row_member(actor, "name");

        row_actor(actor, &parts);
        row_text(row, known_code(parts.code));
        row_text(row, name != NULL ? name : row_member(actor, "text"));
        row_text(row, parts.country);
        row_text(row, parts.group);
        row_empty(row, 1);              /* ethnic group: not coded */
        for (size_t i = 0; i < N_ELEMENTS(parts.religion); i++)
                row_text(row, parts.religion[i]);
        for (size_t i = 0; i < N_ELEMENTS(parts.type); i++)
                row_text(row, parts.type[i]);
}

static void no_place(struct row *row)
{
        row_int(row, 0);
        row_empty(row, 7);
}

/* Geo_Type: 1 a country, 2 a state of the USA, 3 a city of the USA, 4 one of the world, 5 a first-order division of the
 * world. */
static int place_type(const json_t *where, const struct country *country, bool is_country)
{
        const char *kind = row_member(where, "kind");
        bool usa = country != NULL && strcmp(country->iso, "USA") == 0;

        if (is_country || (kind != NULL && strcmp(kind, "country") == 0))
                return 1;
        if (kind != NULL && strcmp(kind, "region") == 0)
                return usa ? 2 : 5;
        return usa ? 3 : 4;
}

/* Where it happened. */
static void place_columns(struct row *row, const json_t *where)
{
        const char *name = row_member(where, "name");
        const struct country *country = country_find(row_member(where, "country"));
        bool is_country = country != NULL && (name == NULL || strcmp(name, country->name) == 0);

        if (name == NULL && country == NULL) {
                no_place(row);
                return;
        }
        row_int(row, place_type(where, country, is_country));
        row_text(row, name != NULL ? name : country->name);
        row_text(row, country != NULL ? country->fips : "");
        row_text(row, is_country ? country->fips : "");
        row_empty(row, 1);
        row_number(row, json_object_get(where, "lat"), 4);
        row_number(row, json_object_get(where, "lon"), 4);
        row_empty(row, 1);
}

/* The quad class by the first two digits, as the codebook has it. */
static int quad_class(const char *code)
{
        int top = (code[0] - '0') * 10 + code[1] - '0';

        return top <= 5 ? 1 : top <= 8 ? 2 : top <= 13 ? 3 : 4;
}

static int64_t count_or(json_t *event, const char *name, int64_t fallback)
{
        json_t *value = json_object_get(event, name);

        return json_is_integer(value) ? json_integer_value(value) : fallback;
}

static int event_row(const struct gdelt_event *g, const struct row_pair *pair, int64_t id, struct buf *out)
{
        int64_t reports = count_or(g->event, "reports", 1);
        char text[48];
        struct row row;

        row_begin(&row, out);
        row_int(&row, id);
        snprintf(text, sizeof(text), "%04d%02d%02d", g->year, g->month, g->day);
        row_text(&row, text);
        snprintf(text, sizeof(text), "%04d%02d", g->year, g->month);
        row_text(&row, text);
        row_int(&row, g->year);
        row_real(&row, g->year + ((g->month - 1) * 30 + g->day) / 365.0, 4);
        actor_columns(&row, pair->source);
        actor_columns(&row, pair->target);
        row_int(&row, json_integer_value(json_object_get(g->event, "sentence")) <= 1);
        row_text(&row, g->code);
        snprintf(text, sizeof(text), "%.3s", g->code);
        row_text(&row, text);
        snprintf(text, sizeof(text), "%.2s", g->code);
        row_text(&row, text);
        row_int(&row, quad_class(g->code));
        row_number(&row, json_object_get(g->event, "goldstein"), 1);
        row_int(&row, reports);
        row_int(&row, MAX_OF(count_or(g->event, "publishers", 1), INT64_C(1)));
        row_int(&row, reports);
        row_empty(&row, 1);             /* tone: not measured */
        no_place(&row);
        no_place(&row);
        place_columns(&row, json_object_get(g->event, "where"));
        row_text(&row, g->stamp);
        row_text(&row, g->url != NULL ? g->url : g->citation);
        return row_end(&row);
}

/* Where words begin; -1: that is not known, as in GDELT. */
static void offset(struct row *row, const json_t *begin)
{
        row_int(row, json_is_integer(begin) ? json_integer_value(begin) : -1);
}

static void put_confidence(struct row *row, const json_t *confidence)
{
        if (json_is_number(confidence))
                row_int(row, (int64_t)(json_number_value(confidence) * 100 + 0.5));
        else
                row_empty(row, 1);
}

static void make_stamp(int64_t us, char out[static 16])
{
        int year, month, day;
        int64_t seconds = us / CLOCK_SECOND % 86400;

        clock_date(us / (86400 * CLOCK_SECOND), &year, &month, &day);
        snprintf(out, 16, "%04u%02u%02u%02u%02u%02u", (unsigned)year % 10000, (unsigned)month % 100,
                 (unsigned)day % 100, (unsigned)(seconds / 3600) % 100, (unsigned)(seconds / 60 % 60),
                 (unsigned)(seconds % 60));
}

/* A mention knows where its report names the first source and the first target, whichever column they stand in. */
static void actor_offset(struct row *row, const struct gdelt_event *g, const json_t *actor, const json_t *offsets)
{
        const json_t *begin = NULL;

        if (actor == json_array_get(json_object_get(g->event, "source"), 0))
                begin = json_array_get(offsets, 0);
        else if (actor == json_array_get(json_object_get(g->event, "target"), 0))
                begin = json_array_get(offsets, 1);
        offset(row, actor != NULL ? begin : NULL);
}

/* One report of the event. */
static int mention_row(const struct gdelt_event *g, const struct row_pair *pair, json_t *mention, int64_t id,
                       struct buf *out)
{
        const char *publisher = row_member(mention, "publisher"), *url = row_member(mention, "url");
        const char *report = row_member(mention, "report"), *seen = row_member(mention, "seen"), *dot;
        json_t *offsets = json_object_get(mention, "offsets");
        char citation[80], stamp[16];
        struct row row;
        int64_t us;

        dot = report != NULL ? strrchr(report, '.') : NULL;
        snprintf(citation, sizeof(citation), "dateline:%.*s",
                 dot != NULL ? (int)MIN_OF(dot - report, (ptrdiff_t)64) : 0, report != NULL ? report : "");
        if (seen != NULL && clock_parse(seen, &us) == 0)
                make_stamp(us, stamp);
        else
                memcpy(stamp, g->stamp, sizeof(stamp));
        row_begin(&row, out);
        row_int(&row, id);
        row_text(&row, g->stamp);
        row_text(&row, stamp);
        row_int(&row, url != NULL ? MENTION_WEB : MENTION_CITATION);
        row_text(&row, publisher != NULL ? publisher : row_member(mention, "watch"));
        row_text(&row, url != NULL ? url : citation);
        row_int(&row, json_integer_value(json_object_get(mention, "sentence")) + 1);
        actor_offset(&row, g, pair->source, offsets);
        actor_offset(&row, g, pair->target, offsets);
        offset(&row, json_array_get(offsets, 2));
        row_int(&row, 1);
        put_confidence(&row, json_object_get(mention, "confidence"));
        row_empty(&row, 4);             /* length, tone, translation, extras */
        return row_end(&row);
}

/* The event's own report, of records that have no list of them (schema 2). */
static json_t *make_mention(const struct gdelt_event *g)
{
        const char *story = row_member(g->event, "story");
        json_t *mention = json_object(), *offsets = json_array();
        json_t *parts[3] = { json_array_get(json_object_get(g->event, "source"), 0),
                             json_array_get(json_object_get(g->event, "target"), 0),
                             json_object_get(g->event, "trigger") };

        for (size_t i = 0; i < 3; i++)
                json_array_append(offsets, json_array_get(json_object_get(parts[i], "span"), 0) != NULL
                                                   ? json_array_get(json_object_get(parts[i], "span"), 0)
                                                   : json_null());
        json_object_set_new(mention, "offsets", offsets);
        json_object_set_new(mention, "report", json_sprintf("%s.", story != NULL ? story : ""));
        for (const char *const *key =
                     (const char *const[]){ "publisher", "watch", "url", "sentence", "confidence", NULL };
             *key != NULL; key++)
                if (json_object_get(g->event, *key) != NULL)
                        json_object_set(mention, *key, json_object_get(g->event, *key));
        return mention;
}

static bool has_joined(json_t *event, json_t *mention)
{
        const char *report = row_member(mention, "report");
        json_t *id;
        size_t i;

        json_array_foreach(json_object_get(event, "joined"), i, id)
                if (report != NULL && json_is_string(id) && strcmp(report, json_string_value(id)) == 0)
                        return true;
        return false;
}

/* A row for each report that the change has brought: all mentions of a new event, and those that joined one that
 * changed. */
static int mention_rows(const struct gdelt_event *g, const struct row_pair *pair, int64_t id, bool changed,
                        struct buf *out)
{
        json_t *mentions = json_object_get(g->event, "mentions"), *mention;
        size_t i;
        int r = 0;

        if (json_array_size(mentions) == 0 && !changed) {
                mention = make_mention(g);
                r = mention_row(g, pair, mention, id, out);
                json_decref(mention);
        }
        json_array_foreach(mentions, i, mention)
                if (r == 0 && (!changed || has_joined(g->event, mention)))
                        r = mention_row(g, pair, mention, id, out);
        return r;
}

static bool begin(json_t *event, struct gdelt_event *g)
{
        const char *story = row_member(event, "story");
        int64_t us;

        *g = (struct gdelt_event){ .event = event, .url = row_member(event, "url") };
        if (!row_cameo(event, g->code) || !row_day(event, &g->year, &g->month, &g->day) || !row_first_seen(event, &us))
                return false;
        make_stamp(us, g->stamp);
        snprintf(g->citation, sizeof(g->citation), "dateline:%.64s", story != NULL ? story : "");
        g->id = json_integer_value(json_object_get(event, "number")) * ROW_PAIRS_MAX;
        return true;
}

/* GDELT's event is frozen as it was first seen: of a change it takes the reports that joined, and of an event that
 * is there again its reports, which may be others now. A record without `change` is what an event is, as an export
 * has it. */
static int lines(json_t *event, const char *line, size_t n, struct buf out[FORMAT_PARTS_MAX])
{
        const char *change = row_member(event, "change");
        bool changed = change != NULL && strcmp(change, "changed") == 0;
        struct row_pair pairs[ROW_PAIRS_MAX];
        struct gdelt_event g;
        int r = 0;

        (void)line;
        (void)n;
        if (!begin(event, &g))
                return 0;
        for (size_t i = 0, n_pairs = row_pairs(event, pairs); i < n_pairs && r == 0; i++) {
                if (!changed && !row_returned(event))
                        r = event_row(&g, &pairs[i], g.id + (int64_t)i, &out[0]);
                if (r == 0)
                        r = mention_rows(&g, &pairs[i], g.id + (int64_t)i, changed, &out[1]);
        }
        return r;
}

const struct format gdelt_format = {
        .name = "gdelt",
        .parts = { { .before = "", .after = ".export.CSV" }, { .before = "", .after = ".mentions.CSV" } },
        .n_parts = 2,
        .changes = KIND_SET(KIND_NEW) | KIND_SET(KIND_CHANGED), .lines = lines,
};
