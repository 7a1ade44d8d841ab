/* See alerts.h. */
#include "ctl/alerts.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/field.h"
#include "ctl/filter.h"
#include "ctl/listing.h"
#include "ctl/text.h"

const struct option_row alerts_options[] = {
        { "rule", 0, "NAME", "of this rule" },
        { "key", 0, "KEY", "of this group of the rule, 'PRK USA' for instance" },
        { "severity", 0, "SEVERITY", "at least this: info, low, medium, high, critical" },
        { "state", 0, "STATE", "open, raised, acknowledged, resolved, or all (open; with --follow all)" },
        { "since", 0, "TIME", "raised at or after" },
        { "until", 0, "TIME", "raised before" },
        LISTING_OPTIONS,
        { 0 },
};

const struct option_row alerts_note_options[] = {
        { "note", 0, "TEXT", "why, for others to read" },
        { 0 },
};

enum table_style alerts_severity_style(const char *severity)
{
        if (strcmp(severity, "critical") == 0 || strcmp(severity, "high") == 0)
                return TABLE_RED;
        return strcmp(severity, "medium") == 0 ? TABLE_YELLOW : TABLE_PLAIN;
}

static enum table_style state_style(const char *state)
{
        return strcmp(state, "raised") == 0 ? TABLE_BOLD : strcmp(state, "resolved") == 0 ? TABLE_DIM : TABLE_PLAIN;
}

void alerts_table_init(struct ctl *ctl, struct table *table)
{
        static const struct table_column columns[] = {
                { "ALERT", 0, false },    { "RAISED", 0, false }, { "SEVERITY", 0, false }, { "STATE", 0, false },
                { "RULE", 8, false },     { "EVENTS", 0, true },  { "WHAT", 24, false },
        };

        table_init(table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
}

void alerts_table_add(struct ctl *ctl, struct table *table, const json_t *alert)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        int64_t at;

        table_add(table, ctl_text(alert, "id"), TABLE_BOLD);
        if (clock_parse(ctl_text(alert, "raised"), &at) == 0)
                text_time(&text, at, ctl->now);
        table_add_buf(table, &text, TABLE_DIM);
        table_add(table, ctl_text(alert, "severity"), alerts_severity_style(ctl_text(alert, "severity")));
        table_add(table, ctl_text(alert, "state"), state_style(ctl_text(alert, "state")));
        table_add(table, ctl_text(alert, "rule"), TABLE_PLAIN);
        table_add_number(table, json_array_size(json_object_get(alert, "events")) == 0 ? 0 : ctl_int(alert, "count"),
                         TABLE_PLAIN);
        table_add(table, ctl_text(alert, "text"), TABLE_PLAIN);
}

int alerts_run(struct ctl *ctl, const struct command_line *line)
{
        static const struct listing alerts = { "Alerts",          "alerts",         "no such alerts",
                                               alerts_table_init, alerts_table_add, { 6, 14, 8, 12, 20 } };
        static const char *const texts[] = { "rule", "key", "severity", "state" };
        json_t *parameters = json_object();
        int r = CTL_OK;

        for (size_t i = 0; i < N_ELEMENTS(texts) && r == CTL_OK; i++) {
                const char *value = option_get(line->options, texts[i]);

                if (value == NULL && strcmp(texts[i], "state") == 0 && option_get(line->options, "follow") == NULL)
                        value = "open";
                if (value == NULL || strcmp(value, "all") == 0)
                        continue;
                if (json_object_set_new(parameters, texts[i], json_string(value)) < 0)
                        r = ctl_fail(ctl, CTL_USAGE, "--%s: '%s' is not UTF-8", texts[i], value);
        }
        if (r == CTL_OK)
                r = filter_read_time(ctl, line, "since", parameters);
        if (r == CTL_OK)
                r = filter_read_time(ctl, line, "until", parameters);
        if (r == CTL_OK)
                return listing_run(ctl, line, &alerts, parameters);
        json_decref(parameters);
        return r;
}

/* "11-24 08:07:46 by anna: on it" */
static void field_act(struct ctl *ctl, const json_t *alert, const char *name, const char *by, const char *note)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        int64_t at;

        if (clock_parse(ctl_text(alert, name), &at) != 0)
                return;
        text_time(&text, at, ctl->now);
        if (*ctl_text(alert, by) != '\0')
                text_printf(&text, " by %s", ctl_text(alert, by));
        if (*ctl_text(alert, note) != '\0')
                text_printf(&text, ": %s", ctl_text(alert, note));
        field_print(ctl, name, text.data);
}

static void print_alert(struct ctl *ctl, const json_t *alert)
{
        static const char *const fields[][2] = {
                { "alert", "id" },          { "rule", "rule" },   { "group", "key" },
                { "severity", "severity" }, { "state", "state" }, { "what", "text" },
        };
        const json_t *events = json_object_get(alert, "events");
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        json_t *id;
        size_t i;

        for (size_t k = 0; k < N_ELEMENTS(fields); k++)
                field_print(ctl, fields[k][0], ctl_text(alert, fields[k][1]));
        field_act(ctl, alert, "raised", "", "");
        if (strcmp(ctl_text(alert, "last"), ctl_text(alert, "raised")) != 0)
                field_act(ctl, alert, "last", "", "");
        field_act(ctl, alert, "acknowledged", "acknowledged_by", "note");
        field_act(ctl, alert, "resolved", "resolved_by", "reason");
        text_printf(&text, "%lld time%s", (long long)ctl_int(alert, "count"), ctl_int(alert, "count") == 1 ? "" : "s");
        field_print(ctl, "met", text.data);
        buf_clear(&text);
        json_array_foreach(events, i, id)
                text_printf(&text, "%s%s", i > 0 ? ", " : "", json_string_value(id));
        if (text.n > 0)
                field_print(ctl, "events", text.data);
}

int alerts_show(struct ctl *ctl, const struct command_line *line)
{
        return ctl_show(ctl, "Alert", json_pack("{s:s}", "id", line->argv[0]), "alert", print_alert);
}

/* Who sits there, also behind sudo. */
static const char *who(void)
{
        const char *behind = getenv("SUDO_USER");
        const struct passwd *user = getpwuid(getuid());

        return behind != NULL && *behind != '\0' ? behind : user != NULL ? user->pw_name : NULL;
}

/* For each of the ids; goes on after one that is not there, or is in that state already. */
static int each(struct ctl *ctl, const struct command_line *line, const char *method)
{
        const char *note = option_get(line->options, "note"), *by = who();
        int worst = CTL_OK;

        for (int i = 0; i < line->argc; i++) {
                json_t *parameters = json_pack("{s:s, s:s*, s:s*}", "id", line->argv[i], "note", note, "by", by);
                struct varlink_reply reply;
                int r;

                if (parameters == NULL)
                        return ctl_fail(ctl, CTL_USAGE, "what you wrote is not UTF-8");
                r = ctl_call(ctl, method, parameters, &reply);
                if (r == CTL_OK && ctl->json)
                        r = ctl_print_json(ctl, json_object_get(reply.parameters, "alert"));
                varlink_reply_deinit(&reply);
                worst = worst == CTL_OK ? r : worst;
                if (r != CTL_OK && r != CTL_NOTHING && r != CTL_REFUSED)
                        break;
        }
        return worst;
}

int alerts_acknowledge(struct ctl *ctl, const struct command_line *line)
{
        return each(ctl, line, "AcknowledgeAlert");
}

int alerts_resolve(struct ctl *ctl, const struct command_line *line)
{
        return each(ctl, line, "ResolveAlert");
}
