/* See connection.h. connection_pump() is the only place that takes messages out of the framing, connection_settle() the
 * only one that decides what happens next: read on, stop reading, close, be left to the next process. */
#include "watch/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"

enum { KEEPALIVE_S = 60 };

/* One message on its way, or one that was refused before it could be. */
struct message {
        struct intake_ticket ticket;
        struct list link;
        struct connection *connection;
        bool answered;
        char *reply;                    /* NULL: "+ID" */
        char bytes[];
};

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

static void maybe_free(struct connection *c)
{
        struct connections *group = c->group;

        if (!c->closed || !list_is_empty(&c->messages))
                return;
        free(c);
        group->n_alive--;
        connections_maybe_stopped(group);
}

static void on_closed(uv_handle_t *handle)
{
        struct connection *c = handle->data;

        c->closed = true;
        buf_deinit(&c->out);
        buf_deinit(&c->writing);
        connection_collect(c);  /* a refusal that found no memory may stand at the front */
}

void connection_close(struct connection *c)
{
        struct connections *group = c->group;

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
                connection_close(c);
}

void connection_collect(struct connection *c)
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
                        connection_close(c);
        }
        connection_collect(c);
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
                connection_close(c);
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

void connection_refuse(struct connection *c, const char *format, ...)
{
        struct message *m = message_new(c, NULL, 0);
        char reason[160];
        va_list args;

        va_start(args, format);
        vsnprintf(reason, sizeof(reason), format, args);
        va_end(args);
        c->group->watcher->refused++;
        if (m != NULL) {
                m->answered = true;
                m->reply = make_reply(reason);
        }
        if (m == NULL || m->reply == NULL)
                connection_close(c);
}

void connection_give_up(struct connection *c)
{
        struct connections *group = c->group;

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
                connection_refuse(c, "too large (%" PRIu64 " bytes, at most %lld)", n, max);
                return;
        }
        connection_refuse(c, "too large (at most %lld bytes)", max);
        connection_give_up(c);
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
                connection_refuse(c, "empty");
                break;
        case FRAMING_E_TRUNCATED:
                connection_refuse(c, "truncated (%" PRIu64 " bytes were announced)", message.n);
                break;
        case FRAMING_E_BAD:
                connection_refuse(c, "not a length in decimal");
                connection_give_up(c);
                break;
        default:
                c->finished = true;
                c->more = false;
                break;
        }
}

static void account_held(struct connection *c)
{
        struct connections *group = c->group;
        size_t max = MAX_OF((size_t)CONNECTION_HELD, 2 * (size_t)group->watcher->row->max_size), held;

        held = c->refused ? 0 : c->framing.in.size;
        group->held_bytes += held - c->held;
        c->held = held;
        if (group->held_bytes > max && held > CONNECTION_READ) {
                connection_refuse(c, "busy (too many half-sent messages)");
                connection_give_up(c);
                account_held(c);
        }
}

static bool has_room(const struct connection *c)
{
        return c->n_messages < CONNECTION_UNANSWERED && c->n_bytes < CONNECTION_UNANSWERED_BYTES && !c->is_writing;
}

void connection_pump(struct connection *c)
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
                connection_collect(c);
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
                connection_close(c);
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
                connection_close(c);
                return;
        }
        c->more = !c->finished;
        connection_pump(c);
        connection_settle(c);
}

static void on_written(uv_write_t *write, int status)
{
        struct connection *c = write->handle->data;

        c->is_writing = false;
        buf_deinit(&c->writing);
        if (c->closing)
                return;
        if (status < 0) {
                connection_close(c);
                return;
        }
        c->progress = uv_now(c->u.handle.loop);
        mark_dirty(c);
}

void connection_flush(struct connection *c)
{
        uv_buf_t buffer = uv_buf_init(c->out.data, (unsigned)c->out.n);
        int n;

        if (c->closing || c->is_writing || c->out.n == 0)
                return;
        n = uv_try_write(&c->u.stream, &buffer, 1);
        if (n < 0 && n != UV_EAGAIN) {
                connection_close(c);
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
                connection_close(c);
        }
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
        struct connection *c = shutdown->handle->data;

        if (status < 0)
                connection_close(c);
}

static void set_reading(struct connection *c, bool reading)
{
        if (reading == c->reading)
                return;
        c->reading = reading;
        if (!reading) {
                uv_read_stop(&c->u.stream);
        } else if (uv_read_start(&c->u.stream, on_alloc, on_read) < 0) {
                connection_close(c);
                return;
        }
        c->progress = uv_now(c->u.handle.loop);
}

void connection_settle(struct connection *c)
{
        if (c->closing)
                return;
        if (c->group->left.on && connection_may_leave(c) && connections_leave(c->group, c))
                return;
        if (c->finished && list_is_empty(&c->messages) && c->out.n == 0 && !c->is_writing) {
                if (c->ended || !c->refused || c->group->stopping) {
                        connection_close(c);
                        return;
                }
                if (!c->shut) {
                        c->shut = true;
                        if (uv_shutdown(&c->shutdown, &c->u.stream, on_shutdown) < 0) {
                                connection_close(c);
                                return;
                        }
                }
        }
        set_reading(c, !c->ended && (c->refused || (!c->finished && !c->more && has_room(c) && !is_idle(c))));
}

