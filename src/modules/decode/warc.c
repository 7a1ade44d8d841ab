/*
 * A record: "WARC/1.x", headers, an empty line, Content-Length bytes, two line ends. Where the length leads astray, the next
 * "WARC/1." at the beginning of a line is looked for. A response's block is HTTP: its head, then a body that may be chunked
 * and gzipped; crawlers that store bodies decoded leave the headers as they were, so both are tried by content.
 */
#include "modules/decode/warc.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "modules/decode/stream.h"

enum {
        RECORD_MAX = 16 << 20,          /* bytes of one record; a longer one is passed over */
        HEAD_MAX = 65536,               /* of WARC's or HTTP's headers */
        LINE_MAX_ = 8192,
        NAME_SIZE = 64, URL_SIZE = 2048,
};

struct reader {
        const struct decode *decode;
        struct job *job;
        struct stream *stream;
        const char *at;                 /* bytes of the stream not yet taken */
        size_t n;
        struct buf record;
        struct arena arena;             /* of one record */
        size_t limit, records;
};

struct record {
        char type[NAME_SIZE], url[URL_SIZE], content_type[NAME_SIZE];
        int64_t length;
};

bool warc_begins(const char *bytes, size_t n)
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

/* At least one byte at r->at; r->n is 0 at the end. */
static int more(struct reader *r)
{
        return r->n > 0 ? 0 : error_trace(stream_next(r->stream, &r->at, &r->n));
}

/* A line without its end, cut at the bound; *end: nothing was left. */
static int next_line(struct reader *r, char line[LINE_MAX_], bool *end)
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
                }
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

static const char *value_of(const char *line, const char *name)
{
        size_t k = strlen(name);

        if (strncasecmp(line, name, k) != 0 || line[k] != ':')
                return NULL;
        line += k + 1;
        return line + strspn(line, " \t");
}

static void copy_value(const char *line, const char *name, char *out, size_t size)
{
        const char *value = value_of(line, name);
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

/* To the next record's headers. False at the end. */
static int next_record(struct reader *r, struct record *record, bool *found)
{
        char line[LINE_MAX_];
        bool end;
        int e;

        *found = false;
        do {
                e = next_line(r, line, &end);
                if (e < 0 || end)
                        return e;
        } while (strncmp(line, "WARC/1.", 7) != 0 && strncmp(line, "WARC/0.", 7) != 0);
        *record = (struct record){ .length = -1 };
        for (unsigned lines = 0; lines < 256; lines++) {
                const char *length;

                e = next_line(r, line, &end);
                if (e < 0 || end)
                        return e;
                if (line[0] == '\0')
                        break;
                if (strncmp(line, "WARC/1.", 7) == 0)           /* the record before was cut in its headers */
                        *record = (struct record){ .length = -1 };
                copy_value(line, "WARC-Type", record->type, sizeof record->type);
                copy_value(line, "WARC-Target-URI", record->url, sizeof record->url);
                copy_value(line, "Content-Type", record->content_type, sizeof record->content_type);
                length = value_of(line, "Content-Length");
                if (length != NULL && isdigit((unsigned char)*length))
                        record->length = strtoll(length, NULL, 10);
        }
        *found = true;
        return 0;
}

/* The block into r->record, or past it where `keep` is false; *whole: all of it came. */
static int take_block(struct reader *r, int64_t length, bool keep, bool *whole)
{
        size_t damaged = stream_damaged(r->stream);

        buf_clear(&r->record);
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
                if (keep) {
                        e = buf_append(&r->record, r->at, part);
                        if (e < 0)
                                return error_trace(e);
                }
                r->at += part;
                r->n -= part;
                length -= (int64_t)part;
        }
        return 0;
}

/* Chunks joined, in place; false where it is not chunked after all, then nothing is changed. */
static bool join_chunks(char *body, size_t *n)
{
        size_t in = 0, total = 0;

        /* First look, then move. */
        for (int pass = 0; pass < 2; pass++) {
                size_t out = 0;

                for (in = 0; in < *n;) {
                        size_t size = 0, digits = 0;
                        const char *stop;

                        for (; in < *n && isxdigit((unsigned char)body[in]) && digits < 8; in++, digits++)
                                size = size * 16 + (size_t)(isdigit((unsigned char)body[in]) ? body[in] - '0' : (body[in] | 32) - 'a' + 10);
                        stop = memchr(body + in, '\n', *n - in);
                        if (digits == 0 || stop == NULL || (size_t)(stop - body) - in > 256) {
                                if (out == 0)
                                        return false;
                                break;          /* broken behind good chunks */
                        }
                        in = (size_t)(stop - body) + 1;
                        if (size == 0)
                                break;
                        size = MIN_OF(size, *n - in);
                        if (pass == 1)
                                memmove(body + out, body + in, size);
                        out += size;
                        in += size;
                        if (in < *n && body[in] == '\r')
                                in++;
                        if (in < *n && body[in] == '\n')
                                in++;
                }
                total = out;
                if (pass == 0 && out == 0)
                        return false;
                /* The second pass overwrites what it has read only: out never passes in. */
        }
        *n = total;
        return true;
}

