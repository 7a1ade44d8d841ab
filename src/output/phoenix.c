/*
 * Phoenix: 26 columns, tab-separated, without a header, files events.full.TIME.txt, as the Phoenix pipeline of the Open
 * Event Data Alliance wrote them. One row a pair of actors; the id of a row is made as in gdelt.c.
 */
#include <stdio.h>
#include <string.h>

#include "base/country.h"
#include "output/format.h"
#include "output/row.h"
#include "store/kind.h"

/* The penta class by the first two digits; it is no quad class. */
static int penta_class(int top)
{
        if (top <= 2)
                return 0;
        if (top <= 5)
                return 1;
        if (top <= 8)
                return 2;
        return top <= 13 || top == 16 ? 3 : 4;
}

/* The whole code; its first part; its first role; what is left, divided by ';'. */
static void actor_columns(struct row *row, const json_t *actor)
{
        struct row_actor parts;
        char rest[64] = "", entity[4] = "";
        const char *role;
        bool role_seen = false;
        size_t n = 0;

        row_actor(actor, &parts);
        role = parts.type[0];
        if (strlen(parts.code) >= 3)
                snprintf(entity, sizeof(entity), "%.3s", parts.code);
        if (strcmp(entity, role) == 0)
                role = parts.type[1];
        for (const char *part = parts.code; *part != '\0' && n < sizeof(rest); part += strnlen(part, 3)) {
                if (part == parts.code)
                        continue;
                if (!role_seen && *role != '\0' && strncmp(part, role, 3) == 0)
                        role_seen = true;
                else
                        n += (size_t)snprintf(rest + n, sizeof(rest) - n, "%s%.3s", n != 0 ? ";" : "", part);
        }
        row_text(row, parts.code);
        row_text(row, entity);
        row_text(row, role);
        row_text(row, rest);
}

static void place_columns(struct row *row, const json_t *where)
{
        const struct country *country = country_find(row_member(where, "country"));

        row_number(row, json_object_get(where, "lat"), 5);
        row_number(row, json_object_get(where, "lon"), 5);
        row_text(row, row_member(where, "name"));
        row_empty(row, 1);
        row_text(row, country != NULL ? country->iso : "");
}

static int pair_row(json_t *event, const struct row_pair *pair, int64_t id, const char *code, struct buf *out)
{
        const char *story = row_member(event, "story"), *publisher = row_member(event, "publisher");
        int year = 0, month = 0, day = 0;
        char text[96];
        struct row row;

        (void)row_day(event, &year, &month, &day);
        row_begin(&row, out);
        row_int(&row, id);
        snprintf(text, sizeof(text), "%04d%02d%02d", year, month, day);
        row_text(&row, text);
        snprintf(text, sizeof(text), "%04d", year);
        row_text(&row, text);
        snprintf(text, sizeof(text), "%02d", month);
        row_text(&row, text);
        snprintf(text, sizeof(text), "%02d", day);
        row_text(&row, text);
        actor_columns(&row, pair->source);
        actor_columns(&row, pair->target);
        row_text(&row, code);
        snprintf(text, sizeof(text), "%.2s", code);
        row_text(&row, text);
        row_int(&row, penta_class((code[0] - '0') * 10 + code[1] - '0'));
        row_number(&row, json_object_get(event, "goldstein"), 1);
        row_empty(&row, 1);             /* issues: not coded */
        place_columns(&row, json_object_get(event, "where"));
        snprintf(text, sizeof(text), "%.64s_%lld", story != NULL ? story : "",
                 (long long)json_integer_value(json_object_get(event, "sentence")));
        row_text(&row, text);
        row_text(&row, row_member(event, "url"));
        row_text(&row, publisher != NULL ? publisher : row_member(event, "watch"));
        return row_end(&row);
}

static int lines(json_t *event, const char *line, size_t n, struct buf out[FORMAT_PARTS_MAX])
{
        struct row_pair pairs[ROW_PAIRS_MAX];
        char code[ROW_CODE_MAX];
        int64_t id = json_integer_value(json_object_get(event, "number")) * ROW_PAIRS_MAX;
        int r = 0, year, month, day;

        (void)line;
        (void)n;
        if (row_returned(event) || !row_cameo(event, code) || !row_day(event, &year, &month, &day))
                return 0;
        for (size_t i = 0, n_pairs = row_pairs(event, pairs); i < n_pairs && r == 0; i++)
                r = pair_row(event, &pairs[i], id + (int64_t)i, code, &out[0]);
        return r;
}

const struct format phoenix_format = {
        .name = "phoenix",
        .parts = { { .before = "events.full.", .after = ".txt" } },
        .n_parts = 1,
        .changes = KIND_SET(KIND_NEW), .lines = lines,
};
