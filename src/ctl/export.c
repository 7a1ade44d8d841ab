/*
 * See export.h. The records come from the daemon, batch by batch; the formatters are those of the files output.
 *
 * A file (-o) appears whole or not at all: it is written beside its place and renamed.
 */
#include "ctl/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/filter.h"
#include "ctl/text.h"
#include "output/format.h"

const struct option_row export_options[] = {
        { "format", 0, "FORMAT", "jsonl, csv, gdelt, polecat or phoenix (jsonl)" },
        { "part", 0, "PART", "of gdelt: events or mentions (events)" },
        { "output", 'o', "FILE", "write this file instead of standard output" },
        FILTER_TIME_OPTIONS,
        FILTER_ACTOR_OPTION,
        FILTER_OPTIONS,
        { 0 },
};

struct export {
        const struct format *format;
        size_t part;
        const char *path;               /* NULL: standard output */
        char *temporary;
        FILE *to;
        size_t n_events;
        struct buf out[FORMAT_PARTS_MAX];       /* what the formatter makes of one event */
        struct ctl beside;              /* another connection */
};

static int choose_format(struct ctl *ctl, const struct command_line *line, struct export *x)
{
        const char *name = option_get(line->options, "format"), *part = option_get(line->options, "part");

        x->format = format_find(name != NULL ? name : "jsonl");
        if (x->format == NULL)
                return ctl_fail(ctl, CTL_USAGE,
                                "--format: there is no format '%s': it is jsonl, csv, gdelt, polecat or phoenix", name);
        if (part == NULL)
                return CTL_OK;
        if (x->format->n_parts < 2)
                return ctl_fail(ctl, CTL_USAGE, "--part: %s is one file", x->format->name);
        x->part = strcmp(part, "mentions") == 0;
        if (x->part == 0 && strcmp(part, "events") != 0)
                return ctl_fail(ctl, CTL_USAGE, "--part: '%s' is neither events nor mentions", part);
        return CTL_OK;
}

static int begin(struct ctl *ctl, const struct command_line *line, struct export *x)
{
        const char *header = x->format->parts[x->part].header;
        struct stat st;
        int fd;

        x->path = option_get(line->options, "output");
        /* A pipe or a device is written as it is. */
        if (x->path != NULL && strcmp(x->path, "-") != 0 && (stat(x->path, &st) < 0 || S_ISREG(st.st_mode))) {
                if (asprintf(&x->temporary, "%s.XXXXXX", x->path) < 0)
                        text_need(-ENOMEM);
                fd = mkostemp(x->temporary, O_CLOEXEC);
                if (fd >= 0) {
                        mode_t mask = umask(0);

                        (void)umask(mask);
                        (void)fchmod(fd, 0666 & ~mask);
                }
                x->to = fd >= 0 ? fdopen(fd, "w") : NULL;
        } else {
                x->to = x->path == NULL || strcmp(x->path, "-") == 0 ? stdout : fopen(x->path, "we");
        }
        if (x->to == NULL) {
                free(STEAL(x->temporary));
                return ctl_fail(ctl, CTL_LOCAL, "%s: %s", x->path, strerror(errno));
        }
        if (header != NULL)
                fputs(header, x->to);
        return CTL_OK;
}

static int write_out(struct ctl *ctl, struct export *x, const char *bytes, size_t n)
{
        if (n != 0 && fwrite(bytes, 1, n, x->to) != n)
                return ctl_fail(ctl, CTL_LOCAL, "cannot write: %s", strerror(errno));
        return CTL_OK;
}

static char *dump(const json_t *value)
{
        char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15));

        if (text == NULL)
                text_need(-ENOMEM);
        return text;
}

/* What the format makes of the event as it stands here. */
static int write_lines(struct ctl *ctl, struct export *x, json_t *event)
{
        _cleanup_free_ char *record = dump(event);
        int r;

        text_need(x->format->lines(event, record, strlen(record), x->out));
        r = write_out(ctl, x, x->out[x->part].data, x->out[x->part].n);
        for (size_t i = 0; i < FORMAT_PARTS_MAX; i++)
                buf_clear(&x->out[i]);
        return r;
}

/* The mentions behind the `skip` first ones, of which a record has the first only, over a connection beside.
 * CTL_NOTHING: there are no more. */
static int fetch_mentions(struct ctl *ctl, struct export *x, const json_t *event, size_t skip, json_t **page)
{
        struct varlink_reply reply;
        int r;

        if (x->beside.socket == NULL) {
                x->beside = *ctl;
                x->beside.session = SESSION_NULL;
                x->beside.out = BUF_NULL;
        }
        r = ctl_call(&x->beside, "Mentions",
                     json_pack("{s:I, s:I}", "number", (json_int_t)ctl_int(event, "number"), "skip", (json_int_t)skip),
                     &reply);
        *page = r == CTL_OK ? json_incref(json_object_get(reply.parameters, "mentions")) : NULL;
        varlink_reply_deinit(&reply);
        if (json_array_size(*page) == 0) {
                json_decref(STEAL(*page));
                return r == CTL_OK ? CTL_NOTHING : r;
        }
        return r;
}

