/* See feedstate.h. */
#include "watch/feedstate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/address.h"
#include "watch/schedule.h"

/* Its row in the store is written. */
struct saving {
        struct store_job job;
        struct feed *feed;
        struct feeds_state state;       /* opening: filled; saving: a copy */
        bool opening, forget;
};

/* ---- the store ---- */

static void copy_texts(struct feeds_state *to, const struct feeds_state *from)
{
        *to = *from;
        to->etag = to->modified = NULL;         /* not saved from here */
        to->moved = from->moved != NULL ? strdup(from->moved) : NULL;
}

static int run_saving(struct store_job *job, struct db *db)
{
        struct saving *s = container_of(job, struct saving, job);
        const struct config_watch *row = s->feed->watcher.row;

        if (s->opening)
                return feeds_open(db, row->name, row->feed, &s->state);
        return feeds_save(db, row->name, &s->state, s->forget);
}

static void on_saved(struct store_job *job, int r)
{
        struct saving *s = container_of(job, struct saving, job);
        struct feed *f = s->feed;

        f->at_store--;
        if (s->opening) {
                if (r == 0) {
                        feeds_state_deinit(&f->state);
                        f->state = s->state;
                        s->state = (struct feeds_state){ 0 };
                }
                feed_opened(f);
        }
        feeds_state_deinit(&s->state);
        free(s);
        if (f->watcher.state == WATCHER_STOPPING)
                feed_step_stop(f);
}

static void to_store(struct feed *f, bool opening)
{
        struct saving *s = calloc(1, sizeof(*s));

        if (s == NULL)
                return;         /* the next poll saves */
        s->feed = f;
        s->opening = opening;
        s->forget = f->forget;
        if (!opening)
                copy_texts(&s->state, &f->state);
        f->forget = false;
        s->job = (struct store_job){ .run = run_saving, .done = on_saved };
        list_init(&s->job.link);
        f->at_store++;
        store_write(f->feeds->store, &s->job);
}

/* ---- when ---- */

static uint32_t random_number(void)
{
        uint32_t number = 0;

        if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number))
                number = (uint32_t)clock_monotonic_us();
        return number;
}

/* Come at state.next. */
void feedstate_wait(struct feed *f)
{
        int64_t now = clock_wall_us(), wait = f->state.next - now;
        uint64_t at;

        if (f->watcher.state != WATCHER_RUNNING || f->state.gone != 0)
                return;
        /* A clock that was set back must not stop a feed for years. */
        wait = MIN_OF(wait, 8 * 24 * 3600 * CLOCK_SECOND + f->watcher.row->every_max);
        at = uv_now(f->feeds->loop) + (uint64_t)(MAX_OF(wait, INT64_C(0)) / 1000);
        if (!f->opened && wait <= 0)
                at = turns_ramp(&f->feeds->turns);
        (void)turns_at(&f->feeds->turns, &f->turn, at);
}

void feedstate_plan(struct feed *f, int64_t retry_after)
{
        const struct config_watch *row = f->watcher.row;
        bool leased = f->subscription != NULL && f->subscription->leased;
        const struct schedule schedule = { .min = leased ? row->every_max : row->every, .max = row->every_max, .fresh = f->fresh,
                                           .retry_after = retry_after, .random = random_number() };

        f->state.next = schedule_next(&schedule, &f->state, clock_wall_us());
        to_store(f, false);
        feedstate_wait(f);
}

/* ---- how it went ---- */

void feedstate_failed(struct feed *f, const char *format, ...)
{
        char text[FEED_REASON_MAX + 64];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        f->state.errors++;
        watcher_trouble(&f->watcher, "%s", text);
}

void feedstate_went_well(struct feed *f)
{
        const struct config_watch *row = f->watcher.row;
        int64_t now = clock_wall_us(), since = MAX_OF(f->state.change, f->state.change != 0 ? 0 : f->started);
        char text[CLOCK_TEXT_MAX];

        f->state.errors = 0;
        f->state.success = now;
        f->quiet = row->quiet_after > 0 && now - since > row->quiet_after;
        if (f->quiet)
                watcher_trouble_as(&f->watcher, LOG_SOURCE_QUIET, "it answers, but has brought nothing new since %s",
                                   clock_format(since - since % CLOCK_SECOND, text));
        else
                watcher_trouble_over(&f->watcher);
}

void feedstate_say_gone(struct feed *f)
{
        watcher_trouble(&f->watcher, "it is gone for good, its server said (410), and is polled no more: take it out of the "
                        "configuration, or pause and resume it to try again");
}

void feedstate_gone(struct feed *f)
{
        f->state.gone = clock_wall_us();
        feedstate_say_gone(f);
        to_store(f, false);
}

bool feedstate_forget_move(struct feed *f)
{
        if (f->state.moved == NULL)
                return false;
        free(STEAL(f->state.moved));
        f->forget = true;
        free(STEAL(f->state.etag));
        free(STEAL(f->state.modified));
        return true;
}

void feedstate_moved(struct feed *f, const char *to)
{
        if (to == NULL || (f->state.moved != NULL && strcmp(f->state.moved, to) == 0))
                return;
        free(f->state.moved);
        f->state.moved = strcmp(to, f->watcher.row->feed) != 0 ? strdup(to) : NULL;
        if (f->state.moved != NULL)
                watcher_report(&f->watcher, LOG_NOTICE, "it has moved for good, and is polled at %.200s from now on: write "
                               "that into the configuration", f->state.moved);
}

void feedstate_follow_host(struct feed *f)
{
        const struct config_watch *row = f->watcher.row;
        const char *url = f->state.moved != NULL ? f->state.moved : row->feed;
        void (*go)(struct turn *) = f->turn.go;
        bool waits = f->turn.place != 0;
        uint64_t at = f->turn.at;
        char origin[HTTP_URL_MAX];

        if (!address_origin(url, origin, sizeof(origin)) || strcmp(origin, f->turn.host->origin) == 0)
                return;
        turns_leave(&f->feeds->turns, &f->turn);
        if (turns_join(&f->feeds->turns, &f->turn, origin, (uint64_t)row->host_delay / 1000, go) < 0)
                arena_out_of_memory();
        if (waits)
                (void)turns_at(&f->feeds->turns, &f->turn, at);
}

void feedstate_open(struct feed *f)
{
        to_store(f, true);
}
