/* See orders.h. */
#include "control/orders.h"

#include <errno.h>
#include <string.h>

#include "control/client.h"

static void on_tested(void *arg, const char *text, size_t n)
{
        if (text != NULL)
                call_reply_text(arg, text, n);
        else
                call_failed(arg, "datelined stops, or has no memory");
}

void orders_test_source(struct call *call)
{
        json_t *parameters = call_parameters(call);
        const char *name = varlink_string(parameters, "name"), *url = varlink_string(parameters, "url");
        bool allow_private = json_is_true(json_object_get(parameters, "allow_private"));
        int r;

        if ((name == NULL) == (url == NULL)) {
                call_invalid(call, "name");
                return;
        }
        r = call->host->test_source(call->host->user, name, url, allow_private, on_tested, call);
        if (r == 1)
                call_error(call, "NoSuchSource", json_pack("{s:s}", "name", name));
        else if (r > 0)
                call_invalid(call, "url");
}

static void set_paused(struct call *call, bool paused)
{
        const char *name = varlink_string(call_parameters(call), "name");
        int r = call->host->set_paused(call->host->user, name, paused);

        if (r == 0)
                call_reply(call, NULL);
        else if (r > 0)
                call_error(call, "NoSuchSource", json_pack("{s:s}", "name", name));
        else
                call_failed_errno(call, r);
}

void orders_pause(struct call *call)
{
        set_paused(call, true);
}

void orders_resume(struct call *call)
{
        set_paused(call, false);
}

/* The text cut into its lines. */
static json_t *lines(const char *text)
{
        json_t *array = json_array();

        while (text != NULL && *text != '\0') {
                size_t n = strcspn(text, "\n");

                if (n > 0)
                        json_array_append_new(array, json_stringn_nocheck(text, n));
                text += n + (text[n] == '\n');
        }
        return array;
}

static void on_reloaded(void *arg, int r, const char *text)
{
        struct call *call = arg;

        if (r == 0)
                call_reply(call, json_pack("{s:s*}", "changes", text));
        else if (r > 0)
                call_error(call, "ConfigurationRefused", json_pack("{s:o}", "errors", lines(text)));
        else
                call_failed_errno(call, r);
}

void orders_reload(struct call *call)
{
        call->host->reload(call->host->user, on_reloaded, call);
}

void orders_get_log_level(struct call *call)
{
        call_reply(call, json_pack("{s:s}", "level", log_level_name(log_get_level(call->host->log))));
}

void orders_set_log_level(struct call *call)
{
        int level = log_level_from_name(varlink_string(call_parameters(call), "level"));
        int r;

        if (level < 0) {
                call_invalid(call, "level");
                return;
        }
        r = call->host->log_level(call->host->user, level);
        if (r == 0)
                call_reply(call, NULL);
        else
                call_failed_errno(call, r);
}
