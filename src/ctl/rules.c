/* See rules.h. */
#include "ctl/rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/alerts.h"
#include "ctl/filter.h"
#include "ctl/table.h"
#include "ctl/text.h"

enum { FILE_MAX = 1 << 20 };

const struct option_row rules_options[] = {
        { "since", 0, "TIME", "with test: from this time on (30d)" },
        { 0 },
};

static void add_ago(struct ctl *ctl, struct table *table, const json_t *rule, const char *key)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;

        ctl_ago(ctl, &text, ctl_text(rule, key));
        table_add_buf(table, &text, TABLE_PLAIN);
}

static void print_rules(struct ctl *ctl, const json_t *rules)
{
        static const struct table_column columns[] = {
                { "RULE", 12, false },       { "SEVERITY", 0, false }, { "KIND", 0, false }, { "GROUP", 0, false },
                { "LAST RAISED", 0, false }, { "ALERTS", 0, true },    { "OPEN", 0, true },  { "HELD OFF", 0, true },
        };
        struct table table;
        json_t *rule;
        size_t i;

        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(rules, i, rule) {
                bool filling = json_is_true(json_object_get(rule, "filling"));

                table_add(&table, ctl_text(rule, "name"), TABLE_BOLD);
                table_add(&table, ctl_text(rule, "severity"), alerts_severity_style(ctl_text(rule, "severity")));
                table_add(&table, filling ? "counting" : ctl_text(rule, "kind"), TABLE_PLAIN);
                table_add(&table, ctl_text(rule, "group"), TABLE_PLAIN);
                add_ago(ctl, &table, rule, "raised");
                table_add_number(&table, ctl_int(rule, "count"), TABLE_PLAIN);
                table_add_number(&table, ctl_int(rule, "open"), ctl_int(rule, "open") > 0 ? TABLE_YELLOW : TABLE_PLAIN);
                table_add_number(&table, ctl_int(rule, "held"), TABLE_PLAIN);
        }
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

static void print_result(struct ctl *ctl, const json_t *result)
{
        const json_t *alerts = json_object_get(result, "alerts");
        struct table table;
        json_t *alert;
        size_t i;

        if (json_array_size(alerts) > 0) {
                alerts_table_init(ctl, &table);
                json_array_foreach(alerts, i, alert)
                        alerts_table_add(ctl, &table, alert);
                table_print(&table, &ctl->out);
                table_deinit(&table);
                text_printf(&ctl->out, "\n");
        }
        text_number(&ctl->out, ctl_int(result, "rules"));
        text_printf(&ctl->out, " rule%s over ", ctl_int(result, "rules") == 1 ? "" : "s");
        text_number(&ctl->out, ctl_int(result, "changes"));
        text_printf(&ctl->out, " change%s of events: ", ctl_int(result, "changes") == 1 ? "" : "s");
        text_number(&ctl->out, ctl_int(result, "raised"));
        text_printf(&ctl->out, " alert%s, ", ctl_int(result, "raised") == 1 ? "" : "s");
        text_number(&ctl->out, ctl_int(result, "resolved"));
        text_printf(&ctl->out, " of them resolved by %s\n", ctl_int(result, "resolved") == 1 ? "itself" : "themselves");
        if ((int64_t)json_array_size(alerts) < ctl_int(result, "raised"))
                text_printf(&ctl->out, "(the first %zu are shown)\n", json_array_size(alerts));
        if (json_is_true(json_object_get(result, "cut")))
                text_printf(&ctl->out,
                            "That is too many: it ended before the end. Choose a later --since, or stricter rules.\n");
}

static int read_file(struct ctl *ctl, const char *path, struct buf *text)
{
        FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
        char bytes[16384];
        size_t n;
        int r = CTL_OK;

        if (f == NULL)
                return ctl_fail(ctl, CTL_LOCAL, "%s: %s", path, strerror(errno));
        while (text->n <= FILE_MAX && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
                text_need(buf_append(text, bytes, n));
        if (ferror(f))
                r = ctl_fail(ctl, CTL_LOCAL, "%s: %s", path, strerror(errno));
        else if (text->n > FILE_MAX)
                r = ctl_fail(ctl, CTL_LOCAL, "%s is too large for a file of rules (at most %d bytes)", path, FILE_MAX);
        if (f != stdin)
                fclose(f);
        return r;
}

static int test(struct ctl *ctl, const struct command_line *line)
{
        const char *path = line->argv[1];
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        json_t *parameters;
        int r = read_file(ctl, path, &text);

        if (r != CTL_OK)
                return r;
        parameters = json_pack("{s:s, s:s%}", "name", strcmp(path, "-") == 0 ? "standard input" : path, "text",
                               text.data != NULL ? text.data : "", text.n);
        if (parameters == NULL)
                return ctl_fail(ctl, CTL_LOCAL, "%s is not UTF-8", path);
        r = filter_read_time(ctl, line, "since", parameters);
        if (r != CTL_OK) {
                json_decref(parameters);
                return r;
        }
        ctl->endless = true;
        return ctl_show(ctl, "TestRules", parameters, NULL, print_result);
}

int rules_run(struct ctl *ctl, const struct command_line *line)
{
        if (line->argc == 2 && strcmp(line->argv[0], "test") == 0)
                return test(ctl, line);
        if (line->argc != 0)
                return ctl_fail(ctl, CTL_USAGE, "usage: datelinectl rules [test FILE]");
        return ctl_list(ctl, "Rules", NULL, "rules",
                        "there are no rules: 'rules' in the configuration names their folder", print_rules, NULL);
}
