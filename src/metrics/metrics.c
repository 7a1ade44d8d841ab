/* See metrics.h. */
#include "metrics/metrics.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "http/server.h"
#include "metrics/figures.h"

struct metrics {
        struct server *server;
        json_t *(*status)(void *user);
        void *user;
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

static void asked(void *user, struct exchange *exchange)
{
        _cleanup_(buf_deinit) struct buf body = BUF_NULL;
        const char *path = exchange->request.path;
        struct metrics *m = user;
        json_t *status;

        if (strcmp(path, "/metrics") != 0 && strcmp(path, "/") != 0) {
                refuse(exchange, "404 Not Found");
                return;
        }
        status = m->status(m->user);
        if (status == NULL || figures_print(&body, status) != 0)
                arena_out_of_memory();
        json_decref(status);
        server_answer(exchange, "200 OK", FIGURES_CONTENT_TYPE, body.data, body.n);
}

void metrics_set_address(struct metrics *m, const char *address)
{
        server_set_address(m->server, address);
}

int metrics_new(struct metrics **out, uv_loop_t *loop, struct log *log, json_t *(*status)(void *user), void *user)
{
        struct metrics *m = calloc(1, sizeof(*m));
        const struct server_host host = { .loop = loop, .log = log, .trouble = LOG_METRICS_TROUBLE, .name = "metrics",
                                          .asked = asked, .user = m };
        int r;

        if (m == NULL)
                return error_origin(-ENOMEM);
        m->status = status;
        m->user = user;
        r = server_new(&m->server, &host);
        if (r < 0) {
                free(m);
                return error_trace(r);
        }
        *out = m;
        return 0;
}

static void on_closed(void *user)
{
        struct metrics *m = user;

        m->closed(m->closed_user);
        free(m);
}

void metrics_close(struct metrics *m, void (*closed)(void *user), void *user)
{
        m->closed = closed;
        m->closed_user = user;
        server_close(m->server, on_closed, m);
}
