/* See output.h. */
#include "output/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/kind.h"
#include "store/cursors.h"

enum {
        TURN_LINES = 64,                /* then the loop has its turn */
        BACKOFF_MIN_MS = 200,
        BACKOFF_MAX_MS = 60000,
        WAIT_MAX_MS = 24 * 3600 * 1000, /* that a receiver may ask for */
};

static const struct output_kind *const output_kinds[] = { &output_journal, &output_files, &output_exec,
                                                           &output_webhook };

/* Reading or writing the cursor. */
struct cursor_job {
        struct store_job job;
        struct output *output;
        int64_t seq;
        void (*done)(struct output *output, int r);     /* of output_commit() */
};

static void pump(struct output *output);
static void load(struct output *output);

static void on_timer_closed(uv_handle_t *handle)
{
        struct output *output = handle->data;

        output->closed(output, output->user);
}

static void try_finish(struct output *output)
{
        if (output->stopping && output->at_store == 0 && output->kind_stopped &&
            !uv_is_closing((uv_handle_t *)&output->timer))
                uv_close((uv_handle_t *)&output->timer, on_timer_closed);
}

void output_trouble(struct output *output, const char *format, ...)
{
        _cleanup_free_ char *old = STEAL(output->trouble);
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&output->trouble, format, args);
        va_end(args);
        if (n < 0) {
                output->trouble = NULL;
                return;
        }
        if (old == NULL || strcmp(old, output->trouble) != 0)
                log_message(output->host->log, LOG_WARNING, LOG_OUTPUT_TROUBLE,
                            &(struct log_about){ .output = output->row->name }, "output %s: %s; it is tried again",
                            output->row->name, output->trouble);
}

static void trouble_over(struct output *output)
{
        output->failures = 0;
        if (output->trouble == NULL)
                return;
        free(STEAL(output->trouble));
        log_message(output->host->log, LOG_NOTICE, LOG_OUTPUT_OK, &(struct log_about){ .output = output->row->name },
                    "output %s delivers again", output->row->name);
}

/* ---- the cursor ---- */

static int save_run(struct store_job *job, struct db *db)
{
        struct cursor_job *cursor = container_of(job, struct cursor_job, job);

        return cursor_set(db, cursor->output->row->name, cursor->seq);
}

static void save(struct output *output);

static void save_done(struct store_job *job, int r)
{
        struct cursor_job *cursor = container_of(job, struct cursor_job, job);
        struct output *output = cursor->output;

        output->at_store--;
        output->saving = false;
        if (r == 0)
                output->saved = cursor->seq;
        free(cursor);
        if (r == 0)
                save(output);
        try_finish(output);
}

static struct cursor_job *cursor_job_new(struct output *output, int (*run)(struct store_job *, struct db *),
                                         void (*done)(struct store_job *, int))
{
        struct cursor_job *cursor = calloc(1, sizeof(*cursor));

        if (cursor == NULL)
                arena_out_of_memory();
        cursor->output = output;
        cursor->job.run = run;
        cursor->job.done = done;
        output->at_store++;
        return cursor;
}

/* One write at a time; the next one covers what was delivered meanwhile. */
static void save(struct output *output)
{
        struct cursor_job *cursor;

        if (output->saving || output->delivered == output->saved)
                return;
        cursor = cursor_job_new(output, save_run, save_done);
        cursor->seq = output->delivered;
        output->saving = true;
        store_write(output->host->store, &cursor->job);
}

static void commit_done(struct store_job *job, int r)
{
        struct cursor_job *cursor = container_of(job, struct cursor_job, job);
        struct output *output = cursor->output;

        output->at_store--;
        if (r == 0)
                output->saved = cursor->seq;
        cursor->done(output, r);
        free(cursor);
        try_finish(output);
}

void output_commit(struct output *output, int64_t seq, void (*done)(struct output *output, int r))
{
        struct cursor_job *cursor = cursor_job_new(output, save_run, commit_done);

        cursor->seq = seq;
        cursor->done = done;
        cursor->job.durable = true;
        store_write(output->host->store, &cursor->job);
}

