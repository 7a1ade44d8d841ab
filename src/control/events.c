/*
 * See events.h.
 *
 * A call with `more` is in one of three states: it reads a batch from the store (`reading`), it waits until the client
 * has read the one before, or it is live and takes lines from the stream. Where it will follow, it joins the stream
 * before the store is asked, so that nothing falls between the two; what comes twice is known by its sequence number.
 */
#include "control/events.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "control/ask.h"
#include "control/client.h"
#include "control/criteria.h"
#include "output/stream.h"
#include "store/alerts.h"
#include "store/kind.h"
#include "store/query.h"
#include "store/store.h"

enum {
        BATCH = 256,            /* events in one reply of many */
        LINES = 64,             /* of the stream that one follower looks at in one turn of the loop */
        DEFAULT_LIMIT = 100,    /* of a call without `more` */
};

struct events;

/* What is asked for: events or alerts. */
struct about {
        const char *member;             /* of the reply */
        unsigned kinds;                 /* of the change log */
        const char *(*read_filter)(struct events *e, json_t *parameters);
        int (*query)(struct events *e, struct db *db);         /* appends an array to e->text, and sets e->answer */
        bool (*matches)(const struct events *e, json_t *record);
};

struct events {
        struct call *call;
        const struct about *about;
        struct query_filter filter;     /* of what is stored */
        /* of what comes: also what is withdrawn, which the client may have got before */
        struct query_filter coming;
        struct alerts_filter alerts;
        unsigned kinds;                 /* of the change log, those that are wanted */
        int64_t after;                  /* of the change log: the last one that the store gave */
        bool filters;                   /* the filter holds anything back */
        bool newest, follow;
        int64_t left;                   /* events that are still wanted of the store; -1: all */

