/*
 * See probe.h. Credentials are read and the worker's answer is checked and cut short on libuv's pool: a worker has read
 * foreign bytes, and an answer may be large.
 */
#include "probe.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "daemon.h"
#include "roster.h"
#include "http/address.h"
#include "http/credentials.h"
#include "watch/schedule.h"

enum { SHOWN_STORIES = 100, SHOWN_TEXT = 400, MAX_SIZE = 8 << 20, TIMEOUT_US = 30000000 };

struct probe {
        struct list link;               /* of d->probes */
        struct daemon *daemon;
        struct config *config;          /* a reference: `row` is of it */
        const struct config_watch *row; /* NULL: a URL */
        char *url;
        bool allow_private;
        struct http_request request;
        struct work_job job;
        uv_work_t work;
        char *credentials, *error;
        char *answer;                   /* of the worker: JSON, or the reason */
        size_t n_answer;
        bool refused;
        bool fetching;
        int64_t began, took;
        char *reply;
        void (*done)(void *arg, const char *text, size_t n);    /* NULL: told already */
        void *arg;
};

static void probe_free(struct probe *p)
{
        list_unlink(&p->link);
        http_answer_deinit(&p->request.answer);
        credentials_free(p->credentials);
        config_unref(p->config);
        free(p->url);
        free(p->error);
        free(p->answer);
        free(p->reply);
        free(p);
}

static void tell(struct probe *p, const char *text)
{
        void (*done)(void *arg, const char *text, size_t n) = STEAL(p->done);

        if (done != NULL)
                done(p->arg, text, text != NULL ? strlen(text) : 0);
}

static void finish(struct probe *p)
{
        tell(p, p->reply);
        probe_free(p);
}

/* ---- the reply ---- */

/* What is too long to be looked at is cut. */
static void shorten(json_t *story)
{
        json_t *text = json_object_get(story, "text");
        size_t n = MIN_OF(json_string_length(text), (size_t)SHOWN_TEXT);

        if (json_string_length(text) > SHOWN_TEXT)
                json_object_set_new(
                        story, "text",
                        json_stringn(json_string_value(text), utf8_valid_prefix(json_string_value(text), n)));
}

static json_t *shown(json_t *answer, const char *member)
{
        json_t *from = json_object_get(answer, member), *to = json_array(), *item;
        size_t i;

        json_array_foreach(from, i, item) {
                if (i == SHOWN_STORIES)
                        break;
                shorten(item);
                json_array_append(to, item);
        }
        return to;
}

/* On another thread. */
static void make_reply(uv_work_t *work)
{
        struct probe *p = container_of(work, struct probe, work);
        const struct http_answer *a = &p->request.answer;
        json_t *answer = p->answer != NULL && !p->refused ?
                                 json_loadb(p->answer, p->n_answer, JSON_REJECT_DUPLICATES, NULL) :
                                 NULL;
        const char *reason = p->error != NULL                  ? p->error
                             : a->error != HTTP_OK              ? a->why
                             : p->refused                       ? p->answer
                             : p->answer != NULL && !json_is_object(answer) ? "the worker answered nonsense"
                             : a->status != 200                 ? "its server gave no document"
                                                                : NULL;
        const struct schedule_headers headers = {
                .cache_control = a->cache_control, .expires = a->expires, .date = a->date, .age = a->age
        };
        json_t *hints = json_object_get(answer, "hints"), *reply;

        reply = json_pack("{s:s, s:s?, s:i, s:s?, s:s?, s:s?, s:I, s:I, s:I, s:I, s:s?, s:I, s:o, s:o, s:O?}", "url",
                          a->url != NULL ? a->url : p->url, "moved", a->moved, "status", a->status, "type",
                          a->content_type, "etag", a->etag, "modified", a->modified, "bytes", (json_int_t)a->body.n,
                          "wire_bytes", (json_int_t)a->wire_size, "max_age_us",
                          (json_int_t)schedule_fresh(&headers, clock_wall_us()), "took_us", (json_int_t)p->took,
                          "reason", reason, "found", (json_int_t)json_array_size(json_object_get(answer, "stories")),
                          "stories", shown(answer, "stories"), "bad", shown(answer, "bad"), "hints",
                          json_is_object(hints) ? hints : NULL);
        if (reply != NULL)
                p->reply = json_dumps(reply, JSON_COMPACT);
        json_decref(reply);
        json_decref(answer);
}

static void on_reply(uv_work_t *work, int status)
{
        (void)status;
        finish(container_of(work, struct probe, work));
}

static void reply(struct probe *p)
{
        p->took = clock_monotonic_us() - p->began;
        if (uv_queue_work(&p->daemon->loop, &p->work, make_reply, on_reply) < 0)
                finish(p);
}

/* ---- fetching and decoding ---- */

