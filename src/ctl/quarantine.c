/* See quarantine.h. */
#include "ctl/quarantine.h"

#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "ctl/field.h"
#include "ctl/table.h"
#include "ctl/text.h"

enum { BATCH = 1000 };          /* at most in one list */

const struct option_row quarantine_options[] = {
        { "limit", 'n', "N", "list: at most so many (100)" },
        { "all", 'a', NULL, "retry, drop: all of them" },
        { "source", 0, "NAME", "list, retry, drop: those of this source" },
        { "reason", 0, "TEXT", "list, retry, drop: those with this in their reason" },
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

static void decrefp(json_t **json)
{
        json_decref(*json);
}

/* The newest `limit` that are there, of those the ones that the options name; *n: how many there were before that. */
static int fetch(struct ctl *ctl, const struct command_line *line, int64_t limit, json_t **items, size_t *n)
{
        const char *source = option_get(line->options, "source"), *reason = option_get(line->options, "reason");
        struct varlink_reply reply;
        json_t *item;
        size_t i;
        int r = ctl_call(ctl, "QuarantineList", json_pack("{s:I}", "limit", (json_int_t)limit), &reply);

        *items = json_array();
        *n = 0;
        if (r == CTL_OK)
                *n = json_array_size(json_object_get(reply.parameters, "items"));
        json_array_foreach(r == CTL_OK ? json_object_get(reply.parameters, "items") : NULL, i, item)
                if ((source == NULL || strcmp(source, ctl_text(item, "source")) == 0) &&
                    (reason == NULL || strstr(ctl_text(item, "reason"), reason) != NULL))
                        json_array_append(*items, item);
        varlink_reply_deinit(&reply);
        return r;
}

static int list(struct ctl *ctl, const struct command_line *line)
{
        bool some = option_get(line->options, "source") != NULL || option_get(line->options, "reason") != NULL;
        _cleanup_(decrefp) json_t *items = NULL;
        int64_t limit;
        size_t n;
        int r = ctl_limit(ctl, line->options, 100, 1, &limit);

        if (r == CTL_OK)
                r = fetch(ctl, line, some ? BATCH : limit, &items, &n);
        if (r != CTL_OK)
                return r;
        while (json_array_size(items) > (size_t)limit)
                json_array_remove(items, json_array_size(items) - 1);
        if (json_array_size(items) == 0)
                return ctl_fail(ctl, CTL_NOTHING,
                                n == 0 ? "nothing is in quarantine" : "nothing like that is in quarantine");
        if (ctl->json)
                return ctl_print_lines(ctl, items);
        print_items(ctl, items);
        return ctl_print(ctl);
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
        _cleanup_(buf_deinit) struct buf bytes = BUF_NULL, number = BUF_NULL;

        for (size_t i = 0; i < N_ELEMENTS(fields); i++) {
                const json_t *value = json_object_get(item, fields[i]);
                const char *text = ctl_text(item, fields[i]);

                if (json_is_integer(value))
                        text_printf(&number, "%lld", (long long)json_integer_value(value));
                field_print_buf(ctl, fields[i], &number);
                field_print(ctl, fields[i], text);
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

/* All that the options name. What was dropped makes room for the next; what is retried may come back, so that is
 * done once. */
static int many(struct ctl *ctl, const struct command_line *line, const char *method)
{
        bool drop = strcmp(line->argv[0], "drop") == 0;
        size_t done = 0, before, n, seen;
        int r = CTL_OK;

        if (line->argc != 1)
                return ctl_fail(ctl, CTL_USAGE, "name ids, or say which by options, not both");
        do {
                _cleanup_(decrefp) json_t *items = NULL;
                json_t *item;
                size_t i;

                before = done;
                r = fetch(ctl, line, BATCH, &items, &seen);
                n = json_array_size(items);
                json_array_foreach(items, i, item) {
                        struct varlink_reply reply;

                        if (r != CTL_OK && r != CTL_NOTHING)
                                break;
                        r = ctl_call(ctl, method, json_pack("{s:s}", "id", ctl_text(item, "id")), &reply);
                        done += r == CTL_OK;
                        varlink_reply_deinit(&reply);
                }
        } while (drop && r == CTL_OK && done > before && seen == BATCH && n > 0);
        if (r != CTL_OK && r != CTL_NOTHING)
                return r;
        if (done == 0)
                return ctl_fail(ctl, CTL_NOTHING, "nothing like that is in quarantine");
        text_printf(&ctl->out, "%zu %s%s\n", done, drop ? "dropped" : "are tried again",
                    !drop && seen == BATCH ? "; there are more" : "");
        return ctl_print(ctl);
}

/* A call for each of the ids; goes on after one that is not there. */
static int each(struct ctl *ctl, const struct command_line *line, const char *method)
{
        int worst = CTL_OK;

        if (option_get(line->options, "all") != NULL || option_get(line->options, "source") != NULL ||
            option_get(line->options, "reason") != NULL)
                return many(ctl, line, method);
        if (line->argc < 2)
                return ctl_fail(ctl, CTL_USAGE,
                                "usage: datelinectl quarantine %s ID... | --all | --source=NAME | --reason=TEXT",
                                line->argv[0]);
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
