/* See slices.h. */
#include "modules/decode/slices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "modules/decode/response.h"

enum { GZIP_WINDOW = 15 + 16, LEVEL = 1, MEMORY = 8 };

struct slices {
        struct stream *stream;
        struct records records;
        struct record ahead;            /* read, and in no slice yet */
        bool has_ahead, ended;
        size_t damaged;
        struct buf raw, block;
};

struct slices *slices_open(const char *head, size_t n_head, stream_read_fn more, void *user, const struct job_position *start)
{
        static const struct job_position beginning = { 0 };
        struct slices *s = calloc(1, sizeof(*s));

        if (s == NULL)
                return NULL;
        s->stream = stream_open(head, n_head, more, user);
        if (s->stream == NULL) {
                free(s);
                return NULL;
        }
        records_init(&s->records, s->stream, start != NULL ? start : &beginning);
        return s;
}

void slices_close(struct slices *s)
{
        if (s == NULL)
                return;
        stream_close(s->stream);
        buf_deinit(&s->raw);
        buf_deinit(&s->block);
        free(s);
}

void slices_closep(struct slices **s)
{
        slices_close(*s);
        *s = NULL;
}

size_t slices_damaged(const struct slices *s)
{
        return s->damaged + stream_damaged(s->stream);
}

/* The record, with the headers that are needed. */
static int append_record(struct slices *s, const struct record *record)
{
        int r = buf_printf(&s->raw, "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                           record->type, record->url, record->content_type, s->block.n);

        if (r == 0)
                r = buf_append(&s->raw, s->block.data, s->block.n);
        if (r == 0)
                r = buf_append(&s->raw, "\r\n\r\n", 4);
        return error_trace(r);
}

/* The block of the record ahead; where it is news it joins the slice. */
static int take_ahead(struct slices *s, struct slice *slice)
{
        struct response response;
        size_t at;
        bool keep = s->ahead.length >= 0 && response_wants(&s->ahead), whole = true;
        int r = records_block(&s->records, s->ahead.length, keep ? &s->block : NULL, &whole);

        if (r < 0)
                return error_trace(r);
        if (s->ahead.length < 0 || !whole || s->ahead.length > RESPONSE_MAX)
                s->damaged++;
        if (!keep || !whole || !response_read(&s->ahead, s->block.data, s->block.n, &response, &at))
                return 0;
        slice->records++;
        return error_trace(append_record(s, &s->ahead));
}

int slices_next(struct slices *s, struct slice *slice)
{
        bool first = true;

        *slice = (struct slice){ 0 };
        buf_clear(&s->raw);
        for (;;) {
                int r;

                if (!s->has_ahead && !s->ended) {
                        r = records_next(&s->records, &s->ahead, &s->has_ahead);
                        if (r < 0)
                                return error_trace(r);
                        s->ended = !s->has_ahead;
                }
                if (first)
                        slice->position = s->ahead.position;
                first = false;
                slice->last = s->ended;
                slice->next = s->ahead.position;
                if (s->ended || s->raw.n >= SLICES_RAW)
                        return 0;
                s->has_ahead = false;
                r = take_ahead(s, slice);
                if (r < 0)
                        return error_trace(r);
        }
}

int slices_pack(struct slices *s, struct buf *out)
{
        z_stream z = { .next_in = (Bytef *)s->raw.data, .avail_in = (uInt)s->raw.n };
        char chunk[16384];
        int r = Z_OK, e = 0;

        buf_clear(out);
        if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
                return error_origin(-ENOMEM);
        while (r != Z_STREAM_END && e == 0) {
                z.next_out = (Bytef *)chunk;
                z.avail_out = sizeof chunk;
                r = deflate(&z, Z_FINISH);
                e = buf_append(out, chunk, sizeof chunk - z.avail_out);
        }
        deflateEnd(&z);
        return error_trace(e);
}
