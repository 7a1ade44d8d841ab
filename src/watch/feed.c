/*
 * The feed watcher: polls one feed. A poll is a turn (turns.h), perhaps the reading of a credential, a conditional GET
 * (http.h), and where a document came, its delivery. What is remembered (store/feeds.h) survives a restart.
 *
 *      waiting --turn--> starting --> fetching --> (document) offered --accepted--> waiting, with a delivery pending
 *
 * Validators that came with a document wait with its delivery and are used once it was decoded. While a delivery is
 * pending the feed is not polled again. A document that is the same to the byte as the one decoded last is no delivery.
 * After an error the feed is polled less and less often, never not at all; only "gone" (410) ends it.
 */
#include "watch/watcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/address.h"
#include "http/credentials.h"
#include "watch/feeds.h"
#include "watch/pages.h"
#include "watch/schedule.h"

enum { REASON_MAX = 256 };

struct feed;

/* What is there only while a poll is under way. */
struct poll {
        struct feed *feed;
        struct http_request request;
        struct intake_ticket ticket;
        uv_work_t reading;              /* of the credentials */
        char *credentials, *credentials_error;
        char charset[HTTP_CHARSET_MAX];
        int64_t hash;
        struct feeds_fetch fetch;
        bool fetching;                  /* http has it */
        bool offered;                   /* intake has it */
        bool kept;                      /* intake was closed: resume() offers it again */
};

/* Its row in the store is written. */
struct saving {
        struct store_job job;
        struct feed *feed;
        struct feeds_state state;       /* opening: filled; saving: a copy */
        bool opening, forget;
};

struct feed {
        struct watcher watcher;
        struct feeds *feeds;
        struct turn turn;
        struct feeds_pending pending;
        struct feeds_state state;
        struct subscription subscription;
        struct poll *poll;
        struct pages pages;
        char *coming_etag, *coming_modified;    /* of the pending delivery */
        int64_t coming_hash, refused_hash;
        int64_t max_age;                /* of the last answer */
        int64_t started;                /* wall clock */
        unsigned at_store;              /* jobs that have not come back */
        bool opened, forget, quiet;
        bool subscription_closed;
        uint64_t polls, unchanged;
};

static void poll_end(struct feed *f);
static void step_stop(struct feed *f);

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

static void on_opened(struct feed *f);

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
                on_opened(f);
        }
        feeds_state_deinit(&s->state);
        free(s);
        if (f->watcher.state == WATCHER_STOPPING)
                step_stop(f);
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
static void wait_for_turn(struct feed *f)
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

static void plan(struct feed *f, int64_t retry_after)
{
        const struct config_watch *row = f->watcher.row;
        const struct schedule schedule = { .min = f->subscription.leased ? row->every_max : row->every, .max = row->every_max, .max_age = f->max_age,
                                           .retry_after = retry_after, .random = random_number() };

        f->state.next = schedule_next(&schedule, &f->state, clock_wall_us());
        to_store(f, false);
        wait_for_turn(f);
}

/* ---- how it went ---- */

static void failed(struct feed *f, const char *format, ...) _printf_(2, 3);
static void failed(struct feed *f, const char *format, ...)
{
        char text[REASON_MAX + 64];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        f->state.errors++;
        watcher_trouble(&f->watcher, "%s", text);
}

static void went_well(struct feed *f)
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

static void gone(struct feed *f)
{
        f->state.gone = clock_wall_us();
        watcher_trouble(&f->watcher, "it is gone for good, its server says (410), and is polled no more: take it out of the "
                        "configuration, or pause and resume it to try again");
        to_store(f, false);
}

/* A permanent redirect that led nowhere is forgotten. */
static bool forget_move(struct feed *f)
{
        if (f->state.moved == NULL)
                return false;
        free(STEAL(f->state.moved));
        f->forget = true;
        free(STEAL(f->state.etag));
        free(STEAL(f->state.modified));
        return true;
}

static void remember_move(struct feed *f, const struct http_answer *a)
{
        if (a->moved == NULL || (f->state.moved != NULL && strcmp(f->state.moved, a->moved) == 0))
                return;
        free(f->state.moved);
        f->state.moved = strcmp(a->moved, f->watcher.row->feed) != 0 ? strdup(a->moved) : NULL;
        if (f->state.moved != NULL)
                watcher_report(&f->watcher, LOG_NOTICE, "it has moved for good, and is polled at %.200s from now on: write "
                               "that into the configuration", f->state.moved);
}

static void not_modified(struct feed *f)
{
        f->unchanged++;
        f->state.saved += f->state.size;
        went_well(f);
        plan(f, 0);
        poll_end(f);
}

