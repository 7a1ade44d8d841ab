/* See poll.h. */
#include "watch/poll.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/credentials.h"
#include "watch/feedstate.h"
#include "watch/schedule.h"

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

static void poll_end(struct feed *f);

/* ---- what servers answer ---- */

static void not_modified(struct feed *f)
{
        f->unchanged++;
        f->state.saved += f->state.size;
        feedstate_went_well(f);
        feedstate_plan(f, 0);
        poll_end(f);
}

static void refused(struct feed *f, const struct http_answer *a)
{
        int64_t now = clock_wall_us(), wait = MIN_OF(a->retry_after, SCHEDULE_WAIT_MAX_S * CLOCK_SECOND);
        char text[CLOCK_TEXT_MAX];

        if (a->status == 410 && !feedstate_forget_move(f)) {
                feedstate_gone(f);
                poll_end(f);
                return;
        }
        if (a->status == 404)
                feedstate_forget_move(f);
        if (a->status == 401 || a->status == 407)
                feedstate_failed(f, "it wants credentials (status %d)", a->status);
        else if (wait > 0)
                feedstate_failed(f, "its server answered with status %d and wants to be left alone until %s", a->status,
                       clock_format((now + wait) / CLOCK_SECOND * CLOCK_SECOND, text));
        else
                feedstate_failed(f, "its server answered with status %d", a->status);
        if (wait > 0 && (a->status == 429 || a->status == 503))
                turns_shun(&f->feeds->turns, &f->turn, uv_now(f->feeds->loop) + (uint64_t)wait / 1000);
        feedstate_plan(f, a->retry_after);
        poll_end(f);
}

/* ---- a document ---- */

