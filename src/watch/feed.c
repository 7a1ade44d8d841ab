/*
 * The feed watcher's life; see feed.h. After an error a feed is polled less and less often, never not at all; only "gone"
 * (410) ends it.
 */
#include "watch/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/address.h"
#include "watch/feedstate.h"
#include "watch/poll.h"

/* ---- the subscription ---- */

static struct feed *feed_of(const struct subscription *subscription)
{
        return container_of(subscription->watcher, struct feed, watcher);
}

static void on_subscription_came(struct subscription *subscription, int64_t id)
{
        struct feed *f = feed_of(subscription);

        if (f->poll != NULL || !list_is_empty(&f->pending.link))
                return;         /* the end of the other delivery will do */
        free(STEAL(f->coming_etag));
        free(STEAL(f->coming_modified));
        free(STEAL(f->coming_moved));
        f->coming_hash = subscription->fetch.hash;
        feeds_wait(f->feeds, &f->pending, id);
}

static void on_subscription_changed(struct subscription *subscription)
{
        struct feed *f = feed_of(subscription);

        if (f->poll == NULL && f->opened)
                feedstate_plan(f, 0);     /* others plan when they end */
}

static void on_subscription_closed(struct subscription *subscription)
{
        struct feed *f = feed_of(subscription);

        f->subscription_closed = true;
        feed_step_stop(f);
}

/* ---- the contract ---- */

void feed_opened(struct feed *f)
{
        if (f->state.gone != 0)
                feedstate_say_gone(f);
        /* Which hub it has, and whether a lease of before still runs, only a poll can tell. */
        if (f->subscription != NULL && subscription_is_curious(f->subscription) && f->state.errors == 0)
                f->state.next = 0;
        feedstate_follow_host(f);
        feedstate_wait(f);
        if (f->pages != NULL)
                pages_wake(f->pages);   /* those of before the restart */
        f->opened = true;
        watcher_settled(&f->watcher);
}

static int feed_create(struct watcher **out)
{
        struct feed *f = calloc(1, sizeof(*f));

        if (f == NULL)
                return error_origin(-ENOMEM);
        *out = &f->watcher;
        return 0;
}

/* What only some feeds have. */
static int make_parts(struct feed *f)
{
        const struct config_watch *row = f->watcher.row;

        f->subscription_closed = !row->websub;
        if (row->websub && (f->subscription = calloc(1, sizeof(*f->subscription))) == NULL)
                return error_origin(-ENOMEM);
        if (row->full_text != PAGES_NO && (f->pages = malloc(sizeof(*f->pages))) == NULL)
                return error_origin(-ENOMEM);
        if (f->pages != NULL)
                pages_init(f->pages, &f->watcher, f->feeds);
        if (f->subscription == NULL)
                return 0;
        f->subscription->came = on_subscription_came;
        f->subscription->changed = on_subscription_changed;
        f->subscription->closed = on_subscription_closed;
        subscription_start(f->subscription, f->feeds->websub, &f->watcher);
        return 0;
}

static int feed_start(struct watcher *watcher)
{
        struct feed *f = container_of(watcher, struct feed, watcher);
        const struct config_watch *row = watcher->row;
        char origin[HTTP_URL_MAX];
        int r;

        f->feeds = watcher->host->feeds;
        f->started = clock_wall_us();
        f->pending.ended = poll_delivery_ended;
        list_init(&f->pending.link);
        if (!address_origin(row->feed, origin, sizeof(origin)))
                snprintf(origin, sizeof(origin), "%s", row->feed);
        r = turns_join(&f->feeds->turns, &f->turn, origin, (uint64_t)row->host_delay / 1000, poll_turn);
        if (r == 0)
                r = make_parts(f);
        if (r == 0)
                feedstate_open(f);
        return error_trace(r);
}

static void feed_hold(struct watcher *watcher)
{
        (void)watcher;  /* on_turn() asks watcher_is_idle() */
}

static void feed_resume(struct watcher *watcher)
{
        struct feed *f = container_of(watcher, struct feed, watcher);

        if (f->opened && f->pages != NULL)
                pages_resume(f->pages);
        if (!poll_resume(f) && f->poll == NULL && f->opened) {
                if (f->state.gone != 0)
                        f->state.next = 0;
                f->state.gone = 0;
                feedstate_wait(f);
        }
}

void feed_step_stop(struct feed *f)
{
        if (!f->subscription_closed || f->poll != NULL || f->at_store != 0 || (f->pages != NULL && !pages_are_still(f->pages)) ||
            f->turn.host == NULL)
                return;
        turns_leave(&f->feeds->turns, &f->turn);
        list_unlink(&f->pending.link);
        watcher_closed(&f->watcher);
}

static void on_pages_stopped(struct watcher *watcher)
{
        feed_step_stop(container_of(watcher, struct feed, watcher));
}

static void feed_stop(struct watcher *watcher)
{
        struct feed *f = container_of(watcher, struct feed, watcher);

        if (f->pages != NULL)
                pages_stop(f->pages, on_pages_stopped);
        if (f->subscription != NULL)
                subscription_stop(f->subscription);
        poll_stop(f);
}

static void feed_free(struct watcher *watcher)
{
        struct feed *f = container_of(watcher, struct feed, watcher);

        feeds_state_deinit(&f->state);
        free(f->coming_etag);
        free(f->coming_modified);
        free(f->coming_moved);
        free(f->subscription);
        free(f->pages);
        free(f);
}

static void feed_describe(const struct watcher *watcher, char *out, size_t size)
{
        const struct feed *f = container_of(watcher, struct feed, watcher);
        char pages[64] = "", hub[96] = "";

        if (f->pages != NULL)
                snprintf(pages, sizeof(pages), ", %llu pages, %llu not had", (unsigned long long)f->pages->fetched,
                         (unsigned long long)f->pages->failed);
        if (f->subscription != NULL)
                snprintf(hub, sizeof(hub), ", %s a hub, which brought %llu, %llu dropped",
                         f->subscription->leased ? "with" : "without", (unsigned long long)f->subscription->taken,
                         (unsigned long long)f->subscription->dropped);
        snprintf(out, size, "%llu polls, %llu unchanged%s%s%s%s", (unsigned long long)f->polls,
                 (unsigned long long)f->unchanged, pages, hub, f->state.moved != NULL ? ", moved" : "", f->poll != NULL ? ", one is under way" : "");
}

static void feed_polls(const struct watcher *watcher, struct watcher_polls *out)
{
        const struct feed *f = container_of(watcher, struct feed, watcher);

        *out = (struct watcher_polls){
                .success = f->state.success,
                .change = f->state.change,
                .next = f->state.gone != 0 ? 0 : f->state.next,
                .items = f->state.items,
                .errors = f->state.errors,
                .saved = f->state.saved,
        };
}

const struct watcher_kind watcher_feed = {
        .name = "feed",
        .create = feed_create,
        .start = feed_start,
        .hold = feed_hold,
        .resume = feed_resume,
        .stop = feed_stop,
        .free = feed_free,
        .describe = feed_describe,
        .polls = feed_polls,
};