/* gzip or deflate, into the arena; NULL where it is neither or too long. */
static char *inflate_body(struct arena *arena, const char *body, size_t n, size_t limit, size_t *n_out)
{
        struct buf out = BUF_BOUNDED(limit);
        z_stream z = { .next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)n };
        char chunk[16384], *copy = NULL;
        int r;

        if (inflateInit2(&z, 15 + 32) != Z_OK)
                return NULL;
        do {
                z.next_out = (Bytef *)chunk;
                z.avail_out = sizeof chunk;
                r = inflate(&z, Z_NO_FLUSH);
                if ((r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR) || buf_append(&out, chunk, sizeof chunk - z.avail_out) != 0)
                        break;
        } while (r == Z_OK);
        inflateEnd(&z);
        if (out.n > 0)
                copy = arena_strndup(arena, out.data, out.n);
        *n_out = out.n;
        buf_deinit(&out);
        return copy;
}

struct http {
        int status;
        bool chunked, encoded;
        char type[NAME_SIZE], charset[NAME_SIZE];
};

static void read_http_line(const char *s, size_t n, struct http *http)
{
        char line[512];
        const char *value, *charset;

        n = MIN_OF(n, sizeof line - 1);
        memcpy(line, s, n);
        line[n] = '\0';
        if ((value = value_of(line, "Transfer-Encoding")) != NULL && strcasestr(value, "chunked") != NULL)
                http->chunked = true;
        else if (value_of(line, "Content-Encoding") != NULL)
                http->encoded = true;
        copy_value(line, "Content-Type", http->type, sizeof http->type);
        if ((value = value_of(line, "Content-Type")) != NULL && (charset = strcasestr(value, "charset=")) != NULL) {
                size_t k;

                charset += 8;
                charset += *charset == '"' || *charset == '\'';
                k = MIN_OF(strcspn(charset, "\"'; \t"), sizeof http->charset - 1);
                memcpy(http->charset, charset, k);
                http->charset[k] = '\0';
        }
}

/* The head of a response; where its body begins. */
static size_t read_http(const char *s, size_t n, struct http *http)
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

/* One document: its stories go where the delivery's go. */
static int decode_record(struct reader *r, const struct record *record, char *body, size_t n, const char *charset)
{
        struct job job = { .arena = &r->arena, .envelope = r->job->envelope, .sink = r->job->sink,
                           .add_story = r->job->add_story, .add_bad = r->job->add_bad };
        const char *url = *record->url ? record->url : NULL;
        int e = decode_document(r->decode, &job, body, n, "auto", charset && *charset ? charset : NULL, url);

        if (e == MODULE_E_REFUSED && charset && *charset)       /* the protocol may have said nonsense */
                e = decode_document(r->decode, &job, body, n, "auto", NULL, url);
        if (e == MODULE_E_REFUSED)
                e = r->job->add_bad(r->job->sink, job.reason ? job.reason : "refused", url);
        return error_trace(e);
}

static int read_response(struct reader *r, const struct record *record)
{
        struct http http = { 0 };
        size_t at = read_http(r->record.data, r->record.n, &http), n = r->record.n - at, n_plain;
        char *body = r->record.data + at, *plain;

        if (http.status < 200 || http.status > 299 || !is_wanted(http.type) || n == 0)
                return 0;
        if (http.chunked)
                join_chunks(body, &n);
        if (http.encoded || stream_is_gzip(body, n)) {
                plain = inflate_body(&r->arena, body, n, r->limit, &n_plain);
                if (plain == NULL && stream_is_gzip(body, n))
                        return r->job->add_bad(r->job->sink, "a body whose gzip is damaged", record->url);
                if (plain != NULL) {
                        body = plain;
                        n = n_plain;
                }
        }
        return decode_record(r, record, body, n, http.charset);
}

static int read_record(struct reader *r, const struct record *record)
{
        bool response = strcasecmp(record->type, "response") == 0, whole;
        bool resource = strcasecmp(record->type, "resource") == 0 || strcasecmp(record->type, "conversion") == 0;
        bool keep = (response || (resource && is_wanted(record->content_type))) && record->length <= (int64_t)r->limit;
        int e = take_block(r, record->length, keep, &whole);

        if (e < 0)
                return e;
        if ((response || resource) && record->length > (int64_t)r->limit)
                return r->job->add_bad(r->job->sink, "a record larger than the bound", record->url);
        if (!whole && (response || resource))
                return r->job->add_bad(r->job->sink, "a record that is not whole", record->url);
        if (!keep || r->record.n == 0 || strncasecmp(record->url, "dns:", 4) == 0)
                return 0;
        if (response && r->record.n > 5 && strncasecmp(r->record.data, "HTTP/", 5) == 0)
                return read_response(r, record);
        return decode_record(r, record, r->record.data, r->record.n, NULL);
}

int warc_decode(const struct decode *decode, struct job *job, int64_t max_size)
{
        _cleanup_(stream_closep) struct stream *stream = stream_open(job->bytes, job->n_bytes, job->read, job->read_user);
        struct reader r = { .decode = decode, .job = job, .stream = stream };
        bool found = true;
        int e = 0;

        if (stream == NULL)
                return error_origin(-ENOMEM);
        r.limit = (size_t)MIN_OF(max_size, (int64_t)RECORD_MAX);
        while (e == 0 && found) {
                struct record record;

                e = next_record(&r, &record, &found);
                if (e < 0 || !found)
                        break;
                r.records++;
                if (record.length < 0)
                        e = job->add_bad(job->sink, "a record without its length", record.url);
                else
                        e = read_record(&r, &record);
                arena_reset(&r.arena);
        }
        if (e == 0 && stream_damaged(stream) > 0)
                e = job->add_bad(job->sink, arena_printf(job->arena, "%zu members of gzip are damaged", stream_damaged(stream)), NULL);
        arena_deinit(&r.arena);
        buf_deinit(&r.record);
        return error_trace(e);
}
