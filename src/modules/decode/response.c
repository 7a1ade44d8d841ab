/* See response.h. */
#include "modules/decode/response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_MAX = 65536 };

static void read_http_line(const char *s, size_t n, struct response *http)
{
        char line[512];
        const char *value, *charset;

        n = MIN_OF(n, sizeof line - 1);
        memcpy(line, s, n);
        line[n] = '\0';
        if ((value = records_value(line, "Transfer-Encoding")) != NULL && strcasestr(value, "chunked") != NULL)
                http->chunked = true;
        else if ((value = records_value(line, "Content-Encoding")) != NULL) {
                http->brotli = strcasecmp(value, "br") == 0;
                http->encoded = !http->brotli;
        }
        records_copy_value(line, "Content-Type", http->type, sizeof http->type);
        if ((value = records_value(line, "Content-Type")) != NULL && (charset = strcasestr(value, "charset=")) != NULL) {
                size_t k;

                charset += 8;
                charset += *charset == '"' || *charset == '\'';
                k = MIN_OF(strcspn(charset, "\"'; \t"), sizeof http->charset - 1);
                memcpy(http->charset, charset, k);
                http->charset[k] = '\0';
        }
}

/* Where the body begins. */
static size_t read_head(const char *s, size_t n, struct response *http)
{
        size_t at = 0;

        while (at < n && at < HEAD_MAX) {
                const char *stop = memchr(s + at, '\n', n - at);
                size_t end = stop ? (size_t)(stop - s) : n, k = end;

                while (k > at && (s[k - 1] == '\r' || s[k - 1] == ' '))
                        k--;
                if (k == at && at > 0)
                        return MIN_OF(end + 1, n);
                if (at == 0) {
                        const char *space = memchr(s, ' ', k);

                        http->status = space ? atoi(space + 1) : 0;
                } else {
                        read_http_line(s + at, k - at, http);
                }
                at = MIN_OF(end + 1, n);
        }
        return at;
}

/* Kinds of content that may be news. Where nothing is said it may be. */
static bool is_wanted(const char *type)
{
        static const char *const wanted[] = { "text/", "application/xhtml", "application/xml", "application/rss", "application/atom",
                                              "application/json", "application/feed", "application/rdf", "application/http" };

        if (*type == '\0' || strcasestr(type, "+xml") != NULL)
                return strncasecmp(type, "image/", 6) != 0;
        if (strncasecmp(type, "text/css", 8) == 0 || strcasestr(type, "javascript") != NULL)
                return false;
        for (size_t i = 0; i < N_ELEMENTS(wanted); i++)
                if (strncasecmp(type, wanted[i], strlen(wanted[i])) == 0)
                        return true;
        return false;
}

bool response_read(const struct record *record, const char *block, size_t n, struct response *http, size_t *at)
{
        bool response = strcasecmp(record->type, "response") == 0;

        *http = (struct response){ 0 };
        *at = 0;
        if (n == 0 || strncasecmp(record->url, "dns:", 4) == 0)
                return false;
        if (!response || n <= 5 || strncasecmp(block, "HTTP/", 5) != 0)
                return true;
        *at = read_head(block, n, http);
        return http->status >= 200 && http->status <= 299 && is_wanted(http->type) && *at < n;
}

bool response_wants(const struct record *record)
{
        if (record->length > RESPONSE_MAX)
                return false;
        if (strcasecmp(record->type, "resource") == 0 || strcasecmp(record->type, "conversion") == 0)
                return is_wanted(record->content_type);
        return strcasecmp(record->type, "response") == 0;
}
