/* See pages.h. */
#include "watch/pages.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/address.h"

struct loading {
        struct store_job job;
        struct pages *pages;
        struct page items[PAGES_LOADED];
        size_t n;
        int64_t after;
};

struct leaving {
        struct store_job job;
        struct pages *pages;
        int64_t story;
};

static void next_page(struct pages *p);

static void ended(struct pages *p)
{
        if (p->watcher->state == WATCHER_STOPPING && pages_are_still(p) && p->stopped != NULL)
                p->stopped(p->watcher);
}

/* ---- which ---- */

static int load_run(struct store_job *job, struct db *db)
{
        struct loading *l = container_of(job, struct loading, job);

        for (size_t i = 0; i < l->n; i++)
                free(STEAL(l->items[i].url));
        return pages_load(db, l->pages->watcher->row->name, l->after, PAGES_LOADED, l->items, &l->n);
}

static void load_done(struct store_job *job, int r)
{
        struct loading *l = container_of(job, struct loading, job);
        struct pages *p = l->pages;

        p->loading = false;
        if (p->watcher->state != WATCHER_RUNNING) {
                for (size_t i = 0; i < l->n; i++)
                        free(l->items[i].url);
        } else if (r == 0) {
                memcpy(p->items, l->items, sizeof(p->items));
                p->n = l->n;
                p->next = 0;
        }
        free(l);
        if (p->watcher->state == WATCHER_RUNNING && (p->n > 0 || p->again))
                next_page(p);
        ended(p);
}

static void load(struct pages *p)
{
        struct loading *l = calloc(1, sizeof(*l));

        if (l == NULL)
                return;
        l->pages = p;
        l->after = p->after;
        l->job = (struct store_job){ .run = load_run, .done = load_done };
        p->loading = true;
        p->again = false;
        store_write(p->feeds->store, &l->job);  /* behind what was committed before */
}

/* ---- one that came to nothing ---- */

static int leave_run(struct store_job *job, struct db *db)
{
        return pages_give_up(db, container_of(job, struct leaving, job)->story);
}

static void leave_done(struct store_job *job, int r)
{
        struct leaving *l = container_of(job, struct leaving, job);
        struct pages *p = l->pages;

        p->at_store--;
        free(l);
        if (r == 0 && p->watcher->host->kick != NULL)
                p->watcher->host->kick(p->watcher->host->user);
        ended(p);
}

static void give_up(struct pages *p, int64_t story)
{
        struct leaving *l = calloc(1, sizeof(*l));

        p->failed++;
        if (l == NULL)
                return;         /* its time will be over */
        l->pages = p;
        l->story = story;
        l->job = (struct store_job){ .run = leave_run, .done = leave_done };
        p->at_store++;
        store_write(p->feeds->store, &l->job);
}

/* ---- one page ---- */

static void page_over(struct pages *p)
{
        http_answer_deinit(&p->request.answer);
        turns_leave(&p->feeds->turns, &p->turn);
        free(STEAL(p->items[p->next].url));
        p->after = p->items[p->next].story;
        p->next++;
        if (p->watcher->state == WATCHER_RUNNING)
                next_page(p);
        ended(p);
}

static void on_ticket_done(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct pages *p = container_of(ticket, struct pages, ticket);

        (void)id;
        (void)reason;
        p->offered = false;
        if (r < 0 && !intake_is_open(p->watcher->host->intake) && p->watcher->state == WATCHER_RUNNING) {
                p->kept = true;         /* pages_resume() tries again */
                return;
        }
        if (r < 0)
                give_up(p, p->items[p->next].story);
        else
                p->fetched++;
        page_over(p);
}

static void offer(struct pages *p)
{
        const struct http_answer *a = &p->request.answer;

        p->kept = watcher_is_idle(p->watcher) || !intake_is_open(p->watcher->host->intake);
        if (p->kept)
                return;
        http_charset(a->content_type, p->charset);
        p->ticket = (struct intake_ticket){
                .delivery = {
                        .source = p->watcher->row->name,
                        .name = a->url,
                        .format = "page",
                        .encoding = p->charset[0] != '\0' ? p->charset : NULL,
                        .received = clock_wall_us(),
                        .page_of = p->items[p->next].story,
                        .bytes = a->body.data,
                        .n_bytes = a->body.n,
                },
                .done = on_ticket_done,
        };
        p->offered = true;
        intake_submit(p->watcher->host->intake, &p->ticket);
}

