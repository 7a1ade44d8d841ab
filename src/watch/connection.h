/*
 * One connection of a socket watcher (all of them: connections.h). It gathers messages by its framing, submits them, and answers
 * each in order: `+ID` once it is durable, `-reason` where it is refused.
 *
 * The struct outlives its handle: it is freed when the handle is closed and every ticket is back. libuv writes with
 * write(2), so the program must ignore SIGPIPE.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "watch/connections.h"
#include "watch/framing.h"
#include "watch/handover.h"

enum { CONNECTION_PEER = 64 };

struct connection {
        struct list link;               /* in group->all */
        struct list dirty;              /* in group->dirty */
        struct connections *group;
        union {
                uv_handle_t handle;
                uv_stream_t stream;
                uv_pipe_t pipe;
                uv_tcp_t tcp;
        } u;
        uv_write_t write;
        uv_shutdown_t shutdown;
        struct framing framing;
        struct list messages;           /* in order, answered or not */
        size_t n_messages, n_bytes;
        struct buf out;                 /* replies to be written */
        struct buf writing;             /* what `write` is about */
        size_t held;                    /* this one's part of group->held_bytes */
        uint64_t progress;              /* loop time of the last byte read or written */
        bool reading, is_writing;
        bool more;                      /* the framing may hold another whole message */
        bool ended;                     /* the peer has shut its side down */
        bool finished;                  /* no message will follow */
        bool refused;                   /* it is told why and seen off: what it still sends is thrown away */
        bool shut;                      /* our side is shut down */
        bool closing, closed;
        char peer[CONNECTION_PEER];
};

/* Take what waits at a listener. NULL: it is gone again, or there is no memory. */
struct connection *connection_accept(struct connections *group, uv_stream_t *listener, bool is_tcp);
/* Go on with one that the process before has left. The descriptor is its own then, or closed. `broken`: it cannot be read on,
 * the peer is told to send again. */
void connection_adopt(struct connections *group, int fd, const struct handover_connection *left, bool broken);
/* The process ends: what the next one needs of it goes into `state`, its descriptor (a copy) is returned; -1: it cannot
 * be left. Only where connection_may_leave(). */
int connection_leave(struct connection *c, struct buf *state);
bool connection_may_leave(const struct connection *c);
/* Nothing more is taken: what is half there is told to come again; it closes when all is answered. */
void connection_send_off(struct connection *c);

/* Take messages out, as many as may be on their way. */
void connection_pump(struct connection *c);
/* Read on, stop reading, or close: whatever it takes now. */
void connection_settle(struct connection *c);
/* Write the replies: at once where the socket takes them, which it nearly always does. */
void connection_flush(struct connection *c);
/* A refusal in its place behind the replies to the messages before. */
void connection_refuse(struct connection *c, const char *format, ...) _printf_(2, 3);
/* No message of this connection is taken any more: once it is told why, what it sends is thrown away for a while, since
 * closing at once would reset the connection and lose the reply. */
void connection_give_up(struct connection *c);
/* Take the answered messages from the front, in order. It may be freed then. */
void connection_collect(struct connection *c);
void connection_close(struct connection *c);
