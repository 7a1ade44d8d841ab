/*
 * See connection.h. A connection is a struct that outlives its handle: it is freed when the handle is closed and every
 * ticket is back (maybe_free()). pump() is the only place that takes messages out of the framing, settle() the only one
 * that decides what happens next: read on, stop reading, close.
 */
#include "watch/connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "watch/framing.h"

enum { PEER_MAX = 64, KEEPALIVE_S = 60, SWEEP_MS = 500, STOP_MS = 1000 };

struct connection {
        struct list link;               /* in group->all */
        struct list dirty;              /* in group->dirty */
        struct connection_group *group;
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
        char peer[PEER_MAX];
};

/* One message on its way, or one that was refused before it could be. */
struct message {
        struct intake_ticket ticket;
        struct list link;
        struct connection *connection;
        bool answered;
        char *reply;                    /* NULL: "+ID" */
        char bytes[];
};

static void settle(struct connection *c);

static void mark_dirty(struct connection *c)
{
        if (c->closing)
                return;
        if (list_is_empty(&c->dirty))
                list_append(&c->group->dirty, &c->dirty);
}

static bool is_idle(const struct connection *c)
{
        return watcher_is_idle(c->group->watcher);
}

/* ---- the end of a connection ---- */

static void group_maybe_stopped(struct connection_group *group);

static void maybe_free(struct connection *c)
{
        struct connection_group *group = c->group;

        if (!c->closed || !list_is_empty(&c->messages))
                return;
        free(c);
        group->n_alive--;
        group_maybe_stopped(group);
}

static void on_closed(uv_handle_t *handle)
{
        struct connection *c = handle->data;

        c->closed = true;
        buf_deinit(&c->out);
        buf_deinit(&c->writing);
        maybe_free(c);
}

static void close_now(struct connection *c)
{
        struct connection_group *group = c->group;

        if (c->closing)
                return;
        c->closing = true;
        list_unlink(&c->link);
        list_unlink(&c->dirty);
        if (c->refused)
                group->n_leaving--;
        else
                group->n--;
        group->held_bytes -= c->held;
        framing_deinit(&c->framing);
        uv_close(&c->u.handle, on_closed);
        if (list_is_empty(&group->all))
                uv_timer_stop(&group->sweep);
}

/* ---- replies ---- */

static void append_reply(struct connection *c, const struct message *m)
{
        int r = m->reply != NULL ? buf_append_string(&c->out, m->reply)
                                 : buf_printf(&c->out, "+%" PRId64 "\n", m->ticket.id);

        if (r != 0)
                close_now(c);
}

/* Take the answered messages from the front, in order. */
static void collect_replies(struct connection *c)
{
        bool any = false;

        while (!list_is_empty(&c->messages)) {
                struct message *m = list_entry(c->messages.next, struct message, link);

                if (!m->answered)
                        break;
                if (!c->closing)
                        append_reply(c, m);
                list_unlink(&m->link);
                c->n_messages--;
                c->n_bytes -= m->ticket.delivery.n_bytes;
                free(m->reply);
                free(m);
                any = true;
        }
        if (any)
                mark_dirty(c);
        maybe_free(c);
}

static char *make_reply(const char *reason)
{
        char *reply = NULL;

        if (asprintf(&reply, "-%s\n", reason) < 0)
                return NULL;
        for (char *p = reply; p[1] != '\0'; p++)
                if (*p == '\n')
                        *p = ' ';
        return reply;
}

static void on_ticket_done(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct message *m = container_of(ticket, struct message, ticket);
        struct connection *c = m->connection;

        watcher_count(c->group->watcher, r, ticket->delivery.n_bytes);
        m->answered = true;
        m->ticket.id = id;
        if (r < 0) {
                m->reply = make_reply(reason);
                if (m->reply == NULL)
                        close_now(c);
        }
        collect_replies(c);
}

static struct message *message_new(struct connection *c, const char *bytes, size_t n)
{
        struct message *m = malloc(sizeof(*m) + n);

        if (m == NULL)
                return NULL;
        m->ticket = (struct intake_ticket){ .done = on_ticket_done };
        m->connection = c;
        m->answered = false;
        m->reply = NULL;
        if (n > 0)
                memcpy(m->bytes, bytes, n);
        list_append(&c->messages, &m->link);
        c->n_messages++;
        c->n_bytes += n;
        return m;
}

static void submit(struct connection *c, const char *bytes, size_t n)
{
        const struct config_watch *row = c->group->watcher->row;
        struct message *m = message_new(c, bytes, n);

        if (m == NULL) {
                close_now(c);
                return;
        }
        m->ticket.delivery = (struct delivery){
                .source = row->name,
                .name = c->peer,
                .format = row->format,
                .encoding = row->encoding,
                .received = clock_wall_us(),
                .bytes = m->bytes,
                .n_bytes = n,
        };
        intake_submit(c->group->watcher->host->intake, &m->ticket);
}

