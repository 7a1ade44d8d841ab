/*
 * Bytes that come piece by piece, gunzipped where they are gzip: member after member, whatever stands between members that
 * are damaged is passed over. Memory: two buffers and zlib's window, whatever the length.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where bytes come from: up to n of them into `out`; 0 at the end; -errno. */
typedef ssize_t (*stream_read_fn)(void *user, char *out, size_t n);

struct stream;

/* `head` are the first bytes, already read; they must live as long as the stream. `more` may be NULL: the head is all.
 * NULL: no memory. */
struct stream *stream_open(const char *head, size_t n_head, stream_read_fn more, void *user);
void stream_close(struct stream *s);
void stream_closep(struct stream **s);

/* The next bytes, at least one; *n is 0 at the end. They are valid until the next call. 0 or -errno. */
int stream_next(struct stream *s, const char **bytes, size_t *n);

/* The head does not begin at the source's first byte but at this one; before the first stream_next(). */
void stream_begin_at(struct stream *s, int64_t at);
/* Where the bytes that stream_next() gave last stand: the source's byte at which their member of gzip begins, and how many
 * unpacked bytes of it came before them; without gzip the byte itself, and 0. */
void stream_where(const struct stream *s, int64_t *at, int64_t *before);
bool stream_gunzips(const struct stream *s);

/* Members that could not be read whole, up to now. */
size_t stream_damaged(const struct stream *s);

/* Is it gzip? */
bool stream_is_gzip(const char *bytes, size_t n);
