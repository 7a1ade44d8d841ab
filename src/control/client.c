/* See client.h. */
#include "control/client.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

void client_log(struct client *c, const char *format, ...)
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

bool client_may_change(const struct client *c)
{
        return c->peer.uid == 0 || c->peer.uid == geteuid() ||
               (c->all->has_group && peer_is_in(&c->peer, c->all->group));
}

/* --- closing ------------------------------------------------------------------------------------------------------ */

static void on_closed(uv_handle_t *handle)
{
        struct client *c = container_of((uv_pipe_t *)handle, struct client, pipe);
        struct clients *all = c->all;

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
        clients_check_closed(all);
}

static void client_close(struct client *c)
{
        struct call *call = c->call;

        if (c->closing)
                return;
        c->closing = true;
        list_unlink(&c->again);
        uv_close((uv_handle_t *)&c->pipe, on_closed);
        if (call != NULL) {
                c->call = NULL;
                call->client = NULL;
                if (call->gone != NULL)
                        call->gone(call);
        }
}

void client_refuse(struct client *c, const char *why)
{
        if (c->closing)
                return;
        client_log(c, "was disconnected: %s", why);
        client_close(c);
}

/* --- output ------------------------------------------------------------------------------------------------------- */

struct buf *client_output(struct client *c)
{
        return &c->out;
}

bool client_account(struct client *c)
{
        size_t held = c->reader.in.size + c->out.size + c->sending.size;

        c->all->held += held - c->held;
        c->held = held;
        return c->all->held <= (size_t)CLIENTS_HELD + (size_t)c->all->max_message;
}

static bool has_room(const struct client *c)
{
        return !c->closing && c->out.n + c->sending.n < CLIENT_ROOM;
}

static void on_written(uv_write_t *write, int status)
{
        struct client *c = container_of(write, struct client, write);

        c->writing = false;
        buf_deinit(&c->sending);
        if (c->closing)
                return;
        if (status < 0) {
                client_close(c);
                return;
        }
        client_account(c);
        client_again(c);
}

void client_flush(struct client *c)
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
                client_close(c);
        else
                c->writing = true;
}

/* --- input -------------------------------------------------------------------------------------------------------- */

static size_t max_message(const struct client *c)
{
        size_t max = (size_t)c->all->max_message;

        return client_may_change(c) ? max : MIN_OF(max, (size_t)CLIENT_PLAIN_MAX);
}

static void on_alloc(uv_handle_t *handle, size_t size _unused_, uv_buf_t *buf)
{
        struct client *c = container_of((uv_pipe_t *)handle, struct client, pipe);

        *buf = uv_buf_init(c->all->scratch, c->plain ? CLIENT_PLAIN_READ : sizeof(c->all->scratch));
}

/* Read on while the next message is not whole, and a little ahead, so that the client's end is seen. */
static void choose_reading(struct client *c);

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
        struct client *c = container_of((uv_pipe_t *)stream, struct client, pipe);

        if (n == 0 || c->closing)
                return;
        if (n < 0) {
                if (n != UV_EOF) {
                        client_close(c);
                        return;
                }
                c->ended = true;
                c->reading = false;
                uv_read_stop(stream);
        } else if (varlink_reader_add(&c->reader, buf->base, (size_t)n) != 0) {
                client_refuse(c, "no memory for its message");
                return;
        } else if (!client_account(c)) {
                client_refuse(c, "the clients together hold too much");
                return;
        }
        choose_reading(c);
        client_again(c);
}

static void choose_reading(struct client *c)
{
        size_t waiting = varlink_reader_waiting(&c->reader);
        bool wanted = !c->ended && (varlink_reader_has_message(&c->reader) ? waiting < CLIENT_PLAIN_MAX :
                                                                             waiting <= max_message(c));

        if (c->closing || wanted == c->reading)
                return;
        c->reading = wanted;
        if (!wanted)
                uv_read_stop((uv_stream_t *)&c->pipe);
        else if (uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read) < 0)
                client_close(c);
}

static void note_unfinished(struct client *c)
{
        if (varlink_reader_waiting(&c->reader) == 0 || varlink_reader_has_message(&c->reader))
                c->unfinished = 0;
        else if (c->unfinished == 0)
                c->unfinished = clock_monotonic_us();
}

/* Begin the next call; false where there is none. */
static bool begin_call(struct client *c)
{
        const char *message;
        size_t n;
        int r = varlink_reader_take(&c->reader, max_message(c), &message, &n);

        if (r == VARLINK_E_LARGE)
                client_refuse(c, "a message that is too long");
        if (r != 0)
                return false;
        c->unfinished = 0;
        c->call = call_new(c, message, n);
        if (c->call == NULL)
                client_refuse(c, "no memory for its call");
        else
                call_start(c->call);
        return true;
}

/* Whether nothing is left to do for a client that has shut its side down. */
static bool is_done(const struct client *c)
{
        return c->ended && c->call == NULL && !c->writing && c->out.n == 0;
}

/* Whether the client's socket is closed, not only shut down for writing. */
static bool is_hung_up(const struct client *c)
{
        struct pollfd p = { 0 };

        return uv_fileno((const uv_handle_t *)&c->pipe, &p.fd) == 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0;
}

