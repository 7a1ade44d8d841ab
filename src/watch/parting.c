/* See parting.h. */
#include "watch/parting.h"

#include <nettle/memops.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "watch/subscription.h"
#include "watch/watcher.h"

enum { BUSY_MS = 250 };                 /* until it is looked at again whether a hub can be told */

struct parting {
        struct list link;
        struct websub *websub;
        struct config *config;          /* a reference: the feed may be in it no more */
        const struct config_watch *row;
        uv_timer_t timer;
        struct http_request request;
        struct buf body;
        char *hub, *topic, *callback;
        char token[WEBSUB_TOKEN_MAX];
        bool stopped;                   /* it may come back */
        bool leased;
        uint64_t next, end;             /* of the lease */
        bool asking, told, verified;
};

static void on_timer_closed(uv_handle_t *handle)
{
        struct parting *p = handle->data;
        struct websub *w = p->websub;

        buf_deinit(&p->body);
        free(p->hub);
        free(p->topic);
        free(p->callback);
        config_unref(p->config);
        free(p);
        w->n_partings--;
        if (w->closed != NULL)
                websub_check_closed(w);
}

static void end(struct parting *p)
{
        if (uv_is_closing((uv_handle_t *)&p->timer))
                return;
        list_unlink(&p->link);
        uv_close((uv_handle_t *)&p->timer, on_timer_closed);
        if (p->asking)
                http_cancel(&p->request);
}

static void on_timer(uv_timer_t *timer);

static void on_told(struct http_request *request)
{
        struct parting *p = container_of(request, struct parting, request);
        const struct http_answer *a = &request->answer;
        const struct log_about about = { .source = p->row->name };

        p->asking = false;
        p->websub->n_parting_asks--;
        if (p->verified) {      /* a hub may verify before it answers */
                end(p);
        } else if (a->error == HTTP_OK && a->status >= 200 && a->status <= 299) {
                if (!uv_is_closing((uv_handle_t *)&p->timer))
                        uv_timer_start(&p->timer, on_timer, PARTING_VERIFY_MS, 0);
        } else if (a->error != HTTP_E_CANCELED) {
                log_message(p->websub->log, LOG_NOTICE, LOG_GENERAL, &about, "its hub %.200s could not be told that nothing more is "
                            "wanted (%s, status %d): it may go on until the lease ends", p->hub,
                            a->error != HTTP_OK ? a->why : "refused", a->status);
                end(p);
        }
        http_answer_deinit(&request->answer);
}

static void on_timer(uv_timer_t *timer)
{
        struct parting *p = timer->data;
        struct websub *w = p->websub;

        if (p->told) {          /* and did not verify */
                end(p);
                return;
        }
        if (w->n_parting_asks >= PARTING_ASKS_MAX) {
                uv_timer_start(timer, on_timer, BUSY_MS, 0);
                return;
        }
        p->told = true;
        p->request.done = on_told;
        p->asking = websub_ask(w, p->row, &(struct websub_order){ .hub = p->hub, .mode = "unsubscribe", .topic = p->topic,
                                                                  .callback = p->callback }, &p->body, &p->request) == 0;
        w->n_parting_asks += p->asking;
        if (!p->asking)
                end(p);
}

void parting_begin(const struct subscription *s, bool stopped)
{
        struct websub *w = s->websub;
        struct parting *p = w->n_partings < PARTINGS_MAX ? calloc(1, sizeof(*p)) : NULL;

        if (p == NULL)
                return;
        *p = (struct parting){ .websub = w, .config = config_ref(s->watcher->config), .row = s->watcher->row, .hub = strdup(s->hub),
                               .topic = strdup(s->topic), .callback = websub_callback(w, s->token), .stopped = stopped,
                               .leased = s->leased, .next = s->next, .end = s->end };
        memcpy(p->token, s->token, sizeof(p->token));
        list_init(&p->link);
        uv_timer_init(w->loop, &p->timer);
        p->timer.data = p;
        w->n_partings++;
        list_append(&w->partings, &p->link);
        if (p->hub == NULL || p->topic == NULL)
                end(p);
        else
                uv_timer_start(&p->timer, on_timer, stopped ? PARTING_WAIT_MS : 0, 0);
}

void parting_recall(struct subscription *s)
{
        struct websub *w = s->websub;

        list_for_each(it, &w->partings) {
                struct parting *p = list_entry(it, struct parting, link);
                _cleanup_free_ char *callback = NULL;

                if (!p->stopped || memcmp(p->token, s->token, sizeof(p->token)) != 0)
                        continue;
                callback = w->url != NULL ? websub_callback(w, s->token) : NULL;
                if (!p->told && callback != NULL && strcmp(callback, p->callback) == 0) {
                        s->curious = false;
                        s->hub = STEAL(p->hub);
                        s->topic = STEAL(p->topic);
                        s->leased = p->leased;
                        s->asked = !p->leased;
                        s->next = p->next;
                        s->end = p->end;
                }
                end(p);
                return;
        }
}

bool parting_verify(struct websub *w, const char *token, const char *topic, const char *challenge, struct exchange *e)
{
        list_for_each(it, &w->partings) {
                struct parting *p = list_entry(it, struct parting, link);

                if (!p->told || !nettle_memeql_sec(p->token, token, WEBSUB_TOKEN_MAX - 1) || strcmp(p->topic, topic) != 0)
                        continue;
                websub_answer(e, "200 OK", challenge);
                p->verified = true;
                if (!p->asking)
                        end(p);
                return true;
        }
        return false;
}

void parting_close_all(struct websub *w)
{
        list_for_each(it, &w->partings)
                end(list_entry(it, struct parting, link));
}