/* ---- the beginning ---- */

/* The handle; from here on it ends by connection_close(). */
static int init_handle(struct connection *c, bool is_tcp)
{
        uv_loop_t *loop = c->group->watcher->host->loop;
        int r = is_tcp ? uv_tcp_init(loop, &c->u.tcp) : uv_pipe_init(loop, &c->u.pipe, 0);

        if (r < 0)
                return r;
        c->u.handle.data = c;
        c->group->n_alive++;
        c->group->n++;
        list_append(&c->group->all, &c->link);
        return 0;
}

static struct connection *connection_new(struct connections *group)
{
        struct connection *c = calloc(1, sizeof(*c));

        if (c == NULL)
                return NULL;
        list_init(&c->link);
        list_init(&c->dirty);
        list_init(&c->messages);
        c->group = group;
        framing_init(&c->framing, group->watcher->row);
        return c;
}

struct connection *connection_accept(struct connections *group, uv_stream_t *listener, bool is_tcp)
{
        struct connection *c = connection_new(group);

        if (c == NULL)
                return NULL;
        if (init_handle(c, is_tcp) < 0) {
                free(c);
                return NULL;
        }
        if (uv_accept(listener, &c->u.stream) < 0) {
                connection_close(c);
                return NULL;
        }
        if (is_tcp) {
                uv_tcp_nodelay(&c->u.tcp, 1);
                uv_tcp_keepalive(&c->u.tcp, 1, KEEPALIVE_S);
        }
        c->progress = uv_now(listener->loop);
        return c;
}

/* ---- from one process to the next ---- */

void connection_send_off(struct connection *c)
{
        if (!c->closing && !c->finished && framing_held(&c->framing) > 0) {
                connection_refuse(c, "dateline stops, send it again");
                if (!c->closing)
                        connection_collect(c);
        }
        if (c->closing)
                return;
        c->finished = true;
        connection_flush(c);
        connection_settle(c);
}

bool connection_may_leave(const struct connection *c)
{
        return !c->closing && !c->finished && list_is_empty(&c->messages);
}

int connection_leave(struct connection *c, struct buf *state)
{
        /* What libuv has not written yet is the end of `writing`. */
        size_t n_late = c->is_writing ? MIN_OF(uv_stream_get_write_queue_size(&c->u.stream), c->writing.n) : 0;
        struct handover_connection left = {
                .ended = c->framing.ended, .in_body = c->framing.in_body, .n_body = c->framing.n_body,
                .skip = c->framing.skip, .skipped = c->framing.skipped,
                .peer = { c->peer, strlen(c->peer) }, .held = { NULL, framing_held(&c->framing) },
        };
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;
        _cleanup_close_ int copy = -1;
        struct stat st;
        int fd;

        if (left.held.n > 0)
                left.held.bytes = c->framing.in.data + c->framing.at;
        if ((n_late > 0 && buf_append(&out, c->writing.data + c->writing.n - n_late, n_late) != 0) ||
            (c->out.n > 0 && buf_append(&out, c->out.data, c->out.n) != 0))
                return -1;
        left.out = (struct handover_bytes){ out.data, out.n };
        if (uv_fileno(&c->u.handle, &fd) < 0 || fstat(fd, &st) < 0)
                return -1;
        left.inode = st.st_ino;
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0 || handover_add(state, &left) < 0)
                return -1;
        fd = copy;
        copy = -1;
        return fd;
}

static int take_up(struct connection *c, const struct handover_connection *left)
{
        int r = 0;

        snprintf(c->peer, sizeof(c->peer), "%.*s", (int)MIN_OF(left->peer.n, sizeof(c->peer) - 1), left->peer.bytes);
        watcher_printable(c->peer, c->peer, sizeof(c->peer));
        if (left->out.n > 0)
                r = buf_append(&c->out, left->out.bytes, left->out.n);
        if (r == 0 && left->held.n > 0)
                r = framing_push(&c->framing, left->held.bytes, left->held.n);
        c->framing.in_body = left->in_body;
        c->framing.n_body = left->n_body;
        c->framing.skip = left->skip;
        c->framing.skipped = left->skipped;
        if (left->ended)
                framing_end(&c->framing);
        c->ended = left->ended;
        c->more = true;
        return r;
}

void connection_adopt(struct connections *group, int fd, const struct handover_connection *left, bool broken)
{
        struct connection *c = connection_new(group);
        int domain = AF_UNIX;
        bool is_tcp;

        (void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &(socklen_t){ sizeof(domain) });
        is_tcp = domain != AF_UNIX;
        if (c == NULL || init_handle(c, is_tcp) < 0) {
                free(c);
                close(fd);
                return;
        }
        if ((is_tcp ? uv_tcp_open(&c->u.tcp, fd) : uv_pipe_open(&c->u.pipe, fd)) < 0) {
                close(fd);
                connection_close(c);
                return;
        }
        c->progress = uv_now(group->watcher->host->loop);
        if (take_up(c, left) != 0) {
                connection_close(c);
                return;
        }
        if (broken) {
                connection_refuse(c, "the framing of this source has changed, send it again");
                connection_give_up(c);
                if (!c->closing)
                        connection_collect(c);
        }
        mark_dirty(c);
}
