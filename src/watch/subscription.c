/* See subscription.h. */
#include "watch/subscription.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/nettle-meta.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/address.h"
#include "watch/parting.h"
#include "watch/watcher.h"

enum {
        LEASE_MAX_S = 30 * 86400,
        LEASE_MIN_S = 4,                /* shorter ones are kept as if they were so long */
        VERIFY_MS = 600000,             /* a hub that has not verified by then is asked again */
        RETRY_MS = 60000,               /* after the first failure; doubled with each, up to a day */
        RETRY_MAX_MS = 86400000,
        CHALLENGE_MAX = 1024,
};

/* ---- X-Hub-Signature: "METHOD=HEX" ---- */

static void make_hmac(const struct nettle_hash *hash, const char *key, const char *body, size_t n,
                      uint8_t digest[SHA512_DIGEST_SIZE])
{
        union {
                struct sha1_ctx sha1;
                struct sha256_ctx sha256;
                struct sha512_ctx sha512;
        } outer, inner, state;

        nettle_hmac_set_key(&outer, &inner, &state, hash, strlen(key), (const uint8_t *)key);
        nettle_hmac_update(&state, hash, n, (const uint8_t *)body);
        nettle_hmac_digest(&outer, &inner, &state, hash, hash->digest_size, digest);
}

static bool is_hex(const char *text, const uint8_t *digest, size_t n)
{
        char wanted[2 * SHA512_DIGEST_SIZE + 1], lower[2 * SHA512_DIGEST_SIZE + 1];

        if (strlen(text) != 2 * n)
                return false;
        for (size_t i = 0; i < n; i++)
                snprintf(wanted + 2 * i, 3, "%02x", digest[i]);
        for (size_t i = 0; i < 2 * n; i++)
                lower[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] | 0x20 : text[i]);
        return nettle_memeql_sec(wanted, lower, 2 * n);
}

static bool is_signed(const struct subscription *s, const struct exchange *e)
{
        const struct {
                const char *method;
                const struct nettle_hash *hash;
        } rows[] = { { "sha1=", &nettle_sha1 },
                     { "sha256=", &nettle_sha256 },
                     { "sha384=", &nettle_sha384 },
                     { "sha512=", &nettle_sha512 } };
        uint8_t digest[SHA512_DIGEST_SIZE];

        for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                if (strncasecmp(e->request.signature, rows[i].method, strlen(rows[i].method)) != 0)
                        continue;
                make_hmac(rows[i].hash, s->secret, e->body, (size_t)e->request.n_body, digest);
                return is_hex(e->request.signature + strlen(rows[i].method), digest, rows[i].hash->digest_size);
        }
        return false;
}

/* ---- asking ---- */

static void on_timer(uv_timer_t *timer);

static void set_timer(struct subscription *s)
{
        uint64_t now = uv_now(s->websub->loop), at = s->next;

        if (s->leased)
                at = MIN_OF(at, s->end);
        if (!s->stopping && (s->hub != NULL || s->leased))
                uv_timer_start(&s->timer, on_timer, at > now ? at - now : 0, 0);
}

static void failed(struct subscription *s, const char *why)
{
        uint64_t wait = (uint64_t)RETRY_MS << MIN_OF(s->failures, 12u);

        s->asked = false;
        s->next = uv_now(s->websub->loop) + MIN_OF(wait, (uint64_t)RETRY_MAX_MS);
        if (s->failures++ == 0)
                watcher_report(s->watcher, LOG_WARNING, "its hub %.200s did not take the subscription (%s); it is asked again, "
                               "and the feed is polled", s->hub, why);
        set_timer(s);
}

static void finish_stop(struct subscription *s);

static void on_asked(struct http_request *request)
{
        struct subscription *s = container_of(request, struct subscription, request);
        const struct http_answer *a = &request->answer;
        char why[64];

        s->asking = false;
        if (s->stopping) {
                http_answer_deinit(&request->answer);
                finish_stop(s);
                return;
        }
        if (a->error == HTTP_E_CANCELED) {
                ;       /* by who knows what comes instead */
        } else if (a->error != HTTP_OK) {
                failed(s, a->why);
        } else if (a->status < 200 || a->status > 299) {
                snprintf(why, sizeof(why), "status %d", a->status);
                failed(s, why);
        } else if (s->asked) {          /* else it has verified already */
                s->next = uv_now(s->websub->loop) + VERIFY_MS;
                set_timer(s);
        }
        http_answer_deinit(&request->answer);
}

static void ask(struct subscription *s)
{
        _cleanup_free_ char *callback = NULL;

        if (s->asking || s->hub == NULL || s->websub->url == NULL)
                return;
        callback = websub_callback(s->websub, s->token);
        s->request.done = on_asked;
        s->asked = true;
        s->asking = websub_ask(s->websub, s->watcher->row,
                               &(struct websub_order){ .hub = s->hub, .mode = "subscribe", .topic = s->topic, .callback = callback,
                                                       .secret = s->secret }, &s->body, &s->request) == 0;
        if (!s->asking)
                failed(s, s->request.answer.why);
}