void poll_delivery_ended(struct feeds_pending *pending, int64_t stories, const struct feeds_hints *hints,
                         const struct feeds_links *links, const char *reason)
{
        struct feed *f = container_of(pending, struct feed, pending);

        if (reason != NULL) {
                f->refused_hash = f->coming_hash;
                free(STEAL(f->coming_etag));
                free(STEAL(f->coming_modified));
                free(STEAL(f->coming_moved));
                /* Nor does it live where such comes from: a portal, whoever has bought the name. */
                feedstate_forget_move(f);
                feedstate_failed(f, "what came could not be read: %.*s", FEED_REASON_MAX, reason);
                feedstate_plan(f, 0);
                feedstate_follow_host(f);
                return;
        }
        feedstate_moved(f, f->coming_moved);
        free(STEAL(f->coming_moved));
        free(f->state.etag);
        free(f->state.modified);
        f->state.etag = STEAL(f->coming_etag);
        f->state.modified = STEAL(f->coming_modified);
        f->state.hash = f->coming_hash;
        f->state.hints = *hints;
        f->state.items += stories;
        if (stories > 0)
                schedule_changed(&f->state, clock_wall_us());
        if (stories > 0 && f->pages != NULL)
                pages_wake(f->pages);
        if (f->subscription != NULL)
                subscription_read(f->subscription, links);
        feedstate_went_well(f);
        feedstate_plan(f, 0);
        feedstate_follow_host(f);
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
                feedstate_failed(f, "what came could not be stored: %s", reason);
                feedstate_plan(f, 0);
        } else if (r >= 0) {
                f->state.size = p->request.answer.wire_size;
                f->coming_etag = p->fetch.etag != NULL ? strdup(p->fetch.etag) : NULL;
                f->coming_modified = p->fetch.modified != NULL ? strdup(p->fetch.modified) : NULL;
                f->coming_moved = p->request.answer.moved != NULL ? strdup(p->request.answer.moved) : NULL;
                f->coming_hash = p->hash;
                f->state.success = clock_wall_us();
                feeds_wait(f->feeds, &f->pending, id);
                feedstate_plan(f, 0);     /* anew when the delivery has ended */
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

/* Also of a document that is known: its links are wanted. */
static bool is_curious(const struct feed *f)
{
        return f->subscription != NULL && subscription_is_curious(f->subscription);
}

static void document_came(struct feed *f)
{
        struct poll *p = f->poll;
        struct http_answer *a = &p->request.answer;

        if (a->body.n == 0) {
                feedstate_failed(f, "its server answered with status %d and nothing else", a->status);
                feedstate_plan(f, a->retry_after);
                poll_end(f);
                return;
        }
        p->hash = (int64_t)XXH3_64bits(a->body.data, a->body.n);
        if (p->hash == 0)
                p->hash = 1;
        if (p->hash == f->state.hash && !is_curious(f)) {
                f->unchanged++;
                feedstate_moved(f, a->moved);
                feedstate_went_well(f);
                feedstate_plan(f, 0);
                poll_end(f);
        } else if (p->hash == f->refused_hash) {
                feedstate_failed(f, "it is still what could not be read before");
                feedstate_plan(f, 0);
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
        const struct schedule_headers headers = { .cache_control = a->cache_control, .expires = a->expires, .date = a->date,
                                                  .age = a->age };
        bool conditional = request->etag != NULL || request->modified != NULL;

        p->fetching = false;
        if (f->watcher.state != WATCHER_RUNNING) {
                poll_end(f);
                return;
        }
        f->polls++;
        f->fresh = a->error == HTTP_OK ? schedule_fresh(&headers, clock_wall_us()) : 0;
        if (a->error == HTTP_OK && (a->status == 200 || a->status == 304) && f->subscription != NULL)
                subscription_seen(f->subscription, a->link, a->status == 200);
        if (a->error != HTTP_OK) {
                feedstate_failed(f, "it could not be fetched: %s", a->why);
                feedstate_plan(f, 0);
                poll_end(f);
        } else if (a->status == 304 && conditional) {
                feedstate_moved(f, a->moved);
                not_modified(f);
        } else if (a->status == 200) {
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
                feed_step_stop(f);
        else
                feedstate_follow_host(f);
}

static void fetch(struct feed *f)
{
        const struct config_watch *row = f->watcher.row;
        bool trusts = !schedule_distrusts(&f->state, clock_wall_us()) && !is_curious(f);
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
        feedstate_failed(f, "it could not be fetched: %s", p->request.answer.why);
        feedstate_plan(f, 0);
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
                feedstate_failed(f, "its credentials cannot be read: %s",
                                 p->credentials_error != NULL ? p->credentials_error : "no memory");
                feedstate_plan(f, 0);
                poll_end(f);
        } else {
                fetch(f);
        }
}

void poll_turn(struct turn *turn)
{
        struct feed *f = container_of(turn, struct feed, turn);

        /* A document that is still being read, or a hold: not now. */
        if (watcher_is_idle(&f->watcher) || f->poll != NULL || !list_is_empty(&f->pending.link)) {
                turns_done(&f->feeds->turns, turn);
                if (!watcher_is_idle(&f->watcher)) {
                        f->state.next = clock_wall_us() + f->watcher.row->every;
                        feedstate_wait(f);
                }
                return;         /* resume() asks for a turn */
        }
        f->poll = calloc(1, sizeof(*f->poll));
        if (f->poll == NULL) {
                turns_done(&f->feeds->turns, turn);
                feedstate_plan(f, 0);
                return;
        }
        f->poll->feed = f;
        if (f->watcher.row->credentials == NULL)
                fetch(f);
        else if (uv_queue_work(f->feeds->loop, &f->poll->reading, read_credentials, on_credentials) < 0)
                on_credentials(&f->poll->reading, 0);
}

/* ---- for the feed ---- */

bool poll_resume(struct feed *f)
{
        if (f->poll == NULL || !f->poll->kept)
                return false;
        offer(f);
        return true;
}

void poll_stop(struct feed *f)
{
        struct poll *p = f->poll;

        if (p != NULL && p->fetching)
                http_cancel(&p->request);       /* it ends the poll, and that calls feed_step_stop() */
        else if (p != NULL && p->kept)
                poll_end(f);
        else
                feed_step_stop(f);
}
