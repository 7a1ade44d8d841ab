/*
 * See events.h.
 *
 * A call with `more` is in one of three states: it reads a batch from the store (`reading`), it waits until the client
 * has read the one before, or it is live and takes lines from the stream. Where it will follow, it joins the stream
 * before the store is asked, so that nothing falls between the two; what comes twice is known by its sequence number.
 */
#include "control/events.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "control/ask.h"
#include "control/client.h"
#include "output/stream.h"
#include "store/kind.h"
#include "store/query.h"
#include "store/store.h"

enum {
        BATCH = 256,            /* events in one reply of many */
        LINES = 64,             /* of the stream that one follower looks at in one turn of the loop */
        DEFAULT_LIMIT = 100,    /* of a call without `more` */
};

struct events {
        struct call *call;
        struct query_filter filter;
        bool filters;                   /* the filter holds anything back */
        bool newest, follow;
        int64_t left;                   /* events that are still wanted of the store; -1: all */

        struct store_job job;
        bool reading;
        int64_t asked;                  /* how many of the batch that is being read */
        struct buf text;                /* what the job made: the parameters of a reply */
        int64_t n, last;                /* how many are in it, the last one's sequence */

        bool replied;                   /* there was a first reply */
        bool joined, live;
        struct stream_follower follower;
        int64_t seen;                   /* sequence of the last one that was sent */
};

static void read_batch(struct events *e);

static void leave_stream(struct events *e)
{
        if (!e->joined)
                return;
        stream_unfollow(e->call->host->stream, &e->follower);
        e->joined = false;
}

static void events_free(struct events *e)
{
        leave_stream(e);
        if (e->follow)
                e->call->all->n_followers--;
        e->call->wake = e->call->gone = NULL;
        buf_deinit(&e->text);
        free(e);
}

/* The client is gone. */
static void on_gone(struct call *call)
{
        struct events *e = call->state;

        leave_stream(e);
        if (e->reading)
                return;         /* the job comes back and ends it */
        events_free(e);
        call_end(call);
}

static void fail(struct events *e, int r)
{
        struct call *call = e->call;

        events_free(e);
        call_failed_errno(call, r);
}

/* --- the stream --------------------------------------------------------------------------------------------------- */

static void on_line(struct stream_follower *follower)
{
        call_again(container_of(follower, struct events, follower)->call);
}

/* What is withdrawn is told to all that follow: they may have got it before. */
static bool passes(const struct events *e, struct stream_line *line)
{
        return (e->filter.kinds & line->kind) != 0 &&
               (!e->filters || query_filter_matches(&e->filter, stream_record(e->call->host->stream, line)));
}

/* Append what waits in the stream to e->text. 0; STREAM_E_NONE: nothing waits any more; -errno. */
static int gather(struct events *e)
{
        struct stream_line *line;
        int r = 0;

        for (int i = 0; i < LINES && e->text.n < CLIENT_ROOM; i++) {
                r = stream_next(e->call->host->stream, &e->follower, &line);
                if (r != 0)
                        return r < 0 ? error_trace(r) : STREAM_E_NONE;
                if (line->seq <= e->seen || !passes(e, line))
                        continue;
                e->seen = line->seq;
                r = buf_append_string(&e->text, e->n++ == 0 ? "{\"events\":[" : ",");
                if (r == 0)
                        r = buf_append(&e->text, line->text, line->n);
                if (r != 0)
                        return error_trace(r);
        }
        return 0;
}

static void take_lines(struct events *e)
{
        struct call *call = e->call;
        int r;

        buf_clear(&e->text);
        e->n = 0;
        r = gather(e);
        if (r == 0)
                call_again(call);       /* there may be more: another turn */
        if (r >= 0 && e->n > 0) {
                int s = buf_append_string(&e->text, "]}");

                if (s != 0)
                        r = s;
                else if (!call_continue_text(call, e->text.data, e->text.n)) {
                        events_free(e);
                        call_end(call);
                        return;
                }
        }
        if (r < 0)
                fail(e, r);
        else
                buf_deinit(&e->text);   /* a follower that waits holds no memory */
}

/* --- the store ---------------------------------------------------------------------------------------------------- */

static int run(struct store_job *job, struct db *db)
{
        struct events *e = container_of(job, struct events, job);
        json_t *events = NULL;
        int r;

        buf_clear(&e->text);
        r = query_events(db, &e->filter, e->newest, e->asked, &events);
        if (r == 0)
                r = buf_append_string(&e->text, "{\"events\":");
        if (r == 0)
                r = varlink_pack_json(&e->text, events);
        if (r == 0)
                r = buf_append(&e->text, "}", 1);
        e->n = (int64_t)json_array_size(events);
        e->last = varlink_int(json_array_get(events, json_array_size(events) - 1), "seq", 0);
        json_decref(events);
        return error_trace(r);
}

/* The stored ones are sent: what now? */
static void stored_sent(struct events *e)
{
        struct call *call = e->call;

        e->live = e->follow;
        if (!e->live) {
                events_free(e);
                call_reply_text(call, "{\"events\":[]}", strlen("{\"events\":[]}"));
        } else if (!e->replied && !call_continue_text(call, "{\"events\":[]}", strlen("{\"events\":[]}"))) {
                events_free(e);
                call_end(call);
        } else {
                e->replied = true;
                call_again(call);
        }
}