/* A reply in its place behind those of the messages before. */
static void _printf_(2, 3) refuse(struct connection *c, const char *format, ...)
{
        struct message *m = message_new(c, NULL, 0);
        char reason[160];
        va_list args;

        va_start(args, format);
        vsnprintf(reason, sizeof(reason), format, args);
        va_end(args);
        c->group->watcher->refused++;
        if (m != NULL)
                m->reply = make_reply(reason);
        if (m == NULL || m->reply == NULL) {
                close_now(c);
                return;
        }
        m->answered = true;
}

/* No message of this connection is taken any more: it is told why, then what it sends is thrown away for a while, since
 * closing at once would reset the connection and lose the reply. */
static void give_up(struct connection *c)
{
        struct connection_group *group = c->group;

        if (c->closing || c->refused)
                return;
        c->refused = c->finished = true;
        c->more = false;
        c->progress = uv_now(c->u.handle.loop);
        group->n--;
        group->n_leaving++;
        framing_deinit(&c->framing);
}

/* ---- messages ---- */

static void too_large(struct connection *c, uint64_t n)
{
        const long long max = (long long)c->group->watcher->row->max_size;

        if (n != 0) {
                refuse(c, "too large (%" PRIu64 " bytes, at most %lld)", n, max);
                return;
        }
        refuse(c, "too large (at most %lld bytes)", max);
        give_up(c);
}

static void take_one(struct connection *c)
{
        struct framing_message message;

        switch (framing_next(&c->framing, &message)) {
        case 0:
                submit(c, message.bytes, (size_t)message.n);
                break;
        case FRAMING_E_MORE:
                c->more = false;
                break;
        case FRAMING_E_TOO_LARGE:
                too_large(c, message.n);
                break;
        case FRAMING_E_EMPTY:
                refuse(c, "empty");
                break;
        case FRAMING_E_TRUNCATED:
                refuse(c, "truncated (%" PRIu64 " bytes were announced)", message.n);
                break;
        case FRAMING_E_BAD:
                refuse(c, "not a length in decimal");
                give_up(c);
                break;
        default:
                c->finished = true;
                c->more = false;
                break;
        }
}

static void account_held(struct connection *c)
{
        struct connection_group *group = c->group;
        size_t max = MAX_OF((size_t)CONNECTION_HELD, 2 * (size_t)group->watcher->row->max_size), held;

        held = c->refused ? 0 : c->framing.in.size;
        group->held_bytes += held - c->held;
        c->held = held;
        if (group->held_bytes > max && held > CONNECTION_READ) {
                refuse(c, "busy (too many half-sent messages)");
                give_up(c);
                account_held(c);
        }
}

static bool has_room(const struct connection *c)
{
        return c->n_messages < CONNECTION_UNANSWERED && c->n_bytes < CONNECTION_UNANSWERED_BYTES && !c->is_writing;
}

static void pump(struct connection *c)
{
        while (!c->closing && c->more && !is_idle(c) && has_room(c) &&
               intake_is_open(c->group->watcher->host->intake))
                take_one(c);
        if (c->closing)
                return;
        if (!c->refused)
                framing_compact(&c->framing);
        account_held(c);
        if (!c->closing)
                collect_replies(c);
}

/* ---- reading and writing ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
        struct connection *c = handle->data;

        (void)suggested;
        if (c->group->read_buffer == NULL)
                c->group->read_buffer = malloc(CONNECTION_READ);
        *buffer = uv_buf_init(c->group->read_buffer, c->group->read_buffer == NULL ? 0 : CONNECTION_READ);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
        struct connection *c = stream->data;

        if (n == 0)
                return;
        if (n < 0 && n != UV_EOF) {
                close_now(c);
                return;
        }
        if (n > 0 && c->refused)
                return;
        c->progress = uv_now(stream->loop);
        if (n == UV_EOF) {
                c->ended = true;
                c->reading = false;
                framing_end(&c->framing);
        } else if (framing_push(&c->framing, buffer->base, (size_t)n) < 0) {
                close_now(c);
                return;
        }
        c->more = !c->finished;
        pump(c);
        settle(c);
}

static void on_written(uv_write_t *write, int status)
{
        struct connection *c = write->handle->data;

        c->is_writing = false;
        buf_deinit(&c->writing);
        if (c->closing)
                return;
        if (status < 0) {
                close_now(c);
                return;
        }
        c->progress = uv_now(c->u.handle.loop);
        mark_dirty(c);
}

/* Write the replies: at once where the socket takes them, which it nearly always does. */
static void flush(struct connection *c)
{
        uv_buf_t buffer = uv_buf_init(c->out.data, (unsigned)c->out.n);
        int n;

        if (c->closing || c->is_writing || c->out.n == 0)
                return;
        n = uv_try_write(&c->u.stream, &buffer, 1);
        if (n < 0 && n != UV_EAGAIN) {
                close_now(c);
                return;
        }
        if (n == (int)c->out.n) {
                buf_deinit(&c->out);
                return;
        }
        if (n > 0)
                buf_consume(&c->out, (size_t)n);
        c->writing = c->out;
        c->out = BUF_NULL;
        c->progress = uv_now(c->u.handle.loop);
        buffer = uv_buf_init(c->writing.data, (unsigned)c->writing.n);
        c->is_writing = true;
        n = uv_write(&c->write, &c->u.stream, &buffer, 1, on_written);
        if (n < 0) {
                c->is_writing = false;
                close_now(c);
        }
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
        struct connection *c = shutdown->handle->data;

        if (status < 0)
                close_now(c);
}

