/* See metrics.h. */
#include "metrics/metrics.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/server.h"

enum {
        WAITING_MAX = 16,               /* requests that wait for one text */
        SLICE_US = 1500,                /* of a turn of the loop that goes into it */
};

struct metrics {
        struct server *server;
        struct metrics_host host;
        uv_idle_t idle;                 /* runs while a text is being made */
        struct exchange *waiting[WAITING_MAX];
        size_t n_waiting;
        struct figures figures;
        size_t next;                    /* source */
        struct buf body;                /* the text, once it is made */
        unsigned n_open;
        void (*closed)(void *user);
        void *closed_user;
};

static void refuse(struct exchange *exchange, const char *status)
{
        _cleanup_(buf_deinit) struct buf body = BUF_NULL;

        if (buf_printf(&body, "%s. The figures are at /metrics.\n", status) != 0)
                arena_out_of_memory();
        server_answer(exchange, status, "text/plain; charset=utf-8", body.data, body.n);
}

static int add_source(void *arg, const struct figures_source *source)
{
        return figures_add_source(arg, source);
}

static void stop_making(struct metrics *m)
{
        uv_idle_stop(&m->idle);
        figures_deinit(&m->figures);
        m->figures = (struct figures){ 0 };
        buf_deinit(&m->body);
        m->body = BUF_NULL;
        m->next = 0;
}

/* All sources are there. */
static void make_body(struct metrics *m)
{
        json_t *status = m->host.status(m->host.user);

        if (status == NULL || figures_print(&m->body, status, &m->figures) != 0)
                arena_out_of_memory();
        json_decref(status);
        figures_deinit(&m->figures);
        m->figures = (struct figures){ 0 };
}

/* Some sources, or the text, or an answer: the text of ten thousand sources has megabytes. */
static void on_idle(uv_idle_t *idle)
{
        struct metrics *m = idle->data;
        int r;

        if (m->body.n > 0) {
                server_answer(m->waiting[--m->n_waiting], "200 OK", FIGURES_CONTENT_TYPE, m->body.data, m->body.n);
                if (m->n_waiting == 0)
                        stop_making(m);
                return;
        }
        r = m->host.sources(m->host.user, &m->next, clock_monotonic_us() + SLICE_US, add_source, &m->figures);
        if (r < 0)
                arena_out_of_memory();
        if (r == 0)
                make_body(m);
}

static void asked(void *user, struct exchange *exchange)
{
        const char *path = exchange->request.path;
        struct metrics *m = user;

        if (strcmp(path, "/metrics") != 0 && strcmp(path, "/") != 0) {
                refuse(exchange, "404 Not Found");
                return;
        }
        if (m->n_waiting == WAITING_MAX) {
                refuse(exchange, "503 Service Unavailable");
                return;
        }
        m->waiting[m->n_waiting++] = exchange;
        uv_idle_start(&m->idle, on_idle);
}

void metrics_set_address(struct metrics *m, const char *address)
{
        server_set_address(m->server, address);
}

int metrics_new(struct metrics **out, uv_loop_t *loop, struct log *log, const struct metrics_host *metrics_host)
{
        struct metrics *m = calloc(1, sizeof(*m));
        const struct server_host host = { .loop = loop,
                                          .log = log,
                                          .trouble = LOG_METRICS_TROUBLE,
                                          .name = "metrics",
                                          .sockets = metrics_host->sockets,
                                          .kept = METRICS_LISTEN,
                                          .asked = asked,
                                          .user = m };
        int r;

        if (m == NULL)
                return error_origin(-ENOMEM);
        m->host = *metrics_host;
        r = server_new(&m->server, &host);
        if (r < 0) {
                free(m);
                return error_trace(r);
        }
        uv_idle_init(loop, &m->idle);
        m->idle.data = m;
        m->n_open = 2;
        *out = m;
        return 0;
}

static void closed_one(struct metrics *m)
{
        if (--m->n_open != 0)
                return;
        m->closed(m->closed_user);
        free(m);
}

static void on_server_closed(void *user)
{
        closed_one(user);
}

static void on_idle_closed(uv_handle_t *handle)
{
        closed_one(handle->data);
}

void metrics_close(struct metrics *m, void (*closed)(void *user), void *user)
{
        m->closed = closed;
        m->closed_user = user;
        while (m->n_waiting > 0)
                refuse(m->waiting[--m->n_waiting], "503 Service Unavailable");
        stop_making(m);
        uv_close((uv_handle_t *)&m->idle, on_idle_closed);
        server_close(m->server, on_server_closed, m);
}
