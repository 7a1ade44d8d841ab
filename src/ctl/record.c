/* See record.h. */
#include "ctl/record.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/events.h"
#include "ctl/field.h"
#include "ctl/table.h"
#include "ctl/text.h"

static void field_texts(struct ctl *ctl, const char *name, const json_t *array)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        json_t *item;
        size_t i;

        json_array_foreach(array, i, item)
                if (json_is_string(item))
                        text_printf(&text, "%s%s", text.n > 0 ? ", " : "", json_string_value(item));
        field_print_buf(ctl, name, &text);
}

static void print_place_and_time(struct ctl *ctl, const json_t *event)
{
        const json_t *when = json_object_get(event, "when"), *where = json_object_get(event, "where");
        const char *start = ctl_text(when, "start"), *end = ctl_text(when, "end");
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;

        if (*start != '\0') {
                text_printf(&text, "%s", start);
                if (*end != '\0' && strcmp(start, end) != 0)
                        text_printf(&text, " to %s", end);
                if (*ctl_text(when, "text") != '\0')
                        text_printf(&text, " (\"%s\")", ctl_text(when, "text"));
                field_print_buf(ctl, "when", &text);
        }
        if (json_is_object(where)) {
                text_printf(&text, "%s", ctl_text(where, "name"));
                if (*ctl_text(where, "country") != '\0')
                        text_printf(&text, ", %s", ctl_text(where, "country"));
                if (json_is_number(json_object_get(where, "lat")))
                        text_printf(&text, " (%.2f, %.2f)", ctl_real(where, "lat"), ctl_real(where, "lon"));
                field_print_buf(ctl, "where", &text);
        }
}

/* Who says so, one a line: the one who vouches first. */
static void print_attribution(struct ctl *ctl, const json_t *attribution)
{
        for (size_t n = json_array_size(attribution), i = n; i > 0; i--) {
                const json_t *who = json_array_get(attribution, i - 1);
                _cleanup_(buf_deinit) struct buf text = BUF_NULL;
                const char *cue = ctl_text(who, "cue"), *kind = ctl_text(who, "kind"), *code = ctl_text(who, "code");
                const char *name = ctl_text(who, "name");

                text_printf(&text, "%s%s", i == n ? "" : "via ", *name != '\0' ? name : ctl_text(who, "text"));
                if (*code != '\0')
                        text_printf(&text, " [%s]", code);
                if (*cue != '\0')
                        text_printf(&text, ": \"%s\"", cue);
                if (*kind != '\0')
                        text_printf(&text, " (%s)", kind);
                field_print_buf(ctl, i == n ? "according to" : "", &text);
        }
}

static void print_actors(struct ctl *ctl, const char *name, const json_t *actors)
{
        json_t *actor;
        size_t i;

        json_array_foreach(actors, i, actor) {
                _cleanup_(buf_deinit) struct buf text = BUF_NULL;

                text_printf(&text, "%s", ctl_text(actor, "code"));
                if (*ctl_text(actor, "name") != '\0')
                        text_printf(&text, " %s", ctl_text(actor, "name"));
                if (*ctl_text(actor, "title") != '\0')
                        text_printf(&text, ", %s", ctl_text(actor, "title"));
                if (*ctl_text(actor, "text") != '\0')
                        text_printf(&text, " (\"%s\")", ctl_text(actor, "text"));
                field_print_buf(ctl, i == 0 ? name : "", &text);
        }
}

static void print_counts(struct ctl *ctl, const json_t *event)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;

        if (json_is_number(json_object_get(event, "goldstein")))
                text_printf(&text, "Goldstein %.1f", ctl_real(event, "goldstein"));
        if (json_is_number(json_object_get(event, "confidence")))
                text_printf(&text, "%sconfidence %.2f", text.n > 0 ? ", " : "", ctl_real(event, "confidence"));
        field_print_buf(ctl, "weight", &text);
        if (json_is_integer(json_object_get(event, "reports"))) {
                text_printf(&text, "%lld, first ", (long long)ctl_int(event, "reports"));
                ctl_ago(ctl, &text, ctl_text(event, "first_seen"));
                text_printf(&text, " (%s)", ctl_text(event, "first_seen"));
                field_print_buf(ctl, "reports", &text);
        }
}

