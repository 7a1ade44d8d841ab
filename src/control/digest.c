/* See digest.h. Read-only questions that may scan; the store gives them up after a while. */
#include "control/digest.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "control/ask.h"
#include "control/criteria.h"
#include "store/digest.h"
#include "store/query.h"
#include "store/store.h"

enum { DEFAULT_DAYS = 30, DEFAULT_PAIRS = 20, DEFAULT_SERIES = 30 };

struct digest {
        struct store_job job;
        struct call *call;
        struct query_filter filter;
        struct query_reach reach;
        bool weeks, pairs;
        int64_t limit, bins;
        json_t *answer;
};

static int run(struct store_job *job, struct db *db)
{
        struct digest *d = container_of(job, struct digest, job);

        json_decref(STEAL(d->answer));
        return d->pairs ? digest_pairs(db, &d->filter, d->limit, d->bins, &d->answer, &d->reach)
                        : digest_timeline(db, &d->filter, d->weeks, &d->answer, &d->reach);
}

static void done(struct store_job *job, int r)
{
        struct digest *d = container_of(job, struct digest, job);
        char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];
        struct call *call = d->call;

        if (r == 0)
                call_reply(call, json_pack("{s:s, s:s, s:O, s:o*}", "since", clock_format(d->filter.since, since), "until",
                                           clock_format(d->filter.until, until), d->pairs ? "pairs" : "bins", d->answer, "cut",
                                           criteria_cut(&d->reach)));
        else if (r == QUERY_E_SLOW)
                call_failed(call, ASK_SLOW);
        else
                call_failed_errno(call, r < 0 ? r : -EINVAL);
        json_decref(d->answer);
        free(d);
}

/* The name of a parameter that is wrong, or NULL. */
static const char *read_parameters(struct digest *d, json_t *p)
{
        const char *by = varlink_string(p, "by"), *wrong = criteria_read(p, &d->filter);

        if (wrong != NULL)
                return wrong;
        if (d->filter.until == 0)
                d->filter.until = clock_wall_us();
        if (d->filter.since == 0)
                d->filter.since = d->filter.until - DEFAULT_DAYS * 86400 * CLOCK_SECOND;
        if (varlink_bool(p, "directed", false)) {
                if (d->filter.actor == NULL || d->filter.source != NULL || (d->filter.other != NULL && d->filter.target != NULL))
                        return "directed";
                d->filter.source = STEAL(d->filter.actor);
                if (d->filter.other != NULL)
                        d->filter.target = STEAL(d->filter.other);
        }
        d->limit = varlink_int(p, "limit", DEFAULT_PAIRS);
        d->bins = varlink_int(p, "bins", DEFAULT_SERIES);
        if (by != NULL && strcmp(by, "day") != 0 && strcmp(by, "week") != 0)
                return "by";
        d->weeks = by != NULL && strcmp(by, "week") == 0;
        return NULL;
}

static void handle(struct call *call, bool pairs)
{
        struct digest *d = calloc(1, sizeof(*d));
        const char *wrong;

        if (d == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        d->job = (struct store_job){ .run = run, .done = done };
        d->call = call;
        d->pairs = pairs;
        wrong = read_parameters(d, call_parameters(call));
        if (wrong != NULL) {
                free(d);
                call_invalid(call, wrong);
                return;
        }
        store_read(call->host->store, &d->job);
}

void digest_handle_timeline(struct call *call)
{
        handle(call, false);
}

void digest_handle_pairs(struct call *call)
{
        handle(call, true);
}
