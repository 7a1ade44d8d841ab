/* See ctl.h. */
#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/paths.h"
#include "ctl/text.h"

#define CONTROL "io.dateline.Control."
#define SERVICE "org.varlink.service."

enum {
        TIMEOUT_MS = 60000,
        SILENT_MS = 1000,               /* so long nobody needs to be told of */
};

void ctl_init(struct ctl *ctl, const char *socket, bool json)
{
        const char *environment = getenv("DATELINE_SOCKET"), *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
        struct winsize size;

        *ctl = (struct ctl){ .json = json, .session = SESSION_NULL, .now = clock_wall_us() };
        ctl->socket = socket != NULL ? socket : environment != NULL && *environment != '\0' ? environment :
                                                                                               paths_control_socket();
        ctl->terminal = isatty(STDOUT_FILENO);
        ctl->colors = ctl->terminal && (no_color == NULL || *no_color == '\0') &&
                      (term == NULL || strcmp(term, "dumb") != 0);
        if (ctl->terminal)
                ctl->width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void ctl_deinit(struct ctl *ctl)
{
        session_deinit(&ctl->session);
        buf_deinit(&ctl->out);
}

static void tell(const char *before, const char *text)
{
        _cleanup_(buf_deinit) struct buf clean = BUF_NULL;

        text_append(&clean, text, strlen(text), TEXT_LINES);
        fprintf(stderr, "%s%s\n", before, clean.data != NULL ? clean.data : "");
}

int ctl_fail(struct ctl *ctl _unused_, int code, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        text_need(n < 0 ? -ENOMEM : 0);
        tell("datelinectl: ", text);
        return code;
}

static int unreachable(struct ctl *ctl, int r)
{
        const char *hint = r == -ENOENT || r == -ECONNREFUSED ?
                                   ": is it running? Try 'systemctl status datelined', or --socket" :
                           r == -EACCES ? ": its folder does not let you in" : "";

        return ctl_fail(ctl, r == -EACCES ? CTL_DENIED : CTL_UNREACHABLE, "cannot reach datelined at %s: %s%s",
                        ctl->socket, strerror(-r), hint);
}

/* What the transport said. */
static int broken(struct ctl *ctl, int r)
{
        if (r == SESSION_E_CLOSED)
                return ctl_fail(ctl, CTL_UNREACHABLE, "datelined closed the connection: it was stopped, or it refused "
                                                      "us (too many clients, too long a message); its log says");
        if (r == SESSION_E_TIMEOUT)
                return ctl_fail(ctl, CTL_UNREACHABLE, "datelined at %s does not answer (waited %d s)", ctl->socket,
                                TIMEOUT_MS / 1000);
        if (r == SESSION_E_PROTOCOL)
                return ctl_fail(ctl, CTL_UNREACHABLE, "what answers at %s does not speak Varlink", ctl->socket);
        return ctl_fail(ctl, CTL_UNREACHABLE, "%s: %s", ctl->socket, strerror(-r));
}

static int refused_lines(struct ctl *ctl, json_t *errors, const char *what)
{
        size_t i;
        json_t *line;

        json_array_foreach(errors, i, line)
                if (json_is_string(line))
                        tell("", json_string_value(line));       /* as compilers do, so that editors find the place */
        return ctl_fail(ctl, CTL_REFUSED, "%s", what);
}

static int wrong_state(struct ctl *ctl, const json_t *p)
{
        _cleanup_(buf_deinit) struct buf since = BUF_NULL;
        const char *state = ctl_text(p, "state"), *by = ctl_text(p, "by");
        bool resolved = strcmp(state, "resolved") == 0;

        if (*ctl_text(p, "at") != '\0')
                ctl_ago(ctl, &since, ctl_text(p, "at"));
        return ctl_fail(ctl, CTL_REFUSED, "%s is %s already, %s%s%s%s: 'datelinectl alert %s' shows it",
                        ctl_text(p, "id"), resolved ? "resolved" : "acknowledged", *by != '\0' ? "by " : "by itself",
                        by, since.n > 0 ? ", " : "", since.n > 0 ? since.data : "", ctl_text(p, "id"));
}

/* An error reply in words. */
static int refused(struct ctl *ctl, const struct varlink_reply *reply)
{
        const char *error = reply->error;
        json_t *p = reply->parameters;

        if (strcmp(error, CONTROL "NotFound") == 0)
                return ctl_fail(ctl, CTL_NOTHING, "there is no '%s'", ctl_text(p, "id"));
        if (strcmp(error, CONTROL "NoSuchSource") == 0)
                return ctl_fail(ctl, CTL_NOTHING, "there is no source '%s': 'datelinectl sources' lists them",
                                ctl_text(p, "name"));
        if (strcmp(error, CONTROL "BadQuery") == 0)
                return ctl_fail(ctl, CTL_USAGE, "'%s' is not a query: put double quotes around words with signs "
                                                "in them", ctl_text(p, "words"));
        ctl->later = strcmp(error, CONTROL "NotTaken") == 0 && json_is_true(json_object_get(p, "later"));
        if (ctl->later && ctl->patient)
                return CTL_REFUSED;
        if (strcmp(error, CONTROL "NotTaken") == 0)
                return ctl_fail(ctl, CTL_REFUSED, "datelined did not take it: %s", ctl_text(p, "reason"));
        if (strcmp(error, CONTROL "WrongState") == 0)
                return wrong_state(ctl, p);
        if (strcmp(error, CONTROL "RulesRefused") == 0)
                return refused_lines(ctl, json_object_get(p, "errors"), "these are no rules: nothing was tried");
        if (strcmp(error, CONTROL "ConfigurationRefused") == 0 && ctl->quiet)
                return CTL_REFUSED;
        if (strcmp(error, CONTROL "ConfigurationRefused") == 0)
                return refused_lines(ctl, json_object_get(p, "errors"),
                                     "the new configuration was refused; the old one goes on");
        if (strcmp(error, CONTROL "Failed") == 0)
                return ctl_fail(ctl, CTL_UNREACHABLE, "datelined could not do it: %s", ctl_text(p, "reason"));
        if (strcmp(error, SERVICE "PermissionDenied") == 0)
                return ctl_fail(ctl, CTL_DENIED, "you may not do this: it takes root, datelined's own user, or a "
                                                 "member of the group in its configuration (control.group)");
        if (strcmp(error, SERVICE "InvalidParameter") == 0)
                return ctl_fail(ctl, CTL_USAGE, "datelined does not take this value of '%s'", ctl_text(p, "parameter"));
        if (strcmp(error, SERVICE "MethodNotFound") == 0 || strcmp(error, SERVICE "InterfaceNotFound") == 0)
                return ctl_fail(ctl, CTL_UNREACHABLE, "what answers at %s does not know this: is it an older "
                                                      "datelined?", ctl->socket);
        return ctl_fail(ctl, CTL_UNREACHABLE, "datelined answers with the error %s", error);
}

static int send_call(struct ctl *ctl, const char *method, json_t *parameters, bool more)
{
        char name[64];
        int r = ctl->session.fd < 0 ? session_connect(&ctl->session, ctl->socket) : 0;

        if (r < 0) {
                json_decref(parameters);
                return unreachable(ctl, r);
        }
        snprintf(name, sizeof(name), CONTROL "%s", method);
        r = session_send(&ctl->session, name, parameters, more, TIMEOUT_MS);
        json_decref(parameters);
        return r == 0 ? CTL_OK : broken(ctl, r);
}

int ctl_begin(struct ctl *ctl, const char *method, json_t *parameters)
{
        return send_call(ctl, method, parameters, true);
}

/* systemd holds the socket, and starts datelined for whoever comes: where that fails again and again, nobody
 * answers. */
static void tell_waiting(struct ctl *ctl)
{
        if (ctl->told || !session_is_unread(&ctl->session))
                return;
        ctl->told = true;
        tell("datelinectl: ",
             "waiting for datelined, which has not taken the call yet: is it starting, or does it fail to? See "
             "'systemctl status datelined' and 'journalctl -u datelined'");
}

int ctl_next(struct ctl *ctl, struct varlink_reply *reply, bool forever)
{
        int r = session_receive(&ctl->session, reply, SILENT_MS);

        if (r == SESSION_E_TIMEOUT) {
                tell_waiting(ctl);
                r = session_receive(&ctl->session, reply, forever || ctl->endless ? -1 : TIMEOUT_MS - SILENT_MS);
        }
        if (r != 0)
                return broken(ctl, r);
        if (reply->error == NULL)
                return CTL_OK;
        r = refused(ctl, reply);
        varlink_reply_deinit(reply);
        return r;
}

int ctl_call(struct ctl *ctl, const char *method, json_t *parameters, struct varlink_reply *reply)
{
        int r = send_call(ctl, method, parameters, false);

        *reply = VARLINK_REPLY_NULL;
        return r == CTL_OK ? ctl_next(ctl, reply, false) : r;
}

int ctl_stream(struct ctl *ctl, const char *method, json_t *parameters, bool forever,
               int (*take)(struct ctl *ctl, void *user, const json_t *parameters), void *user)
{
        bool continues = true;
        int r = ctl_begin(ctl, method, parameters);

        while (r == CTL_OK && continues) {
                struct varlink_reply reply;

                r = ctl_next(ctl, &reply, forever);
                if (r != CTL_OK)
                        break;
                continues = reply.continues;
                r = take(ctl, user, reply.parameters);
                varlink_reply_deinit(&reply);
        }
        return r;
}

int ctl_list(struct ctl *ctl, const char *method, json_t *parameters, const char *member, const char *nothing,
             void (*print)(struct ctl *ctl, const json_t *array),
             void (*say)(struct ctl *ctl, const json_t *parameters))
{
        struct varlink_reply reply;
        int r = ctl_call(ctl, method, parameters, &reply);
        json_t *array;

        if (r != CTL_OK)
                return r;
        if (say != NULL)
                say(ctl, reply.parameters);
        array = json_object_get(reply.parameters, member);
        if (json_array_size(array) == 0) {
                r = ctl_fail(ctl, CTL_NOTHING, "%s", nothing);
        } else if (ctl->json) {
                r = ctl_print_lines(ctl, array);
        } else {
                print(ctl, array);
                r = ctl_print(ctl);
        }
        varlink_reply_deinit(&reply);
        return r;
}

int ctl_show(struct ctl *ctl, const char *method, json_t *parameters, const char *member,
             void (*print)(struct ctl *ctl, const json_t *value))
{
        struct varlink_reply reply;
        int r = ctl_call(ctl, method, parameters, &reply);
        const json_t *value;

        if (r != CTL_OK)
                return r;
        value = member != NULL ? json_object_get(reply.parameters, member) : reply.parameters;
        if (ctl->json) {
                r = ctl_print_json(ctl, value);
        } else {
                print(ctl, value);
                r = ctl_print(ctl);
        }
        varlink_reply_deinit(&reply);
        return r;
}

int ctl_limit(struct ctl *ctl, const struct option_table *options, int64_t fallback, int64_t least, int64_t *limit)
{
        const char *text = option_get(options, "limit");
        char *end;

        *limit = fallback;
        if (text == NULL)
                return CTL_OK;
        errno = 0;
        *limit = strtoll(text, &end, 10);
        if (errno == 0 && end != text && *end == '\0' && *limit >= least && *limit <= CTL_LIMIT_MAX)
                return CTL_OK;
        return ctl_fail(ctl, CTL_USAGE, "--limit: '%s' is not a number from %lld to %d", text, (long long)least,
                        CTL_LIMIT_MAX);
}

int ctl_print(struct ctl *ctl)
{
        bool ok = fwrite(ctl->out.data != NULL ? ctl->out.data : "", 1, ctl->out.n, stdout) == ctl->out.n &&
                  fflush(stdout) == 0;

        buf_clear(&ctl->out);
        return ok ? CTL_OK : ctl_fail(ctl, CTL_LOCAL, "cannot write the output: %s", strerror(errno));
}

static void append_json(struct ctl *ctl, const json_t *value)
{
        /* On a terminal nothing but ASCII, so that no character of a story steers it. */
        size_t ascii = ctl->terminal ? JSON_ENSURE_ASCII : 0;
        _cleanup_free_ char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) | ascii);

        text_need(text == NULL ? -ENOMEM : 0);
        text_printf(&ctl->out, "%s\n", text);
}

int ctl_print_json(struct ctl *ctl, const json_t *value)
{
        append_json(ctl, value);
        return ctl_print(ctl);
}

int ctl_print_lines(struct ctl *ctl, const json_t *array)
{
        json_t *value;
        size_t i;

        json_array_foreach(array, i, value)
                append_json(ctl, value);
        return ctl_print(ctl);
}

const char *ctl_text(const json_t *object, const char *name)
{
        const char *text = json_string_value(json_object_get(object, name));

        return text != NULL ? text : "";
}

int64_t ctl_int(const json_t *object, const char *name)
{
        return json_integer_value(json_object_get(object, name));
}

double ctl_real(const json_t *object, const char *name)
{
        return json_number_value(json_object_get(object, name));
}

void ctl_ago(struct ctl *ctl, struct buf *out, const char *rfc3339)
{
        int64_t at;

        if (*rfc3339 == '\0' || clock_parse(rfc3339, &at) != 0) {
                text_printf(out, "never");
                return;
        }
        if (ctl->now - at < CLOCK_SECOND) {
                text_printf(out, "just now");
                return;
        }
        text_span(out, (ctl->now - at) / CLOCK_SECOND * CLOCK_SECOND);
        text_printf(out, " ago");
}
