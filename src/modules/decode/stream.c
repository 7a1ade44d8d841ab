/* See stream.h. */
#include "modules/decode/stream.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"

enum { REWINDS_MAX = 1000, BUFFER = 65536, GZIP_WINDOW = 15 + 16 };

struct stream {
        stream_read_fn more;
        void *user;
        const char *in;                 /* not yet inflated */
        size_t n_in;
        bool ended;                     /* of the source */
        int64_t read;                   /* where in the source the bytes behind `in` begin */
        int64_t at, before;             /* see stream_where() */
        int64_t member;                 /* where this one begins */
        bool gzip, in_member, initialised;
        z_stream z;
        const char *began;              /* where this member's bytes begin in what is there of the source */
        size_t damaged, rewinds;
        bool gap;                       /* what comes next stands behind a damaged member: it is counted then */
        bool searching;                 /* the member before was damaged: what fails now is the same damage */
        char in_buffer[BUFFER], out_buffer[BUFFER];
};

bool stream_is_gzip(const char *bytes, size_t n)
{
        return n >= 3 && memcmp(bytes, "\x1F\x8B\x08", 3) == 0;
}

struct stream *stream_open(const char *head, size_t n_head, stream_read_fn more, void *user)
{
        struct stream *s = calloc(1, sizeof *s);

        if (s == NULL)
                return NULL;
        s->in = head;
        s->n_in = n_head;
        s->read = (int64_t)n_head;
        s->more = more;
        s->user = user;
        s->ended = more == NULL;
        s->gzip = stream_is_gzip(head, n_head);
        if (s->gzip && inflateInit2(&s->z, GZIP_WINDOW) != Z_OK) {
                free(s);
                return NULL;
        }
        s->initialised = s->gzip;
        return s;
}

void stream_close(struct stream *s)
{
        if (s == NULL)
                return;
        if (s->initialised)
                inflateEnd(&s->z);
        free(s);
}

void stream_closep(struct stream **s)
{
        stream_close(*s);
        *s = NULL;
}

size_t stream_damaged(const struct stream *s)
{
        return s->damaged;
}

void stream_begin_at(struct stream *s, int64_t at)
{
        s->read += at;
}

void stream_where(const struct stream *s, int64_t *at, int64_t *before)
{
        *at = s->at;
        *before = s->gzip ? s->before : 0;
}

bool stream_gunzips(const struct stream *s)
{
        return s->gzip;
}

/* More of the source where nothing is left. */
static int fill(struct stream *s)
{
        ssize_t n;

        if (s->n_in > 0 || s->ended)
                return 0;
        n = s->more(s->user, s->in_buffer, sizeof s->in_buffer);
        if (n < 0)
                return error_origin((int)n);
        s->ended = n == 0;
        s->read += n;
        s->in = s->began = s->in_buffer;
        s->n_in = (size_t)n;
        return 0;
}

/* To the next byte that may begin a member. */
static void seek_member(struct stream *s)
{
        const char *p = s->n_in > 0 ? memchr(s->in, 0x1F, s->n_in) : NULL;
        size_t skip = p ? (size_t)(p - s->in) : s->n_in;

        s->in += skip;
        s->n_in -= skip;
}

/* What was read as a member was not one to its end; the next one may have begun before zlib saw that. */
static void give_up_member(struct stream *s)
{
        s->gap = !s->searching;
        s->searching = true;
        s->in_member = false;
        if (s->rewinds++ < REWINDS_MAX) {
                s->n_in += (size_t)(s->in - s->began) - 1;
                s->in = s->began + 1;
        }
}

static int inflate_some(struct stream *s, size_t *n)
{
        for (;;) {
                int r = fill(s);

                if (r < 0)
                        return r;
                s->damaged += s->gap;
                s->gap = false;
                if (!s->in_member)
                        seek_member(s);
                if (s->n_in == 0 && s->ended) {
                        s->damaged += s->in_member;
                        s->in_member = false;
                        *n = 0;
                        return 0;
                }
                if (s->n_in == 0)
                        continue;
                if (!s->in_member) {
                        inflateReset(&s->z);
                        s->began = s->in;
                        s->member = s->read - (int64_t)s->n_in;
                        s->in_member = true;
                }
                s->z.next_in = (Bytef *)(uintptr_t)s->in;
                s->z.avail_in = (uInt)(s->n_in < (1U << 30) ? s->n_in : 1U << 30);
                s->at = s->member;
                s->before = (int64_t)s->z.total_out;
                s->z.next_out = (Bytef *)s->out_buffer;
                s->z.avail_out = sizeof s->out_buffer;
                r = inflate(&s->z, Z_NO_FLUSH);
                s->n_in -= (size_t)((const char *)s->z.next_in - s->in);
                s->in = (const char *)s->z.next_in;
                *n = sizeof s->out_buffer - s->z.avail_out;
                if (r == Z_STREAM_END) {
                        s->in_member = s->searching = false;
                } else if (r == Z_MEM_ERROR) {
                        return error_origin(-ENOMEM);
                } else if (r != Z_OK && r != Z_BUF_ERROR) {
                        give_up_member(s);
                }
                if (*n > 0)
                        return 0;
        }
}

int stream_next(struct stream *s, const char **bytes, size_t *n)
{
        int r;

        if (s->gzip) {
                *bytes = s->out_buffer;
                return error_trace(inflate_some(s, n));
        }
        r = fill(s);
        *bytes = s->in;
        *n = s->n_in;
        s->at = s->read - (int64_t)s->n_in;
        s->n_in = 0;
        return r;
}