static void on_decoded(struct work_job *job, enum work_outcome outcome, const char *text, size_t n)
{
        struct probe *p = container_of(job, struct probe, job);

        if (outcome == WORK_GIVEN_BACK || p->done == NULL) {
                finish(p);
                return;
        }
        p->refused = outcome != WORK_ANSWER;
        p->answer = text != NULL ? strndup(text, n) : NULL;
        p->n_answer = p->answer != NULL ? strlen(p->answer) : 0;
        reply(p);
}

static void on_fetched(struct http_request *request)
{
        struct probe *p = container_of(request, struct probe, request);
        const struct http_answer *a = &request->answer;
        const struct config_watch *row = p->row;
        char charset[HTTP_CHARSET_MAX];
        json_t *envelope, *head;
        char *text;

        p->fetching = false;
        if (a->error == HTTP_E_CANCELED) {
                finish(p);
                return;
        }
        if (a->error != HTTP_OK || a->status != 200 || a->body.n == 0) {
                reply(p);
                return;
        }
        http_charset(a->content_type, charset);
        envelope = json_pack("{s:i, s:s, s:s, s:s, s:s*, s:I}", "delivery", 0, "source",
                             row != NULL ? row->name : "test", "name", a->url, "format",
                             row == NULL || strcmp(row->format, "auto") == 0 ? "feed" : row->format, "encoding",
                             row != NULL && row->encoding != NULL ? row->encoding :
                             charset[0] != '\0'                   ? charset :
                                                                    NULL,
                             "received", (json_int_t)clock_wall_us());
        head = json_pack("{s:i, s:b, s:s, s:o}", "segment", 0, "whole", 0, "kind", "delivery", "envelope", envelope);
        text = head != NULL ? json_dumps(head, JSON_COMPACT) : NULL;
        json_decref(head);
        if (text == NULL) {
                finish(p);
                return;
        }
        p->job = (struct work_job){ .body = a->body.data, .n_body = a->body.n, .done = on_decoded };
        list_init(&p->job.link);
        work_try(p->daemon->work, &p->job, text);
}

static void fetch(struct probe *p)
{
        const struct config_watch *row = p->row;

        p->request = (struct http_request){
                .url = p->url,
                .headers = row != NULL ? row->headers.items : NULL,
                .n_headers = row != NULL ? row->headers.n : 0,
                .user_agent = row != NULL ? row->user_agent : NULL,
                .credentials = p->credentials,
                .proxy = row != NULL ? row->proxy : NULL,
                .ca = row != NULL ? row->ca : NULL,
                .timeout = row != NULL ? row->timeout : TIMEOUT_US,
                .max_size = row != NULL ? row->max_size : MAX_SIZE,
                .allow_private = row != NULL ? row->allow_private : p->allow_private,
                .done = on_fetched,
        };
        if (http_start(p->daemon->http, &p->request) == 0) {
                p->fetching = true;
                return;
        }
        p->error = strdup(p->request.answer.why);
        reply(p);
}

static void read_credentials(uv_work_t *work)
{
        struct probe *p = container_of(work, struct probe, work);

        if (p->row != NULL && p->row->credentials != NULL)
                credentials_read(p->row->credentials, &p->credentials, &p->error);
}

static void on_credentials(uv_work_t *work, int status)
{
        struct probe *p = container_of(work, struct probe, work);

        (void)status;
        if (p->done == NULL)
                finish(p);
        else if (p->error != NULL)
                reply(p);
        else
                fetch(p);
}

int probe_start(struct daemon *d, const struct probe_order *order, void (*done)(void *arg, const char *text, size_t n),
                void *arg)
{
        struct watcher *watcher = order->name != NULL ? roster_find_watcher(d, order->name) : NULL;
        char origin[HTTP_URL_MAX];
        struct probe *p;

        if (order->name != NULL && (watcher == NULL || watcher->row->feed == NULL))
                return PROBE_E_SOURCE;
        if (order->name == NULL &&
            (strlen(order->url) >= HTTP_URL_MAX || !address_origin(order->url, origin, sizeof(origin))))
                return PROBE_E_URL;
        p = calloc(1, sizeof(*p));
        if (p == NULL || (p->url = strdup(watcher != NULL ? watcher->row->feed : order->url)) == NULL)
                arena_out_of_memory();
        p->daemon = d;
        if (watcher != NULL) {
                p->config = config_ref(watcher->config);
                p->row = watcher->row;
        }
        p->allow_private = order->allow_private;
        p->began = clock_monotonic_us();
        p->done = done;
        p->arg = arg;
        list_append(&d->probes, &p->link);
        if (uv_queue_work(&d->loop, &p->work, read_credentials, on_credentials) < 0)
                arena_out_of_memory();
        return 0;
}

void probe_stop_all(struct daemon *d)
{
        list_for_each(it, &d->probes) {
                struct probe *p = list_entry(it, struct probe, link);

                if (p->fetching)
                        http_cancel(&p->request);
                else
                        tell(p, NULL);  /* it is freed when it comes back */
        }
}
