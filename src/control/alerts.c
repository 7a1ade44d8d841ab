/*
 * See alerts.h. A test of rules may look at years of events: it goes on in pieces, each a question of its own to the
 * reader, so that others are answered between, and ends when its client goes away.
 */
#include "control/alerts.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "control/client.h"
#include "desk/rehearsal.h"
#include "output/stream.h"
#include "store/alerts.h"
#include "store/query.h"
#include "store/store.h"

enum { PIECE_US = 100000, BY_MAX = 128 };

/* ---- one alert ---- */

struct order {
        struct store_job job;
        struct call *call;
        int64_t id;
        enum alerts_state state;        /* the one wanted; ALERTS_RAISED: only show it */
        char by[BY_MAX];
        const char *note;
        int64_t seq;
        json_t *alert;
};

static int order_run(struct store_job *job, struct db *db)
{
        struct order *o = container_of(job, struct order, job);
        int r = 0;

        json_decref(STEAL(o->alert));
        o->seq = 0;
        if (o->state == ALERTS_ACKNOWLEDGED)
                r = alerts_acknowledge(db, o->id, o->by, o->note, clock_wall_us(), &o->seq);
        else if (o->state == ALERTS_RESOLVED)
                r = alerts_resolve(db, o->id, o->by, o->note, clock_wall_us(), &o->seq);
        if (r == ALERTS_E_STATE)        /* it is told which it is in */
                return alerts_get(db, o->id, &o->alert) == 0 ? r : error_origin(-EUCLEAN);
        return r == 0 ? alerts_get(db, o->id, &o->alert) : r;
}

/* In which state it is since when, and who brought it there. */
static void wrong_state(struct order *o)
{
        const char *state = json_string_value(json_object_get(o->alert, "state"));
        bool resolved = state != NULL && strcmp(state, "resolved") == 0;
        json_t *by = json_object_get(o->alert, resolved ? "resolved_by" : "acknowledged_by");

        call_error(o->call, "WrongState",
                   json_pack("{s:O, s:s*, s:O?, s:O?}", "id", json_object_get(call_parameters(o->call), "id"), "state",
                             state, "at", json_object_get(o->alert, resolved ? "resolved" : "acknowledged"), "by", by));
}

static void order_done(struct store_job *job, int r)
{
        struct order *o = container_of(job, struct order, job);
        struct call *call = o->call;

        if (r == 0 && o->seq != 0)
                stream_committed(call->host->stream, o->seq);
        if (r == 0)
                call_reply(call, json_pack("{s:O}", "alert", o->alert));
        else if (r == ALERTS_E_NONE)
                call_error(call, "NotFound", json_pack("{s:O}", "id", json_object_get(call_parameters(call), "id")));
        else if (r == ALERTS_E_STATE)
                wrong_state(o);
        else
                call_failed_errno(call, r < 0 ? r : -EINVAL);
        json_decref(o->alert);
        free(o);
}

/* "anna (uid 1000)": the name is what the client says, the number is what the kernel says. */
static void say_who(const struct call *call, char by[static BY_MAX])
{
        const char *name = varlink_string(call_parameters(call), "by");
        unsigned uid = call->client != NULL ? (unsigned)call->client->peer.uid : (unsigned)-1;

        if (name != NULL && *name != '\0')
                snprintf(by, BY_MAX, "%.64s (uid %u)", name, uid);
        else
                snprintf(by, BY_MAX, "uid %u", uid);
}

