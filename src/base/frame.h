/*
 * The frames that daemon and worker exchange over their socketpair: a header of 16 bytes, then two parts, a head (JSON)
 * and a body (bytes as they came). Both sides are ours and of the same version, yet the worker has read what came from
 * outside and may have been taken over by it: the reader trusts nothing, and a length over its bound ends the stream.
 *
 * Header, little endian: u8 type, u8 zero[3], u32 head length, u32 body length, u32 zero.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
        FRAME_HEADER = 16,
        FRAME_HEAD_MAX = 64 << 20,
        FRAME_BODY_MAX = 256 << 20,
};

enum frame_type {
        FRAME_SETUP = 1,        /* to the worker; head: {"memory": bytes, "sandbox": true}, body: path NUL text */
        FRAME_READY,            /* from the worker; head: {"modules": [{"name", "version"}], ...} */
        FRAME_JOB,              /* to the worker; head: envelope or story, body: the delivery's bytes */
        FRAME_RESULT,           /* from the worker; head: what the modules made of it */
        FRAME_FAIL,             /* from the worker; head: {"reason": "...", "stray": false}, see worker/serve.h */
        FRAME_LOG,              /* from the worker; head: {"level": 3, "message": "..."} */
        FRAME_MAX_,
};

struct frame {
        enum frame_type type;
        const char *head;       /* into the buffer; not NUL-terminated */
        size_t n_head;
        const char *body;
        size_t n_body;
};

enum {
        FRAME_E_MORE = 1,       /* not whole yet */
        FRAME_E_BAD,            /* unknown type, length over the bound, reserved bytes not zero: give the peer up */
};

/* Parse the frame at the start of data[0..n). `size`: bytes it takes, also set with FRAME_E_MORE once the header is
 * there (0 before). `max`: bound of head and body together. */
int frame_parse(const char *data, size_t n, size_t max, struct frame *frame, size_t *size);

/* Fill the header for a frame with parts of these lengths. */
void frame_header(char header[FRAME_HEADER], enum frame_type type, size_t n_head, size_t n_body);

/* Append a whole frame. */
int frame_append(struct buf *b, enum frame_type type, const void *head, size_t n_head, const void *body, size_t n_body);

/* Write all of it to a blocking descriptor. 0 or -errno. */
int frame_write(int fd, const char *data, size_t n);
