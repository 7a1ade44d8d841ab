/* See server.h. */
#include "http/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/list.h"
#include "base/listen.h"

enum {
        CONNECTIONS_MAX = 16,
        PATIENCE_MS = 10000,            /* from the connection to the end of the answer */
        BODIES_MAX = 32 << 20,          /* bytes of all bodies that are under way */
        RETRY_MS = 5000,                /* an address that could not be taken */
        BACKLOG = 16,
};

union stream {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_pipe_t pipe;
        uv_tcp_t tcp;
};

struct server {
        struct server_host host;
        char *address;
        bool said;                      /* that it cannot be taken */
        struct listening *listening;    /* NULL: not */
        uv_timer_t retry;
        struct list connections;
        size_t n_connections, open_handles;
        int64_t n_bytes;                /* of bodies that may come */
        void (*closed)(void *user);
        void *closed_user;
};

/* Freed when its handle is closed, when another one may listen already. */
struct listening {
        union stream stream;
        struct listener listener;       /* without its fd, which is the stream's */
        struct server *server;
};

struct connection {
        struct list link;
        struct server *server;
        union stream stream;
        uv_timer_t limit;
        uv_write_t write;
        uv_shutdown_t shutdown;
        unsigned open_handles;
        bool asked;                     /* nothing more is read of it */
        bool waits;                     /* for server_answer() */
        bool lingers;                   /* refused before all of it was read: a close would take the answer with it */
        bool parsed;
        int64_t room;                   /* of its body */
        struct exchange exchange;
        struct buf in, out;
        char piece[4096];
};

static void try_finish(struct server *m)
{
        if (m->closed == NULL || m->open_handles != 0)
                return;
        m->closed(m->closed_user);
        free(m->address);
        free(m);
}

/* ---- a connection ---- */

static void on_connection_handle_closed(uv_handle_t *handle)
{
        struct connection *c = handle->data;
        struct server *m = c->server;
        int64_t room = c->room;

        if (--c->open_handles != 0)
                return;
        list_unlink(&c->link);
        buf_deinit(&c->in);
        buf_deinit(&c->out);
        free(c);
        m->n_connections--;
        m->n_bytes -= room;
        m->open_handles--;
        try_finish(m);
}

static void drop(struct connection *c)
{
        if (uv_is_closing(&c->stream.handle))
                return;
        uv_close(&c->stream.handle, on_connection_handle_closed);
        uv_close((uv_handle_t *)&c->limit, on_connection_handle_closed);
}

static void on_shut_down(uv_shutdown_t *shutdown, int status)
{
        struct connection *c = shutdown->data;

        if (status < 0 || !c->lingers)
                drop(c);
}

static void on_written(uv_write_t *write, int status)
{
        struct connection *c = write->data;

        if (status < 0 || uv_is_closing(&c->stream.handle) ||
            uv_shutdown(&c->shutdown, &c->stream.stream, on_shut_down) < 0)
                drop(c);
}

void server_answer(struct exchange *exchange, const char *status, const char *type, const void *body, size_t n)
{
        struct connection *c = container_of(exchange, struct connection, exchange);
        const char *allow = "";
        uv_buf_t buffer;
        int r;

        c->waits = false;
        if (uv_is_closing(&c->stream.handle))
                return;
        buf_deinit(&c->out);
        if (strncmp(status, "405", 3) == 0)
                allow = c->server->host.room != NULL ? "Allow: GET, HEAD, POST\r\n" : "Allow: GET, HEAD\r\n";
        r = buf_printf(&c->out, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                       "X-Content-Type-Options: nosniff\r\n%sConnection: close\r\n\r\n", status, type, n, allow);
        if (r == 0 && !exchange->request.head && n != 0)
                r = buf_append(&c->out, body, n);
        if (r != 0)
                arena_out_of_memory();
        uv_timer_again(&c->limit);
        buffer = uv_buf_init(c->out.data, (unsigned)c->out.n);
        if (uv_write(&c->write, &c->stream.stream, &buffer, 1, on_written) < 0)
                drop(c);
}

static void refuse(struct connection *c, const char *status)
{
        c->asked = c->waits = c->lingers = true;
        server_answer(&c->exchange, status, "text/plain; charset=utf-8", status, strlen(status));
}

/* The head is there: whether there is room for its body. */
static bool make_room(struct connection *c)
{
        const struct request *request = &c->exchange.request;
        const struct server_host *host = &c->server->host;
        int64_t wanted = MAX_OF(request->n_body, INT64_C(0));

        if (wanted == 0)
                return true;
        if (!request->post || (uint64_t)wanted > (host->room != NULL ? host->room(host->user, request) : 0)) {
                refuse(c, "413 Content Too Large");
                return false;
        }
        if (c->server->n_bytes != 0 && c->server->n_bytes + wanted > BODIES_MAX) {
                refuse(c, "503 Service Unavailable");
                return false;
        }
        c->room = wanted;
        c->server->n_bytes += wanted;
        return true;
}