static void refused(struct feed *f, const struct http_answer *a)
{
        int64_t now = clock_wall_us(), wait = MIN_OF(a->retry_after, SCHEDULE_WAIT_MAX_S * CLOCK_SECOND);
        char text[CLOCK_TEXT_MAX];

        if (a->status == 410 && !forget_move(f)) {
                gone(f);
                poll_end(f);
                return;
        }
        if (a->status == 404)
                forget_move(f);
        if (a->status == 401 || a->status == 407)
                failed(f, "it wants credentials (status %d)", a->status);
        else if (wait > 0)
                failed(f, "its server answered with status %d and wants to be left alone until %s", a->status,
                       clock_format((now + wait) / CLOCK_SECOND * CLOCK_SECOND, text));
        else
                failed(f, "its server answered with status %d", a->status);
        if (wait > 0 && (a->status == 429 || a->status == 503))
                turns_shun(&f->feeds->turns, &f->turn, uv_now(f->feeds->loop) + (uint64_t)wait / 1000);
        plan(f, a->retry_after);
        poll_end(f);
}

/* ---- a document ---- */

static void delivery_ended(struct feeds_pending *pending, int64_t stories, const struct feeds_hints *hints, const char *reason)
{
        struct feed *f = container_of(pending, struct feed, pending);

        if (reason != NULL) {
                f->refused_hash = f->coming_hash;
                free(STEAL(f->coming_etag));
                free(STEAL(f->coming_modified));
                failed(f, "what came could not be read: %.*s", REASON_MAX, reason);
                plan(f, 0);
                return;
        }
        free(f->state.etag);
        free(f->state.modified);
        f->state.etag = STEAL(f->coming_etag);
        f->state.modified = STEAL(f->coming_modified);
        f->state.hash = f->coming_hash;
        f->state.hints = *hints;
        f->state.items += stories;
        if (stories > 0)
                schedule_changed(&f->state, clock_wall_us());
        if (stories > 0)
                pages_wake(&f->pages);
        went_well(f);
        plan(f, 0);
}

static void on_ticket_done(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct poll *p = container_of(ticket, struct poll, ticket);
        struct feed *f = p->feed;

        p->offered = false;
        if (r < 0 && !intake_is_open(f->watcher.host->intake) && f->watcher.state == WATCHER_RUNNING) {
                p->kept = true;         /* resume() tries again */
                return;
        }
        watcher_count(&f->watcher, r, p->request.answer.body.n);
        if (r < 0 && f->watcher.state == WATCHER_RUNNING) {
                failed(f, "what came could not be stored: %s", reason);
                plan(f, 0);
        } else if (r >= 0) {
                f->state.size = p->request.answer.wire_size;
                f->coming_etag = p->fetch.etag != NULL ? strdup(p->fetch.etag) : NULL;
                f->coming_modified = p->fetch.modified != NULL ? strdup(p->fetch.modified) : NULL;
                f->coming_hash = p->hash;
                f->state.success = clock_wall_us();
                feeds_wait(f->feeds, &f->pending, id);
                plan(f, 0);     /* anew when the delivery has ended */
        }
        poll_end(f);
}

static void offer(struct feed *f)
{
        const struct config_watch *row = f->watcher.row;
        struct poll *p = f->poll;
        struct http_answer *a = &p->request.answer;

        p->kept = false;
        if (watcher_is_idle(&f->watcher) || !intake_is_open(f->watcher.host->intake)) {
                p->kept = true;
                return;
        }
        http_charset(a->content_type, p->charset);
        p->fetch = (struct feeds_fetch){ .etag = a->etag, .modified = a->modified, .hash = p->hash,
                                         .full_text = row->full_text };
        p->ticket = (struct intake_ticket){
                .delivery = {
                        .source = row->name,
                        .name = a->url,
                        /* A page that says that something went wrong is no news. */
                        .format = strcmp(row->format, "auto") == 0 ? "feed" : row->format,
                        .encoding = row->encoding != NULL ? row->encoding : p->charset[0] != '\0' ? p->charset : NULL,
                        .received = clock_wall_us(),
                        .fetch = &p->fetch,
                        .bytes = a->body.data != NULL ? a->body.data : "",
                        .n_bytes = a->body.n,
                },
                .done = on_ticket_done,
        };
        p->offered = true;
        intake_submit(f->watcher.host->intake, &p->ticket);
}

static void document_came(struct feed *f)
{
        struct poll *p = f->poll;
        struct http_answer *a = &p->request.answer;

        if (a->body.n == 0) {
                failed(f, "its server answered with status %d and nothing else", a->status);
                plan(f, a->retry_after);
                poll_end(f);
                return;
        }
        p->hash = (int64_t)XXH3_64bits(a->body.data, a->body.n);
        if (p->hash == 0)
                p->hash = 1;
        if (p->hash == f->state.hash) {
                f->unchanged++;
                went_well(f);
                plan(f, 0);
                poll_end(f);
        } else if (p->hash == f->refused_hash) {
                failed(f, "it is still what could not be read before");
                plan(f, 0);
                poll_end(f);
        } else {
                turns_done(&f->feeds->turns, &f->turn);
                offer(f);
        }
}

