/* See row.h. */
#include "output/row.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/country.h"

/* ---- columns ---- */

void row_begin(struct row *row, struct buf *out)
{
        *row = (struct row){ .out = out };
}

static void begin_column(struct row *row)
{
        if (row->columns++ != 0 && row->r == 0)
                row->r = buf_append(row->out, "\t", 1);
}

void row_text(struct row *row, const char *text)
{
        begin_column(row);
        for (; text != NULL && *text != '\0' && row->r == 0; text++) {
                size_t n = 0;

                while ((unsigned char)text[n] >= 32 && text[n] != 127)
                        n++;
                row->r = buf_append(row->out, text, n);
                text += n;
                if (*text == '\0')
                        break;
                if (row->r == 0)
                        row->r = buf_append(row->out, " ", 1);
        }
}

void row_int(struct row *row, int64_t value)
{
        begin_column(row);
        if (row->r == 0)
                row->r = buf_printf(row->out, "%lld", (long long)value);
}

void row_real(struct row *row, double value, int decimals)
{
        begin_column(row);
        if (row->r == 0)
                row->r = buf_printf(row->out, "%.*f", decimals, value);
}

void row_number(struct row *row, const json_t *value, int decimals)
{
        if (json_is_number(value))
                row_real(row, json_number_value(value), decimals);
        else
                row_empty(row, 1);
}

void row_empty(struct row *row, unsigned n)
{
        while (n-- != 0)
                begin_column(row);
}

int row_end(struct row *row)
{
        return row->r != 0 ? row->r : buf_append(row->out, "\n", 1);
}

const char *row_member(const json_t *object, const char *name)
{
        const char *text = json_string_value(json_object_get(object, name));

        return text != NULL && *text != '\0' ? text : NULL;
}

/* ---- who to whom ---- */

static size_t add_pairs(json_t *sources, json_t *targets, struct row_pair out[ROW_PAIRS_MAX], size_t n)
{
        size_t n_sources = json_array_size(sources), n_targets = json_array_size(targets);

        for (size_t i = 0; i < MAX_OF(n_sources, (size_t)1); i++)
                for (size_t k = 0; k < MAX_OF(n_targets, (size_t)1); k++)
                        if (n < ROW_PAIRS_MAX && (sources != targets || i != k))
                                out[n++] = (struct row_pair){ json_array_get(sources, i), json_array_get(targets, k) };
        return n;
}

size_t row_pairs(json_t *event, struct row_pair out[ROW_PAIRS_MAX])
{
        json_t *sources = json_object_get(event, "source"), *targets = json_object_get(event, "target");
        bool reciprocal = json_is_true(json_object_get(event, "reciprocal"));
        size_t n;

        if (reciprocal && json_array_size(targets) == 0 && json_array_size(sources) > 1)
                return add_pairs(sources, sources, out, 0);
        n = add_pairs(sources, targets, out, 0);
        if (reciprocal && json_array_size(targets) > 0)
                n = add_pairs(targets, sources, out, n);
        return n;
}

int row_each_pair(json_t *event, row_of_pair *append, struct buf *out)
{
        struct row_pair pairs[ROW_PAIRS_MAX];
        int r = 0;

        if (row_returned(event))
                return 0;
        for (size_t i = 0, n_pairs = row_pairs(event, pairs); i < n_pairs && r == 0; i++)
                r = append(event, &pairs[i], i, out);
        return r;
}

/* CAMEO, chapter 3 and 4: regions stand in the place of a country; roles and international types; religions. */
static const char regions[] =
        "AFR ASA BLK CRB CAU CFR CIS CAS CEU EIN EAF EEU EUR LAM MEA MDT NAF NMR PGS SCN SAM SAS SEA SAF WAF WST";
static const char types[] =
        "COP GOV INS JUD MIL OPP REB SEP SPY UAF AGR BUS CRM CVL DEV EDU ELI ENV HLH HRI LAB LEG MED REF MOD RAD "
        "AMN IRC GRP PKO UIS IGO IMG INT MNC NGM NGO SET PTY REL SCI";
static const char religions[] =
        "ATH BAH BUD CHR CON CPT CTH DOX DRZ HIN HSD ITR JAN JEW JHW LDS MOS MRN NRM PAG PRO SFI SHI SHN SIK SUN "
        "TAO UDX ZRO";

static bool is_one_of(const char *list, const char *part)
{
        for (; *list != '\0'; list += list[3] == ' ' ? 4 : 3)
                if (strncmp(list, part, 3) == 0)
                        return true;
        return false;
}

static void take_part(struct row_actor *out, const char *part, bool first)
{
        if (first && country_find(part) != NULL)
                memcpy(out->country, part, 3);
        else if (is_one_of(types, part)) {
                if (out->n_type < N_ELEMENTS(out->type))
                        memcpy(out->type[out->n_type++], part, 3);
        } else if (is_one_of(religions, part)) {
                if (out->n_religion < N_ELEMENTS(out->religion))
                        memcpy(out->religion[out->n_religion++], part, 3);
        } else if (out->country[0] == '\0' && (is_one_of(regions, part) || country_find(part) != NULL))
                memcpy(out->country, part, 3);
        else if (out->group[0] == '\0')
                memcpy(out->group, part, 3);
}

void row_actor(const json_t *actor, struct row_actor *out)
{
        const char *code = row_member(actor, "code");

        *out = (struct row_actor){ .code = code != NULL ? code : "" };
        for (const char *part = out->code; strnlen(part, 3) == 3; part += 3)
                if (strncmp(part, "---", 3) != 0)       /* of a country that is not known */
                        take_part(out, part, part == out->code);
}

/* ---- when and what ---- */

bool row_returned(json_t *event)
{
        const char *change = row_member(event, "change");

        return change != NULL && strcmp(change, "new") == 0 &&
               json_integer_value(json_object_get(event, "revision")) > 1;
}

bool row_first_seen(json_t *event, int64_t *us)
{
        const char *text = row_member(event, "first_seen");

        return text != NULL && clock_parse(text, us) == 0;
}

bool row_day(json_t *event, int *year, int *month, int *day)
{
        const char *start = row_member(json_object_get(event, "when"), "start");
        int64_t us, days;

        if ((start == NULL || clock_parse(start, &us) != 0) && !row_first_seen(event, &us))
                return false;
        days = us / (86400 * CLOCK_SECOND) - (us % (86400 * CLOCK_SECOND) < 0);
        clock_date(days, year, month, day);
        return true;
}

bool row_cameo(json_t *event, char out[ROW_CODE_MAX])
{
        const char *code = row_member(event, "cameo");
        size_t n = code != NULL ? strlen(code) : 0;

        if (n < 2 || n > 4 || code[strspn(code, "0123456789")] != '\0')
                return false;
        snprintf(out, ROW_CODE_MAX, "%s%s", code, n == 2 ? "0" : "");
        return true;
}
