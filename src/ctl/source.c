/* See source.h. */
#include "ctl/source.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "ctl/status.h"
#include "ctl/table.h"
#include "ctl/text.h"

const struct option_row source_options[] = {
        { "private", 0, NULL, "test: a URL may lie at a private address" },
        { 0 },
};

static void say(struct ctl *ctl, const char *name, const char *value)
{
        if (*value == '\0')
                return;
        text_printf(&ctl->out, "%-12s ", name);
        text_append(&ctl->out, value, strlen(value), 0);
        text_printf(&ctl->out, "\n");
}

static void print_document(struct ctl *ctl, const json_t *reply)
{
        const json_t *hints = json_object_get(reply, "hints");

        say(ctl, "address", ctl_text(reply, "url"));
        say(ctl, "moved to", ctl_text(reply, "moved"));
        if (ctl_int(reply, "status") != 0)
                text_printf(&ctl->out, "%-12s %lld after ", "status", (long long)ctl_int(reply, "status"));
        else
                text_printf(&ctl->out, "%-12s none after ", "status");
        text_span(&ctl->out, ctl_int(reply, "took_us"));
        text_printf(&ctl->out, "\n");
        say(ctl, "type", ctl_text(reply, "type"));
        if (ctl_int(reply, "bytes") != 0) {
                text_printf(&ctl->out, "%-12s ", "size");
                text_size(&ctl->out, ctl_int(reply, "bytes"));
                text_printf(&ctl->out, ", ");
                text_size(&ctl->out, ctl_int(reply, "wire_bytes"));
                text_printf(&ctl->out, " as it came\n");
        }
        say(ctl, "ETag", ctl_text(reply, "etag"));
        say(ctl, "modified", ctl_text(reply, "modified"));
        if (ctl_int(reply, "max_age_us") != 0 || ctl_int(hints, "ttl") != 0) {
                text_printf(&ctl->out, "%-12s ", "come again");
                text_span(&ctl->out, MAX_OF(ctl_int(reply, "max_age_us"), 1000000 * ctl_int(hints, "ttl")));
                text_printf(&ctl->out, " later, its publisher says\n");
        }
        say(ctl, "hub", ctl_text(hints, "hub"));
}

static void print_test(struct ctl *ctl, const json_t *reply)
{
        const json_t *stories = json_object_get(reply, "stories"), *item;
        size_t i;

        print_document(ctl, reply);
        say(ctl, "not taken", ctl_text(reply, "reason"));
        json_array_foreach(json_object_get(reply, "bad"), i, item)
                say(ctl, "bad item", ctl_text(item, "reason"));
        if (*ctl_text(reply, "reason") != '\0')
                return;
        text_printf(&ctl->out, "%-12s %lld\n", "stories", (long long)ctl_int(reply, "found"));
        json_array_foreach(stories, i, item) {
                const char *headline = ctl_text(item, "headline"), *text = ctl_text(item, "text");

                text_printf(&ctl->out, "\n  ");
                text_append(&ctl->out, *headline != '\0' ? headline : "(no headline)",
                            strlen(*headline != '\0' ? headline : "(no headline)"), 0);
                text_printf(&ctl->out, "\n    ");
                text_append(&ctl->out, ctl_text(item, "published"), strlen(ctl_text(item, "published")), 0);
                text_printf(&ctl->out, "%s", *ctl_text(item, "published") != '\0' ? ", " : "");
                text_append(&ctl->out, ctl_text(item, "guid"), strlen(ctl_text(item, "guid")), 0);
                text_printf(&ctl->out, "\n");
                text_wrap(&ctl->out, text, strlen(text), ctl->width != 0 ? ctl->width : 100, 4);
        }
}

static int test(struct ctl *ctl, const struct command_line *line)
{
        const char *what = line->argv[1];
        bool url = strncasecmp(what, "http://", 7) == 0 || strncasecmp(what, "https://", 8) == 0;
        struct varlink_reply reply;
        bool taken;
        int r;

        r = ctl_call(ctl, "TestSource", json_pack("{s:s, s:b}", url ? "url" : "name", what, "allow_private",
                                                  option_get(line->options, "private") != NULL), &reply);
        if (r != CTL_OK)
                return r;
        taken = *ctl_text(reply.parameters, "reason") == '\0';
        if (ctl->json) {
                r = ctl_print_json(ctl, reply.parameters);
        } else {
                print_test(ctl, reply.parameters);
                r = ctl_print(ctl);
        }
        varlink_reply_deinit(&reply);
        return r != CTL_OK || taken ? r : CTL_REFUSED;
}