        struct store_job job;
        bool reading;
        int64_t asked;                  /* how many of the batch that is being read */
        struct buf text;                /* what the job made: the parameters of a reply */
        struct query_answer answer;     /* how many are in it */

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

static bool passes(const struct events *e, struct stream_line *line)
{
        return (e->kinds & line->kind) != 0 &&
               (!e->filters || e->about->matches(e, stream_record(e->call->host->stream, line)));
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
                r = e->answer.n++ == 0 ? buf_printf(&e->text, "{\"%s\":[", e->about->member)
                        : buf_append(&e->text, ",", 1);
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
        e->answer.n = 0;
        r = gather(e);
        if (r == 0)
                call_again(call);       /* there may be more: another turn */
        if (r >= 0 && e->answer.n > 0) {
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
        int r;

        buf_clear(&e->text);
        r = buf_printf(&e->text, "{\"%s\":", e->about->member);
        if (r == 0)
                r = e->about->query(e, db);
        /* Where more batches follow, the daemon goes on by itself. */
        if (r == 0 && (e->newest || !e->call->message.more))
                r = criteria_append_cut(&e->text, &e->answer.reach);
        return r == 0 ? error_trace(buf_append(&e->text, "}", 1)) : error_trace(r);
}

/* The stored ones are sent: what now? */
static void stored_sent(struct events *e)
{
        struct call *call = e->call;
        char nothing[32];
        size_t n = (size_t)snprintf(nothing, sizeof(nothing), "{\"%s\":[]}", e->about->member);

        e->live = e->follow;
        if (!e->live) {
                events_free(e);
                call_reply_text(call, nothing, n);
        } else if (!e->replied && !call_continue_text(call, nothing, n)) {
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
                e->left -= MIN_OF(e->answer.n, e->left);
        ends = e->newest || !call->message.more || e->left == 0 || (e->answer.n < e->asked && !e->answer.reach.cut);
        if (e->answer.n > 0)
                e->after = e->seen = e->answer.last;
        if (e->answer.reach.cut && !ends)
                e->after = e->answer.reach.seq;
        if (ends && !e->follow) {
                struct buf text = e->text;

                e->text = BUF_NULL;
                events_free(e);
                call_reply_text(call, text.data, text.n);
                buf_deinit(&text);
                return;
        }
        /* An empty one, too: so the client sees that something is done. */
        if (!call_continue_text(call, e->text.data, e->text.n)) {
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
static const char *read_events_filter(struct events *e, json_t *parameters)
{
        const char *change = varlink_string(parameters, "change"), *wrong = criteria_read(parameters, &e->filter);

        if (wrong != NULL)
                return wrong;
        e->filter.before = varlink_int(parameters, "before", 0);
        /* Who goes on from somewhere must be told what has gone since. */
        e->filter.withdrawn = varlink_bool(parameters, "withdrawn", e->after > 0);
        e->filter.kinds = e->kinds = change != NULL ? kind_parse_list(change) & KINDS_EVENTS : KINDS_EVENTS;
        if (e->kinds == 0)
                return "change";
        /* All of them: no need to look. */
        if (e->kinds == KINDS_EVENTS)
                e->filter.kinds = 0;
        e->filters = query_filter_holds_back(&e->filter);
        e->coming = e->filter;
        e->coming.withdrawn = true;
        e->coming.kinds = 0;              /* e->kinds says */
        e->follower.kinds = e->kinds;
        e->follower.filter = e->filters ? &e->coming : NULL;
        if (e->follow && e->filter.before != 0)
                return "before";
        /* What raised an alert is in the alert: `Alerts` is what is followed for that. */
        return e->follow && e->filter.rule != NULL ? "rule" : NULL;
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
        e->seen = e->after = varlink_int(parameters, "after", 0);
        e->kinds = e->about->kinds;
        return e->about->read_filter(e, parameters);
}

static int query_stored(struct events *e, struct db *db)
{
        e->filter.after = e->after;
        return query_events(db, &e->filter, e->newest, e->asked, &e->text, &e->answer);
}

static bool event_matches(const struct events *e, json_t *record)
{
        return query_filter_matches(&e->coming, record);
}

static const char *read_alerts_filter(struct events *e, json_t *parameters)
{
        const char *since = varlink_string(parameters, "since"), *until = varlink_string(parameters, "until");

        e->alerts = (struct alerts_filter){
                .rule = varlink_string(parameters, "rule"),
                .key = varlink_string(parameters, "key"),
                .severity = varlink_string(parameters, "severity"),
                .state = varlink_string(parameters, "state"),
        };
        if (!alerts_is_severity(e->alerts.severity))
                return "severity";
        if (!alerts_is_state(e->alerts.state))
                return "state";
        if (since != NULL && clock_parse(since, &e->alerts.since) != 0)
                return "since";
        if (until != NULL && clock_parse(until, &e->alerts.until) != 0)
                return "until";
        e->filters = true;
        e->follower.kinds = e->kinds;
        return NULL;
}

static int query_alerts(struct events *e, struct db *db)
{
        json_t *alerts = NULL;
        int r;

        e->alerts.after = e->after;
        r = alerts_query(db, &e->alerts, e->newest, e->asked, &alerts);
        if (r == 0)
                r = varlink_pack_json(&e->text, alerts);
        e->answer = (struct query_answer){
                .n = (int64_t)json_array_size(alerts),
                .last = varlink_int(json_array_get(alerts, json_array_size(alerts) - 1), "seq", 0),
        };
        json_decref(alerts);
        return r;
}

static bool alert_matches(const struct events *e, json_t *record)
{
        return alerts_matches(&e->alerts, record);
}

static void handle(struct call *call, const struct about *about)
{
        struct events *e = calloc(1, sizeof(*e));
        const char *wrong;

        if (e == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        e->call = call;
        e->about = about;
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

void events_handle(struct call *call)
{
        static const struct about events = { "events", KINDS_EVENTS, read_events_filter, query_stored, event_matches };

        handle(call, &events);
}

void events_handle_alerts(struct call *call)
{
        static const struct about alerts = { "alerts", KINDS_ALERTS, read_alerts_filter, query_alerts, alert_matches };

        handle(call, &alerts);
}
