/* See quarantine.h. */
#include "ctl/quarantine.h"

#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "ctl/table.h"
#include "ctl/text.h"

const struct option_row quarantine_options[] = {
        { "limit", 'n', "N", "list: at most so many (100)" },
        { "raw", 0, NULL, "show: the bytes alone, as they came, to standard output" },
        { 0 },
};

static void print_items(struct ctl *ctl, const json_t *items)
{
        static const struct table_column columns[] = {
                { "ID", 0, false }, { "TIME", 0, false }, { "SOURCE", 8, false }, { "NAME", 8, false },
                { "REASON", 16, false },
        };
        struct table table;
        json_t *item;
        size_t i;

        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(items, i, item) {
                _cleanup_(buf_deinit) struct buf text = BUF_NULL;
                int64_t at;

                table_add(&table, ctl_text(item, "id"), TABLE_BOLD);
                if (clock_parse(ctl_text(item, "received"), &at) == 0)
                        text_time(&text, at, ctl->now);
                table_add_buf(&table, &text, TABLE_DIM);
                table_add(&table, ctl_text(item, "source"), TABLE_PLAIN);
                table_add(&table, ctl_text(item, "name"), TABLE_PLAIN);
                table_add(&table, ctl_text(item, "reason"), TABLE_RED);
        }
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

static int list(struct ctl *ctl, const struct command_line *line)
{
        int64_t limit;
        int r = ctl_limit(ctl, line->options, 100, 1, &limit);

        if (r != CTL_OK)
                return r;
        return ctl_list(ctl, "QuarantineList", json_pack("{s:I}", "limit", (json_int_t)limit), "items",
                        "nothing is in quarantine", print_items);
}

static void append_bytes(struct ctl *ctl, const json_t *item, struct buf *bytes)
{
        const char *base64 = ctl_text(item, "bytes");

        if (base64_decode(bytes, base64, strlen(base64)) != 0)
                ctl_fail(ctl, 0, "datelined sent bytes that are not base64");
}

static void print_item(struct ctl *ctl, const json_t *item)
{
        static const char *const fields[] = { "id", "source", "name", "format", "received", "attempts", "reason" };
        _cleanup_(buf_deinit) struct buf bytes = BUF_NULL;

        for (size_t i = 0; i < N_ELEMENTS(fields); i++) {
                const json_t *value = json_object_get(item, fields[i]);
                const char *text = ctl_text(item, fields[i]);

                if (json_is_integer(value))
                        text_printf(&ctl->out, "%-10s%lld\n", fields[i], (long long)json_integer_value(value));
                if (*text == '\0')
                        continue;
                text_printf(&ctl->out, "%-10s", fields[i]);
                text_append(&ctl->out, text, strlen(text), 0);
                text_printf(&ctl->out, "\n");
        }
        append_bytes(ctl, item, &bytes);
        text_printf(&ctl->out, "\n");
        text_append(&ctl->out, bytes.data, bytes.n, TEXT_LINES);
        text_printf(&ctl->out, "\n");
}

/* As they came, for a file or a pipe: a person asked for just these bytes. */
static void print_raw(struct ctl *ctl, const json_t *item)
{
        append_bytes(ctl, item, &ctl->out);
}

static int show(struct ctl *ctl, const struct command_line *line)
{
        bool raw = option_get(line->options, "raw") != NULL;

        if (line->argc != 2)
                return ctl_fail(ctl, CTL_USAGE, "usage: datelinectl quarantine show ID");
        return ctl_show(ctl, "QuarantineShow", json_pack("{s:s}", "id", line->argv[1]), "item",
                        raw ? print_raw : print_item);
}

/* A call for each of the ids; goes on after one that is not there. */
static int each(struct ctl *ctl, const struct command_line *line, const char *method)
{
        int worst = CTL_OK;

        if (line->argc < 2)
                return ctl_fail(ctl, CTL_USAGE, "usage: datelinectl quarantine %s ID...", line->argv[0]);
        for (int i = 1; i < line->argc; i++) {
                struct varlink_reply reply;
                int r = ctl_call(ctl, method, json_pack("{s:s}", "id", line->argv[i]), &reply);

                varlink_reply_deinit(&reply);
                worst = worst == CTL_OK ? r : worst;
                if (r != CTL_OK && r != CTL_NOTHING)
                        break;
        }
        return worst;
}

int quarantine_run(struct ctl *ctl, const struct command_line *line)
{
        const char *what = line->argv[0];

        if (strcmp(what, "list") == 0 && line->argc == 1)
                return list(ctl, line);
        if (strcmp(what, "show") == 0)
                return show(ctl, line);
        if (strcmp(what, "retry") == 0)
                return each(ctl, line, "QuarantineRetry");
        if (strcmp(what, "drop") == 0)
                return each(ctl, line, "QuarantineDrop");
        return ctl_fail(ctl, CTL_USAGE, "usage: datelinectl quarantine list|show|retry|drop [ID...]");
}