static void on_answer(struct http_request *request)
{
        struct poll *p = container_of(request, struct poll, request);
        struct feed *f = p->feed;
        struct http_answer *a = &request->answer;
        bool conditional = request->etag != NULL || request->modified != NULL;

        p->fetching = false;
        if (f->watcher.state != WATCHER_RUNNING) {
                poll_end(f);
                return;
        }
        f->polls++;
        f->max_age = a->error == HTTP_OK ? schedule_max_age(a->cache_control) : 0;
        if (a->error == HTTP_OK && (a->status == 200 || a->status == 304))
                subscription_seen(&f->subscription, a->link, a->status == 200);
        if (a->error != HTTP_OK) {
                failed(f, "it could not be fetched: %s", a->why);
                plan(f, 0);
                poll_end(f);
        } else if (a->status == 304 && conditional) {
                remember_move(f, a);
                not_modified(f);
        } else if (a->status == 200) {
                remember_move(f, a);
                document_came(f);
        } else {
                refused(f, a);
        }
}

/* ---- a poll ---- */

static void poll_free(struct poll *p)
{
        http_answer_deinit(&p->request.answer);
        credentials_free(p->credentials);
        free(p->credentials_error);
        free(p);
}

static void poll_end(struct feed *f)
{
        turns_done(&f->feeds->turns, &f->turn);
        poll_free(STEAL(f->poll));
        if (f->watcher.state == WATCHER_STOPPING)
                step_stop(f);
}

static void fetch(struct feed *f)
{
        const struct config_watch *row = f->watcher.row;
        bool trusts = !schedule_distrusts(&f->state, clock_wall_us()) && !subscription_is_curious(&f->subscription);
        struct poll *p = f->poll;

        p->request = (struct http_request){
                .url = f->state.moved != NULL ? f->state.moved : row->feed,
                .etag = trusts ? f->state.etag : NULL,
                .modified = trusts ? f->state.modified : NULL,
                .headers = row->headers.items,
                .n_headers = row->headers.n,
                .user_agent = row->user_agent,
                .credentials = p->credentials,
                .proxy = row->proxy,
                .ca = row->ca,
                .timeout = row->timeout,
                .max_size = row->max_size,
                .allow_private = row->allow_private,
                .done = on_answer,
        };
        if (http_start(f->feeds->http, &p->request) == 0) {
                p->fetching = true;
                return;
        }
        failed(f, "it could not be fetched: %s", p->request.answer.why);
        plan(f, 0);
        poll_end(f);
}

/* On another thread: a file may be on a slow disk. */
static void read_credentials(uv_work_t *work)
{
        struct poll *p = container_of(work, struct poll, reading);

        credentials_read(p->feed->watcher.row->credentials, &p->credentials, &p->credentials_error);
}

static void on_credentials(uv_work_t *work, int status)
{
        struct poll *p = container_of(work, struct poll, reading);
        struct feed *f = p->feed;

        (void)status;
        if (f->watcher.state != WATCHER_RUNNING) {
                poll_end(f);
        } else if (p->credentials == NULL) {
                failed(f, "its credentials cannot be read: %s", p->credentials_error != NULL ? p->credentials_error : "no memory");
                plan(f, 0);
                poll_end(f);
        } else {
                fetch(f);
        }
}

static void on_turn(struct turn *turn)
{
        struct feed *f = container_of(turn, struct feed, turn);

        /* A document that is still being read, or a hold: not now. */
        if (watcher_is_idle(&f->watcher) || f->poll != NULL || !list_is_empty(&f->pending.link)) {
                turns_done(&f->feeds->turns, turn);
                if (!watcher_is_idle(&f->watcher)) {
                        f->state.next = clock_wall_us() + f->watcher.row->every;
                        wait_for_turn(f);
                }
                return;         /* resume() asks for a turn */
        }
        f->poll = calloc(1, sizeof(*f->poll));
        if (f->poll == NULL) {
                turns_done(&f->feeds->turns, turn);
                plan(f, 0);
                return;
        }
        f->poll->feed = f;
        if (f->watcher.row->credentials == NULL)
                fetch(f);
        else if (uv_queue_work(f->feeds->loop, &f->poll->reading, read_credentials, on_credentials) < 0)
                on_credentials(&f->poll->reading, 0);
}

/* ---- the subscription ---- */