/* Who tells it, when, in which words, on whose word, as what: a report a line. */
static void print_told(struct ctl *ctl, const json_t *told)
{
        static const struct table_column columns[] = {
                { "REPORT", 0, false },      { "SEEN", 0, false },  { "TOLD BY", 8, false }, { "STATUS", 0, false },
                { "ACCORDING TO", 8, false }, { "WORDS", 12, false },
        };
        struct table table;
        json_t *report;
        size_t i;

        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(told, i, report) {
                const char *publisher = ctl_text(report, "publisher"), *agency = ctl_text(report, "agency");
                _cleanup_(buf_deinit) struct buf text = BUF_NULL;
                int64_t at;

                table_add(&table, ctl_text(report, "report"), TABLE_BOLD);
                if (clock_parse(ctl_text(report, "seen"), &at) == 0)
                        text_time(&text, at, ctl->now);
                table_add_buf(&table, &text, TABLE_DIM);
                text_printf(&text, "%s%s%s", *publisher != '\0' ? publisher : ctl_text(report, "watch"),
                            *agency != '\0' && strcmp(agency, publisher) != 0 ? ", by " : "",
                            strcmp(agency, publisher) != 0 ? agency : "");
                if (*ctl_text(report, "copy_of") != '\0')
                        text_printf(&text, " (copy of %s)", ctl_text(report, "copy_of"));
                table_add_buf(&table, &text, TABLE_PLAIN);
                table_add(&table, ctl_text(report, "status"), TABLE_PLAIN);
                events_append_attribution(&text, json_object_get(report, "attribution"));
                if (text.n == 0)
                        text_printf(&text, "%s", ctl_text(report, "origin"));
                table_add_buf(&table, &text, TABLE_PLAIN);
                table_add(&table, ctl_text(report, "words"), TABLE_PLAIN);
        }
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

static void append_ids(struct buf *out, const char *head, const json_t *ids)
{
        json_t *id;
        size_t i;

        json_array_foreach(ids, i, id)
                text_printf(out, "%s%s", i == 0 ? head : ", ", json_is_string(id) ? json_string_value(id) : "");
}

static void print_history(struct ctl *ctl, const json_t *history)
{
        static const struct table_column columns[] = {
                { "WHEN", 0, false },   { "CHANGE", 0, false }, { "STATUS", 0, false },
                { "REPORTS", 0, true }, { "ORIGINS", 0, true }, { "WHAT", 12, false },
        };
        struct table table;
        json_t *change;
        size_t i;

        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(history, i, change) {
                _cleanup_(buf_deinit) struct buf text = BUF_NULL;
                int64_t at;

                if (clock_parse(ctl_text(change, "at"), &at) == 0)
                        text_time(&text, at, ctl->now);
                table_add_buf(&table, &text, TABLE_DIM);
                table_add(&table, ctl_text(change, "change"), TABLE_PLAIN);
                table_add(&table, ctl_text(change, "status"), TABLE_PLAIN);
                table_add_number(&table, ctl_int(change, "reports"), TABLE_PLAIN);
                table_add_number(&table, (long long)json_array_size(json_object_get(change, "origins")), TABLE_PLAIN);
                append_ids(&text, "joined ", json_object_get(change, "joined"));
                append_ids(&text, text.n > 0 ? "; left " : "left ", json_object_get(change, "left"));
                if (*ctl_text(change, "became") != '\0')
                        text_printf(&text, "is part of %s", ctl_text(change, "became"));
                table_add_buf(&table, &text, TABLE_PLAIN);
        }
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

void record_print_event(struct ctl *ctl, const json_t *event)
{
        const char *mode = ctl_text(event, "mode"), *cameo = ctl_text(event, "cameo");
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;

        text_printf(&text, "%s%s%s", ctl_text(event, "event"), *mode != '\0' ? "/" : "", mode);
        if (*cameo != '\0')
                text_printf(&text, " (CAMEO %s)", cameo);
        if (json_is_true(json_object_get(event, "withdrawn")))
                text_printf(&text, *ctl_text(event, "became") != '\0' ? ", is part of %s now" :
                            ", withdrawn: its story was replaced or killed%s", ctl_text(event, "became"));
        field_print(ctl, "event", ctl_text(event, "id"));
        field_print_buf(ctl, "type", &text);
        field_print(ctl, "status", ctl_text(event, "status"));
        print_actors(ctl, "who", json_object_get(event, "source"));
        print_actors(ctl, "to whom", json_object_get(event, "target"));
        if (json_is_true(json_object_get(event, "reciprocal")))
                field_print(ctl, "", "each to the other");
        field_print(ctl, "words", ctl_text(json_object_get(event, "trigger"), "text"));
        print_attribution(ctl, json_object_get(event, "attribution"));
        field_texts(ctl, "origins", json_object_get(event, "origins"));
        print_place_and_time(ctl, event);
        field_texts(ctl, "context", json_object_get(event, "context"));
        print_counts(ctl, event);
        field_print(ctl, "story", ctl_text(event, "story"));
        if (json_array_size(json_object_get(event, "told")) > 0) {
                text_printf(&ctl->out, "\n");
                print_told(ctl, json_object_get(event, "told"));
                if (ctl_int(event, "reports") > (int64_t)json_array_size(json_object_get(event, "told")))
                        text_printf(&ctl->out, "and %lld more: 'datelinectl export --story %s' has all\n",
                                    (long long)(ctl_int(event, "reports") -
                                                (int64_t)json_array_size(json_object_get(event, "told"))),
                                    ctl_text(event, "story"));
        }
        if (json_array_size(json_object_get(event, "history")) > 1) {
                text_printf(&ctl->out, "\n");
                print_history(ctl, json_object_get(event, "history"));
        }
}

/* "PYONGYANG, Oct. 19 (Reuters)" */
static void print_dateline(struct ctl *ctl, const json_t *dateline)
{
        const char *date = ctl_text(dateline, "date"), *agency = ctl_text(dateline, "agency");
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;

        text_printf(&text, "%s%s%s", ctl_text(dateline, "place"), *date != '\0' ? ", " : "", date);
        if (*agency != '\0')
                text_printf(&text, " (%s)", agency);
        field_print_buf(ctl, "dateline", &text);
}

/* Other stories by their ids; the current one of several versions is told. */
static void print_stories(struct ctl *ctl, const char *name, const json_t *stories)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        json_t *story;
        size_t i;

        json_array_foreach(stories, i, story)
                text_printf(&text, "%s%s%s", i > 0 ? ", " : "", ctl_text(story, "id"),
                            json_is_true(json_object_get(story, "current")) ? " (current)" : "");
        field_print_buf(ctl, name, &text);
}

void record_print_story(struct ctl *ctl, const json_t *story)
{
        static const char *const fields[][2] = {
                { "story", "id" },          { "source", "source" },       { "state", "state" },
                { "reason", "reason" },     { "same as", "duplicate_of" }, { "status", "status" },
                { "headline", "headline" }, { "byline", "byline" },       { "agency", "agency" },
                { "published", "published" }, { "received", "received" }, { "language", "language" },
                { "guid", "guid" },
        };
        const json_t *events = json_object_get(story, "events");
        const char *body = ctl_text(story, "text");
        _cleanup_(buf_deinit) struct buf clean = BUF_NULL;
        struct table table;
        json_t *event;
        size_t i;

        for (size_t k = 0; k < N_ELEMENTS(fields); k++)
                field_print(ctl, fields[k][0], ctl_text(story, fields[k][1]));
        field_print(ctl, json_is_true(json_object_get(story, "killed")) ? "killed by" : "replaced by",
                    ctl_text(story, "replaced_by"));
        print_dateline(ctl, json_object_get(story, "dateline"));
        print_stories(ctl, "versions", json_object_get(story, "versions"));
        print_stories(ctl, "also as", json_object_get(story, "duplicates"));
        text_printf(&ctl->out, "\n");
        text_append(&clean, body, strlen(body), TEXT_LINES);
        text_wrap(&ctl->out, clean.data, clean.n, ctl->width != 0 ? ctl->width : SIZE_MAX / 4, 0);
        if (json_array_size(events) == 0)
                return;
        text_printf(&ctl->out, "\n");
        events_table_init(ctl, &table);
        json_array_foreach(events, i, event)
                events_table_add(ctl, &table, event);
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

int record_event(struct ctl *ctl, const struct command_line *line)
{
        return ctl_show(ctl, "Event", json_pack("{s:s}", "id", line->argv[0]), "event", record_print_event);
}

int record_story(struct ctl *ctl, const struct command_line *line)
{
        return ctl_show(ctl, "Story", json_pack("{s:s}", "id", line->argv[0]), "story", record_print_story);
}

static void print_found(struct ctl *ctl, const json_t *stories)
{
        static const struct table_column columns[] = {
                { "STORY", 0, false }, { "PUBLISHED", 0, false }, { "SOURCE", 6, false }, { "HEADLINE", 16, false },
                { "WORDS", 16, false },
        };
        struct table table;
        json_t *story;
        size_t i;

        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(stories, i, story) {
                _cleanup_(buf_deinit) struct buf text = BUF_NULL;

                table_add(&table, ctl_text(story, "id"), TABLE_BOLD);
                table_add(&table, ctl_text(story, "published"), TABLE_DIM);
                table_add(&table, ctl_text(story, "source"), TABLE_PLAIN);
                text_printf(&text, "%s", ctl_text(story, "headline"));
                if (*ctl_text(story, "replaced_by") != '\0')
                        text_printf(&text, "%s(%s by %s)", text.n > 0 ? " " : "",
                                    json_is_true(json_object_get(story, "killed")) ? "killed" : "replaced",
                                    ctl_text(story, "replaced_by"));
                table_add_buf(&table, &text, TABLE_PLAIN);
                table_add(&table, ctl_text(story, "snippet"), TABLE_DIM);
        }
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

int record_search(struct ctl *ctl, const struct command_line *line)
{
        _cleanup_(buf_deinit) struct buf words = BUF_NULL;
        json_t *parameters;
        int64_t limit;
        int r = ctl_limit(ctl, line->options, 20, 1, &limit);

        if (r != CTL_OK)
                return r;
        for (int i = 0; i < line->argc; i++)
                text_printf(&words, "%s%s", i > 0 ? " " : "", line->argv[i]);
        parameters = json_pack("{s:s, s:I}", "words", words.data, "limit", (json_int_t)limit);
        if (parameters == NULL)
                return ctl_fail(ctl, CTL_USAGE, "the words are not UTF-8");
        return ctl_list(ctl, "Search", parameters, "stories", "no story has these words", print_found, NULL);
}