static void on_timer(uv_timer_t *timer)
{
        struct subscription *s = timer->data;
        uint64_t now = uv_now(s->websub->loop);

        if (s->leased && now >= s->end) {
                s->leased = false;
                watcher_report(s->watcher, LOG_NOTICE, "its hub's lease has ended, and it is polled as often as before");
                s->changed(s);
        }
        if (s->hub != NULL && now >= s->next && !s->asking) {
                if (s->asked && !s->leased) {
                        failed(s, "it did not verify it");
                        return;
                }
                s->next = now + VERIFY_MS;      /* on_asked() says better */
                ask(s);
        }
        set_timer(s);
}

/* ---- which hub ---- */

/* What was subscribed to is given up, and the hub is told where it may know of us. */
static void leave(struct subscription *s)
{
        bool was = s->leased;

        if (s->asking)
                http_cancel(&s->request);
        if (s->hub != NULL && s->websub->url != NULL && (s->leased || s->asked) && !s->watcher->host->ending)
                parting_begin(s, s->stopping);
        free(STEAL(s->hub));
        free(STEAL(s->topic));
        s->asked = s->leased = false;
        s->failures = 0;
        if (was && !s->stopping)
                s->changed(s);
}

static bool is_usable(const struct subscription *s)
{
        return s->websub != NULL && s->websub->url != NULL && !s->stopping;
}

bool subscription_is_curious(const struct subscription *s)
{
        return is_usable(s) && s->curious;
}

static char *copy(const char *text)
{
        char *out = strdup(text);

        if (out == NULL)
                arena_out_of_memory();
        return out;
}

static void settle(struct subscription *s, const char *hub, const char *topic)
{
        s->curious = s->awaits = false;
        if (s->hub != NULL && strcmp(s->hub, hub) == 0 && strcmp(s->topic, topic) == 0)
                return;
        leave(s);
        s->hub = copy(hub);
        s->topic = copy(topic);
        s->next = uv_now(s->websub->loop);
        set_timer(s);
}

static bool is_address(const char *text)
{
        char origin[HTTP_URL_MAX];

        return text != NULL && strlen(text) < HTTP_URL_MAX && address_origin(text, origin, sizeof(origin));
}

static void keep_part(char **to, const char *text)
{
        free(STEAL(*to));
        if (is_address(text))
                *to = copy(text);
}

void subscription_seen(struct subscription *s, const char *links, bool whole)
{
        char hub[HTTP_URL_MAX], topic[HTTP_URL_MAX];
        const char *seen_hub = links != NULL && request_link(links, "hub", hub, sizeof(hub)) ? hub : NULL;
        const char *seen_topic = links != NULL && request_link(links, "self", topic, sizeof(topic)) ? topic : NULL;

        if (!is_usable(s))
                return;
        if (is_address(seen_hub) && is_address(seen_topic)) {
                settle(s, seen_hub, seen_topic);
        } else if (whole) {
                keep_part(&s->part_hub, seen_hub);
                keep_part(&s->part_topic, seen_topic);
                s->awaits = true;
        }
}

void subscription_read(struct subscription *s, const struct feeds_links *links)
{
        const char *hub = s->part_hub != NULL ? s->part_hub : links->hub;
        const char *topic = s->part_topic != NULL ? s->part_topic : links->self;

        if (!is_usable(s) || !s->awaits)
                return;
        s->curious = s->awaits = false;
        if (is_address(hub) && is_address(topic))
                settle(s, hub, topic);
        else
                leave(s);
        free(STEAL(s->part_hub));
        free(STEAL(s->part_topic));
}

/* ---- its life ---- */

static void make_texts(struct subscription *s)
{
        websub_make_text(s->websub, "token", s->watcher->row, s->token, (WEBSUB_TOKEN_MAX - 1) / 2);
        websub_make_text(s->websub, "secret", s->watcher->row, s->secret, (WEBSUB_SECRET_MAX - 1) / 2);
}

void subscription_start(struct subscription *s, struct websub *websub, struct watcher *watcher)
{
        s->websub = websub;
        s->watcher = watcher;
        s->curious = true;
        make_texts(s);
        uv_timer_init(websub->loop, &s->timer);
        s->timer.data = s;
        list_append(&websub->subscriptions, &s->link);
        parting_recall(s);
        set_timer(s);
}

void subscription_renew(struct subscription *s)
{
        make_texts(s);
        if (s->asking)
                http_cancel(&s->request);
        s->asked = s->leased = false;
        s->failures = 0;
        s->next = uv_now(s->websub->loop);
        set_timer(s);
}