static void give_order(struct call *call, enum alerts_state state)
{
        struct order *o = calloc(1, sizeof(*o));
        const char *id = varlink_string(call_parameters(call), "id");

        if (o == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        o->job = (struct store_job){ .durable = state != ALERTS_RAISED, .run = order_run, .done = order_done };
        o->call = call;
        o->state = state;
        o->note = varlink_string(call_parameters(call), "note");
        say_who(call, o->by);
        if (!alerts_parse_id(id, &o->id)) {
                free(o);
                call_error(call, "NotFound", json_pack("{s:s}", "id", id));
        } else if (state == ALERTS_RAISED) {
                store_read(call->host->store, &o->job);
        } else {
                store_write(call->host->store, &o->job);
        }
}

void alerts_handle_show(struct call *call)
{
        give_order(call, ALERTS_RAISED);
}

void alerts_handle_acknowledge(struct call *call)
{
        give_order(call, ALERTS_ACKNOWLEDGED);
}

void alerts_handle_resolve(struct call *call)
{
        give_order(call, ALERTS_RESOLVED);
}

/* ---- the rules in force ---- */

struct listing {
        struct store_job job;
        struct call *call;
        json_t *rules;
};

static int rules_run(struct store_job *job, struct db *db)
{
        struct listing *l = container_of(job, struct listing, job);
        json_t *rule;
        size_t i;
        int r = 0;

        json_array_foreach(l->rules, i, rule)
                if (r == 0)
                        r = alerts_count_rule(db, json_string_value(json_object_get(rule, "name")), rule);
        return error_trace(r);
}

static void rules_done(struct store_job *job, int r)
{
        struct listing *l = container_of(job, struct listing, job);

        if (r == 0)
                call_reply(l->call, json_pack("{s:O}", "rules", l->rules));
        else
                call_failed_errno(l->call, r);
        json_decref(l->rules);
        free(l);
}

void alerts_handle_rules(struct call *call)
{
        struct listing *l = calloc(1, sizeof(*l));
        json_t *rules = call->host->rules(call->host->user);

        if (l == NULL || rules == NULL) {
                free(l);
                json_decref(rules);
                call_failed_errno(call, -ENOMEM);
                return;
        }
        l->job = (struct store_job){ .run = rules_run, .done = rules_done };
        l->call = call;
        l->rules = rules;
        store_read(call->host->store, &l->job);
}

/* ---- a test ---- */

struct test {
        struct store_job job;
        struct call *call;
        struct rehearsal *rehearsal;
        const char *name, *text;
        int64_t since;
        char *errors;
        bool done;
        json_t *result;
};

static void test_free(struct test *t)
{
        rehearsal_free(t->rehearsal);
        free(t->errors);
        json_decref(t->result);
        free(t);
}

static int test_run(struct store_job *job, struct db *db)
{
        struct test *t = container_of(job, struct test, job);
        int r = 0;

        if (t->rehearsal == NULL)
                r = rehearsal_new(&t->rehearsal, db, t->name, t->text, strlen(t->text), t->since, clock_wall_us(),
                                  &t->errors);
        if (r == 0)
                r = rehearsal_run(t->rehearsal, db, PIECE_US, &t->done);
        if (r == 0 && t->done)
                r = rehearsal_result(t->rehearsal, db, &t->result);
        return r > 0 ? r : error_trace(r);
}

/* The text cut into its lines. */
static json_t *lines(const char *text)
{
        json_t *array = json_array();

        while (text != NULL && *text != '\0') {
                size_t n = strcspn(text, "\n");

                json_array_append_new(array, json_stringn_nocheck(text, n));
                text += n + (text[n] == '\n');
        }
        return array;
}

static void test_done(struct store_job *job, int r)
{
        struct test *t = container_of(job, struct test, job);
        struct call *call = t->call;

        if (r == 0 && !t->done && call->client != NULL) {
                store_read(call->host->store, &t->job);
                return;
        }
        if (r == 0)
                call_reply(call, t->result != NULL ? json_incref(t->result) : NULL);
        else if (r == REHEARSAL_E_BAD)
                call_error(call, "RulesRefused", json_pack("{s:o}", "errors", lines(t->errors)));
        else
                call_failed_errno(call, r);
        test_free(t);
}

void alerts_handle_test(struct call *call)
{
        json_t *parameters = call_parameters(call);
        const char *since = varlink_string(parameters, "since"), *name = varlink_string(parameters, "name");
        struct test *t = calloc(1, sizeof(*t));

        if (t == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        t->job = (struct store_job){ .run = test_run, .done = test_done };
        t->call = call;
        t->name = name != NULL ? name : "rules";
        t->text = varlink_string(parameters, "text");
        t->since = clock_wall_us() - 30 * 86400 * CLOCK_SECOND;
        if (since != NULL && clock_parse(since, &t->since) != 0) {
                test_free(t);
                call_invalid(call, "since");
                return;
        }
        store_read(call->host->store, &t->job);
}