static int load_run(struct store_job *job, struct db *db)
{
        struct cursor_job *cursor = container_of(job, struct cursor_job, job);

        return cursor_get(db, cursor->output->row->name, &cursor->seq);
}

static void on_wake(struct stream_follower *follower)
{
        pump(container_of(follower, struct output, follower));
}

static void on_retry(uv_timer_t *timer)
{
        struct output *output = timer->data;

        if (output->following)
                pump(output);
        else
                load(output);
}

/* ---- delivery ---- */

/* Twice as long each time, and somewhere in the upper half of that, so that many that failed together do not come
 * together again. */
static void back_off(struct output *output)
{
        uint64_t ms = MIN_OF((uint64_t)BACKOFF_MIN_MS << MIN_OF(output->failures, 16U), (uint64_t)BACKOFF_MAX_MS);
        uint64_t least = (uint64_t)MIN_OF(output->wait, (int64_t)WAIT_MAX_MS * 1000) / 1000;
        uint32_t random = 0;

        if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
                random = (uint32_t)uv_hrtime();
        ms -= ms / 2 * (random % 1024) / 1024;
        output->failures++;
        output->wait = 0;
        uv_timer_start(&output->timer, on_retry, MAX_OF(ms, least), 0);
}

static void set_filter(struct output *output)
{
        const struct config_filter *only = &output->row->only;

        output->filter = (struct query_filter){
                .source = only->source,
                .target = only->target,
                .actor = only->actor,
                .type = only->type,
                .status = only->status,
                .watch = only->watch,
                .country = only->country,
                .place = only->place,
                .origin = only->origin,
                .publisher = only->publisher,
                .quad = only->quad,
                .min_origins = only->min_origins,
                .min_reports = only->min_reports,
                .withdrawn = true,
        };
        output->filters = query_filter_holds_back(&output->filter);
        output->alerts = (struct alerts_filter){ .rule = only->rule, .severity = only->severity };
        output->filters_alerts = only->rule != NULL || only->severity != NULL;
        output->changes = output->kind->changes != NULL ? output->kind->changes(output->row) : KINDS_EVENTS;
        if (only->only == CONFIG_ONLY_ALERTS)
                output->changes = KINDS_ALERTS;
        for (size_t i = 0; i < only->change.n; i++)
                output->changes = (i > 0 ? output->changes : 0) |
                                  kind_parse(only->change.items[i], strlen(only->change.items[i]));
}

json_t *output_record(const struct output *output, struct stream_line *line)
{
        return stream_record(output->host->stream, line);
}

/* Whether the filter lets a line pass. */
static bool wanted(const struct output *output, struct stream_line *line)
{
        if ((output->changes & line->kind) == 0)
                return false;
        if ((line->kind & KINDS_ALERTS) != 0)
                return !output->filters_alerts || alerts_matches(&output->alerts, output_record(output, line));
        return !output->filters || query_filter_matches(&output->filter, output_record(output, line));
}

/* What was not safe comes again. */
static void rewind_(struct output *output)
{
        output->holding = false;
        output->taken = output->delivered;
        if (output->following)
                stream_unfollow(output->host->stream, &output->follower);
        output->following = output->following && output->kind->begin == NULL;
        if (output->following)
                stream_follow(output->host->stream, &output->follower, output->delivered);
        back_off(output);
}

/* A line is taken; or it is not for this output. */
static void took(struct output *output, int64_t seq, bool given)
{
        output->taken = seq;
        if (given)
                output->sent++;
        if (output->holding)
                return;
        output->delivered = seq;
        if (given)
                trouble_over(output);
}

