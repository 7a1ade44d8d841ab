/*
 * WebSub (W3C Recommendation, 23 January 2018), the subscriber's side: a feed whose answers name a hub and itself in Link
 * headers is subscribed to, and what the hub brings is a delivery of that feed. Polling goes on at the feed's longest
 * interval while a lease runs, and as ever where none does.
 *
 *      nothing known --seen--> asked (POST) --verified (GET)--> leased --three quarters of the lease--> asked again
 *
 * Each feed's callback holds a token, and each subscription a secret, both made of a key that lies beside the store and
 * the feed's name and address: a lease of before a restart goes on, and nothing has to be remembered. Which hub it was is
 * learnt anew from the first poll.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "base/log.h"
#include "http/http.h"
#include "http/server.h"
#include "store/feeds.h"
#include "watch/intake.h"

struct websub;
struct watcher;
struct feeds;

enum {
        WEBSUB_TOKEN_MAX = 33,          /* 16 bytes in hexadecimal */
        WEBSUB_SECRET_MAX = 65,
};

/* One feed's, embedded in it. All but the figures is websub.c's own. */
struct subscription {
        struct list link;
        struct websub *websub;          /* NULL: the feed has none */
        struct watcher *watcher;
        struct feeds *feeds;
        uv_timer_t timer;
        struct http_request request;
        struct buf body;
        char *hub, *topic;              /* NULL: not known */
        char token[WEBSUB_TOKEN_MAX], secret[WEBSUB_SECRET_MAX];
        bool asking;                    /* http has it */
        bool asked;                     /* the hub may verify */
        bool leased;
        bool offered;                   /* intake has it */
        bool stopping;
        uint64_t next, end;             /* of the loop's clock, ms: when to ask, when the lease ends */
        unsigned failures;              /* in a row */
        struct intake_ticket ticket;
        struct feeds_fetch fetch;
        char charset[HTTP_CHARSET_MAX];
        struct exchange *exchange;
        uint64_t taken, dropped;        /* what came, and of it what had no fitting signature */
        /* On the loop: a document was accepted as `id`; the lease began or ended; closed. */
        void (*came)(struct subscription *subscription, int64_t id);
        void (*changed)(struct subscription *subscription);
        void (*closed)(struct subscription *subscription);
};

/* 0 or -errno. */
int websub_new(struct websub **out, uv_loop_t *loop, struct log *log, struct http *http);
/* Where to listen, what others call it, and the file of the key, which is made where there is none; NULL: nowhere. Reads
 * that file at once: it is 32 bytes, at the start or a reload. */
void websub_set(struct websub *websub, const char *listen, const char *url, const char *key);
/* All subscriptions must be closed. */
void websub_close(struct websub *websub, void (*closed)(void *user), void *user);

/* `came`, `changed`, `closed` are set. */
void subscription_start(struct subscription *subscription, struct websub *websub, struct feeds *feeds, struct watcher *watcher);
/* An answer of the feed's server; `links`: its Link headers, NULL: none; `whole`: with a document. */
void subscription_seen(struct subscription *subscription, const char *links, bool whole);
/* `closed` is called, perhaps from within. */
void subscription_stop(struct subscription *subscription);
/* Whether the next poll should be answered in full, since its headers are wanted. */
bool subscription_is_curious(const struct subscription *subscription);