static void set_reading(struct connection *c, bool reading)
{
        if (reading == c->reading)
                return;
        c->reading = reading;
        if (!reading) {
                uv_read_stop(&c->u.stream);
        } else if (uv_read_start(&c->u.stream, on_alloc, on_read) < 0) {
                close_now(c);
                return;
        }
        c->progress = uv_now(c->u.handle.loop);
}

static void settle(struct connection *c)
{
        if (c->closing)
                return;
        if (c->finished && list_is_empty(&c->messages) && c->out.n == 0 && !c->is_writing) {
                if (c->ended || !c->refused || c->group->stopping) {
                        close_now(c);
                        return;
                }
                if (!c->shut) {
                        c->shut = true;
                        if (uv_shutdown(&c->shutdown, &c->u.stream, on_shutdown) < 0) {
                                close_now(c);
                                return;
                        }
                }
        }
        set_reading(c, !c->ended && (c->refused || (!c->finished && !c->more && has_room(c) && !is_idle(c))));
}

/* Once a turn, before the loop waits: what the turn has answered is written in one piece a connection. */
static void on_prepare(uv_prepare_t *prepare)
{
        struct connection_group *group = prepare->data;
        struct list dirty;

        if (list_is_empty(&group->dirty))
                return;
        list_init(&dirty);
        list_splice(&dirty, &group->dirty);
        for (struct list *link; (link = list_pop(&dirty)) != NULL;) {
                struct connection *c = list_entry(link, struct connection, dirty);

                flush(c);
                if (!c->closing)
                        pump(c);
                settle(c);
        }
}

/* ---- bounds in time ---- */

static void check_time(struct connection *c, uint64_t now)
{
        const uint64_t idle = (uint64_t)c->group->watcher->row->idle / 1000, passed = now - c->progress;

        if (c->group->stopping ? passed > STOP_MS
                               : c->refused && list_is_empty(&c->messages) && passed > CONNECTION_LEAVE_MS) {
                close_now(c);
                return;
        }
        if (idle == 0 || passed < idle)
                return;
        if (c->is_writing) {
                watcher_report(c->group->watcher, LOG_WARNING, "%s does not read its replies: closed", c->peer);
                close_now(c);
        } else if (c->reading && c->n_messages == 0) {
                if (framing_held(&c->framing) > 0 && !c->refused)
                        refuse(c, "incomplete, and nothing came for %" PRIu64 " s", idle / 1000);
                give_up(c);
                if (!c->closing)
                        collect_replies(c);
                settle(c);
        }
}

static void on_sweep(uv_timer_t *timer)
{
        struct connection_group *group = timer->data;
        uint64_t now = uv_now(timer->loop);

        list_for_each(link, &group->all)
                check_time(list_entry(link, struct connection, link), now);
}

/* ---- the group ---- */

/* Who is at the other end, for the record. */
static void name_peer(struct connection *c, bool is_tcp)
{
        struct sockaddr_storage address;
        struct ucred credentials;
        socklen_t n = sizeof(credentials);
        int n_address = sizeof(address), fd;

        snprintf(c->peer, sizeof(c->peer), "a peer");
        if (is_tcp) {
                char text[INET6_ADDRSTRLEN] = "";
                unsigned port;

                if (uv_tcp_getpeername(&c->u.tcp, (struct sockaddr *)&address, &n_address) < 0)
                        return;
                if (address.ss_family == AF_INET6) {
                        uv_ip6_name((struct sockaddr_in6 *)&address, text, sizeof(text));
                        port = ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
                        snprintf(c->peer, sizeof(c->peer), "[%s]:%u", text, port);
                } else {
                        uv_ip4_name((struct sockaddr_in *)&address, text, sizeof(text));
                        port = ntohs(((struct sockaddr_in *)&address)->sin_port);
                        snprintf(c->peer, sizeof(c->peer), "%s:%u", text, port);
                }
        } else if (uv_fileno(&c->u.handle, &fd) == 0 &&
                   getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &n) == 0) {
                snprintf(c->peer, sizeof(c->peer), "process %d of user %u", (int)credentials.pid,
                         (unsigned)credentials.uid);
        }
}

