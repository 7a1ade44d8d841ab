/* See status.h. */
#include "ctl/status.h"

#include <string.h>

#include "base/clock.h"
#include "ctl/table.h"
#include "ctl/text.h"

enum { TROUBLES_MAX = 8 };

/* What was quarantined longer ago is in the count only, us. */
#define QUARANTINE_RECENT (3600 * CLOCK_SECOND)

static enum table_style state_style(const char *state)
{
        if (strcmp(state, "running") == 0 || strcmp(state, "open") == 0)
                return TABLE_GREEN;
        return strcmp(state, "trouble") == 0 ? TABLE_RED : TABLE_YELLOW;
}

static void say_styled(struct ctl *ctl, const char *text, enum table_style style)
{
        text_printf(&ctl->out, "%s", table_style_begin(style, ctl->colors));
        text_append(&ctl->out, text, strlen(text), 0);
        text_printf(&ctl->out, "%s", table_style_end(style, ctl->colors));
}

/* "  store     " */
static void say_head(struct ctl *ctl, const char *name)
{
        text_printf(&ctl->out, "  %s%-8s%s  ", table_style_begin(TABLE_BOLD, ctl->colors), name,
                    table_style_end(TABLE_BOLD, ctl->colors));
}

/* "1,234 stories, " */
static void say_count(struct ctl *ctl, const json_t *object, const char *name, const char *after)
{
        text_number(&ctl->out, ctl_int(object, name));
        text_printf(&ctl->out, " %s", after);
}

static void say_span(struct ctl *ctl, const json_t *object, const char *name, const char *after)
{
        text_span(&ctl->out, ctl_int(object, name));
        text_printf(&ctl->out, "%s", after);
}

static void print_head(struct ctl *ctl, const json_t *s)
{
        const char *state = ctl_text(s, "state"), *reloaded = ctl_text(s, "reloaded");

        say_styled(ctl, "datelined ", TABLE_BOLD);
        say_styled(ctl, ctl_text(s, "version"), TABLE_PLAIN);
        text_printf(&ctl->out, ": ");
        say_styled(ctl, state, state_style(state));
        text_printf(&ctl->out, " for ");
        say_span(ctl, s, "uptime_us", ", process ");
        text_printf(&ctl->out, "%lld, ", (long long)ctl_int(s, "pid"));
        text_size(&ctl->out, ctl_int(s, "rss_bytes"));
        if (*reloaded != '\0') {
                text_printf(&ctl->out, ", reloaded ");
                ctl_ago(ctl, &ctl->out, reloaded);
        }
        text_printf(&ctl->out, "\n");
}

/* One line of what somebody should look at; the first one has the head. */
static void say_trouble(struct ctl *ctl, unsigned *n, const char *what, const char *name, const char *text)
{
        if (++*n > TROUBLES_MAX)
                return;
        if (*n == 1)
                say_head(ctl, "trouble");
        else
                text_printf(&ctl->out, "%12s", "");
        text_printf(&ctl->out, "%s", table_style_begin(TABLE_RED, ctl->colors));
        text_printf(&ctl->out, "%s", what);
        if (*name != '\0')
                text_printf(&ctl->out, " ");
        text_append(&ctl->out, name, strlen(name), 0);
        text_printf(&ctl->out, "%s", *text != '\0' ? ": " : "");
        text_append(&ctl->out, text, strlen(text), 0);
        text_printf(&ctl->out, "%s\n", table_style_end(TABLE_RED, ctl->colors));
}

static void say_troubles_of(struct ctl *ctl, unsigned *n, const char *what, const json_t *rows)
{
        size_t i;
        json_t *row;

        json_array_foreach(rows, i, row)
                if (*ctl_text(row, "trouble") != '\0')
                        say_trouble(ctl, n, what, ctl_text(row, "name"), ctl_text(row, "trouble"));
}

/* What somebody should look at, before the figures: nothing where all is well. */
static void print_troubles(struct ctl *ctl, const json_t *s)
{
        const json_t *queue = json_object_get(s, "queue"), *workers = json_object_get(s, "workers");
        const json_t *bad = json_object_get(s, "quarantined"), *refused = json_object_get(s, "reload_refused");
        const char *intake = ctl_text(queue, "intake");
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;
        int64_t at;
        unsigned n = 0;

        if (*intake != '\0' && strcmp(intake, "open") != 0)
                say_trouble(ctl, &n, "intake is held", "", intake);
        if (ctl_int(workers, "running") < ctl_int(workers, "wanted")) {
                text_printf(&text, "%lld of %lld run", (long long)ctl_int(workers, "running"),
                            (long long)ctl_int(workers, "wanted"));
                say_trouble(ctl, &n, "workers", "", text.data);
                buf_clear(&text);
        }
        if (json_is_object(refused)) {
                ctl_ago(ctl, &text, ctl_text(refused, "at"));
                text_printf(&text, ": %s", ctl_text(refused, "error"));
                say_trouble(ctl, &n, "reload refused,", text.data, "");
                buf_clear(&text);
        }
        say_troubles_of(ctl, &n, "source", json_object_get(s, "sources"));
        say_troubles_of(ctl, &n, "output", json_object_get(s, "outputs"));
        if (json_is_object(bad) && clock_parse(ctl_text(bad, "at"), &at) == 0 && ctl->now - at < QUARANTINE_RECENT) {
                ctl_ago(ctl, &text, ctl_text(bad, "at"));
                text_printf(&text, ": %s of %s: %s", ctl_text(bad, "id"), ctl_text(bad, "source"),
                            ctl_text(bad, "reason"));
                say_trouble(ctl, &n, "quarantined", text.data, "");
        }
        if (n > TROUBLES_MAX)
                text_printf(&ctl->out, "%12sand %u more\n", "", n - TROUBLES_MAX);
}

