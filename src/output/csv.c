/*
 * CSV for tables and statistics (RFC 4180, with a header, lines end in LF): a row a pair of actors, with what the
 * formats of other data sets have no column for: the status, who says so, and who vouches for it. Numbers have no
 * separators; a text that a spreadsheet would take for a formula, which is a stranger's, has a space before it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "output/format.h"
#include "output/row.h"
#include "store/kind.h"

static const char header[] = "id,date,first_seen,source_code,source,target_code,target,type,mode,cameo,quad,goldstein,"
                             "status,according_to,origins,"
                             "n_origins,reports,place,country,lat,lon,confidence,words,publisher,url,story\n";

/* A cell; the first error stays. */
struct line {
        struct buf *out;
        bool begun;
        int r;
};

static void put(struct line *line, const char *bytes, size_t n)
{
        if (line->r == 0)
                line->r = buf_append(line->out, bytes, n);
}

static void put_cell(struct line *line, const char *text, bool foreign)
{
        bool quoted = text != NULL && text[strcspn(text, ",\"")] != '\0';

        if (line->begun)
                put(line, ",", 1);
        line->begun = true;
        if (text == NULL || *text == '\0')
                return;
        if (quoted)
                put(line, "\"", 1);
        if (foreign && strchr("=+-@", *text) != NULL)
                put(line, " ", 1);
        for (; *text != '\0'; text++) {
                if (*text == '"')
                        put(line, "\"", 1);
                put(line, (unsigned char)*text < 32 || *text == 127 ? " " : text, 1);
        }
        if (quoted)
                put(line, "\"", 1);
}

static void put_text(struct line *line, const char *text)
{
        put_cell(line, text, true);
}

static void put_number(struct line *line, const json_t *value, int decimals)
{
        char text[64] = "";

        if (json_is_integer(value))
                snprintf(text, sizeof(text), "%" PRId64, (int64_t)json_integer_value(value));
        else if (json_is_real(value))
                snprintf(text, sizeof(text), "%.*f", decimals, json_real_value(value));
        put_cell(line, text, false);
}

/* "KCNA; Reuters", of strings, or of people by name, code or words. */
static void put_joined(struct line *line, const json_t *list)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item) {
                const char *name = json_string_value(item);

                if (name == NULL && (name = row_member(item, "name")) == NULL &&
                    (name = row_member(item, "code")) == NULL)
                        name = row_member(item, "text");
                if (name != NULL && line->r == 0)
                        line->r = buf_printf(&text, "%s%s", text.n > 0 ? "; " : "", name);
        }
        put_text(line, text.data);
}

/* A code is no stranger's text, and may begin with a hyphen: ---GOV. */
static void put_code(struct line *line, const char *code)
{
        put_cell(line, code, code != NULL && code[strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-")] != '\0');
}

static void put_actor(struct line *line, const json_t *actor)
{
        const char *name = row_member(actor, "name");

        put_code(line, row_member(actor, "code"));
        put_text(line, name != NULL ? name : row_member(actor, "text"));
}

static int pair_row(json_t *event, const struct row_pair *pair, size_t index _unused_, struct buf *out)
{
        const json_t *where = json_object_get(event, "where"), *trigger = json_object_get(event, "trigger");
        const char *publisher = row_member(event, "publisher");
        struct line line = { .out = out };
        int year = 0, month = 0, day = 0;
        char date[48] = "";

        if (row_day(event, &year, &month, &day))
                snprintf(date, sizeof(date), "%04d-%02d-%02d", year, month, day);
        put_text(&line, row_member(event, "id"));
        put_text(&line, date);
        put_text(&line, row_member(event, "first_seen"));
        put_actor(&line, pair->source);
        put_actor(&line, pair->target);
        put_text(&line, row_member(event, "event"));
        put_text(&line, row_member(event, "mode"));
        put_text(&line, row_member(event, "cameo"));
        put_number(&line, json_object_get(event, "quad"), 0);
        put_number(&line, json_object_get(event, "goldstein"), 1);
        put_text(&line, row_member(event, "status"));
        put_joined(&line, json_object_get(event, "attribution"));
        put_joined(&line, json_object_get(event, "origins"));
        snprintf(date, sizeof(date), "%zu", json_array_size(json_object_get(event, "origins")));
        put_text(&line, date);
        put_number(&line, json_object_get(event, "reports"), 0);
        put_text(&line, row_member(where, "name"));
        put_text(&line, row_member(where, "country"));
        put_number(&line, json_object_get(where, "lat"), 5);
        put_number(&line, json_object_get(where, "lon"), 5);
        put_number(&line, json_object_get(event, "confidence"), 2);
        put_text(&line, row_member(trigger, "text"));
        put_text(&line, publisher != NULL ? publisher : row_member(event, "watch"));
        put_text(&line, row_member(event, "url"));
        put_text(&line, row_member(event, "story"));
        put(&line, "\n", 1);
        return line.r;
}

static int lines(json_t *event, const char *line, size_t n, struct buf out[FORMAT_PARTS_MAX])
{
        (void)line;
        (void)n;
        return row_each_pair(event, pair_row, &out[0]);
}

const struct format csv_format = {
        .name = "csv",
        .parts = { { .before = "", .after = ".events.csv", .header = header } },
        .n_parts = 1,
        .changes = KIND_SET(KIND_NEW), .lines = lines,
};
