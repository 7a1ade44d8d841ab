/* See varlink.h. Source of the rules: UAPI.20 Varlink IPC, "Wire Protocol". */
#include "control/varlink.h"

#include <string.h>

#include "base/error.h"

int varlink_reader_add(struct varlink_reader *reader, const void *bytes, size_t n)
{
        /* Only what was not taken is moved, and only when bytes come in: taking many small messages out of a full
         * buffer stays linear. */
        if (reader->start > 0) {
                buf_consume(&reader->in, reader->start);
                reader->scanned -= reader->start;
                reader->start = 0;
        }
        return error_trace(buf_append(&reader->in, bytes, n));
}

static const char *find_end(struct varlink_reader *reader)
{
        const char *end;

        if (reader->in.n == reader->scanned)
                return NULL;
        end = memchr(reader->in.data + reader->scanned, '\0', reader->in.n - reader->scanned);
        reader->scanned = end != NULL ? (size_t)(end - reader->in.data) : reader->in.n;
        return end;
}

bool varlink_reader_has_message(struct varlink_reader *reader)
{
        return find_end(reader) != NULL;
}

int varlink_reader_take(struct varlink_reader *reader, size_t max, const char **message, size_t *n)
{
        const char *end = find_end(reader);

        if ((end != NULL ? reader->scanned : reader->in.n) - reader->start > max)
                return VARLINK_E_LARGE;
        if (end == NULL) {
                if (reader->start == reader->in.n)
                        varlink_reader_deinit(reader);  /* an idle connection holds no memory */
                return VARLINK_E_MORE;
        }
        *message = reader->in.data + reader->start;
        *n = reader->scanned - reader->start;
        reader->start = reader->scanned = reader->scanned + 1;
        return 0;
}

void varlink_reader_deinit(struct varlink_reader *reader)
{
        buf_deinit(&reader->in);
        reader->start = reader->scanned = 0;
}

/* Whether arrays and objects nest at most VARLINK_DEPTH_MAX deep. Not a parser: it only must not count less than
 * one. */
static bool is_shallow(const char *s, size_t n)
{
        size_t depth = 0;
        bool quoted = false;

        for (size_t i = 0; i < n; i++) {
                if (quoted) {
                        if (s[i] == '\\')
                                i++;
                        else if (s[i] == '"')
                                quoted = false;
                } else if (s[i] == '"') {
                        quoted = true;
                } else if (s[i] == '{' || s[i] == '[') {
                        if (++depth > VARLINK_DEPTH_MAX)
                                return false;
                } else if ((s[i] == '}' || s[i] == ']') && depth > 0) {
                        depth--;
                }
        }
        return true;
}

