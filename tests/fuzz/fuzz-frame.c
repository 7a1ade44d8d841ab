/*
 * The frames between daemon and worker. A stream of bytes is parsed as the daemon does it; what comes out lies within the
 * bytes and the bounds, and is the same when the stream comes byte by byte.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool promise)
{
        if (!promise)
                abort();
}

/* What parsing must not depend on: whether more bytes are there than the frame's own. */
static void check_same(const char *bytes, const struct frame *frame, size_t size, size_t max)
{
        struct frame again;
        size_t size_again;

        require(frame_parse(bytes, size, max, &again, &size_again) == 0);
        require(size_again == size && again.type == frame->type && again.n_head == frame->n_head &&
                again.n_body == frame->n_body);
        for (size_t cut = size > 40 ? size - 40 : 0; cut < size; cut++)
                require(frame_parse(bytes, cut, max, &again, &size_again) == FRAME_E_MORE);
}

/* Written again it is the same bytes. */
static void check_round(const char *bytes, const struct frame *frame, size_t size)
{
        _cleanup_(buf_deinit) struct buf b = BUF_NULL;

        require(frame_append(&b, frame->type, frame->head, frame->n_head, frame->body, frame->n_body) == 0);
        require(b.n == size && memcmp(b.data, bytes, size) == 0);
}

static void parse_all(const char *bytes, size_t n, size_t max)
{
        size_t at = 0;

        for (;;) {
                struct frame frame;
                size_t size = 0;
                int r = frame_parse(bytes + at, n - at, max, &frame, &size);

                require(r == 0 || r == FRAME_E_MORE || r == FRAME_E_BAD);
                if (r == FRAME_E_MORE)
                        require(size == 0 ? n - at < FRAME_HEADER : size > n - at && size <= max + FRAME_HEADER);
                if (r != 0)
                        return;
                require(size >= FRAME_HEADER && size <= n - at);
                require(frame.n_head + frame.n_body == size - FRAME_HEADER && frame.n_head + frame.n_body <= max);
                require(frame.type >= FRAME_SETUP && frame.type < FRAME_MAX_);
                require(frame.n_head == 0 || frame.head == bytes + at + FRAME_HEADER);
                require(frame.n_body == 0 || frame.body == bytes + at + FRAME_HEADER + frame.n_head);
                check_same(bytes + at, &frame, size, max);
                check_round(bytes + at, &frame, size);
                at += size;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        parse_all((const char *)data, n, 64 << 20);
        parse_all((const char *)data, n, 100);
        return 0;
}
