/*
 * POLECAT: 40 columns, tab-separated, with a header, as the weekly files on Harvard's Dataverse have them. One row a
 * pair of actors.
 */
#include <stdio.h>
#include <string.h>

#include "base/country.h"
#include "output/format.h"
#include "output/row.h"
#include "store/kind.h"

static const char header[] =
        "Event ID\tEvent Date\tEvent Type\tEvent Mode\tIntensity\tQuad Code\tContexts\tActor Name\tActor "
        "Country\tActor COW\t"
        "Primary Actor Sector\tActor Sectors\tActor Title\tActor Name Raw\tWikipedia Actor ID\tRecipient "
        "Name\tRecipient Country\t"
        "Recipient COW\tPrimary Recipient Sector\tRecipient Sectors\tRecipient Title\tRecipient Name Raw\tWikipedia "
        "Recipient ID\t"
        "Placename\tCity\tDistrict\tProvince\tCountry\tLatitude\tLongitude\tGeoNames ID\tRaw Placename\tFeature "
        "Type\tSource\t"
        "Publication Date\tStory People\tStory Organizations\tStory Locations\tLanguage\tVersion\n";

/* The members of a list of texts, divided by ';'. */
static void joined(struct row *row, const json_t *list)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item)
                if (json_is_string(item) && row->r == 0)
                        row->r = buf_printf(&text, "%s%s", text.n != 0 ? ";" : "", json_string_value(item));
        row_text(row, text.data);
}

static void actor_columns(struct row *row, const json_t *actor)
{
        struct row_actor parts;
        const struct country *country;
        const char *name = row_member(actor, "name");
        char sectors[sizeof(parts.type)] = "";
        size_t n = 0;

        row_actor(actor, &parts);
        country = country_find(parts.country);
        for (size_t i = 0; i < parts.n_type; i++)
                n += (size_t)snprintf(sectors + n, sizeof(sectors) - n, "%s%s", i != 0 ? ";" : "", parts.type[i]);
        row_text(row, name != NULL ? name : row_member(actor, "text"));
        row_text(row, country != NULL ? country->iso : "");
        row_text(row, country != NULL ? country->cow : "");
        row_text(row, parts.type[0]);
        row_text(row, sectors);
        row_text(row, row_member(actor, "title"));
        row_text(row, row_member(actor, "text"));
        row_empty(row, 1);
}

/* What a place is, and GeoNames' feature code for it (geonames.org/export/codes.html). */
static const struct place_kind {
        const char *name, *feature;
        bool is_city, is_province;
} place_kinds[] = {
        { "capital", "PPLC", true, false },
        { "city", "PPL", true, false },
        { "region", "ADM1", false, true },
        { "country", "PCLI", false, false },
};

static void place_columns(struct row *row, const json_t *where)
{
        const char *name = row_member(where, "name"), *kind = row_member(where, "kind");
        const struct country *country = country_find(row_member(where, "country"));
        struct place_kind is = { .feature = "" };

        for (size_t i = 0; kind != NULL && i < N_ELEMENTS(place_kinds); i++)
                if (strcmp(place_kinds[i].name, kind) == 0)
                        is = place_kinds[i];
        row_text(row, name);
        row_text(row, is.is_city ? name : "");
        row_empty(row, 1);
        row_text(row, is.is_province ? name : "");
        row_text(row, country != NULL ? country->iso : "");
        row_number(row, json_object_get(where, "lat"), 5);
        row_number(row, json_object_get(where, "lon"), 5);
        row_empty(row, 1);
        row_text(row, row_member(where, "text"));
        row_text(row, is.feature);
}

static const char *quad_name(const json_t *event)
{
        static const char *const names[] = { "", "VERBAL COOPERATION", "MATERIAL COOPERATION", "VERBAL CONFLICT",
                                             "MATERIAL CONFLICT" };
        json_int_t quad = json_integer_value(json_object_get(event, "quad"));

        return quad >= 0 && quad < (json_int_t)N_ELEMENTS(names) ? names[quad] : "";
}

static int pair_row(json_t *event, const struct row_pair *pair, size_t number, struct buf *out)
{
        const char *id = row_member(event, "id"), *first_seen = row_member(event, "first_seen");
        const char *publisher = row_member(event, "publisher");
        int year = 0, month = 0, day = 0;
        char text[128];
        struct row row;

        row_begin(&row, out);
        snprintf(text, sizeof(text), "%.100s-%zu", id != NULL ? id : "", number + 1);
        row_text(&row, text);
        text[0] = '\0';
        if (row_day(event, &year, &month, &day))
                snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
        row_text(&row, text);
        row_text(&row, row_member(event, "event"));
        row_text(&row, row_member(event, "mode"));
        row_number(&row, json_object_get(event, "goldstein"), 1);
        row_text(&row, quad_name(event));
        joined(&row, json_object_get(event, "context"));
        actor_columns(&row, pair->source);
        actor_columns(&row, pair->target);
        place_columns(&row, json_object_get(event, "where"));
        row_text(&row, publisher != NULL ? publisher : row_member(event, "watch"));
        snprintf(text, sizeof(text), "%.10s", first_seen != NULL ? first_seen : "");
        row_text(&row, text);
        row_empty(&row, 3);             /* people, organisations, places of the whole story: not in an event's record */
        row_text(&row, row_member(event, "language"));
        row_text(&row, "dateline " PACKAGE_VERSION);
        return row_end(&row);
}

static int lines(json_t *event, const char *line, size_t n, struct buf out[FORMAT_PARTS_MAX])
{
        (void)line;
        (void)n;
        return row_each_pair(event, pair_row, &out[0]);
}

const struct format polecat_format = {
        .name = "polecat",
        .parts = { { .before = "ngecEvents.", .after = ".txt", .header = header } },
        .n_parts = 1,
        .changes = KIND_SET(KIND_NEW), .lines = lines,
};
