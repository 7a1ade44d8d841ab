/*
 * The connections of a socket watcher. Each gathers messages by its framing, submits them, and answers each in order: `+ID`
 * once it is durable, `-reason` where it is refused.
 *
 * What bounds them: a number of connections; per connection, unanswered messages and their bytes (beyond it is not read
 * on), the time without a byte, the time in which replies find no reader; over all, the bytes of half-sent messages.
 * An idle connection holds no buffer: reading goes through one buffer that all share.
 *
 * libuv writes with write(2), so the program must ignore SIGPIPE.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "watch/watcher.h"

enum {
        CONNECTION_UNANSWERED = 1024,           /* messages a connection */
        CONNECTION_UNANSWERED_BYTES = 4 << 20,  /* a connection; one message may pass it */
        CONNECTION_READ = 64 << 10,
        CONNECTION_HELD = 64 << 20,             /* half-sent messages of all; or twice max_size */
        CONNECTION_LEAVING = 64,                /* refused ones that are seen off in good order */
        CONNECTION_LEAVE_MS = 2000,
};

/* All of one watcher's. */
struct connection_group {
        struct watcher *watcher;
        struct list all;
        struct list dirty;              /* have replies to write or room to read on */
        size_t n;                       /* of `all` that are served */
        size_t n_leaving;               /* of `all` that are refused and being seen off */
        size_t n_alive;                 /* structs that are not freed yet */
        size_t held_bytes;
        char *read_buffer;
        uv_prepare_t prepare;           /* writes the replies that one turn of the loop has brought */
        uv_timer_t sweep;               /* looks for what is idle */
        unsigned n_handles;
        bool stopping;
        void (*stopped)(struct connection_group *group);
};

/* No failure: the handles of libuv that it makes cannot fail. */
void connection_group_init(struct connection_group *group, struct watcher *watcher);
/* Take what waits at the listener (uv_tcp_t or uv_pipe_t by `is_tcp`). */
void connection_accept(struct connection_group *group, uv_stream_t *listener, bool is_tcp);
/* The watcher became idle or busy again. */
void connection_group_hold(struct connection_group *group);
void connection_group_resume(struct connection_group *group);
/* Read nothing more, answer what was submitted, close; then `stopped`. */
void connection_group_stop(struct connection_group *group, void (*stopped)(struct connection_group *group));