/* "in 4 min" */
static void ahead(struct ctl *ctl, struct buf *out, const char *rfc3339)
{
        int64_t at;

        if (*rfc3339 == '\0' || clock_parse(rfc3339, &at) != 0) {
                text_printf(out, "never");
                return;
        }
        text_printf(out, "in ");
        text_span(out, MAX_OF(at - ctl->now, INT64_C(0)) / CLOCK_SECOND * CLOCK_SECOND);
}

static void add_feed(struct ctl *ctl, struct table *table, const json_t *s)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        int64_t errors = ctl_int(s, "errors");

        table_add(table, ctl_text(s, "name"), TABLE_BOLD);
        ctl_ago(ctl, &text, ctl_text(s, "success"));
        table_add_buf(table, &text, TABLE_PLAIN);
        ctl_ago(ctl, &text, ctl_text(s, "change"));
        table_add_buf(table, &text, TABLE_PLAIN);
        ahead(ctl, &text, ctl_text(s, "next"));
        table_add_buf(table, &text, TABLE_PLAIN);
        table_add_number(table, ctl_int(s, "items"), TABLE_PLAIN);
        table_add_number(table, errors, errors > 0 ? TABLE_RED : TABLE_PLAIN);
        text_size(&text, ctl_int(s, "saved"));
        table_add_buf(table, &text, TABLE_PLAIN);
}

static void print_sources(struct ctl *ctl, const json_t *sources)
{
        static const struct table_column columns[] = {
                { "FEED", 8, false }, { "SUCCESS", 0, false }, { "CHANGE", 0, false }, { "NEXT POLL", 0, false },
                { "ITEMS", 0, true }, { "ERRORS", 0, true }, { "SAVED", 0, true },
        };
        struct table table;
        const json_t *source;
        size_t i, n = 0;

        status_print_sources(ctl, sources);
        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(sources, i, source) {
                if (strcmp(ctl_text(source, "kind"), "feed") != 0)
                        continue;
                if (n++ == 0)
                        text_printf(&ctl->out, "\n");
                add_feed(ctl, &table, source);
        }
        if (n > 0)
                table_print(&table, &ctl->out);
        table_deinit(&table);
}

static int list(struct ctl *ctl)
{
        return ctl_list(ctl, "Sources", NULL, "sources", "there are no sources: see 'watch:' in the configuration",
                        print_sources, NULL);
}

static void append_xml(struct buf *out, const char *text)
{
        for (; *text != '\0'; text++) {
                const char *as = *text == '<'   ? "&lt;"
                                 : *text == '>' ? "&gt;"
                                 : *text == '&' ? "&amp;"
                                 : *text == '"' ? "&quot;"
                                                : NULL;

                text_need(as != NULL ? buf_append_string(out, as) : buf_append(out, text, 1));
        }
}

static void print_opml(struct ctl *ctl, const json_t *sources)
{
        const json_t *source;
        size_t i;

        text_printf(&ctl->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n"
                               "<head><title>dateline</title></head>\n<body>\n");
        json_array_foreach(sources, i, source) {
                if (strcmp(ctl_text(source, "kind"), "feed") != 0)
                        continue;
                text_printf(&ctl->out, "<outline type=\"rss\" text=\"");
                append_xml(&ctl->out, ctl_text(source, "name"));
                text_printf(&ctl->out, "\" xmlUrl=\"");
                append_xml(&ctl->out, ctl_text(source, "place"));
                text_printf(&ctl->out, "\"/>\n");
        }
        text_printf(&ctl->out, "</body>\n</opml>\n");
}

int source_run(struct ctl *ctl, const struct command_line *line)
{
        if (line->argc == 0)
                return list(ctl);
        if (strcmp(line->argv[0], "opml") == 0 && line->argc == 1)
                return ctl_show(ctl, "Sources", NULL, "sources", print_opml);
        if (strcmp(line->argv[0], "test") != 0)
                return ctl_fail(ctl, CTL_USAGE, "'sources' takes nothing, or 'opml', 'test NAME' or 'test URL'");
        if (line->argc != 2)
                return ctl_fail(ctl, CTL_USAGE, "usage: datelinectl sources test NAME|URL");
        return test(ctl, line);
}
