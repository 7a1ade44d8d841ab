/*
 * All connections of one socket watcher (one: connection.h), what bounds them, and how they end.
 *
 * What bounds them: their number; per connection, unanswered messages and their bytes (beyond it is not read on), the
 * time without a byte, the time in which replies find no reader; over all, the bytes of half-sent messages. An idle
 * connection holds no buffer: reading goes through one buffer that all share.
 *
 * How they end: a connection is left to whoever follows, with what it had sent so far (handover.h), once its messages
 * are answered, and its peer sees nothing of it: to the next process, where the daemon ends and systemd keeps
 * descriptors for it; to the watcher that a reload puts in this one's place. Where nobody follows, what was submitted
 * is answered, the rest is told to come again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
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

struct connections {
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
        struct {
                bool on;                /* connections are left to whoever follows */
                bool given;             /* `work` is under way or over */
                bool to_store;          /* to the next process: through systemd's store */
                int fd;                 /* of the state, by `work`; -1: not made */
                struct buf state;
                int *fds;
                size_t n, max;
                uv_work_t work;
        } left;
        void (*stopped)(struct connections *group);
};

/* No failure: the handles of libuv that it makes cannot fail. */
void connections_init(struct connections *group, struct watcher *watcher);
/* Take over what the process before has left for this watcher, if it has. */
void connections_adopt(struct connections *group);
/* Take what waits at the listener (uv_tcp_t or uv_pipe_t by `is_tcp`). */
void connections_accept(struct connections *group, uv_stream_t *listener, bool is_tcp);
/* The watcher became idle or busy again. */
void connections_hold(struct connections *group);
void connections_resume(struct connections *group);
/* Read nothing more, answer what was submitted, leave or close; then `stopped`. */
void connections_stop(struct connections *group, void (*stopped)(struct connections *group));

struct connection;

/* For connection.c: a struct was freed. */
void connections_maybe_stopped(struct connections *group);
/* This one is ready to be left: it is, or is sent off where there is no room for it. False: there is no memory. */
bool connections_leave(struct connections *group, struct connection *c);
