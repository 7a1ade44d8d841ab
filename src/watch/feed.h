/*
 * The feed watcher, of three parts: its life and what it tells of itself (feed.c); what is remembered of it, and when it is
 * polled next (feedstate.h); one poll (poll.h).
 */
#pragma once

#include "store/feeds.h"
#include "watch/feeds.h"
#include "watch/pages.h"
#include "watch/subscription.h"
#include "watch/watcher.h"

enum { FEED_REASON_MAX = 256 };

struct poll;

struct feed {
        struct watcher watcher;
        struct feeds *feeds;
        struct turn turn;
        struct feeds_pending pending;
        struct feeds_state state;
        struct poll *poll;                      /* NULL: none is under way */
        struct subscription *subscription;      /* NULL: it has none; there may be ten thousand feeds */
        struct pages *pages;                    /* NULL: none are fetched */
        char *coming_etag, *coming_modified, *coming_moved;     /* of the pending delivery */
        int64_t coming_hash, refused_hash;
        int64_t fresh;                  /* us, by the last answer */
        int64_t started;                /* wall clock */
        unsigned at_store;              /* jobs that have not come back */
        bool opened, forget, quiet;
        bool subscription_closed;
        uint64_t polls, unchanged;
};

/* It is stopping, and something has ended: closed once nothing is left. */
void feed_step_stop(struct feed *feed);
/* Its row was read. */
void feed_opened(struct feed *feed);
