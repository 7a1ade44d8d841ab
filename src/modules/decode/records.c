/*
 * A record: "WARC/1.x", headers, an empty line, Content-Length bytes, two line ends. Where the length leads astray, the next
 * "WARC/1." at the beginning of a line is looked for.
 */
#include "modules/decode/records.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"

enum { LINE_MAX_ = 8192 };

bool records_begin(const char *bytes, size_t n)
{
        struct stream *stream;
        const char *out = NULL;
        size_t n_out = 0;
        bool yes;

        if (!stream_is_gzip(bytes, n))
                return n >= 7 && memcmp(bytes, "WARC/1.", 7) == 0;
        stream = stream_open(bytes, MIN_OF(n, (size_t)65536), NULL, NULL);
        if (stream == NULL)
                return false;
        yes = stream_next(stream, &out, &n_out) == 0 && n_out >= 7 && memcmp(out, "WARC/1.", 7) == 0;
        stream_close(stream);
        return yes;
}

void records_init(struct records *r, struct stream *stream, const struct job_position *from)
{
        *r = (struct records){ .stream = stream, .skip = from->skip };
        stream_begin_at(stream, from->at);
}

/* At least one byte at r->at; r->n is 0 at the end. */
static int more(struct records *r)
{
        while (r->n == 0) {
                size_t skip;
                int e = stream_next(r->stream, &r->at, &r->n);

                if (e < 0 || r->n == 0)
                        return error_trace(e);
                r->piece = r->n;
                /* What was done before. */
                skip = (size_t)MIN_OF((int64_t)r->n, r->skip);
                r->at += skip;
                r->n -= skip;
                r->skip -= (int64_t)skip;
        }
        return 0;
}

/* Of the byte at r->at. */
static struct job_position position(const struct records *r)
{
        int64_t at, before, taken = (int64_t)(r->piece - r->n);

        stream_where(r->stream, &at, &before);
        if (!stream_gunzips(r->stream))
                return (struct job_position){ .at = at + taken };
        return (struct job_position){ .at = at, .skip = before + taken };
}

/* A line without its end, cut at the bound; *end: nothing was left. */
static int next_line(struct records *r, char line[LINE_MAX_], struct job_position *where, bool *end)
{
        size_t k = 0, damaged = stream_damaged(r->stream);

        for (*end = true;;) {
                const char *stop;
                size_t part;
                int e = more(r);

                if (e < 0)
                        return e;
                if (r->n == 0)
                        break;
                if (stream_damaged(r->stream) != damaged) {     /* what was gathered belongs to something else */
                        damaged = stream_damaged(r->stream);
                        k = 0;
                        *end = true;
                }
                if (*end)
                        *where = position(r);
                *end = false;
                stop = memchr(r->at, '\n', r->n);
                part = stop ? (size_t)(stop - r->at) : r->n;
                if (k < LINE_MAX_ - 1) {
                        size_t take = MIN_OF(part, (size_t)LINE_MAX_ - 1 - k);

                        memcpy(line + k, r->at, take);
                        k += take;
                }
                part += stop != NULL;
                r->at += part;
                r->n -= part;
                if (stop != NULL)
                        break;
        }
        while (k > 0 && (line[k - 1] == '\r' || line[k - 1] == '\0'))
                k--;
        line[k] = '\0';
        return 0;
}

/* The value of a header's line; NULL: it is another header's. */
const char *records_value(const char *line, const char *name)
{
        size_t k = strlen(name);

        if (strncasecmp(line, name, k) != 0 || line[k] != ':')
                return NULL;
        line += k + 1;
        return line + strspn(line, " \t");
}

void records_copy_value(const char *line, const char *name, char *out, size_t size)
{
        const char *value = records_value(line, name);
        size_t n;

        if (value == NULL)
                return;
        n = strlen(value);
        if (n > 1 && value[0] == '<' && value[n - 1] == '>')
                value++, n -= 2;
        n = MIN_OF(n, size - 1);
        memcpy(out, value, n);
        out[n] = '\0';
}

int records_next(struct records *r, struct record *record, bool *found)
{
        struct job_position where = { 0 }, begin;
        char line[LINE_MAX_];
        bool end;
        int e;

        *found = false;
        do {
                e = next_line(r, line, &where, &end);
                if (e < 0 || end)
                        return e;
        } while (strncmp(line, "WARC/1.", 7) != 0 && strncmp(line, "WARC/0.", 7) != 0);
        begin = where;
        *record = (struct record){ .length = -1 };
        for (unsigned lines = 0; lines < 256; lines++) {
                const char *length;

                e = next_line(r, line, &where, &end);
                if (e < 0 || end)
                        return e;
                if (line[0] == '\0')
                        break;
                if (strncmp(line, "WARC/1.", 7) == 0)           /* the record before was cut in its headers */
                        *record = (struct record){ .length = -1 }, begin = where;
                records_copy_value(line, "WARC-Type", record->type, sizeof record->type);
                records_copy_value(line, "WARC-Target-URI", record->url, sizeof record->url);
                records_copy_value(line, "Content-Type", record->content_type, sizeof record->content_type);
                length = records_value(line, "Content-Length");
                if (length != NULL && isdigit((unsigned char)*length))
                        record->length = strtoll(length, NULL, 10);
        }
        record->position = begin;
        *found = true;
        return 0;
}

int records_block(struct records *r, int64_t length, struct buf *out, bool *whole)
{
        size_t damaged = stream_damaged(r->stream);

        if (out != NULL)
                buf_clear(out);
        *whole = true;
        while (length > 0) {
                size_t part;
                int e = more(r);

                if (e < 0)
                        return e;
                /* Behind a damaged member another record begins. */
                if (r->n == 0 || stream_damaged(r->stream) != damaged) {
                        *whole = false;
                        return 0;
                }
                part = (int64_t)r->n < length ? r->n : (size_t)length;
                if (out != NULL) {
                        e = buf_append(out, r->at, part);
                        if (e < 0)
                                return error_trace(e);
                }
                r->at += part;
                r->n -= part;
                length -= (int64_t)part;
        }
        return 0;
}