static void pump(struct output *output)
{
        if (!output->following || output->stopping || output->delivering ||
            uv_is_active((uv_handle_t *)&output->timer))
                return;
        for (int i = 0; i < TURN_LINES; i++) {
                struct stream_line *line;
                bool given;
                int r = stream_next(output->host->stream, &output->follower, &line);

                if (r != 0) {
                        save(output);
                        if (output->kind->flush != NULL)
                                output->kind->flush(output);
                        return;
                }
                given = wanted(output, line);
                r = given ? output->kind->deliver(output, line) : 0;
                if (r == OUTPUT_E_FAILED) {
                        rewind_(output);
                        return;
                }
                if (r == OUTPUT_E_LATER) {
                        output->delivering = true;
                        return;
                }
                if (r == OUTPUT_E_HELD)
                        output->holding = true;
                took(output, output->follower.seq, given);
                if (output->delivering)         /* it paused */
                        return;
        }
        save(output);
        uv_timer_start(&output->timer, on_retry, 0, 0);
}

void output_held(struct output *output, bool pause)
{
        output->delivering = pause;
        output->holding = true;
        took(output, output->follower.seq, true);
        pump(output);
}

void output_pause(struct output *output)
{
        output->delivering = true;
}

void output_go_on(struct output *output)
{
        output->delivering = false;
        pump(output);
}

void output_failed(struct output *output)
{
        output->delivering = false;
        if (!output->stopping)
                rewind_(output);
}

void output_safe(struct output *output, int64_t seq, bool all)
{
        if (all) {
                output->holding = false;
                seq = MAX_OF(seq, output->taken);
        }
        if (seq > output->delivered)
                output->delivered = seq;
        trouble_over(output);
        save(output);
}

static void load_done(struct store_job *job, int r)
{
        struct cursor_job *cursor = container_of(job, struct cursor_job, job);
        struct output *output = cursor->output;
        int64_t seq = cursor->seq;

        free(cursor);
        output->at_store--;
        if (output->stopping) {
                try_finish(output);
                return;
        }
        if (r < 0) {
                output_trouble(output, "its place cannot be read from the store: %s", strerror(-r));
                back_off(output);
                return;
        }
        /* A new one begins now, and keeps its place from now on. */
        output->saved = seq;
        if (seq < 0)
                seq = stream_last(output->host->stream);
        output->taken = output->delivered = seq;
        save(output);
        if (output->kind->begin != NULL)
                output->kind->begin(output, seq);
        else
                output_ready(output);
}

void output_ready(struct output *output)
{
        if (output->stopping)
                return;
        stream_follow(output->host->stream, &output->follower, output->delivered);
        output->following = true;
        pump(output);
}

static void load(struct output *output)
{
        store_read(output->host->store, &cursor_job_new(output, load_run, load_done)->job);
}

int output_new(struct output **out, const struct output_host *host, struct config *config,
               const struct config_output *row)
{
        struct output *output = calloc(1, sizeof(*output));

        if (output == NULL)
                return error_origin(-ENOMEM);
        list_init(&output->link);
        output->host = host;
        output->config = config_ref(config);
        output->row = row;
        output->taken = -1;
        output->follower.wake = on_wake;
        for (size_t i = 0; i < N_ELEMENTS(output_kinds); i++)
                if (output_kinds[i]->is(row))
                        output->kind = output_kinds[i];
        set_filter(output);
        uv_timer_init(host->loop, &output->timer);
        output->timer.data = output;
        if (output->kind->create != NULL && output->kind->create(output) < 0)
                arena_out_of_memory();
        load(output);
        *out = output;
        return 0;
}

void output_stop(struct output *output, void (*closed)(struct output *output, void *user), void *user)
{
        output->stopping = true;
        output->closed = closed;
        output->user = user;
        uv_timer_stop(&output->timer);
        if (output->following) {
                stream_unfollow(output->host->stream, &output->follower);
                output->following = false;
                save(output);
        }
        if (output->kind->stop != NULL)
                output->kind->stop(output);
        else
                output_stopped(output);
}

void output_stopped(struct output *output)
{
        output->kind_stopped = true;
        try_finish(output);
}

void output_free(struct output *output)
{
        list_unlink(&output->link);
        if (output->kind->free != NULL)
                output->kind->free(output);
        config_unref(output->config);
        free(output->trouble);
        free(output);
}

int64_t output_behind(const struct output *output)
{
        int64_t got = output->kind->answers ? output->delivered : output->taken;

        return output->taken >= 0 ? stream_last(output->host->stream) - got : 0;
}
