/* See filter.h. */
#include "ctl/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plover.h"
#include "ctl/text.h"
#include "ctl/when.h"

int filter_read_time(struct ctl *ctl, const struct command_line *line, const char *name, json_t *parameters)
{
        const char *value = option_get(line->options, name);
        char text[CLOCK_TEXT_MAX];
        int64_t us;

        if (value == NULL)
                return CTL_OK;
        if (when_parse(value, ctl->now, &us) != 0)
                return ctl_fail(ctl, CTL_USAGE, "--%s: '%s' is not understood: write it as in " WHEN_ACCEPTED, name,
                                value);
        json_object_set_new(parameters, name, json_string(clock_format(us, text)));
        return CTL_OK;
}

/* A day, written out: the span 3d is the day that was three days ago. */
static int read_day(struct ctl *ctl, const struct command_line *line, const char *name, json_t *parameters)
{
        char day[CLOCK_TEXT_MAX];
        int r = filter_read_time(ctl, line, name, parameters);

        if (r != CTL_OK || option_get(line->options, name) == NULL)
                return r;
        snprintf(day, sizeof(day), "%.10s", ctl_text(parameters, name));
        json_object_set_new(parameters, name, json_string(day));
        return CTL_OK;
}

static int read_number(struct ctl *ctl, const char *name, const char *value, const char *parameter, json_t *parameters)
{
        if (*value == '\0' || strlen(value) > 9 || value[strspn(value, "0123456789")] != '\0')
                return ctl_fail(ctl, CTL_USAGE, "--%s: '%s' is no number", name, value);
        json_object_set_new(parameters, parameter, json_integer(atoi(value)));
        return CTL_OK;
}

/* A word that nothing can match is a slip, and not "no such events". */
static int check_word(struct ctl *ctl, const char *name, const char *value)
{
        const char *near = NULL, *wrong = NULL;

        if (strcmp(name, "type") == 0 && !plover_is_type(value, &near))
                wrong = "neither a category such as ASSAULT nor the beginning of a CAMEO code";
        else if (strcmp(name, "status") == 0 && !plover_is_status(value, &near))
                wrong = "no status";
        else if (strcmp(name, "country") == 0 && !plover_is_country(value))
                wrong = "no country: three capitals, as in PRK";
        else if (strcmp(name, "quad") == 0 && (strlen(value) != 1 || *value < '1' || *value > '4'))
                wrong = "none of 1 to 4";
        if (wrong == NULL)
                return CTL_OK;
        return ctl_fail(ctl, CTL_USAGE, "--%s: '%s' is %s%s%s%s", name, value, wrong,
                        near != NULL ? " (did you mean '" : "",
                        near != NULL ? near : "", near != NULL ? "'?)" : "");
}

int filter_read(struct ctl *ctl, const struct command_line *line, json_t *parameters)
{
        static const struct {
                const char *option, *parameter;
                bool number;
        } rows[] = {
                { "source", "source", false },           { "target", "target", false },
                { "actor", "actor", false },             { "type", "type", false },
                { "quad", "quad", true },                { "status", "status", false },
                { "country", "country", false },         { "place", "place", false },
                { "origin", "origin", false },           { "min-origins", "min_origins", true },
                { "min-reports", "min_reports", true },  { "publisher", "publisher", false },
                { "watch", "watch", false },             { "story", "story", false },
                { "rule", "rule", false },
        };
        int r = CTL_OK;

        for (size_t i = 0; i < N_ELEMENTS(rows) && r == CTL_OK; i++) {
                const char *value = option_get(line->options, rows[i].option);

                if (value == NULL)
                        continue;
                r = check_word(ctl, rows[i].option, value);
                if (r != CTL_OK)
                        break;
                if (rows[i].number)
                        r = read_number(ctl, rows[i].option, value, rows[i].parameter, parameters);
                else if (json_object_set_new(parameters, rows[i].parameter, json_string(value)) < 0)
                        r = ctl_fail(ctl, CTL_USAGE, "--%s: '%s' is not UTF-8", rows[i].option, value);
        }
        if (r == CTL_OK)
                r = filter_read_time(ctl, line, "since", parameters);
        if (r == CTL_OK)
                r = filter_read_time(ctl, line, "until", parameters);
        if (r == CTL_OK)
                r = read_day(ctl, line, "from", parameters);
        return r == CTL_OK ? read_day(ctl, line, "to", parameters) : r;
}

void filter_say_cut(struct ctl *ctl, const json_t *reply, const char *what)
{
        const json_t *cut = json_object_get(reply, "cut");
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        int64_t at;

        if (!json_is_object(cut))
                return;
        text_number(&text, ctl_int(cut, "looked"));
        text_printf(&text, " changes were looked at, back to ");
        if (clock_parse(ctl_text(cut, "at"), &at) == 0)
                text_time(&text, at, ctl->now);
        ctl_fail(ctl, 0, "%s; %s", text.data, what);
}