static void print_queue(struct ctl *ctl, const json_t *s)
{
        const json_t *queue = json_object_get(s, "queue"), *workers = json_object_get(s, "workers");
        const char *intake = ctl_text(queue, "intake");

        say_head(ctl, "queue");
        say_count(ctl, queue, "deliveries", "deliveries, ");
        say_count(ctl, queue, "stories", "stories wait; ");
        if (ctl_int(queue, "embargoed") != 0)
                say_count(ctl, queue, "embargoed", "embargoed, ");
        say_count(ctl, queue, "in_hand",
                  strcmp(intake, "open") == 0 ? "in hand; intake " : "in hand; intake is held: ");
        say_styled(ctl, intake, state_style(intake));
        text_printf(&ctl->out, "\n");

        say_head(ctl, "workers");
        say_count(ctl, workers, "running", "of ");
        say_count(ctl, workers, "wanted", "run, ");
        say_count(ctl, workers, "busy", "busy; ");
        say_count(ctl, workers, "jobs", "jobs, ");
        say_count(ctl, workers, "failed", "failed, ");
        say_count(ctl, workers, "lost", "lost; ");
        say_span(ctl, workers, "job_us", " a job, ");
        say_span(ctl, workers, "longest_us", " at most\n");
}

static void print_rates(struct ctl *ctl, const json_t *s)
{
        const json_t *rates = json_object_get(s, "rates"), *last = json_object_get(s, "last");

        say_head(ctl, "rates");
        text_printf(&ctl->out, "%.1f deliveries, %.1f stories, %.1f events a second\n", ctl_real(rates, "deliveries"),
                    ctl_real(rates, "stories"), ctl_real(rates, "events"));

        say_head(ctl, "last");
        if (!json_is_object(last)) {
                text_printf(&ctl->out, "no story yet\n");
                return;
        }
        ctl_ago(ctl, &ctl->out, ctl_text(last, "at"));
        text_printf(&ctl->out, ", ");
        say_count(ctl, last, "events", ctl_int(last, "events") == 1 ? "report from story " : "reports from story ");
        say_styled(ctl, ctl_text(last, "id"), TABLE_PLAIN);
        text_printf(&ctl->out, " of ");
        say_styled(ctl, ctl_text(last, "source"), TABLE_PLAIN);
        if (json_is_integer(json_object_get(last, "latency_us"))) {
                text_printf(&ctl->out, " in ");
                say_span(ctl, last, "latency_us", "");
        }
        if (*ctl_text(last, "headline") != '\0') {
                text_printf(&ctl->out, "\n%12s", "");
                say_styled(ctl, ctl_text(last, "headline"), TABLE_DIM);
        }
        text_printf(&ctl->out, "\n");
}

static void print_store(struct ctl *ctl, const json_t *s)
{
        const json_t *totals = json_object_get(s, "totals"), *store = json_object_get(s, "store");
        enum table_style style = ctl_int(totals, "quarantined") > 0 ? TABLE_RED : TABLE_PLAIN;

        say_head(ctl, "store");
        say_count(ctl, totals, "stories", "stories, ");
        say_count(ctl, totals, "events", "events, ");
        say_count(ctl, totals, "duplicates", "duplicates, ");
        text_printf(&ctl->out, "%s", table_style_begin(style, ctl->colors));
        say_count(ctl, totals, "quarantined", "quarantined");
        text_printf(&ctl->out, "%s", table_style_end(style, ctl->colors));
        if (ctl_int(totals, "raised") > 0) {
                text_printf(&ctl->out, ", %s",
                            table_style_begin(ctl_int(totals, "alerts") > 0 ? TABLE_YELLOW : TABLE_PLAIN, ctl->colors));
                say_count(ctl, totals, "alerts", ctl_int(totals, "alerts") == 1 ? "open alert" : "open alerts");
                text_printf(&ctl->out, "%s", table_style_end(TABLE_YELLOW, ctl->colors));
        }
        text_printf(&ctl->out, "; longest commit ");
        say_span(ctl, store, "commit_us", "\n            ");
        say_styled(ctl, ctl_text(store, "path"), TABLE_PLAIN);
        if (json_is_integer(json_object_get(store, "bytes"))) {
                text_printf(&ctl->out, ", ");
                text_size(&ctl->out, ctl_int(store, "bytes"));
        }
        text_printf(&ctl->out, "\n");
}

