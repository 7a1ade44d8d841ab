/* See call.h. */
#include "control/call.h"

#include <string.h>

#include "base/error.h"
#include "control/client.h"
#include "control/method.h"

enum {
        INLINE_MAX = 32768,     /* bytes of a message that are parsed on the loop; longer ones take too long a turn */
};

struct call *call_new(struct client *client, const char *message, size_t n)
{
        struct call *call = calloc(1, sizeof(*call));

        if (call == NULL)
                return NULL;
        call->raw = malloc(n + 1);
        if (call->raw == NULL) {
                free(call);
                return NULL;
        }
        memcpy(call->raw, message, n);
        call->n_raw = n;
        call->client = client;
        call->all = client->all;
        call->host = &client->all->host;
        call->all->n_calls++;
        call->plain = client->plain;
        call->all->n_plain_calls += call->plain;
        return call;
}

void call_end(struct call *call)
{
        struct client *client = call->client;
        struct clients *all = call->all;

        varlink_call_deinit(&call->message);
        buf_deinit(&call->bytes);
        free(call->raw);
        all->n_plain_calls -= call->plain;
        free(call);
        all->n_calls--;
        if (client != NULL)
                client_call_ended(client);
        clients_check_closed(all);
}

/* All that needs nothing but the call. */
static void prepare(struct call *call)
{
        call->prepared = varlink_call_parse(call->raw, call->n_raw, &call->message, &call->why);
        free(call->raw);
        call->raw = NULL;
        if (call->prepared != 0)
                return;
        call->method = method_find(call->message.method);
        if (call->method == NULL)
                return;
        call->wrong = varlink_parameters_check(call->method->parameters, call->message.parameters);
        if (call->wrong == NULL && call->method->prepare != NULL)
                call->wrong = call->method->prepare(call);
}

/* A method that is not there. */
static void not_found(struct call *call)
{
        const char *name = call->message.method, *dot = strrchr(name, '.');
        size_t n = dot != NULL ? (size_t)(dot - name) : strlen(name);

        if (method_has_interface(name, n))
                call_service_error(call, "MethodNotFound", json_pack("{s:s}", "method", name));
        else
                call_service_error(call, "InterfaceNotFound", json_pack("{s:s%}", "interface", name, n));
}

/* Close the connection. A call that still has replies to make finds its connection gone. */
static void refuse(struct call *call, const char *why, bool ends)
{
        struct client *client = call->client;

        client->call = NULL;
        call->client = NULL;
        client_refuse(client, why);
        if (ends)
                call_end(call);
}

static void dispatch(struct call *call)
{
        if (call->client == NULL)
                call_end(call);
        else if (call->prepared != 0)
                refuse(call, call->why, true);
        else if (call->method == NULL)
                not_found(call);
        else if (call->message.upgrade)
                call_service_error(call, "MethodNotImplemented", json_pack("{s:s}", "method", call->method->name));
        else if ((call->method->flags & METHOD_CHANGES) != 0 && !client_may_change(call->client)) {
                client_log(call->client, "may not call %s", call->method->name);
                call_service_error(call, "PermissionDenied", NULL);
        } else if (call->wrong != NULL)
                call_invalid(call, call->wrong);
        else
                call->method->handle(call);
}

static void on_work(uv_work_t *work)
{
        prepare(container_of(work, struct call, work));
}

static void on_worked(uv_work_t *work, int status _unused_)
{
        dispatch(container_of(work, struct call, work));
}

void call_start(struct call *call)
{
        if (call->n_raw > INLINE_MAX && uv_queue_work(call->host->loop, &call->work, on_work, on_worked) == 0)
                return;
        prepare(call);
        dispatch(call);
}

/* A reply was packed (`r` says how): end the call, unless more follows. */
static void packed(struct call *call, int r, bool ends)
{
        if (call->client != NULL && r != 0)
                refuse(call, r < 0 ? strerror(-r) : "a reply is too large", ends);
        else if (call->client != NULL && !client_account(call->client))
                refuse(call, "too much waits to be sent", ends);
        else if (ends)
                call_end(call);
}

static struct buf *output(struct call *call)
{
        return call->client != NULL && !call->message.oneway ? client_output(call->client) : NULL;
}

void call_reply(struct call *call, json_t *parameters)
{
        struct buf *out = output(call);
        int r = out != NULL ? varlink_pack_reply(out, parameters, false) : 0;

        json_decref(parameters);
        packed(call, r, true);
}

void call_reply_text(struct call *call, const char *parameters, size_t n)
{
        struct buf *out = output(call);

        packed(call, out != NULL ? varlink_pack_reply_text(out, parameters, n, false) : 0, true);
}

bool call_continue_text(struct call *call, const char *parameters, size_t n)
{
        struct buf *out = output(call);

        packed(call, out != NULL ? varlink_pack_reply_text(out, parameters, n, true) : 0, false);
        if (call->client != NULL)
                client_flush(call->client);
        return call->client != NULL;
}

bool call_part(struct call *call, const char *text, size_t n, bool last)
{
        struct buf *out = output(call);
        int r = out != NULL && !call->parted ? buf_append_string(out, "{\"parameters\":") : 0;

        call->parted = true;
        if (out != NULL && r == 0)
                r = buf_append(out, text, n);
        if (out != NULL && r == 0 && last)
                r = buf_append(out, "}", 2);    /* with the NUL that ends a message */
        packed(call, r, last);
        return !last && call->client != NULL;
}

void call_again(struct call *call)
{
        if (call->client != NULL)
                client_again(call->client);
}

static void send_error(struct call *call, const char *interface, const char *error, json_t *parameters)
{
        struct buf *out = output(call);
        char name[128];
        int r = 0;

        if (out != NULL) {
                snprintf(name, sizeof(name), "%s.%s", interface, error);
                r = varlink_pack_error(out, name, parameters);
        }
        json_decref(parameters);
        packed(call, r, true);
}

void call_error(struct call *call, const char *error, json_t *parameters)
{
        send_error(call, "io.dateline.Control", error, parameters);
}

void call_service_error(struct call *call, const char *error, json_t *parameters)
{
        send_error(call, "org.varlink.service", error, parameters);
}

void call_invalid(struct call *call, const char *parameter)
{
        call_service_error(call, "InvalidParameter", json_pack("{s:s}", "parameter", parameter));
}

void call_failed(struct call *call, const char *reason)
{
        call_error(call, "Failed", json_pack("{s:s}", "reason", reason));
}

void call_failed_errno(struct call *call, int r)
{
        call_failed(call, r == -ECANCELED ? "the daemon is stopping" : strerror(-r));
}
