/* See request.h. */
#include "metrics/request.h"

#include <string.h>

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
        if (!out->head && (space - line != 3 || memcmp(line, "GET", 3) != 0))
                return REQUEST_E_METHOD;
        for (path = 0; target + path < end && target[path] != '?'; path++)
                if (target[path] <= ' ' || target[path] == 127)
                        return REQUEST_E_BAD;
        out->path[0] = '\0';
        if (path < sizeof(out->path)) {
                memcpy(out->path, target, path);
                out->path[path] = '\0';
        }
        return 0;
}

/* "Name: value" */
static int parse_field(const char *line, size_t n)
{
        const char *colon = memchr(line, ':', n);

        return colon != NULL && is_token(line, (size_t)(colon - line)) && memchr(line, '\0', n) == NULL ? 0
                                                                                                        : REQUEST_E_BAD;
}

int request_parse(const char *bytes, size_t n, struct request *out)
{
        size_t at = 0, most = n < REQUEST_BYTES_MAX ? n : REQUEST_BYTES_MAX;
        bool first = true;
        int result = 0;

        *out = (struct request){ 0 };
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
                if (length == 0 && !first)
                        return result;
                r = first ? parse_first(line, length, out) : parse_field(line, length);
                if (r == REQUEST_E_BAD)
                        return r;
                result = first ? r : result;
                first = false;
        }
}
