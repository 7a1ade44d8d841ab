/* See connection.h. */
#include "control/connection.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

static void connection_pump(struct connection *c);

void connection_log(struct connection *c, const char *format, ...)
{
        char text[512];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        c->all->refused++;
        log_message(c->all->host.log, LOG_WARNING, LOG_CONTROL_REFUSED, NULL, "control: process %ld of user %ld %s",
                    (long)c->peer.pid, (long)c->peer.uid, text);
}

bool connection_may_change(const struct connection *c)
{
        return c->peer.uid == 0 || c->peer.uid == geteuid() ||
               (c->all->has_group && peer_is_in(&c->peer, c->all->group));
}

/* --- closing ------------------------------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
        struct connection *c = container_of((uv_pipe_t *)handle, struct connection, pipe);
        struct connections *all = c->all;

        list_unlink(&c->link);
        all->held -= c->held;
        all->n--;
        all->n_plain -= c->plain;
        if (all->n == 0 && !all->closing)
                uv_timer_stop(&all->look_timer);
        varlink_reader_deinit(&c->reader);
        buf_deinit(&c->out);
        buf_deinit(&c->sending);
        peer_deinit(&c->peer);
        free(c);
        connections_check_closed(all);
}

static void connection_close(struct connection *c)
{
        struct call *call = c->call;

        if (c->closing)
                return;
        c->closing = true;
        list_unlink(&c->again);
        uv_close((uv_handle_t *)&c->pipe, on_closed);
        if (call != NULL) {
                c->call = NULL;
                call->connection = NULL;
                if (call->gone != NULL)
                        call->gone(call);
        }
}

void connection_refuse(struct connection *c, const char *why)
{
        if (c->closing)
                return;
        connection_log(c, "was disconnected: %s", why);
        connection_close(c);
}

/* --- output -------------------------------------------------------------------------------------------------------- */

struct buf *connection_output(struct connection *c)
{
        return &c->out;
}

bool connection_account(struct connection *c)
{
        size_t held = c->reader.in.size + c->out.size + c->sending.size;

        c->all->held += held - c->held;
        c->held = held;
        return c->all->held <= (size_t)CONNECTIONS_HELD + (size_t)c->all->max_message;
}

bool connection_has_room(const struct connection *c)
{
        return !c->closing && c->out.n + c->sending.n < CONNECTION_ROOM;
}

static void on_written(uv_write_t *write, int status)
{
        struct connection *c = container_of(write, struct connection, write);

        c->writing = false;
        buf_deinit(&c->sending);
        if (c->closing)
                return;
        if (status < 0) {
                connection_close(c);
                return;
        }
        connection_account(c);
        connection_pump(c);
}

void connection_flush(struct connection *c)
{
        uv_buf_t bytes;

        if (c->writing || c->closing || c->out.n == 0)
                return;
        c->sending = c->out;
        c->out = BUF_NULL;
        bytes = uv_buf_init(c->sending.data, (unsigned)c->sending.n);
        c->unsent = c->sending.n;
        c->progress = clock_monotonic_us();
        if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &bytes, 1, on_written) < 0)
                connection_close(c);
        else
                c->writing = true;
}

/* --- input --------------------------------------------------------------------------------------------------------- */

static size_t max_message(const struct connection *c)
{
        size_t max = (size_t)c->all->max_message;

        return connection_may_change(c) ? max : MIN_OF(max, (size_t)CONNECTION_PLAIN_MAX);
}

static void on_alloc(uv_handle_t *handle, size_t size _unused_, uv_buf_t *buf)
{
        struct connection *c = container_of((uv_pipe_t *)handle, struct connection, pipe);

        *buf = uv_buf_init(c->all->scratch, sizeof(c->all->scratch));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
        struct connection *c = container_of((uv_pipe_t *)stream, struct connection, pipe);

        if (n == 0 || c->closing)
                return;
        if (n < 0) {
                if (n != UV_EOF) {
                        connection_close(c);
                        return;
                }
                c->ended = true;
                c->reading = false;
                uv_read_stop(stream);
        } else if (varlink_reader_add(&c->reader, buf->base, (size_t)n) != 0) {
                connection_refuse(c, "no memory for its message");
                return;
        } else if (!connection_account(c)) {
                connection_refuse(c, "the clients together hold too much");
                return;
        }
        connection_pump(c);
}

/* Read on while the next message is not whole, and a little ahead, so that the client's end is seen. */
static void choose_reading(struct connection *c)
{
        bool wanted = !c->ended && (!varlink_reader_has_message(&c->reader) ||
                                    varlink_reader_waiting(&c->reader) < CONNECTION_PLAIN_MAX);

        if (c->closing || wanted == c->reading)
                return;
        c->reading = wanted;
        if (!wanted)
                uv_read_stop((uv_stream_t *)&c->pipe);
        else if (uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read) < 0)
                connection_close(c);
}

static void note_unfinished(struct connection *c)
{
        if (varlink_reader_waiting(&c->reader) == 0 || varlink_reader_has_message(&c->reader))
                c->unfinished = 0;
        else if (c->unfinished == 0)
                c->unfinished = clock_monotonic_us();
}

/* Begin the next call; false where there is none. */
static bool begin_call(struct connection *c)
{
        const char *message;
        size_t n;
        int r = varlink_reader_take(&c->reader, max_message(c), &message, &n);

        if (r == VARLINK_E_LARGE)
                connection_refuse(c, "a message that is too long");
        if (r != 0)
                return false;
        c->unfinished = 0;
        c->call = call_new(c, message, n);
        if (c->call == NULL)
                connection_refuse(c, "no memory for its call");
        else
                call_start(c->call);
        return true;
}

/* Whether nothing is left to do for a client that has shut its side down. */
static bool is_done(const struct connection *c)
{
        return c->ended && c->call == NULL && !c->writing && c->out.n == 0;
}

