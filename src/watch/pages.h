/*
 * The pages behind a feed's items (`full_text`): fetched one at a time, each at its host's turn like a poll (turns.h), and
 * submitted as deliveries that belong to the item (store/pages.h). A page that cannot be had costs nothing but the attempt:
 * the item goes on with what the feed said. No credentials and no headers of the feed's go along: a link may lead anywhere.
 */
#pragma once

#include "store/pages.h"
#include "watch/feeds.h"
#include "watch/watcher.h"

enum { PAGES_LOADED = 32 };             /* links in memory at a time */

struct pages {
        struct watcher *watcher;
        struct feeds *feeds;
        struct page items[PAGES_LOADED];
        size_t n, next;
        int64_t after;                  /* the last one that was looked at */
        struct turn turn;
        struct http_request request;
        struct intake_ticket ticket;
        char charset[HTTP_CHARSET_MAX];
        bool loading, again, fetching, offered, kept;
        unsigned at_store;
        uint64_t fetched, failed;       /* since the start */
        void (*stopped)(struct watcher *watcher);
};

void pages_init(struct pages *pages, struct watcher *watcher, struct feeds *feeds);
/* There may be some that wait. */
void pages_wake(struct pages *pages);
/* Intake is open again, or the watcher was resumed. */
void pages_resume(struct pages *pages);
/* Begin nothing more. `stopped` is called where something ends later; pages_are_still() tells. */
void pages_stop(struct pages *pages, void (*stopped)(struct watcher *watcher));
bool pages_are_still(const struct pages *pages);