static void on_subscription_came(struct subscription *subscription, int64_t id)
{
        struct feed *f = container_of(subscription, struct feed, subscription);

        if (f->poll != NULL || !list_is_empty(&f->pending.link))
                return;         /* the end of the other delivery will do */
        free(STEAL(f->coming_etag));
        free(STEAL(f->coming_modified));
        f->coming_hash = subscription->fetch.hash;
        feeds_wait(f->feeds, &f->pending, id);
}

static void on_subscription_changed(struct subscription *subscription)
{
        struct feed *f = container_of(subscription, struct feed, subscription);

        if (f->poll == NULL && f->opened)
                plan(f, 0);     /* others plan when they end */
}

static void on_subscription_closed(struct subscription *subscription)
{
        struct feed *f = container_of(subscription, struct feed, subscription);

        f->subscription_closed = true;
        step_stop(f);
}

/* ---- the contract ---- */

static void on_opened(struct feed *f)
{
        if (f->state.gone != 0)
                watcher_trouble(&f->watcher, "it is gone for good, its server said (410), and is polled no more: take it out "
                                "of the configuration, or pause and resume it to try again");
        wait_for_turn(f);
        pages_wake(&f->pages);  /* those of before the restart */
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

static int feed_start(struct watcher *watcher)
{
        struct feed *f = container_of(watcher, struct feed, watcher);
        const struct config_watch *row = watcher->row;
        char origin[HTTP_URL_MAX];
        int r;

        f->feeds = watcher->host->feeds;
        f->started = clock_wall_us();
        pages_init(&f->pages, watcher, f->feeds);
        f->pending.ended = delivery_ended;
        list_init(&f->pending.link);
        if (!address_origin(row->feed, origin, sizeof(origin)))
                snprintf(origin, sizeof(origin), "%s", row->feed);
        r = turns_join(&f->feeds->turns, &f->turn, origin, (uint64_t)row->host_delay / 1000, on_turn);
        f->subscription.came = on_subscription_came;
        f->subscription.changed = on_subscription_changed;
        f->subscription.closed = on_subscription_closed;
        if (r == 0 && row->websub)
                subscription_start(&f->subscription, f->feeds->websub, f->feeds, watcher);
        if (r == 0)
                to_store(f, true);
        return error_trace(r);
}

static void feed_hold(struct watcher *watcher)
{
        (void)watcher;  /* on_turn() asks watcher_is_idle() */
}

static void feed_resume(struct watcher *watcher)
{
        struct feed *f = container_of(watcher, struct feed, watcher);

        if (f->opened)
                pages_resume(&f->pages);
        if (f->poll != NULL && f->poll->kept) {
                offer(f);
        } else if (f->poll == NULL && f->opened) {
                if (f->state.gone != 0)
                        f->state.next = 0;
                f->state.gone = 0;
                wait_for_turn(f);
        }
}

static void step_stop(struct feed *f)
{
        if (!f->subscription_closed || f->poll != NULL || f->at_store != 0 || !pages_are_still(&f->pages) || f->turn.host == NULL)
                return;
        turns_leave(&f->feeds->turns, &f->turn);
        list_unlink(&f->pending.link);
        watcher_closed(&f->watcher);
}

static void on_pages_stopped(struct watcher *watcher)
{
        step_stop(container_of(watcher, struct feed, watcher));
}

static void feed_stop(struct watcher *watcher)
{
        struct feed *f = container_of(watcher, struct feed, watcher);
        struct poll *p = f->poll;

        pages_stop(&f->pages, on_pages_stopped);
        if (p != NULL && p->fetching)
                http_cancel(&p->request);       /* it ends the poll, and that calls step_stop() */
        else if (p != NULL && p->kept)
                poll_end(f);
        else
                step_stop(f);
        subscription_stop(&f->subscription);
}

static void feed_free(struct watcher *watcher)
{
        struct feed *f = container_of(watcher, struct feed, watcher);

        feeds_state_deinit(&f->state);
        free(f->coming_etag);
        free(f->coming_modified);
        free(f);
}

static void feed_describe(const struct watcher *watcher, char *out, size_t size)
{
        const struct feed *f = container_of(watcher, struct feed, watcher);
        char pages[64] = "", hub[96] = "";

        if (watcher->row->full_text != PAGES_NO)
                snprintf(pages, sizeof(pages), ", %llu pages, %llu not had", (unsigned long long)f->pages.fetched,
                         (unsigned long long)f->pages.failed);
        if (watcher->row->websub)
                snprintf(hub, sizeof(hub), ", %s a hub, which brought %llu, %llu dropped", f->subscription.leased ? "with" : "without",
                         (unsigned long long)f->subscription.taken, (unsigned long long)f->subscription.dropped);
        snprintf(out, size, "%llu polls, %llu unchanged%s%s%s%s", (unsigned long long)f->polls, (unsigned long long)f->unchanged, pages, hub,
                 f->state.moved != NULL ? ", moved" : "", f->poll != NULL ? ", one is under way" : "");
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
