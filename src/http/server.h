/*
 * A small HTTP server on the loop, for the figures and for what hubs bring: a connection brings one request and gets one
 * answer; connections, the size of a request and its time are bounded. Meant for this machine alone, or to stand behind a
 * proxy. Where the address cannot be taken it is said once and tried again: it is no reason not to run.
 */
#pragma once

#include <uv.h>

#include "base/log.h"
#include "base/notify.h"
#include "http/request.h"

struct server;

/* A request that waits for its answer. */
struct exchange {
        struct request request;
        const char *body;               /* request.n_body bytes; NULL: none */
};

struct server_host {
        uv_loop_t *loop;
        struct log *log;
        enum log_kind trouble;          /* of the message that the address cannot be taken */
        const char *name;               /* begins it */
        struct notify_sockets *sockets; /* where the listening socket outlives the process; NULL: nowhere */
        const char *kept;               /* under which name */
        /* How many bytes of a body are taken of this request, 0: it may have none. NULL: POST is refused. */
        size_t (*room)(void *user, const struct request *request);
        /* On the loop; server_answer() follows exactly once, at once or later. */
        void (*asked)(void *user, struct exchange *exchange);
        void *user;
};

/* 0 or -errno. The host's texts are borrowed. */
int server_new(struct server **out, const struct server_host *host);
/* Listen at the path of a Unix socket or HOST:PORT, as checked by the configuration; NULL: nowhere. The same one again
 * changes nothing. */
void server_set_address(struct server *server, const char *address);
/* `status` as "200 OK". The exchange is the server's again; `body` is copied. */
void server_answer(struct exchange *exchange, const char *status, const char *type, const void *body, size_t n);
/* Every exchange must have its answer. */
void server_close(struct server *server, void (*closed)(void *user), void *user);
