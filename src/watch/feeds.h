/*
 * What all feeds share: the requests (http.h), whose turn it is (turns.h), the store that remembers them, and which of them
 * waits for which delivery: a feed's validators count only once its document was decoded, which others find out.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "http/http.h"
#include "store/feeds.h"
#include "store/store.h"
#include "watch/turns.h"
#include "watch/websub.h"

enum { FEEDS_BUCKETS = 256 };

/* A delivery whose end a feed waits for, embedded in the feed. */
struct feeds_pending {
        struct list link;
        int64_t delivery;
        /* On the loop, at most once. `reason` NULL: it was decoded and brought `stories` new ones. */
        void (*ended)(struct feeds_pending *pending, int64_t stories, const struct feeds_hints *hints,
                      const struct feeds_links *links, const char *reason);
};

struct feeds {
        uv_loop_t *loop;
        struct store *store;
        struct turns turns;
        struct http *http;              /* the daemon's */
        struct websub *websub;
        struct list pending[FEEDS_BUCKETS];
        void (*closed)(void *user);
        void *user;
};

int feeds_new(struct feeds **out, uv_loop_t *loop, struct log *log, struct notify_sockets *sockets, struct store *store,
              struct http *http);
/* All feeds must be gone. */
void feeds_close(struct feeds *feeds, void (*closed)(void *user), void *user);

void feeds_wait(struct feeds *feeds, struct feeds_pending *pending, int64_t delivery);
/* For the daemon: a delivery was decoded, or quarantined (`reason`). */
void feeds_ended(struct feeds *feeds, int64_t delivery, int64_t stories, const struct feeds_hints *hints,
                 const struct feeds_links *links, const char *reason);
