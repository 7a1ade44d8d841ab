/* See mentions.h. An event's record has the first ones only; a crowd's come from the store, a page a call. */
#include "control/mentions.h"

#include <errno.h>

#include "control/ask.h"
#include "store/query.h"
#include "store/store.h"

struct mentions {
        struct store_job job;
        struct call *call;
        int64_t number, skip, limit;
        json_t *found;
};

static int run(struct store_job *job, struct db *db)
{
        struct mentions *m = container_of(job, struct mentions, job);

        json_decref(STEAL(m->found));
        return query_mentions(db, m->number, m->skip, m->limit, &m->found);
}

static void done(struct store_job *job, int r)
{
        struct mentions *m = container_of(job, struct mentions, job);

        if (r == 0)
                call_reply(m->call, json_pack("{s:O}", "mentions", m->found));
        else if (r == QUERY_E_NONE)
                call_error(m->call, "NotFound", json_pack("{s:o}", "id", json_sprintf("%lld", (long long)m->number)));
        else
                call_failed_errno(m->call, r < 0 ? r : -EINVAL);
        json_decref(m->found);
        free(m);
}

void mentions_handle(struct call *call)
{
        struct mentions *m = calloc(1, sizeof(*m));

        if (m == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        m->job = (struct store_job){ .run = run, .done = done };
        m->call = call;
        m->number = varlink_int(call_parameters(call), "number", 0);
        m->skip = varlink_int(call_parameters(call), "skip", 0);
        m->limit = varlink_int(call_parameters(call), "limit", ASK_LIMIT_MAX);
        store_read(call->host->store, &m->job);
}
