/*
 * A feed's subscription to what its hub tells. The hub and the feed's own name for itself (the topic) are those of the Link
 * headers of an answer, else those of the document, which a worker reads. What the hub brings is a delivery of the feed.
 * Polling goes on at the feed's longest interval while a lease runs, and as ever where none does.
 *
 *      nothing known --seen, read--> asked (POST) --verified (GET)--> leased --three quarters of the lease--> asked again
 *
 * Which hub it was is learnt anew from the first poll after a start. Where another hub or none is named, or the feed is taken
 * out of the configuration, the hub is told (parting.h).
 */
#pragma once

#include "store/feeds.h"
#include "watch/intake.h"
#include "watch/websub.h"

struct watcher;

/* All but the callbacks and figures is subscription.c's own. */
struct subscription {
        struct list link;
        struct websub *websub;          /* NULL: it has not begun, or is closed */
        struct watcher *watcher;
        uv_timer_t timer;
        struct http_request request;
        struct buf body;
        char *hub, *topic;              /* NULL: not known */
        char *part_hub, *part_topic;    /* what headers said while the document is being read */
        char token[WEBSUB_TOKEN_MAX], secret[WEBSUB_SECRET_MAX];
        bool curious;                   /* nothing was learnt yet, not even that there is no hub */
        bool awaits;                    /* a document is being read */
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

/* `came`, `changed`, `closed` are set. */
void subscription_start(struct subscription *subscription, struct websub *websub, struct watcher *watcher);
/* An answer of the feed's server; `links`: its Link headers, NULL: none; `whole`: with a document. */
void subscription_seen(struct subscription *subscription, const char *links, bool whole);
/* ... whose document was decoded; members may be NULL. */
void subscription_read(struct subscription *subscription, const struct feeds_links *links);
/* Whether the next poll should be answered in full and read, since its links are wanted. */
bool subscription_is_curious(const struct subscription *subscription);
/* `closed` is called, perhaps from within. */
void subscription_stop(struct subscription *subscription);
/* Another key or callback: all is asked for anew. */
void subscription_renew(struct subscription *subscription);

/* What a hub asks, and what it brings; both are answered, now or later. */
void subscription_verify(struct subscription *subscription, struct exchange *exchange);
void subscription_take(struct subscription *subscription, struct exchange *exchange);
