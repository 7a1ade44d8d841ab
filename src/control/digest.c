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

enum { DEFAULT_DAYS = 30, DEFAULT_PAIRS = 20, DEFAULT_SERIES = 30, DEFAULT_SECONDS = 1 };

struct asked {
        struct store_job job;
        struct call *call;
        enum digest_kind kind;
        struct query_filter filter;
        struct query_reach reach;
        struct digest *digest;
        int64_t limit, bins;
        int64_t ends;                   /* behind which it is not looked on, monotonic clock, us */
        json_t *answer;
};

static int run(struct store_job *job, struct db *db)
{
        struct asked *a = container_of(job, struct asked, job);

        return digest_look(a->digest, db, &a->reach);
}

static void end(struct asked *a)
{
        digest_free(a->digest);
        json_decref(a->answer);
        free(a);
}

/* One look after the other, so that others are answered between. */
static void done(struct store_job *job, int r)
{
        struct asked *a = container_of(job, struct asked, job);
        char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];
        struct call *call = a->call;

        if (r == 0 && a->reach.cut && call->client != NULL && clock_monotonic_us() + QUERY_US < a->ends) {
                store_read(call->host->store, &a->job);
                return;
        }
        if (r == 0)
                r = digest_result(a->digest, a->limit, &a->answer);
        if (r == 0)
                call_reply(call, json_pack("{s:s, s:s, s:O, s:o*}", "since", clock_format(a->filter.since, since),
                                           "until",
                                           clock_format(a->filter.until, until),
                                           a->kind == DIGEST_PAIRS ? "pairs" : "bins", a->answer, "cut",
                                           criteria_cut(&a->reach)));
        else if (r == QUERY_E_SLOW)
                call_failed(call, ASK_SLOW);
        else
                call_failed_errno(call, r < 0 ? r : -EINVAL);
        end(a);
}

/* The name of a parameter that is wrong, or NULL. */
static const char *read_parameters(struct asked *a, json_t *p)
{
        const char *by = varlink_string(p, "by"), *wrong = criteria_read(p, &a->filter);

        if (wrong != NULL)
                return wrong;
        if (a->filter.until == 0)
                a->filter.until = clock_wall_us();
        if (a->filter.since == 0)
                a->filter.since = a->filter.until - DEFAULT_DAYS * 86400 * CLOCK_SECOND;
        if (varlink_bool(p, "directed", false)) {
                if (a->filter.actor == NULL || a->filter.source != NULL ||
                    (a->filter.other != NULL && a->filter.target != NULL))
                        return "directed";
                a->filter.source = STEAL(a->filter.actor);
                if (a->filter.other != NULL)
                        a->filter.target = STEAL(a->filter.other);
        }
        a->limit = varlink_int(p, "limit", DEFAULT_PAIRS);
        a->bins = varlink_int(p, "bins", DEFAULT_SERIES);
        if (by != NULL && strcmp(by, "day") != 0 && strcmp(by, "week") != 0)
                return "by";
        if (by != NULL && strcmp(by, "week") == 0)
                a->kind = DIGEST_WEEKS;
        a->ends = clock_monotonic_us() + varlink_int(p, "seconds", DEFAULT_SECONDS) * CLOCK_SECOND;
        return NULL;
}

static void handle(struct call *call, enum digest_kind kind)
{
        struct asked *a = calloc(1, sizeof(*a));
        const char *wrong;

        if (a == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        a->job = (struct store_job){ .run = run, .done = done };
        a->call = call;
        a->kind = kind;
        wrong = read_parameters(a, call_parameters(call));
        if (wrong != NULL) {
                end(a);
                call_invalid(call, wrong);
        } else if (digest_new(&a->digest, a->kind, &a->filter, a->bins) < 0) {
                end(a);
                call_failed_errno(call, -ENOMEM);
        } else {
                store_read(call->host->store, &a->job);
        }
}

void digest_handle_timeline(struct call *call)
{
        handle(call, DIGEST_DAYS);
}

void digest_handle_pairs(struct call *call)
{
        handle(call, DIGEST_PAIRS);
}
