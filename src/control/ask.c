/* See ask.h. */
#include "control/ask.h"

#include <errno.h>

#include "base/error.h"
#include "store/deliveries.h"
#include "store/keep.h"
#include "store/query.h"
#include "store/store.h"

/* What one question asks of the store. */
struct question {
        const char *argument;           /* the parameter that `query` gets */
        const char *member;             /* of the reply that holds the answer; NULL: an empty reply */
        int64_t limit;
        int (*query)(struct db *db, const char *argument, int64_t limit, json_t **out);
        /* What a positive result means: the error's name and its parameter; by result - 1. */
        const char *errors[2];
        const char *error_parameters[2];
        bool writes, kicks;
};

struct ask {
        struct store_job job;
        struct call *call;
        const struct question *question;
        const char *argument;
        int64_t limit;
        struct buf text;
};

static int run(struct store_job *job, struct db *db)
{
        struct ask *ask = container_of(job, struct ask, job);
        json_t *answer = NULL;
        int r;

        buf_clear(&ask->text);
        r = ask->question->query(db, ask->argument, ask->limit, &answer);
        if (r == 0 && ask->question->member != NULL) {
                r = buf_printf(&ask->text, "{\"%s\":", ask->question->member);
                if (r == 0)
                        r = varlink_pack_json(&ask->text, answer);
                if (r == 0)
                        r = buf_append(&ask->text, "}", 1);
        }
        json_decref(answer);
        return error_trace(r);
}

static void done(struct store_job *job, int r)
{
        struct ask *ask = container_of(job, struct ask, job);
        const struct question *question = ask->question;
        struct call *call = ask->call;

        if (r == 0 && question->kicks)
                call->host->queue_kick(call->host->user);
        if (r == 0 && question->member != NULL)
                call_reply_text(call, ask->text.data, ask->text.n);
        else if (r == 0)
                call_reply(call, NULL);
        else if (r > 0 && r <= (int)N_ELEMENTS(question->errors) && question->errors[r - 1] != NULL)
                call_error(call, question->errors[r - 1],
                           json_pack("{s:s}", question->error_parameters[r - 1], ask->argument));
        else if (r == QUERY_E_SLOW && !question->writes)
                call_failed(call, ASK_SLOW);
        else
                call_failed_errno(call, r < 0 ? r : -EINVAL);
        buf_deinit(&ask->text);
        free(ask);
}

static void ask_store(struct call *call, const struct question *question)
{
        struct ask *ask = calloc(1, sizeof(*ask));

        if (ask == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        ask->job = (struct store_job){ .durable = question->writes, .run = run, .done = done };
        ask->call = call;
        ask->question = question;
        ask->argument = question->argument != NULL ? varlink_string(call_parameters(call), question->argument) : NULL;
        ask->limit = varlink_int(call_parameters(call), "limit", question->limit);
        if (question->writes)
                store_write(call->host->store, &ask->job);
        else
                store_read(call->host->store, &ask->job);
}

static int event(struct db *db, const char *id, int64_t limit _unused_, json_t **out)
{
        return query_event(db, id, out);
}

static int story(struct db *db, const char *id, int64_t limit _unused_, json_t **out)
{
        return query_story(db, id, out);
}

static int submitted(struct db *db, const char *key, int64_t limit _unused_, json_t **out)
{
        int64_t id;
        int r = deliveries_find(db, "submit", key, &id);

        if (r == 0)
                *out = id != 0 ? json_integer((json_int_t)id) : json_null();
        return error_trace(r);
}

static int quarantine(struct db *db, const char *argument _unused_, int64_t limit, json_t **out)
{
        return query_quarantine(db, limit, out);
}

static int quarantined(struct db *db, const char *id, int64_t limit _unused_, json_t **out)
{
        return query_quarantined(db, id, out);
}

static int retry(struct db *db, const char *id, int64_t limit _unused_, json_t **out _unused_)
{
        bool is_story;
        int64_t row;

        return keep_retry(db, id, &is_story, &row);
}

static int drop(struct db *db, const char *id, int64_t limit _unused_, json_t **out _unused_)
{
        return keep_drop(db, id);
}

_Static_assert(QUERY_E_NONE == 1 && QUERY_E_WORDS == 2 && QUERY_E_SLOW == 3 && KEEP_E_NONE == 1,
               "the rows of errors are in this order");

#define NOT_FOUND .errors = { "NotFound" }, .error_parameters = { "id" }

void ask_event(struct call *call)
{
        static const struct question q = { .argument = "id", .member = "event", .query = event, NOT_FOUND };

        ask_store(call, &q);
}

void ask_story(struct call *call)
{
        static const struct question q = { .argument = "id", .member = "story", .query = story, NOT_FOUND };

        ask_store(call, &q);
}

void ask_search(struct call *call)
{
        static const struct question q = {
                .argument = "words", .member = "stories", .limit = 20, .query = query_search,
                .errors = { NULL, "BadQuery" }, .error_parameters = { NULL, "words" },
        };

        ask_store(call, &q);
}

void ask_submitted(struct call *call)
{
        static const struct question q = { .argument = "key", .member = "id", .query = submitted };

        ask_store(call, &q);
}

void ask_quarantine_list(struct call *call)
{
        static const struct question q = { .member = "items", .limit = 100, .query = quarantine };

        ask_store(call, &q);
}

void ask_quarantine_show(struct call *call)
{
        static const struct question q = { .argument = "id", .member = "item", .query = quarantined, NOT_FOUND };

        ask_store(call, &q);
}

void ask_quarantine_retry(struct call *call)
{
        static const struct question q = {
                .argument = "id", .query = retry, .writes = true, .kicks = true, NOT_FOUND,
        };

        ask_store(call, &q);
}

void ask_quarantine_drop(struct call *call)
{
        static const struct question q = { .argument = "id", .query = drop, .writes = true, NOT_FOUND };

        ask_store(call, &q);
}