/* Do what can be done now: the one place from which a client goes on. */
static void client_pump(struct client *c)
{
        bool any = true;

        if (c->closing)
                return;
        if (c->ended && is_hung_up(c)) {
                client_close(c);
                return;
        }
        c->pumping = true;
        if (c->call != NULL && c->call->wake != NULL && has_room(c))
                c->call->wake(c->call);
        while (c->call == NULL && has_room(c) && any && clock_monotonic_us() < c->all->until)
                any = begin_call(c);
        c->pumping = false;
        if (c->closing)
                return;
        if (c->call == NULL && has_room(c) && any)
                client_again(c);        /* the time is up */
        client_flush(c);
        note_unfinished(c);
        choose_reading(c);
        client_account(c);
        if (!any && is_done(c))
                client_close(c);
}

void client_call_ended(struct client *c)
{
        c->call = NULL;
        if (c->pumping)
                return;
        client_flush(c);
        client_again(c);
}

void client_again(struct client *c)
{
        if (c->closing || !list_is_empty(&c->again))
                return;
        list_append(&c->all->again, &c->again);
        uv_idle_start(&c->all->again_idle, c->all->again_idle.idle_cb);
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

/* One after the other, in turn; those that are still to come when the time is up come first the next time. */
static void on_again(uv_idle_t *idle)
{
        struct clients *all = container_of(idle, struct clients, again_idle);
        struct list now = LIST_INIT(now), *link;

        all->until = clock_monotonic_us() + CLIENTS_TURN_US;
        list_splice(&now, &all->again);
        while (clock_monotonic_us() < all->until && (link = list_pop(&now)) != NULL)
                client_pump(list_entry(link, struct client, again));
        list_splice(&now, &all->again);
        list_splice(&all->again, &now);
        if (list_is_empty(&all->again))
                uv_idle_stop(idle);
}

/* Clients that began a message and do not end it, that do not read, or that went away behind a half-closed socket. */
static void look_at(struct client *c, int64_t now)
{
        size_t unsent = uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe);

        if (c->ended && is_hung_up(c)) {
                client_close(c);
                return;
        }
        if (unsent != c->unsent) {
                c->unsent = unsent;
                c->progress = now;
                c->told = c->told && unsent != 0;
        }
        if (c->call == NULL && c->unfinished != 0 && now - c->unfinished > c->all->patience)
                client_refuse(c, "it did not finish its message in time");
        else if (c->writing && unsent > CLIENT_STALLED && now - c->progress > c->all->patience)
                client_refuse(c, "it did not read its reply in time");
        else if (c->writing && !c->told && now - c->progress > c->all->patience) {
                c->told = true;
                log_message(c->all->host.log, LOG_NOTICE, LOG_GENERAL, NULL,
                            "control: process %ld of user %ld has stopped reading; what it misses is read from the "
                            "store when it goes on", (long)c->peer.pid, (long)c->peer.uid);
        }
}

static void on_look(uv_timer_t *timer)
{
        struct clients *all = container_of(timer, struct clients, look_timer);
        int64_t now = clock_monotonic_us();

        list_for_each(it, &all->list)
                if (!list_entry(it, struct client, link)->closing)
                        look_at(list_entry(it, struct client, link), now);
}

int clients_init(struct clients *all, const struct control_host *host, void (*closed)(struct clients *all))
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

void clients_check_closed(struct clients *all)
{
        if (all->closing && all->n == 0 && all->n_calls == 0 && all->n_handles == 0)
                all->closed(all);
}

static void on_handle_closed(uv_handle_t *handle)
{
        struct clients *all = handle->data;

        all->n_handles--;
        clients_check_closed(all);
}

void clients_close(struct clients *all)
{
        all->closing = true;
        list_for_each(it, &all->list)
                client_close(list_entry(it, struct client, link));
        all->look_timer.data = all->again_idle.data = all;
        uv_close((uv_handle_t *)&all->look_timer, on_handle_closed);
        uv_close((uv_handle_t *)&all->again_idle, on_handle_closed);
}

/* Why this client is not let in; NULL where it is. */
static const char *refusal(struct client *c)
{
        struct clients *all = c->all;
        int64_t most_plain = all->max_connections - (all->max_connections + 3) / 4;
        uv_os_fd_t fd;

        if (uv_fileno((uv_handle_t *)&c->pipe, &fd) < 0 || peer_read(&c->peer, fd) < 0)
                return "who it is cannot be told";
        if ((int64_t)all->n > all->max_connections)
                return "there are too many connections (control.max_connections)";
        if (client_may_change(c))
                return NULL;
        c->plain = true;
        all->n_plain++;
        if ((int64_t)all->n_plain > most_plain)
                return "there are too many connections of users who may only ask (three quarters of "
                       "control.max_connections)";
        if ((int64_t)all->n_plain_calls >= most_plain)
                return "too many questions of users who may only ask are under way, also of some who went away";
        return NULL;
}

void client_accept(struct clients *all, uv_stream_t *listener)
{
        struct client *c = calloc(1, sizeof(*c));
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
                client_close(c);
                return;
        }
        why = refusal(c);
        if (why != NULL) {
                client_refuse(c, why);
                return;
        }
        if (!uv_is_active((uv_handle_t *)&all->look_timer))
                uv_timer_start(&all->look_timer, on_look, (uint64_t)(all->look / 1000), (uint64_t)(all->look / 1000));
        choose_reading(c);
}
