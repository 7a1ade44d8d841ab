/* See submit.h. */
#include "control/submit.h"

#include <errno.h>
#include <string.h>

#include "base/base64.h"
#include "store/deliveries.h"
#include "store/store.h"

struct submit {
        struct control_submit submit;
        struct call *call;
};

const char *submit_prepare(struct call *call)
{
        json_t *text = json_object_get(call_parameters(call), "text");
        json_t *base64 = json_object_get(call_parameters(call), "base64");

        int r;

        if (json_is_string(text) == json_is_string(base64))
                return json_is_string(text) ? "base64" : "text";
        if (json_is_string(text)) {
                r = buf_append(&call->bytes, json_string_value(text), json_string_length(text));
                return r == 0 ? NULL : "text";
        }
        r = base64_decode(&call->bytes, json_string_value(base64), json_string_length(base64));
        return r == 0 ? NULL : "base64";
}

static void on_submitted(struct control_submit *submit, int r, int64_t id, const char *reason)
{
        struct submit *s = container_of(submit, struct submit, submit);
        struct call *call = s->call;

        free(s);
        if (r == 0 || r == DELIVERIES_E_KNOWN)
                call_reply(call, json_pack("{s:I, s:b}", "id", (json_int_t)id, "known", r == DELIVERIES_E_KNOWN));
        else
                call_error(call, "NotTaken",
                           json_pack("{s:s, s:b}", "reason", reason != NULL ? reason : strerror(-r), "later",
                                     !store_is_own_fault(r)));
}

void submit_handle(struct call *call)
{
        struct submit *s = calloc(1, sizeof(*s));
        json_t *parameters = call_parameters(call);

        if (s == NULL) {
                call_failed_errno(call, -ENOMEM);
                return;
        }
        s->call = call;
        s->submit = (struct control_submit){
                .name = varlink_string(parameters, "name"),
                .format = varlink_string(parameters, "format"),
                .encoding = varlink_string(parameters, "encoding"),
                .key = varlink_string(parameters, "key"),
                .bytes = call->bytes.data,
                .n_bytes = call->bytes.n,
                .done = on_submitted,
        };
        call->host->submit(call->host->user, &s->submit);
}