static int open_handle(struct connection *c, uv_stream_t *listener, bool is_tcp)
{
        int r = is_tcp ? uv_tcp_init(listener->loop, &c->u.tcp) : uv_pipe_init(listener->loop, &c->u.pipe, 0);

        if (r < 0)
                return r;
        c->u.handle.data = c;
        c->group->n_alive++;
        c->group->n++;
        list_append(&c->group->all, &c->link);
        r = uv_accept(listener, &c->u.stream);
        if (r < 0) {
                close_now(c);
                return 0;
        }
        if (is_tcp) {
                uv_tcp_nodelay(&c->u.tcp, 1);
                uv_tcp_keepalive(&c->u.tcp, 1, KEEPALIVE_S);
        }
        return 0;
}

void connection_accept(struct connection_group *group, uv_stream_t *listener, bool is_tcp)
{
        const struct config_watch *row = group->watcher->row;
        struct connection *c = calloc(1, sizeof(*c));

        if (c == NULL)
                return;
        list_init(&c->link);
        list_init(&c->dirty);
        list_init(&c->messages);
        c->group = group;
        framing_init(&c->framing, row);
        if (open_handle(c, listener, is_tcp) < 0) {
                free(c);
                return;
        }
        if (c->closing)
                return;
        name_peer(c, is_tcp);
        c->progress = uv_now(listener->loop);
        if (!uv_is_active((uv_handle_t *)&group->sweep))
                uv_timer_start(&group->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
        if (group->n > (size_t)row->max_connections || group->stopping) {
                if (group->n_leaving >= CONNECTION_LEAVING) {
                        close_now(c);
                        return;
                }
                refuse(c, "busy (%lld connections are open)", (long long)row->max_connections);
                give_up(c);
                if (!c->closing)
                        collect_replies(c);
                return;
        }
        settle(c);
}

void connection_group_init(struct connection_group *group, struct watcher *watcher)
{
        *group = (struct connection_group){ .watcher = watcher };
        list_init(&group->all);
        list_init(&group->dirty);
        uv_prepare_init(watcher->host->loop, &group->prepare);
        uv_timer_init(watcher->host->loop, &group->sweep);
        group->prepare.data = group->sweep.data = group;
        group->n_handles = 2;
        uv_prepare_start(&group->prepare, on_prepare);
        uv_unref((uv_handle_t *)&group->prepare);
}

void connection_group_hold(struct connection_group *group)
{
        list_for_each(link, &group->all)
                settle(list_entry(link, struct connection, link));
}

void connection_group_resume(struct connection_group *group)
{
        list_for_each(link, &group->all) {
                struct connection *c = list_entry(link, struct connection, link);

                pump(c);
                settle(c);
        }
}

static void on_group_handle_closed(uv_handle_t *handle)
{
        struct connection_group *group = handle->data;

        if (--group->n_handles != 0)
                return;
        free(group->read_buffer);
        group->read_buffer = NULL;
        group->stopped(group);
}

static void group_maybe_stopped(struct connection_group *group)
{
        if (group->n_alive != 0)
                return;
        free(group->read_buffer);
        group->read_buffer = NULL;
        if (!group->stopping || uv_is_closing((uv_handle_t *)&group->sweep))
                return;
        uv_close((uv_handle_t *)&group->sweep, on_group_handle_closed);
        uv_close((uv_handle_t *)&group->prepare, on_group_handle_closed);
}

void connection_group_stop(struct connection_group *group, void (*stopped)(struct connection_group *group))
{
        group->stopping = true;
        group->stopped = stopped;
        list_for_each(link, &group->all) {
                struct connection *c = list_entry(link, struct connection, link);

                if (!c->finished && framing_held(&c->framing) > 0) {
                        refuse(c, "dateline stops, send it again");
                        if (!c->closing)
                                collect_replies(c);
                }
                if (c->closing)
                        continue;
                c->finished = true;
                c->progress = uv_now(c->u.handle.loop);
                flush(c);
                settle(c);
        }
        group_maybe_stopped(group);
}