/* Whether the client's socket is closed, not only shut down for writing. */
static bool is_hung_up(const struct connection *c)
{
        struct pollfd p = { 0 };

        return uv_fileno((const uv_handle_t *)&c->pipe, &p.fd) == 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0;
}

/* Do what can be done now: the one place from which a connection goes on. */
static void connection_pump(struct connection *c)
{
        unsigned left = CONNECTION_CALLS;

        if (c->pumping || c->closing)
                return;
        if (c->ended && is_hung_up(c)) {
                connection_close(c);
                return;
        }
        c->pumping = true;
        if (c->call != NULL && c->call->wake != NULL && connection_has_room(c))
                c->call->wake(c->call);
        while (c->call == NULL && connection_has_room(c) && left > 0 && begin_call(c))
                left--;
        c->pumping = false;
        if (c->closing)
                return;
        if (left == 0)
                connection_again(c);
        connection_flush(c);
        note_unfinished(c);
        choose_reading(c);
        connection_account(c);
        if (left > 0 && is_done(c))
                connection_close(c);
}

void connection_call_ended(struct connection *c)
{
        c->call = NULL;
        connection_pump(c);
}

void connection_again(struct connection *c)
{
        if (c->closing || !list_is_empty(&c->again))
                return;
        list_append(&c->all->again, &c->again);
        uv_idle_start(&c->all->again_idle, c->all->again_idle.idle_cb);
}

/* --- all of them --------------------------------------------------------------------------------------------------- */

static void on_again(uv_idle_t *idle)
{
        struct connections *all = container_of(idle, struct connections, again_idle);
        struct list now = LIST_INIT(now), *link;

        list_splice(&now, &all->again);
        while ((link = list_pop(&now)) != NULL)
                connection_pump(list_entry(link, struct connection, again));
        if (list_is_empty(&all->again))
                uv_idle_stop(idle);
}

/* Clients that began a message and do not end it, that do not read, or that went away behind a half-closed socket. */
static void look_at(struct connection *c, int64_t now)
{
        size_t unsent = uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe);

        if (c->ended && is_hung_up(c)) {
                connection_close(c);
                return;
        }
        if (unsent != c->unsent) {
                c->unsent = unsent;
                c->progress = now;
        }
        if (c->call == NULL && c->unfinished != 0 && now - c->unfinished > c->all->patience)
                connection_refuse(c, "it did not finish its message in time");
        else if (c->writing && unsent > CONNECTION_STALLED && now - c->progress > c->all->patience)
                connection_refuse(c, "it did not read its reply in time");
}

static void on_look(uv_timer_t *timer)
{
        struct connections *all = container_of(timer, struct connections, look_timer);
        int64_t now = clock_monotonic_us();

        list_for_each(it, &all->list)
                if (!list_entry(it, struct connection, link)->closing)
                        look_at(list_entry(it, struct connection, link), now);
}

int connections_init(struct connections *all, const struct control_host *host, void (*closed)(struct connections *all))
{
        int r;

        all->host = *host;
        all->closed = closed;
        list_init(&all->list);
        list_init(&all->again);
        r = uv_timer_init(host->loop, &all->look_timer);
        if (r == 0)
                r = uv_idle_init(host->loop, &all->again_idle);
        if (r != 0)
                return error_origin(r);
        all->again_idle.idle_cb = on_again;
        all->n_handles = 2;
        return 0;
}

void connections_check_closed(struct connections *all)
{
        if (all->closing && all->n == 0 && all->n_calls == 0 && all->n_handles == 0)
                all->closed(all);
}

static void on_handle_closed(uv_handle_t *handle)
{
        struct connections *all = handle->data;

        all->n_handles--;
        connections_check_closed(all);
}

void connections_close(struct connections *all)
{
        all->closing = true;
        list_for_each(it, &all->list)
                connection_close(list_entry(it, struct connection, link));
        all->look_timer.data = all->again_idle.data = all;
        uv_close((uv_handle_t *)&all->look_timer, on_handle_closed);
        uv_close((uv_handle_t *)&all->again_idle, on_handle_closed);
}

/* Why this client is not let in; NULL where it is. */
static const char *refusal(struct connection *c)
{
        struct connections *all = c->all;
        uv_os_fd_t fd;

        if (uv_fileno((uv_handle_t *)&c->pipe, &fd) < 0 || peer_read(&c->peer, fd) < 0)
                return "who it is cannot be told";
        if ((int64_t)all->n > all->max_connections)
                return "there are too many connections (control.max_connections)";
        if (connection_may_change(c))
                return NULL;
        c->plain = true;
        all->n_plain++;
        if ((int64_t)all->n_plain > all->max_connections - (all->max_connections + 3) / 4)
                return "there are too many connections of users who may only ask (three quarters of "
                       "control.max_connections)";
        return NULL;
}

void connection_accept(struct connections *all, uv_stream_t *listener)
{
        struct connection *c = calloc(1, sizeof(*c));
        const char *why;

        if (c == NULL)
                return;
        c->all = all;
        c->peer = PEER_NULL;
        list_init(&c->again);
        list_append(&all->list, &c->link);
        all->n++;
        (void)uv_pipe_init(all->host.loop, &c->pipe, 0);
        if (uv_accept(listener, (uv_stream_t *)&c->pipe) < 0) {
                connection_close(c);
                return;
        }
        why = refusal(c);
        if (why != NULL) {
                connection_refuse(c, why);
                return;
        }
        if (!uv_is_active((uv_handle_t *)&all->look_timer))
                uv_timer_start(&all->look_timer, on_look, (uint64_t)(all->look / 1000), (uint64_t)(all->look / 1000));
        choose_reading(c);
}
