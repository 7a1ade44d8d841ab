/* See events.h. */
#include "ctl/events.h"

#include <string.h>

#include "base/clock.h"
#include "ctl/text.h"

enum { DEFAULT_LIMIT = 25, FOLLOW_LIMIT = 10 };

const struct option_row events_options[] = {
        { "since", 0, "TIME", "reported at or after" },
        { "until", 0, "TIME", "reported before" },
        { "source", 0, "ACTOR", "who did it" },
        { "target", 0, "ACTOR", "to whom" },
        { "actor", 0, "ACTOR", "either of them" },
        { "type", 0, "TYPE", "a category (ASSAULT) or the beginning of a CAMEO code (19)" },
        { "status", 0, "STATUS", "happened, ongoing, planned, demanded, hypothetical, denied, background" },
        { "watch", 0, "NAME", "from stories of this source" },
        { "story", 0, "ID", "from this story" },
        { "limit", 'n', "N", "the last N, at most 1000 (25; 10 before those that are followed)" },
        { "all", 'a', NULL, "all of them" },
        { "withdrawn", 0, NULL, "also those whose story was replaced" },
        { "follow", 'f', NULL, "go on with new ones as they come" },
        { "reconnect", 0, NULL, "with --follow: when the daemon goes away, wait for it and miss nothing" },
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
        table_add(table, status, status_style(status));
        events_append_attribution(&text, json_object_get(event, "attribution"));
        table_add_buf(table, &text, TABLE_PLAIN);
        table_add(table, ctl_text(json_object_get(event, "trigger"), "text"), TABLE_PLAIN);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static int set_time(struct ctl *ctl, const struct command_line *line, const char *name, json_t *parameters)
{
        const char *value = option_get(line->options, name);
        char text[CLOCK_TEXT_MAX];
        int64_t us;

        if (value == NULL)
                return CTL_OK;
        if (text_parse_time(value, ctl->now, &us) != 0)
                return ctl_fail(ctl, CTL_USAGE, "--%s: '%s' is neither a span (2h, 3d) nor a date (2026-11-24, "
                                                "2026-11-24T08:00Z)", name, value);
        json_object_set_new(parameters, name, json_string(clock_format(us, text)));
        return CTL_OK;
}

static int set_limit(struct ctl *ctl, const struct command_line *line, json_t *parameters)
{
        bool follow = option_get(line->options, "follow") != NULL, asked = option_get(line->options, "limit") != NULL;
        int64_t limit;
        int r = ctl_limit(ctl, line->options, follow ? FOLLOW_LIMIT : DEFAULT_LIMIT, 0, &limit);

        if (r != CTL_OK)
                return r;
        /* Who says since when wants all of them from then on. */
        if (option_get(line->options, "all") != NULL ||
            (!asked && follow && option_get(line->options, "since") != NULL))
                return CTL_OK;
        json_object_set_new(parameters, "limit", json_integer(limit));
        json_object_set_new(parameters, "newest", json_true());
        return CTL_OK;
}

int events_filter(struct ctl *ctl, const struct command_line *line, json_t *parameters)
{
        static const char *const texts[] = { "source", "target", "actor", "type", "status", "watch", "story" };
        int r;

        for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
                const char *value = option_get(line->options, texts[i]);

                if (value != NULL && json_object_set_new(parameters, texts[i], json_string(value)) < 0)
                        return ctl_fail(ctl, CTL_USAGE, "--%s: '%s' is not UTF-8", texts[i], value);
        }
        r = set_time(ctl, line, "since", parameters);
        return r == CTL_OK ? set_time(ctl, line, "until", parameters) : r;
}

static int make_parameters(struct ctl *ctl, const struct command_line *line, json_t *parameters)
{
        int r;

        if (option_get(line->options, "withdrawn") != NULL)
                json_object_set_new(parameters, "withdrawn", json_true());
        if (option_get(line->options, "follow") != NULL)
                json_object_set_new(parameters, "follow", json_true());
        else if (option_get(line->options, "reconnect") != NULL)
                return ctl_fail(ctl, CTL_USAGE, "--reconnect goes with --follow");
        r = events_filter(ctl, line, parameters);
        return r == CTL_OK ? set_limit(ctl, line, parameters) : r;
}

/* What was printed so far. */
struct listing {
        struct table table;
        int64_t n, last;                /* events, sequence of the last one */
};

static int print_batch(struct ctl *ctl, struct listing *listing, const json_t *events)
{
        size_t n = json_array_size(events), i;
        json_t *event;

        if (n == 0)
                return CTL_OK;
        listing->n += (int64_t)n;
        listing->last = ctl_int(json_array_get(events, n - 1), "seq");
        if (ctl->json)
                return ctl_print_lines(ctl, events);
        json_array_foreach(events, i, event)
                events_table_add(ctl, &listing->table, event);
        table_print(&listing->table, &ctl->out);
        return ctl_print(ctl);
}

/* One connection's worth of events. */
static int list(struct ctl *ctl, struct listing *listing, json_t *parameters, bool follow)
{
        bool continues = true;
        int r = ctl_begin(ctl, "Events", json_incref(parameters));

        while (r == CTL_OK && continues) {
                struct varlink_reply reply;

                r = ctl_next(ctl, &reply, follow);
                if (r != CTL_OK)
                        break;
                continues = reply.continues;
                ctl->now = clock_wall_us();
                r = print_batch(ctl, listing, json_object_get(reply.parameters, "events"));
                varlink_reply_deinit(&reply);
        }
        return r;
}

int events_run(struct ctl *ctl, const struct command_line *line)
{
        bool follow = option_get(line->options, "follow") != NULL;
        bool reconnect = option_get(line->options, "reconnect") != NULL;
        struct listing listing = { .n = 0 };
        json_t *parameters = json_object();
        int r = make_parameters(ctl, line, parameters);

        events_table_init(ctl, &listing.table);
        if (r == CTL_OK)
                r = list(ctl, &listing, parameters, follow);
        while (r == CTL_UNREACHABLE && reconnect) {
                session_deinit(&ctl->session);
                sleep(1);
                if (listing.n > 0) {
                        json_object_set_new(parameters, "after", json_integer(listing.last));
                        json_object_del(parameters, "limit");
                        json_object_del(parameters, "newest");
                }
                r = list(ctl, &listing, parameters, follow);
        }
        if (r == CTL_OK && listing.n == 0)
                r = ctl_fail(ctl, CTL_NOTHING, "no such events");
        table_deinit(&listing.table);
        json_decref(parameters);
        return r;
}