static void on_batch(struct store_job *job, int r)
{
        struct events *e = container_of(job, struct events, job);
        struct call *call = e->call;
        bool ends;

        e->reading = false;
        if (call->client == NULL) {
                events_free(e);
                call_end(call);
                return;
        }
        if (r == QUERY_E_SLOW) {
                events_free(e);
                call_failed(call, ASK_SLOW);
                return;
        }
        if (r != 0) {
                fail(e, r < 0 ? r : -EINVAL);
                return;
        }
        if (e->left >= 0)
                e->left -= MIN_OF(e->n, e->left);
        ends = e->newest || e->left == 0 || e->n < e->asked;
        if (e->n > 0)
                e->filter.after = e->seen = e->last;
        if (ends && !e->follow) {
                struct buf text = e->text;

                e->text = BUF_NULL;
                events_free(e);
                call_reply_text(call, text.data, text.n);
                buf_deinit(&text);
                return;
        }
        if ((e->n > 0 || !e->replied) && !call_continue_text(call, e->text.data, e->text.n)) {
                events_free(e);
                call_end(call);
                return;
        }
        buf_deinit(&e->text);
        e->replied = true;
        if (ends)
                stored_sent(e);
        else
                call_again(call);
}

static void read_batch(struct events *e)
{
        struct call *call = e->call;
        int64_t most = call->message.more && !e->newest ? BATCH : ASK_LIMIT_MAX;

        /* Join anew before each batch: the last one decides where the stream goes on. */
        leave_stream(e);
        if (e->follow) {
                stream_follow(call->host->stream, &e->follower, -1);
                e->joined = true;
        }
        if (e->left == 0) {
                stored_sent(e);
                return;
        }
        e->asked = e->left > 0 ? MIN_OF(e->left, most) : most;
        e->reading = true;
        e->job = (struct store_job){ .run = run, .done = on_batch };
        store_read(call->host->store, &e->job);
}

/* --- the call ----------------------------------------------------------------------------------------------------- */

/* There is room for more. */
static void on_wake(struct call *call)
{
        struct events *e = call->state;

        if (e->reading || !e->replied)
                return;
        if (e->live)
                take_lines(e);
        else
                read_batch(e);
}

/* The name of a parameter that is wrong, or NULL. */
static const char *read_filter(struct events *e, json_t *parameters)
{
        const char *since = varlink_string(parameters, "since"), *until = varlink_string(parameters, "until");
        const char *change = varlink_string(parameters, "change");

        e->filter = (struct query_filter){
                .source = varlink_string(parameters, "source"),
                .target = varlink_string(parameters, "target"),
                .actor = varlink_string(parameters, "actor"),
                .type = varlink_string(parameters, "type"),
                .status = varlink_string(parameters, "status"),
                .watch = varlink_string(parameters, "watch"),
                .story = varlink_string(parameters, "story"),
                .after = varlink_int(parameters, "after", 0),
                /* Who goes on from somewhere must be told what has gone since. */
                .withdrawn = varlink_bool(parameters, "withdrawn", varlink_int(parameters, "after", 0) > 0),
                .kinds = change != NULL ? kind_parse_list(change) & KINDS_EVENTS : KINDS_EVENTS,
        };
        if (e->filter.kinds == 0)
                return "change";
        if (since != NULL && clock_parse(since, &e->filter.since) != 0)
                return "since";
        if (until != NULL && clock_parse(until, &e->filter.until) != 0)
                return "until";
        e->seen = e->filter.after;
        e->filters = e->filter.source != NULL || e->filter.target != NULL || e->filter.actor != NULL ||
                     e->filter.type != NULL || e->filter.status != NULL || e->filter.watch != NULL ||
                     e->filter.story != NULL || e->filter.since != 0 || e->filter.until != 0;
        return NULL;
}

static const char *read_parameters(struct events *e, struct call *call)
{
        json_t *parameters = call_parameters(call);

        e->newest = varlink_bool(parameters, "newest", false);
        e->follow = varlink_bool(parameters, "follow", false);
        e->left = varlink_int(parameters, "limit", call->message.more ? -1 : DEFAULT_LIMIT);
        if (e->left < 0)
                e->newest = false;      /* all of them: then the last ones are as good as the first */
        if ((!call->message.more || e->newest) && e->left > ASK_LIMIT_MAX)
                return "limit";
        return read_filter(e, parameters);
}

void events_handle(struct call *call)
{
        struct events *e = calloc(1, sizeof(*e));
        const char *wrong;

        if (e == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        e->call = call;
        list_init(&e->follower.link);
        e->follower.wake = on_line;
        wrong = read_parameters(e, call);
        if (wrong != NULL || (e->follow && !call->message.more)) {
                free(e);
                if (wrong != NULL)
                        call_invalid(call, wrong);
                else
                        call_service_error(call, "ExpectedMore", NULL);
                return;
        }
        if (e->follow)
                call->all->n_followers++;
        call->state = e;
        call->wake = on_wake;
        call->gone = on_gone;
        read_batch(e);
}