/* The record up to its mentions, which come last in the line. */
static int write_head(struct ctl *ctl, struct export *x, json_t *event)
{
        _cleanup_free_ char *head = NULL;
        int r;

        json_object_del(event, "mentions");
        head = dump(event);
        r = write_out(ctl, x, head, strlen(head) - 1);
        return r == CTL_OK ? write_out(ctl, x, ",\"mentions\":", 12) : r;
}

static int write_page(struct ctl *ctl, struct export *x, const json_t *page, bool first)
{
        _cleanup_free_ char *text = dump(page);

        text[0] = first ? '[' : ',';
        return write_out(ctl, x, text, strlen(text) - 1);
}

/* An event of more reports than its record has mentions of: page by page, as the end of its line, or by the format
 * as if the event had the mentions of the page only. */
static int write_crowd(struct ctl *ctl, struct export *x, json_t *event)
{
        bool is_record = x->format == &jsonl_format;
        size_t done = 0;
        json_t *page;
        int r;

        r = fetch_mentions(ctl, x, event, 0, &page);
        if (r == CTL_NOTHING)           /* it is gone meanwhile: as it was */
                r = write_lines(ctl, x, event);
        else if (r == CTL_OK && is_record)
                r = write_head(ctl, x, event);
        while (page != NULL && r == CTL_OK) {
                if (!is_record)
                        json_object_set(event, "mentions", page);
                r = is_record ? write_page(ctl, x, page, done == 0) : write_lines(ctl, x, event);
                done += json_array_size(page);
                json_decref(STEAL(page));
                if (r == CTL_OK)
                        r = fetch_mentions(ctl, x, event, done, &page);
        }
        json_decref(page);
        if (r == CTL_NOTHING)
                r = is_record ? write_out(ctl, x, "]}\n", 3) : CTL_OK;
        return r;
}

static int write_event(struct ctl *ctl, struct export *x, json_t *event)
{
        bool wanted = x->format == &jsonl_format || x->part == 1;

        if (x->format != &jsonl_format)
                json_object_del(event, "change");       /* what it is now is wanted, not what became of it last */
        x->n_events++;
        if (wanted && ctl_int(event, "reports") > (int64_t)json_array_size(json_object_get(event, "mentions")))
                return write_crowd(ctl, x, event);
        return write_lines(ctl, x, event);
}

static int write_batch(struct ctl *ctl, void *user, const json_t *reply)
{
        struct export *x = user;
        int r = CTL_OK;
        json_t *event;
        size_t i;

        json_array_foreach(json_object_get(reply, "events"), i, event)
                if (r == CTL_OK)
                        r = write_event(ctl, x, event);
        return r;
}

/* The file gets its name only where all went well. */
static int finish(struct ctl *ctl, struct export *x, int r)
{
        bool ok = fflush(x->to) == 0 && (x->temporary == NULL || fsync(fileno(x->to)) == 0);

        if (r == CTL_OK && !ok)
                r = ctl_fail(ctl, CTL_LOCAL, "cannot write: %s", strerror(errno));
        if (x->to != stdout)
                fclose(x->to);
        if (x->temporary == NULL)
                return r;
        if (r == CTL_OK && rename(x->temporary, x->path) < 0)
                r = ctl_fail(ctl, CTL_LOCAL, "%s: %s", x->path, strerror(errno));
        if (r != CTL_OK)
                unlink(x->temporary);
        free(x->temporary);
        return r;
}

int export_run(struct ctl *ctl, const struct command_line *line)
{
        struct export x = { .n_events = 0 };
        json_t *parameters = json_object();
        int r = choose_format(ctl, line, &x);

        if (r == CTL_OK)
                r = filter_read(ctl, line, parameters);
        if (r == CTL_OK)
                r = begin(ctl, line, &x);
        if (r == CTL_OK)
                r = finish(ctl, &x, ctl_stream(ctl, "Events", json_incref(parameters), false, write_batch, &x));
        if (r == CTL_OK && x.n_events == 0)
                r = ctl_fail(ctl, CTL_NOTHING, "no such events");
        for (size_t i = 0; i < FORMAT_PARTS_MAX; i++)
                buf_deinit(&x.out[i]);
        if (x.beside.socket != NULL)
                ctl_deinit(&x.beside);
        json_decref(parameters);
        return r;
}
