/* See request.h. */
#include "http/request.h"

#include <string.h>
#include <strings.h>

static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";

static bool is_token(const char *text, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (text[i] == '\0' || strchr(token, text[i]) == NULL)
                        return false;
        return n != 0;
}

/* "GET /metrics HTTP/1.1" */
static int parse_first(const char *line, size_t n, struct request *out)
{
        const char *space = memchr(line, ' ', n), *target, *end;
        size_t path;

        if (space == NULL || !is_token(line, (size_t)(space - line)))
                return REQUEST_E_BAD;
        target = space + 1;
        end = memchr(target, ' ', n - (size_t)(target - line));
        if (end == NULL || n - (size_t)(end + 1 - line) != strlen("HTTP/1.1") || memcmp(end + 1, "HTTP/1.", 7) != 0 ||
            end[8] < '0' || end[8] > '9' || *target != '/')
                return REQUEST_E_BAD;
        out->head = space - line == 4 && memcmp(line, "HEAD", 4) == 0;
        out->post = space - line == 4 && memcmp(line, "POST", 4) == 0;
        if (!out->head && !out->post && (space - line != 3 || memcmp(line, "GET", 3) != 0))
                return REQUEST_E_METHOD;
        for (path = 0; target + path < end && target[path] != '?'; path++)
                if (target[path] <= ' ' || target[path] == 127)
                        return REQUEST_E_BAD;
        out->path[0] = '\0';
        if (path < sizeof(out->path)) {
                memcpy(out->path, target, path);
                out->path[path] = '\0';
        }
        if (target + path < end) {
                size_t n_query = (size_t)(end - (target + path + 1));

                if (memchr(target + path, '\0', n_query + 1) != NULL)
                        return REQUEST_E_BAD;
                memcpy(out->query, target + path + 1, n_query); /* smaller than the head */
                out->query[n_query] = '\0';
        }
        return 0;
}

static bool is_name(const char *line, size_t n, const char *name)
{
        return n == strlen(name) && strncasecmp(line, name, n) == 0;
}

static void keep(char out[REQUEST_FIELD_MAX], const char *value, size_t n)
{
        out[0] = '\0';
        if (n >= REQUEST_FIELD_MAX)
                return;
        memcpy(out, value, n);
        out[n] = '\0';
}

static int parse_length(const char *value, size_t n, struct request *out)
{
        int64_t length = 0;

        if (n == 0 || n > 15 || out->n_body >= 0)
                return REQUEST_E_BAD;
        for (size_t i = 0; i < n; i++) {
                if (value[i] < '0' || value[i] > '9')
                        return REQUEST_E_BAD;
                length = length * 10 + (value[i] - '0');
        }
        out->n_body = length;
        return 0;
}

/* "Name: value" */
static int parse_field(const char *line, size_t n, struct request *out)
{
        const char *colon = memchr(line, ':', n), *value, *end = line + n;
        size_t n_name;

        if (colon == NULL || !is_token(line, (size_t)(colon - line)) || memchr(line, '\0', n) != NULL)
                return REQUEST_E_BAD;
        n_name = (size_t)(colon - line);
        for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
                ;
        while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
        if (is_name(line, n_name, "Content-Length"))
                return parse_length(value, (size_t)(end - value), out);
        if (is_name(line, n_name, "Transfer-Encoding"))
                return REQUEST_E_LENGTH;
        if (is_name(line, n_name, "Content-Type"))
                keep(out->type, value, (size_t)(end - value));
        else if (is_name(line, n_name, "X-Hub-Signature"))
                keep(out->signature, value, (size_t)(end - value));
        return 0;
}

int request_parse(const char *bytes, size_t n, struct request *out)
{
        size_t at = 0, most = n < REQUEST_BYTES_MAX ? n : REQUEST_BYTES_MAX;
        bool first = true;
        int result = 0;

        memset(out, 0, sizeof(*out));
        out->n_body = -1;
        for (;;) {
                const char *line = bytes + at, *end = most > at ? memchr(line, '\n', most - at) : NULL;
                size_t length;
                int r;

                if (end == NULL)
                        return most == REQUEST_BYTES_MAX ? REQUEST_E_LONG : REQUEST_E_MORE;
                at += (size_t)(end - line) + 1;
                length = (size_t)(end - line);
                if (length != 0 && line[length - 1] == '\r')
                        length--;
                if (length == 0 && !first) {
                        out->n_head = at;
                        return result == 0 && out->post && out->n_body < 0 ? REQUEST_E_LENGTH : result;
                }
                r = first ? parse_first(line, length, out) : parse_field(line, length, out);
                if (r == REQUEST_E_BAD)
                        return r;
                result = result == 0 ? r : result;
                first = false;
        }
}

static int hex(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Without NULs; false: it does not fit, or is not well-formed. */
static bool decode(const char *text, size_t n, char *out, size_t size)
{
        size_t length = 0;

        for (size_t i = 0; i < n; i++) {
                char c = text[i] == '+' ? ' ' : text[i];

                if (c == '%') {
                        if (n - i < 3 || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0)
                                return false;
                        c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
                        i += 2;
                }
                if (c == '\0' || length + 1 >= size)
                        return false;
                out[length++] = c;
        }
        out[length] = '\0';
        return true;
}

bool request_field(const char *query, const char *name, char *out, size_t size)
{
        size_t n_name = strlen(name);

        for (const char *at = query; *at != '\0'; at += at[0] == '&') {
                size_t n = strcspn(at, "&");

                if (n > n_name && at[n_name] == '=' && memcmp(at, name, n_name) == 0)
                        return decode(at + n_name + 1, n - n_name - 1, out, size);
                at += n;
        }
        return false;
}

/* Whether `rel` is among the relations of the parameters from `at` on, and where these end. */
static const char *scan_parameters(const char *at, const char *rel, bool *has)
{
        *has = false;
        while (*at != ',' && *at != '\0') {
                bool is_rel, quoted;
                size_t n;

                at += strspn(at, "; \t");
                is_rel = strncasecmp(at, "rel", 3) == 0 && at[3 + strspn(at + 3, " \t")] == '=';
                at += strcspn(at, "=;,");
                if (*at != '=')
                        continue;
                at++;
                at += strspn(at, " \t");
                quoted = *at == '"';
                at += quoted;
                n = strcspn(at, quoted ? "\"" : ";, \t");
                for (size_t i = 0; is_rel && i < n; ) {
                        size_t word = strcspn(at + i, " \t\"");

                        word = word < n - i ? word : n - i;
                        *has = *has || (word == strlen(rel) && strncasecmp(at + i, rel, word) == 0);
                        i += word + 1;
                }
                at += n;
                at += quoted && *at == '"';
                at += strcspn(at, ";,");
        }
        return at;
}

bool request_link(const char *links, const char *rel, char *out, size_t size)
{
        for (const char *at = strchr(links, '<'); at != NULL; at = strchr(at, '<')) {
                const char *end = strchr(at, '>');
                size_t n;
                bool has;

                if (end == NULL)
                        return false;
                n = (size_t)(end - at) - 1;
                links = at + 1;
                at = scan_parameters(end + 1, rel, &has);
                if (!has)
                        continue;
                if (n == 0 || n >= size)
                        return false;
                memcpy(out, links, n);
                out[n] = '\0';
                return true;
        }
        return false;
}