static void print_rest(struct ctl *ctl, const json_t *s)
{
        const json_t *loop = json_object_get(s, "loop"), *control = json_object_get(s, "control");
        const char *model = ctl_text(s, "model");

        say_head(ctl, "loop");
        text_printf(&ctl->out, "longest turn ");
        say_span(ctl, loop, "longest_us", " within the last minute, ");
        say_span(ctl, loop, "longest_ever_us", " since the start\n");

        say_head(ctl, "model");
        say_styled(ctl, *model != '\0' ? model : "none yet", TABLE_PLAIN);
        text_printf(&ctl->out, "\n");

        say_head(ctl, "control");
        say_count(ctl, control, "connections", "connections, ");
        say_count(ctl, control, "followers", "followers, ");
        say_count(ctl, control, "refused", "refused; log level ");
        say_styled(ctl, ctl_text(s, "log_level"), TABLE_PLAIN);
        text_printf(&ctl->out, "\n");
}

static void add_source(struct ctl *ctl, struct table *table, const json_t *s)
{
        const char *state = ctl_text(s, "state"), *trouble = ctl_text(s, "trouble"), *detail = ctl_text(s, "detail");
        bool troubled = *trouble != '\0';
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;

        table_add(table, ctl_text(s, "name"), TABLE_BOLD);
        table_add(table, troubled ? "trouble" : state, state_style(troubled ? "trouble" : state));
        table_add_number(table, ctl_int(s, "accepted"), TABLE_PLAIN);
        table_add_number(table, ctl_int(s, "known"), TABLE_PLAIN);
        table_add_number(table, ctl_int(s, "refused"), TABLE_PLAIN);
        ctl_ago(ctl, &text, ctl_text(s, "last"));
        table_add_buf(table, &text, TABLE_PLAIN);
        table_add(table, ctl_text(s, "kind"), TABLE_PLAIN);
        text_printf(&text, "%s", troubled ? trouble : ctl_text(s, "place"));
        if (*detail != '\0')
                text_printf(&text, " (%s)", detail);
        table_add_buf(table, &text, troubled ? TABLE_RED : TABLE_PLAIN);
}

void status_print_sources(struct ctl *ctl, const json_t *sources)
{
        static const struct table_column columns[] = {
                { "SOURCE", 8, false }, { "STATE", 0, false }, { "ACCEPTED", 0, true }, { "KNOWN", 0, true },
                { "REFUSED", 0, true }, { "LAST", 0, false }, { "KIND", 0, false }, { "WATCHES", 12, false },
        };
        struct table table;
        size_t i;
        json_t *source;

        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(sources, i, source)
                add_source(ctl, &table, source);
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

static void print_outputs(struct ctl *ctl, const json_t *outputs)
{
        static const struct table_column columns[] = {
                { "OUTPUT", 8, false }, { "STATE", 0, false }, { "SENT", 0, true }, { "BEHIND", 0, true },
                { "REFUSED", 0, true }, { "KIND", 0, false }, { "TROUBLE", 12, false },
        };
        struct table table;
        size_t i;
        json_t *output;

        table_init(&table, columns, N_ELEMENTS(columns), ctl->width, ctl->colors);
        json_array_foreach(outputs, i, output) {
                const char *state = ctl_text(output, "state");

                table_add(&table, ctl_text(output, "name"), TABLE_BOLD);
                table_add(&table, state, state_style(state));
                table_add_number(&table, ctl_int(output, "sent"), TABLE_PLAIN);
                table_add_number(&table, ctl_int(output, "behind"), TABLE_PLAIN);
                table_add_number(&table, ctl_int(output, "given_up"), TABLE_PLAIN);
                table_add(&table, ctl_text(output, "kind"), TABLE_PLAIN);
                table_add(&table, ctl_text(output, "trouble"), TABLE_RED);
        }
        table_print(&table, &ctl->out);
        table_deinit(&table);
}

void status_print(struct ctl *ctl, const json_t *status)
{
        const json_t *sources = json_object_get(status, "sources"), *outputs = json_object_get(status, "outputs");

        print_head(ctl, status);
        print_troubles(ctl, status);
        print_queue(ctl, status);
        print_rates(ctl, status);
        print_store(ctl, status);
        print_rest(ctl, status);
        if (json_array_size(sources) > 0) {
                text_printf(&ctl->out, "\n");
                status_print_sources(ctl, sources);
        }
        if (json_array_size(outputs) > 0) {
                text_printf(&ctl->out, "\n");
                print_outputs(ctl, outputs);
        }
}

int status_run(struct ctl *ctl, const struct command_line *line _unused_)
{
        return ctl_show(ctl, "Status", NULL, NULL, status_print);
}
