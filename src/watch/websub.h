/*
 * WebSub (W3C Recommendation, 23 January 2018), the subscriber's side: where hubs reach this machine, and what they bring.
 * A request's path ends with a token that says whose it is: a feed's subscription (subscription.h), or one that is being
 * given up (parting.h). Each feed's token, and the secret that signs what its hub brings, are made of a key that lies beside
 * the store and the feed's name and address: a lease of before a restart goes on, and nothing has to be remembered.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"
#include "config/config.h"
#include "http/http.h"
#include "http/server.h"

/* The name under which the listening socket lies in systemd's store. */
#define WEBSUB_LISTEN "@websub"

enum {
        WEBSUB_KEY_SIZE = 32,
        WEBSUB_TOKEN_MAX = 33,          /* 16 bytes in hexadecimal */
        WEBSUB_SECRET_MAX = 65,
        WEBSUB_LEASE_S = 10 * 86400,    /* what is asked for, as the Recommendation suggests */
};

/* Of websub.c, subscription.c and parting.c. */
struct websub {
        uv_loop_t *loop;
        struct log *log;
        struct http *http;
        struct server *server;
        char *url;                      /* NULL: nothing is subscribed to */
        uint8_t key[WEBSUB_KEY_SIZE];
        struct list subscriptions, partings;
        size_t n_partings, n_parting_asks;      /* whose handles are open; that wait for a hub's answer */
        bool server_closed;
        void (*closed)(void *user);
        void *user;
};

/* 0 or -errno. */
int websub_new(struct websub **out, uv_loop_t *loop, struct log *log, struct notify_sockets *sockets, struct http *http);
/* Where to listen, what others call it, and the file of the key, which is made where there is none; NULL: nowhere. Reads
 * that file at once: it is 32 bytes, at the start or a reload. */
void websub_set(struct websub *websub, const char *listen, const char *url, const char *key);
/* All subscriptions must be closed. Hubs that were not told yet that they are given up are not told any more. */
void websub_close(struct websub *websub, void (*closed)(void *user), void *user);

/* ---- for the parts of it ---- */

/* `purpose`: "token" or "secret"; n bytes in hexadecimal into `out`. */
void websub_make_text(const struct websub *websub, const char *purpose, const struct config_watch *row, char *out, size_t n);
/* The callback of a token, malloc'ed. */
char *websub_callback(const struct websub *websub, const char *token);
/* What a hub is asked for. */
struct websub_order {
        const char *hub, *mode, *topic, *callback;
        const char *secret;             /* NULL: none */
};
/* POST it: `request` is filled but for `done`, `body` is the request's until it is over. As http_start(). */
int websub_ask(struct websub *websub, const struct config_watch *row, const struct websub_order *order, struct buf *body,
               struct http_request *request);
void websub_answer(struct exchange *exchange, const char *status, const char *text);
/* A part's handles are closed. */
void websub_check_closed(struct websub *websub);