static void on_timer_closed(uv_handle_t *handle)
{
        struct subscription *s = handle->data;

        list_unlink(&s->link);
        free(STEAL(s->part_hub));
        free(STEAL(s->part_topic));
        buf_deinit(&s->body);
        explicit_bzero(s->secret, sizeof(s->secret));
        s->websub = NULL;
        s->closed(s);
}

static void finish_stop(struct subscription *s)
{
        if (s->stopping && !s->asking && !s->offered && !uv_is_closing((uv_handle_t *)&s->timer))
                uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}

void subscription_stop(struct subscription *s)
{
        if (s->websub == NULL) {
                s->closed(s);
                return;
        }
        s->stopping = true;
        leave(s);
        finish_stop(s);
}

/* ---- what comes ---- */

/* By the hub's own word, perhaps long after it was subscribed to. */
static void denied(struct subscription *s)
{
        bool was = s->leased;

        s->leased = false;
        s->failures = MAX_OF(s->failures, 11u); /* in a day */
        watcher_report(s->watcher, LOG_WARNING, "its hub %.200s denied the subscription; the feed is polled", s->hub);
        failed(s, "denied");
        if (was)
                s->changed(s);
}

/* Verification of intent: GET with hub.mode, hub.topic, hub.challenge, hub.lease_seconds; or a denial. */
void subscription_verify(struct subscription *s, struct exchange *e)
{
        char mode[32], topic[HTTP_URL_MAX], challenge[CHALLENGE_MAX], lease[32];
        const char *query = e->request.query;
        uint64_t now = uv_now(s->websub->loop), seconds = WEBSUB_LEASE_S;
        bool was = s->leased, known;

        known = request_field(query, "hub.mode", mode, sizeof(mode)) && request_field(query, "hub.topic", topic, sizeof(topic)) &&
                s->topic != NULL && strcmp(topic, s->topic) == 0;
        if (known && strcmp(mode, "denied") == 0 && (s->asked || s->leased)) {
                denied(s);
                websub_answer(e, "200 OK", "");
                return;
        }
        if (!known || !s->asked || strcmp(mode, "subscribe") != 0 ||
            !request_field(query, "hub.challenge", challenge, sizeof(challenge))) {
                websub_answer(e, "404 Not Found", "Nothing of the kind was asked for.\n");
                return;
        }
        if (request_field(query, "hub.lease_seconds", lease, sizeof(lease)))
                seconds = strtoull(lease, NULL, 10);
        seconds = MIN_OF(MAX_OF(seconds, (uint64_t)LEASE_MIN_S), (uint64_t)LEASE_MAX_S);
        s->asked = false;
        s->leased = true;
        s->failures = 0;
        s->end = now + seconds * 1000;
        s->next = now + seconds * 750;
        set_timer(s);
        if (!was)
                s->changed(s);
        websub_answer(e, "200 OK", challenge);
}

static void on_ticket_done(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct subscription *s = container_of(ticket, struct subscription, ticket);
        struct exchange *e = STEAL(s->exchange);

        (void)reason;
        s->offered = false;
        watcher_count(s->watcher, r, (size_t)e->request.n_body);
        if (r >= 0) {
                s->taken++;
                if (!s->stopping)
                        s->came(s, id);
        }
        websub_answer(e, r >= 0 ? "202 Accepted" : "503 Service Unavailable", "");
        finish_stop(s);
}

void subscription_take(struct subscription *s, struct exchange *e)
{
        const struct config_watch *row = s->watcher->row;

        if (e->body == NULL || !is_signed(s, e)) {
                s->dropped++;
                websub_answer(e, "202 Accepted", "");  /* the Recommendation wants it so: nothing is told to who guesses */
                return;
        }
        if (watcher_is_idle(s->watcher) || s->offered || !intake_is_open(s->watcher->host->intake)) {
                websub_answer(e, "503 Service Unavailable", "");       /* hubs try again */
                return;
        }
        http_charset(e->request.type, s->charset);
        s->fetch = (struct feeds_fetch){ .hash = (int64_t)XXH3_64bits(e->body, (size_t)e->request.n_body),
                                         .full_text = row->full_text };
        s->ticket = (struct intake_ticket){
                .delivery = {
                        .source = row->name,
                        .name = s->topic != NULL ? s->topic : row->feed,
                        .format = strcmp(row->format, "auto") == 0 ? "feed" : row->format,
                        .encoding = row->encoding != NULL ? row->encoding : s->charset[0] != '\0' ? s->charset : NULL,
                        .received = clock_wall_us(),
                        .fetch = &s->fetch,
                        .bytes = e->body,
                        .n_bytes = (size_t)e->request.n_body,
                },
                .done = on_ticket_done,
        };
        s->exchange = e;
        s->offered = true;
        intake_submit(s->watcher->host->intake, &s->ticket);
}

