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

/* A row for each report is wanted, and the record has the first ones only: all of them, over a connection beside. */
static int complete_mentions(struct ctl *ctl, struct export *x, json_t *event)
{
        int64_t reports = ctl_int(event, "reports");
        json_t *all = json_array();
        int r = CTL_OK;

        if (x->beside.socket == NULL) {
                x->beside = *ctl;
                x->beside.session = SESSION_NULL;
                x->beside.out = BUF_NULL;
        }
        while (r == CTL_OK && (int64_t)json_array_size(all) < reports) {
                size_t before = json_array_size(all);
                struct varlink_reply reply;

                r = ctl_call(&x->beside, "Mentions", json_pack("{s:I, s:I}", "number",
                                                               (json_int_t)ctl_int(event, "number"), "skip",
                                                               (json_int_t)before), &reply);
                if (r == CTL_OK)
                        json_array_extend(all, json_object_get(reply.parameters, "mentions"));
                varlink_reply_deinit(&reply);
                if (json_array_size(all) == before)     /* some are gone meanwhile */
                        break;
        }
        if (r == CTL_OK && json_array_size(all) > 0)
                json_object_set(event, "mentions", all);
        json_decref(all);
        return r == CTL_NOTHING ? CTL_OK : r;
}

static int write_event(struct ctl *ctl, struct export *x, json_t *event)
{
        _cleanup_free_ char *record = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(15));
        struct buf *out = x->out;

        if (record == NULL)
                text_need(-ENOMEM);
        if (x->part == 1 && ctl_int(event, "reports") > (int64_t)json_array_size(json_object_get(event, "mentions"))) {
                int r = complete_mentions(ctl, x, event);

                if (r != CTL_OK)
                        return r;
        }
        json_object_del(event, "change");       /* what it is now is wanted, not what became of it last */
        text_need(x->format->lines(event, record, strlen(record), out));
        if (out[x->part].n != 0 && fwrite(out[x->part].data, 1, out[x->part].n, x->to) != out[x->part].n)
                return ctl_fail(ctl, CTL_LOCAL, "cannot write: %s", strerror(errno));
        for (size_t i = 0; i < FORMAT_PARTS_MAX; i++)
                buf_clear(&out[i]);
        x->n_events++;
        return CTL_OK;
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