static void look(struct connection *c)
{
        struct request *request = &c->exchange.request;
        int r;

        if (!c->parsed) {
                r = request_parse(c->in.data, c->in.n, request);
                if (r == REQUEST_E_MORE)
                        return;
                if (request->post && c->server->host.room == NULL && (r == 0 || r == REQUEST_E_LENGTH))
                        r = REQUEST_E_METHOD;
                if (r != 0) {
                        refuse(c, r == REQUEST_E_METHOD   ? "405 Method Not Allowed"
                                  : r == REQUEST_E_LONG   ? "431 Request Header Fields Too Large"
                                  : r == REQUEST_E_LENGTH ? "411 Length Required" : "400 Bad Request");
                        return;
                }
                c->parsed = true;
                if (!make_room(c))
                        return;
        }
        if (c->in.n - request->n_head < (size_t)c->room)
                return;
        c->exchange.body = c->room > 0 ? c->in.data + request->n_head : NULL;
        c->asked = c->waits = true;
        c->server->host.asked(c->server->host.user, &c->exchange);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
        struct connection *c = handle->data;

        (void)suggested;
        *buffer = uv_buf_init(c->piece, sizeof(c->piece));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
        struct connection *c = stream->data;

        if (n < 0) {
                if (!c->asked || (c->lingers && !c->waits))
                        drop(c);
                return;
        }
        if (c->asked || n == 0) /* what comes behind the request is read, so that the answer is not lost by a reset */
                return;
        if (buf_append(&c->in, buffer->base, (size_t)n) != 0)
                arena_out_of_memory();
        look(c);
}

static void on_limit(uv_timer_t *timer)
{
        struct connection *c = timer->data;

        if (!c->waits)
                drop(c);
}

static int init_stream(uv_loop_t *loop, union stream *stream, bool is_unix)
{
        return is_unix ? uv_pipe_init(loop, &stream->pipe, 0) : uv_tcp_init(loop, &stream->tcp);
}

static void on_connection(uv_stream_t *server, int status)
{
        struct listening *l = server->data;
        struct server *m = l->server;
        struct connection *c;

        if (status < 0)
                return;
        c = calloc(1, sizeof(*c));
        if (c == NULL)
                arena_out_of_memory();
        c->server = m;
        (void)init_stream(m->host.loop, &c->stream, server->type == UV_NAMED_PIPE);
        uv_timer_init(m->host.loop, &c->limit);
        c->stream.handle.data = c->limit.data = c->write.data = c->shutdown.data = c;
        c->open_handles = 2;
        list_append(&m->connections, &c->link);
        m->n_connections++;
        m->open_handles++;
        if (uv_accept(server, &c->stream.stream) < 0 || m->n_connections > CONNECTIONS_MAX ||
            uv_read_start(&c->stream.stream, on_alloc, on_read) < 0) {
                drop(c);
                return;
        }
        uv_timer_start(&c->limit, on_limit, PATIENCE_MS, PATIENCE_MS);
}

/* ---- listening ---- */

static void on_listening_closed(uv_handle_t *handle)
{
        struct listening *l = handle->data;
        struct server *m = l->server;

        listen_deinit(&l->listener);
        free(l);
        m->open_handles--;
        try_finish(m);
}

static void stop_listening(struct server *m)
{
        struct listening *l = STEAL(m->listening);

        uv_timer_stop(&m->retry);
        if (l == NULL)
                return;
        listen_end(&l->listener, m->host.sockets, m->host.kept);
        uv_close(&l->stream.handle, on_listening_closed);
}

static void on_retry(uv_timer_t *timer);

/* The handle of what is bound; the descriptor is its own then, or listen_deinit() closes it. */
static int take_listener(struct server *m, struct listening *l, bool is_unix)
{
        int r;

        (void)init_stream(m->host.loop, &l->stream, is_unix);
        l->stream.handle.data = l;
        m->listening = l;
        m->open_handles++;
        r = is_unix ? uv_pipe_open(&l->stream.pipe, l->listener.fd) : uv_tcp_open(&l->stream.tcp, l->listener.fd);
        if (r < 0)
                return r;
        l->listener.fd = -1;
        return uv_listen(&l->stream.stream, BACKLOG, on_connection);
}

static void start_listening(struct server *m)
{
        const struct listen_spec spec = { .address = m->address, .mode = 0666, .backlog = BACKLOG };
        struct listening *l = calloc(1, sizeof(*l));
        _cleanup_free_ char *error = NULL;
        int r;

        if (l == NULL)
                arena_out_of_memory();
        l->server = m;
        r = listen_begin(&l->listener, m->host.sockets, m->host.kept, &spec, &error);
        if (r != 0)
                free(l);
        else
                r = take_listener(m, l, m->address[0] == '/');
        if (r == 0) {
                m->said = false;
                return;
        }
        if (!m->said)
                log_message(m->host.log, LOG_WARNING, m->host.trouble, NULL, "%s: %s; it is tried again", m->host.name,
                            error != NULL ? error : uv_strerror(r));
        m->said = true;
        stop_listening(m);
        uv_timer_start(&m->retry, on_retry, RETRY_MS, 0);
}

static void on_retry(uv_timer_t *timer)
{
        start_listening(timer->data);
}

void server_set_address(struct server *m, const char *address)
{
        if ((address == NULL && m->address == NULL) ||
            (address != NULL && m->address != NULL && strcmp(address, m->address) == 0))
                return;
        stop_listening(m);
        free(STEAL(m->address));
        if (address == NULL)
                return;
        m->address = strdup(address);
        if (m->address == NULL)
                arena_out_of_memory();
        m->said = false;
        start_listening(m);
}

int server_new(struct server **out, const struct server_host *host)
{
        struct server *m = calloc(1, sizeof(*m));

        if (m == NULL)
                return error_origin(-ENOMEM);
        m->host = *host;
        list_init(&m->connections);
        uv_timer_init(host->loop, &m->retry);
        m->retry.data = m;
        m->open_handles = 1;
        *out = m;
        return 0;
}

static void on_retry_closed(uv_handle_t *handle)
{
        struct server *m = handle->data;

        m->open_handles--;
        try_finish(m);
}

void server_close(struct server *m, void (*closed)(void *user), void *user)
{
        m->closed = closed;
        m->closed_user = user;
        stop_listening(m);
        list_for_each(it, &m->connections)
                drop(list_entry(it, struct connection, link));
        uv_close((uv_handle_t *)&m->retry, on_retry_closed);
}
