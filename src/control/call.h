/*
 * One call on its way: from the bytes of its message to its last reply. A handler gets it, answers now or later, and
 * the call ends with the final reply or error; the handler does not touch it after that. Where the client goes away
 * before, replies go nowhere.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/buf.h"
#include "control/control.h"
#include "control/varlink.h"

struct client;
struct clients;
struct method;

struct call {
        struct clients *all;
        struct client *client;          /* NULL: the client went away */
        const struct control_host *host;
        const struct method *method;    /* NULL: there is no such method */
        struct varlink_call message;
        struct buf bytes;               /* what the method's prepare() made of a parameter */
        void *state;                    /* the handler's own, freed by it */
        /* For calls with many replies: there is room for more. May come when it was not asked for. */
        void (*wake)(struct call *call);
        /* The client went away: give up what is under way and call_end(), now or when it comes back. NULL: the call
         * ends with its reply as usual. */
        void (*gone)(struct call *call);

        /* call.c's own */
        uv_work_t work;
        char *raw;
        size_t n_raw;
        bool parted;                    /* some of its reply is made */
        bool plain;                     /* of one who may only ask: counted in n_plain_calls */
        int prepared;
        const char *why;                /* it is malformed */
        const char *wrong;              /* parameter */
};

/* A call for this message (copied). NULL: no memory. */
struct call *call_new(struct client *client, const char *message, size_t n);
/* Parse it, and hand it to its handler: at once, or, where it is long, after another thread has parsed it. */
void call_start(struct call *call);

static inline json_t *call_parameters(const struct call *call)
{
        return call->message.parameters;
}

/* The final reply. `parameters` (NULL: none) are taken over. */
void call_reply(struct call *call, json_t *parameters);
void call_reply_text(struct call *call, const char *parameters, size_t n);
/* One of many: only for calls with `more`. False: the client is gone, `gone` is not called any more, end the call. */
bool call_continue_text(struct call *call, const char *parameters, size_t n);
/* The final reply's parameters piece by piece; what is appended goes on its way at once. False: the client is gone,
 * `gone` is not called any more, end the call; with `last` the call is ended in any case. */
bool call_part(struct call *call, const char *text, size_t n, bool last);
/* Ask for `wake` in the loop's next turn. */
void call_again(struct call *call);

/* `error`: without its interface: "NotFound". */
void call_error(struct call *call, const char *error, json_t *parameters);
/* org.varlink.service's. */
void call_service_error(struct call *call, const char *error, json_t *parameters);
void call_invalid(struct call *call, const char *parameter);
void call_failed(struct call *call, const char *reason);
/* By an -errno. */
void call_failed_errno(struct call *call, int r);

/* Forget the call without a word. */
void call_end(struct call *call);
