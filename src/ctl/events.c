/* See events.h. */
#include "ctl/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/filter.h"
#include "ctl/listing.h"
#include "ctl/text.h"

const struct option_row events_options[] = {
        FILTER_TIME_OPTIONS,
        FILTER_ACTOR_OPTION,
        FILTER_OPTIONS,
        LISTING_OPTIONS,
        { "before", 0, "N", "go on from where a search was given up" },
        { "withdrawn", 0, NULL, "also those whose story was replaced or killed" },
        { 0 },
};

void events_append_actors(struct buf *out, const json_t *actors)
{
        json_t *actor;
        size_t i;

        json_array_foreach(actors, i, actor) {
                const char *code = ctl_text(actor, "code"), *name = ctl_text(actor, "name");

                if (*name == '\0')
                        name = ctl_text(actor, "text");
                text_printf(out, "%s%s", i > 0 ? ", " : "", *code != '\0' ? code : name);
                if (*code != '\0' && *name != '\0')
                        text_printf(out, " (%s)", name);
        }
}

void events_append_attribution(struct buf *out, const json_t *attribution)
{
        /* Outermost first, as the event has it; people want to know who vouches. */
        for (size_t n = json_array_size(attribution), i = n; i > 0; i--) {
                const json_t *who = json_array_get(attribution, i - 1);
                const char *name = ctl_text(who, "name");

                text_printf(out, "%s%s", i == n ? "" : i == n - 1 ? ", via " : ", ",
                            *name != '\0' ? name : ctl_text(who, "code"));
        }
}

void events_table_init(struct ctl *ctl, struct table *table)
{
        static const struct table_column columns[] = {
                { "TIME", 0, false },   { "WHO -> TO WHOM", 22, false }, { "TYPE", 8, false },
                { "STATUS", 0, false }, { "ACCORDING TO", 7, false },    { "WORDS", 7, false },
        };

        table_init(table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
}

static enum table_style status_style(const char *status)
{
        if (strcmp(status, "happened") == 0 || strcmp(status, "ongoing") == 0)
                return TABLE_PLAIN;
        return strcmp(status, "denied") == 0 ? TABLE_RED : TABLE_CYAN;
}

static enum table_style type_style(const json_t *event)
{
        /* quad: 1 verbal and 2 material cooperation, 3 verbal and 4 material conflict */
        switch (ctl_int(event, "quad")) {
        case 1:
        case 2:
                return TABLE_GREEN;
        case 3:
                return TABLE_YELLOW;
        case 4:
                return TABLE_RED;
        default:
                return TABLE_PLAIN;
        }
}

void events_table_add(struct ctl *ctl, struct table *table, const json_t *event)
{
        const json_t *source = json_object_get(event, "source"), *target = json_object_get(event, "target");
        const char *status = ctl_text(event, "status"), *mode = ctl_text(event, "mode");
        bool withdrawn = json_is_true(json_object_get(event, "withdrawn")) ||
                         strcmp(ctl_text(event, "change"), "withdrawn") == 0;
        const char *trigger = ctl_text(json_object_get(event, "trigger"), "text");
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        int64_t at;

        if (clock_parse(ctl_text(event, "first_seen"), &at) == 0)
                text_time(&text, at, ctl->now);
        table_add_buf(table, &text, TABLE_DIM);
        events_append_actors(&text, source);
        if (json_array_size(source) == 0)
                text_printf(&text, "?");
        if (json_array_size(target) > 0)
                text_printf(&text, json_is_true(json_object_get(event, "reciprocal")) ? " <-> " : " -> ");
        events_append_actors(&text, target);
        table_add_buf(table, &text, TABLE_PLAIN);
        text_printf(&text, "%s%s%s", ctl_text(event, "event"), *mode != '\0' ? "/" : "", mode);
        table_add_buf(table, &text, type_style(event));
        table_add(table, withdrawn ? "withdrawn" : status, withdrawn ? TABLE_RED : status_style(status));
        events_append_attribution(&text, json_object_get(event, "attribution"));
        table_add_buf(table, &text, TABLE_PLAIN);
        text_printf(&text, "%s", trigger);
        if (ctl_int(event, "reports") > 1)
                text_printf(&text, " (%lld reports)", (long long)ctl_int(event, "reports"));
        table_add_buf(table, &text, TABLE_PLAIN);
}

static int read_before(struct ctl *ctl, const struct command_line *line, json_t *parameters)
{
        const char *before = option_get(line->options, "before");

        if (before == NULL)
                return CTL_OK;
        if (*before == '\0' || strlen(before) > 18 || before[strspn(before, "0123456789")] != '\0')
                return ctl_fail(ctl, CTL_USAGE, "--before: '%s' is no number", before);
        if (option_get(line->options, "follow") != NULL)
                return ctl_fail(ctl, CTL_USAGE, "--before does not go with --follow");
        json_object_set_new(parameters, "before", json_integer(strtoll(before, NULL, 10)));
        return CTL_OK;
}

int events_run(struct ctl *ctl, const struct command_line *line)
{
        static const struct listing events = { "Events",          "events",         "no such events",
                                               events_table_init, events_table_add, { 14, 60, 20, 12, 14 } };
        json_t *parameters = json_object();
        int r = filter_read(ctl, line, parameters);

        if (option_get(line->options, "withdrawn") != NULL)
                json_object_set_new(parameters, "withdrawn", json_true());
        if (r == CTL_OK)
                r = read_before(ctl, line, parameters);
        if (r == CTL_OK)
                return listing_run(ctl, line, &events, parameters);
        json_decref(parameters);
        return r;
}
