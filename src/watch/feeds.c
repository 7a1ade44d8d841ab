/* See feeds.h. */
#include "watch/feeds.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"

int feeds_new(struct feeds **out, uv_loop_t *loop, struct log *log, struct notify_sockets *sockets, struct store *store,
              struct http *http)
{
        struct feeds *feeds = calloc(1, sizeof(*feeds));
        int r;

        if (feeds == NULL)
                return error_origin(-ENOMEM);
        r = websub_new(&feeds->websub, loop, log, sockets, http);
        if (r == 0)
                r = turns_init(&feeds->turns, loop);
        if (r < 0) {    /* no memory: the daemon does not start */
                free(feeds);
                return error_trace(r);
        }
        feeds->loop = loop;
        feeds->store = store;
        feeds->http = http;
        for (size_t i = 0; i < FEEDS_BUCKETS; i++)
                list_init(&feeds->pending[i]);
        *out = feeds;
        return 0;
}

static void on_turns_closed(void *user)
{
        struct feeds *feeds = user;

        feeds->closed(feeds->user);
        free(feeds);
}

static void on_websub_closed(void *user)
{
        struct feeds *feeds = user;

        turns_close(&feeds->turns, on_turns_closed, feeds);
}

void feeds_close(struct feeds *feeds, void (*closed)(void *user), void *user)
{
        feeds->closed = closed;
        feeds->user = user;
        websub_close(feeds->websub, on_websub_closed, feeds);
}

void feeds_wait(struct feeds *feeds, struct feeds_pending *pending, int64_t delivery)
{
        pending->delivery = delivery;
        list_append(&feeds->pending[(uint64_t)delivery % FEEDS_BUCKETS], &pending->link);
}

void feeds_ended(struct feeds *feeds, int64_t delivery, int64_t stories, const struct feeds_hints *hints,
                 const struct feeds_links *links, const char *reason)
{
        list_for_each(it, &feeds->pending[(uint64_t)delivery % FEEDS_BUCKETS]) {
                struct feeds_pending *pending = list_entry(it, struct feeds_pending, link);

                if (pending->delivery != delivery)
                        continue;
                list_unlink(it);
                pending->ended(pending, stories, hints, links, reason);
                return;
        }
}
