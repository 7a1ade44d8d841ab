/*
 * A response's block is HTTP: its head, then a body that may be chunked and packed (gzip, deflate, br); crawlers that store
 * bodies decoded leave the headers as they were, so both are tried by content.
 */
#include "modules/decode/warc.h"

#include <brotli/decode.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "modules/decode/response.h"
#include "modules/decode/stream.h"

struct reader {
        const struct decode *decode;
        struct job *job;
        struct records records;
        struct buf block;
        struct arena arena;             /* of one record */
        size_t limit;
};

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

/* What unpacked bytes there are, into the arena; NULL: none. */
static char *keep(struct arena *arena, struct buf *out, size_t *n_out)
{
        char *copy = out->n > 0 ? arena_strndup(arena, out->data, out->n) : NULL;

        *n_out = out->n;
        buf_deinit(out);
        return copy;
}

/* gzip or deflate; NULL where it is neither. What is damaged or longer than the limit is cut there. */
static char *inflate_body(struct arena *arena, const char *body, size_t n, size_t limit, size_t *n_out)
{
        struct buf out = BUF_BOUNDED(limit);
        z_stream z = { .next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)n };
        char chunk[16384];
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
        return keep(arena, &out, n_out);
}

/* Brotli (RFC 7932) has no mark by which it could be known: only where the header says so, and all of it, or NULL. */
static char *unbrotli_body(struct arena *arena, const char *body, size_t n, size_t limit, size_t *n_out)
{
        BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
        const uint8_t *in = (const uint8_t *)body;
        struct buf out = BUF_BOUNDED(limit);
        BrotliDecoderResult r = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
        uint8_t chunk[16384];

        if (state == NULL)
                return NULL;
        while (r == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
                uint8_t *next = chunk;
                size_t room = sizeof chunk;

                r = BrotliDecoderDecompressStream(state, &n, &in, &room, &next, NULL);
                if (buf_append(&out, chunk, sizeof chunk - room) != 0)
                        break;
        }
        BrotliDecoderDestroyInstance(state);
        if (r == BROTLI_DECODER_RESULT_ERROR)
                buf_deinit(&out);
        return keep(arena, &out, n_out);
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

/* The plain body, or as it is; false: damaged. */
static bool unpack(struct reader *r, const struct response *http, char **body, size_t *n)
{
        bool gzip = stream_is_gzip(*body, *n);
        char *plain = NULL;
        size_t n_plain = 0;

        if (http->encoded || gzip)
                plain = inflate_body(&r->arena, *body, *n, r->limit, &n_plain);
        else if (http->brotli)
                plain = unbrotli_body(&r->arena, *body, *n, r->limit, &n_plain);
        if (plain == NULL)
                return !gzip;
        *body = plain;
        *n = n_plain;
        return true;
}

static int read_block(struct reader *r, const struct record *record)
{
        struct response http;
        size_t at, n;
        char *body;

        if (!response_read(record, r->block.data, r->block.n, &http, &at))
                return 0;
        body = r->block.data + at;
        n = r->block.n - at;
        if (http.chunked)
                join_chunks(body, &n);
        if (at > 0 && !unpack(r, &http, &body, &n))
                return r->job->add_bad(r->job->sink, "a body whose gzip is damaged", record->url);
        return decode_record(r, record, body, n, http.charset);
}

static int read_record(struct reader *r, const struct record *record)
{
        bool document = strcasecmp(record->type, "response") == 0 || strcasecmp(record->type, "resource") == 0 ||
                        strcasecmp(record->type, "conversion") == 0;
        bool keep = response_wants(record) && record->length <= (int64_t)r->limit, whole;
        int e = records_block(&r->records, record->length, keep ? &r->block : NULL, &whole);

        if (e < 0)
                return e;
        if (document && record->length > (int64_t)r->limit)
                return r->job->add_bad(r->job->sink, "a record larger than the bound", record->url);
        if (document && !whole)
                return r->job->add_bad(r->job->sink, "a record that is not whole", record->url);
        return keep ? read_block(r, record) : 0;
}

int warc_decode(const struct decode *decode, struct job *job, int64_t max_size)
{
        _cleanup_(stream_closep) struct stream *stream = stream_open(job->bytes, job->n_bytes, job->read, job->read_user);
        struct reader r = { .decode = decode, .job = job, .limit = (size_t)MIN_OF(max_size, (int64_t)RESPONSE_MAX) };
        bool found = true;
        int e = 0;

        if (stream == NULL)
                return error_origin(-ENOMEM);
        records_init(&r.records, stream, &job->start);
        while (e == 0 && found) {
                struct record record;

                e = records_next(&r.records, &record, &found);
                if (e < 0 || !found)
                        break;
                job->position = record.position;
                if (record.length < 0)
                        e = job->add_bad(job->sink, "a record without its length", record.url);
                else
                        e = read_record(&r, &record);
                arena_reset(&r.arena);
        }
        if (e == 0 && stream_damaged(stream) > 0)
                e = job->add_bad(job->sink, arena_printf(job->arena, "%zu members of gzip are damaged", stream_damaged(stream)), NULL);
        arena_deinit(&r.arena);
        buf_deinit(&r.block);
        return error_trace(e);
}