static int parse_object(const char *message, size_t n, json_t **root, const char **why)
{
        if (!is_shallow(message, n)) {
                *why = "JSON nested too deep";
                return VARLINK_E_MALFORMED;
        }
        *root = json_loadb(message, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
        if (*root == NULL)
                *why = "not JSON";
        else if (!json_is_object(*root))
                *why = "not a JSON object";
        else
                return 0;
        return VARLINK_E_MALFORMED;
}

static int take_flag(json_t *value, bool *flag)
{
        if (!json_is_boolean(value) && !json_is_null(value))
                return VARLINK_E_MALFORMED;
        *flag = json_is_true(value);
        return 0;
}

static int take_text(json_t *value, const char **text)
{
        if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
                return VARLINK_E_MALFORMED;
        *text = json_string_value(value);
        return 0;
}

static int take_parameters(json_t *value, json_t **parameters)
{
        if (json_is_null(value))
                return 0;
        if (!json_is_object(value))
                return VARLINK_E_MALFORMED;
        *parameters = value;
        return 0;
}

/* Members of vendors have a dot in their name and are passed over; others that are not known end the connection. */
static int take_unknown(const char *key)
{
        return strchr(key, '.') != NULL ? 0 : VARLINK_E_MALFORMED;
}

static int call_member(struct varlink_call *call, const char *key, json_t *value)
{
        if (strcmp(key, "method") == 0)
                return take_text(value, &call->method);
        if (strcmp(key, "parameters") == 0)
                return take_parameters(value, &call->parameters);
        if (strcmp(key, "oneway") == 0)
                return take_flag(value, &call->oneway);
        if (strcmp(key, "more") == 0)
                return take_flag(value, &call->more);
        if (strcmp(key, "upgrade") == 0)
                return take_flag(value, &call->upgrade);
        return take_unknown(key);
}

int varlink_call_parse(const char *message, size_t n, struct varlink_call *call, const char **why)
{
        const char *key;
        json_t *value;
        int r;

        *call = VARLINK_CALL_NULL;
        r = parse_object(message, n, &call->root, why);
        if (r != 0)
                goto bad;
        json_object_foreach(call->root, key, value) {
                r = call_member(call, key, value);
                if (r != 0) {
                        *why = "a member of the call is unknown or of the wrong type";
                        goto bad;
                }
        }
        if (call->method == NULL)
                *why = "a call without method";
        else if (call->oneway + call->more + call->upgrade > 1)
                *why = "more than one of oneway, more and upgrade";
        else
                return 0;
bad:
        varlink_call_deinit(call);
        return VARLINK_E_MALFORMED;
}

void varlink_call_deinit(struct varlink_call *call)
{
        json_decref(call->root);
        *call = VARLINK_CALL_NULL;
}

static int reply_member(struct varlink_reply *reply, const char *key, json_t *value)
{
        if (strcmp(key, "parameters") == 0)
                return take_parameters(value, &reply->parameters);
        if (strcmp(key, "continues") == 0)
                return take_flag(value, &reply->continues);
        if (strcmp(key, "error") == 0)
                return json_is_null(value) ? 0 : take_text(value, &reply->error);
        return take_unknown(key);
}

int varlink_reply_parse(const char *message, size_t n, struct varlink_reply *reply, const char **why)
{
        const char *key;
        json_t *value;
        int r;

        *reply = VARLINK_REPLY_NULL;
        r = parse_object(message, n, &reply->root, why);
        if (r != 0)
                goto bad;
        json_object_foreach(reply->root, key, value) {
                r = reply_member(reply, key, value);
                if (r != 0) {
                        *why = "a member of the reply is unknown or of the wrong type";
                        goto bad;
                }
        }
        if (reply->error == NULL || !reply->continues)
                return 0;
        *why = "an error that continues";
bad:
        varlink_reply_deinit(reply);
        return VARLINK_E_MALFORMED;
}

void varlink_reply_deinit(struct varlink_reply *reply)
{
        json_decref(reply->root);
        *reply = VARLINK_REPLY_NULL;
}

static int dump_to_buf(const char *bytes, size_t n, void *out)
{
        return buf_append(out, bytes, n) == 0 ? 0 : -1;
}

int varlink_pack_json(struct buf *out, const json_t *value)
{
        size_t before = out->n;

        if (json_dump_callback(value, dump_to_buf, out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) == 0)
                return 0;
        out->n = before;
        return out->max != 0 ? BUF_E_FULL : error_origin(-ENOMEM);
}

/* {HEAD,"parameters":...TAIL} and its NUL; HEAD and TAIL are members of the message. */
static int pack(struct buf *out, const char *head, json_t *parameters, const char *tail)
{
        size_t before = out->n;
        int r = buf_printf(out, "{%s", head);

        if (r == 0 && parameters != NULL && json_object_size(parameters) > 0) {
                r = buf_append_string(out, *head != '\0' ? ",\"parameters\":" : "\"parameters\":");
                if (r == 0)
                        r = varlink_pack_json(out, parameters);
                if (r == 0 && *tail != '\0')
                        r = buf_append(out, ",", 1);
        } else if (r == 0 && *head != '\0' && *tail != '\0') {
                r = buf_append(out, ",", 1);
        }
        if (r == 0)
                r = buf_printf(out, "%s}", tail);
        if (r == 0)
                r = buf_append(out, "", 1);
        if (r != 0)
                out->n = before;
        return error_trace(r);
}

/* `name` is one of ours: letters and dots, no quoting. */
static int pack_named(struct buf *out, const char *member, const char *name, json_t *parameters, const char *tail)
{
        char head[192];

        if ((size_t)snprintf(head, sizeof(head), "\"%s\":\"%s\"", member, name) >= sizeof(head))
                return error_origin(-EINVAL);
        return pack(out, head, parameters, tail);
}

int varlink_pack_call(struct buf *out, const char *method, json_t *parameters, bool more, bool oneway)
{
        return pack_named(out, "method", method, parameters, more ? "\"more\":true" : oneway ? "\"oneway\":true" : "");
}

int varlink_pack_reply(struct buf *out, json_t *parameters, bool continues)
{
        return pack(out, "", parameters, continues ? "\"continues\":true" : "");
}

int varlink_pack_error(struct buf *out, const char *error, json_t *parameters)
{
        return pack_named(out, "error", error, parameters, "");
}

int varlink_pack_reply_text(struct buf *out, const char *parameters, size_t n, bool continues)
{
        static const char head[] = "{\"parameters\":", more[] = ",\"continues\":true}", last[] = "}";
        size_t before = out->n;
        int r = buf_append(out, head, sizeof(head) - 1);

        if (r == 0)
                r = buf_append(out, parameters, n);
        if (r == 0)
                r = continues ? buf_append(out, more, sizeof(more)) : buf_append(out, last, sizeof(last));
        if (r != 0)
                out->n = before;
        return error_trace(r);
}

static bool fits(const struct varlink_parameter *p, json_t *value)
{
        int64_t n;

        switch (p->type) {
        case VARLINK_STRING:
        case VARLINK_BYTES:
                if (!json_is_string(value))
                        return false;
                n = (int64_t)json_string_length(value);
                if (p->type == VARLINK_STRING && strlen(json_string_value(value)) != (size_t)n)
                        return false;
                return p->max == 0 || (n >= p->min && n <= p->max);
        case VARLINK_INT:
                return json_is_integer(value) && json_integer_value(value) >= p->min &&
                       json_integer_value(value) <= p->max;
        case VARLINK_BOOL:
                return json_is_boolean(value);
        }
        return false;
}

const char *varlink_parameters_check(const struct varlink_parameter *table, json_t *parameters)
{
        const char *key;
        json_t *value;

        for (const struct varlink_parameter *p = table; p->name != NULL; p++) {
                value = json_object_get(parameters, p->name);
                if (value == NULL || json_is_null(value) ? p->required : !fits(p, value))
                        return p->name;
        }
        json_object_foreach(parameters, key, value) {
                const struct varlink_parameter *p = table;

                while (p->name != NULL && strcmp(p->name, key) != 0)
                        p++;
                if (p->name == NULL)
                        return key;
        }
        return NULL;
}

const char *varlink_string(json_t *parameters, const char *name)
{
        return json_string_value(json_object_get(parameters, name));
}

int64_t varlink_int(json_t *parameters, const char *name, int64_t fallback)
{
        json_t *value = json_object_get(parameters, name);

        return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool varlink_bool(json_t *parameters, const char *name, bool fallback)
{
        json_t *value = json_object_get(parameters, name);

        return json_is_boolean(value) ? json_is_true(value) : fallback;
}