static bool is_page(const struct http_answer *a)
{
        const char *type = a->content_type;

        return a->error == HTTP_OK && a->status == 200 && a->body.n > 0 &&
               (type == NULL || strncasecmp(type, "text/html", 9) == 0 || strncasecmp(type, "application/xhtml", 17) == 0);
}

static void on_answer(struct http_request *request)
{
        struct pages *p = container_of(request, struct pages, request);
        const struct http_answer *a = &request->answer;

        p->fetching = false;
        if (a->error == HTTP_OK && (a->status == 429 || a->status == 503) && a->retry_after > 0)
                turns_shun(&p->feeds->turns, &p->turn, uv_now(p->feeds->loop) + (uint64_t)a->retry_after / 1000);
        turns_done(&p->feeds->turns, &p->turn);
        if (p->watcher->state == WATCHER_RUNNING && is_page(a)) {
                offer(p);
                return;
        }
        if (p->watcher->state == WATCHER_RUNNING)
                give_up(p, p->items[p->next].story);
        page_over(p);
}

static void on_turn(struct turn *turn)
{
        struct pages *p = container_of(turn, struct pages, turn);
        const struct config_watch *row = p->watcher->row;

        if (watcher_is_idle(p->watcher)) {
                turns_done(&p->feeds->turns, turn);
                return;         /* pages_resume() asks for a turn */
        }
        p->request = (struct http_request){
                .url = p->items[p->next].url,
                .user_agent = row->user_agent,
                .proxy = row->proxy,
                .ca = row->ca,
                .timeout = row->timeout,
                .max_size = row->max_size,
                .allow_private = row->allow_private,
                .done = on_answer,
        };
        p->fetching = http_start(p->feeds->http, &p->request) == 0;
        if (p->fetching)
                return;
        turns_done(&p->feeds->turns, turn);
        give_up(p, p->items[p->next].story);
        page_over(p);
}

static void next_page(struct pages *p)
{
        const struct config_watch *row = p->watcher->row;
        char origin[HTTP_URL_MAX];

        while (p->next < p->n) {
                const struct page *page = &p->items[p->next];

                if (strcmp(page->url, row->feed) != 0 && address_origin(page->url, origin, sizeof(origin)) &&
                    turns_join(&p->feeds->turns, &p->turn, origin, (uint64_t)row->host_delay / 1000, on_turn) == 0) {
                        (void)turns_at(&p->feeds->turns, &p->turn, uv_now(p->feeds->loop));
                        return;
                }
                give_up(p, page->story);
                free(STEAL(p->items[p->next].url));
                p->after = page->story;
                p->next++;
        }
        if (p->n > 0 || p->again) {
                p->n = p->next = 0;
                load(p);
        }
}

/* ---- for the feed ---- */

void pages_init(struct pages *p, struct watcher *watcher, struct feeds *feeds)
{
        *p = (struct pages){ .watcher = watcher, .feeds = feeds };
}

void pages_wake(struct pages *p)
{
        if (p->watcher->row->full_text == PAGES_NO)
                return;
        p->again = true;
        if (!p->loading && p->n == 0)
                load(p);
}

void pages_resume(struct pages *p)
{
        if (p->kept)
                offer(p);
        else if (p->turn.host != NULL && !p->fetching && !p->offered && !p->turn.granted)
                (void)turns_at(&p->feeds->turns, &p->turn, uv_now(p->feeds->loop));
        else
                pages_wake(p);
}

bool pages_are_still(const struct pages *p)
{
        return !p->loading && !p->fetching && !p->offered && p->at_store == 0;
}

void pages_stop(struct pages *p, void (*stopped)(struct watcher *watcher))
{
        p->stopped = NULL;              /* not from within */
        if (p->fetching)
                http_cancel(&p->request);
        else if (!p->offered)           /* else intake reads it still: page_over() lets it go */
                http_answer_deinit(&p->request.answer);
        p->kept = false;
        if (!p->offered)
                turns_leave(&p->feeds->turns, &p->turn);
        for (size_t i = p->next + p->offered; i < p->n; i++)
                free(STEAL(p->items[i].url));
        p->stopped = stopped;
}
