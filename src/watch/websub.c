/* See websub.h. */
#include "watch/websub.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/address.h"
#include "watch/feeds.h"
#include "watch/watcher.h"

enum {
        KEY_SIZE = 32,
        LEASE_S = 10 * 86400,           /* what is asked for, as the Recommendation suggests */
        LEASE_MAX_S = 30 * 86400,
        LEASE_MIN_S = 4,                /* shorter ones are kept as if they were so long */
        VERIFY_MS = 600000,             /* a hub that has not verified by then is asked again */
        RETRY_MS = 60000,               /* after the first failure; doubled with each, up to a day */
        RETRY_MAX_MS = 86400000,
        ANSWER_MAX = 65536,             /* bytes of a hub's answer, of which only the status counts */
        CHALLENGE_MAX = 1024,
};

struct websub {
        uv_loop_t *loop;
        struct log *log;
        struct http *http;
        struct server *server;
        char *url;                      /* NULL: nothing is subscribed to */
        uint8_t key[KEY_SIZE];
        struct list subscriptions;
        void (*closed)(void *user);
        void *user;
};

/* ---- the key, and what is made of it ---- */

static void make_text(const struct websub *w, const char *purpose, const struct config_watch *row, char *out, size_t n)
{
        uint8_t digest[SHA256_DIGEST_SIZE];
        struct hmac_sha256_ctx hmac;
        const char *parts[] = { purpose, row->name, row->feed };

        nettle_hmac_sha256_set_key(&hmac, KEY_SIZE, w->key);
        for (size_t i = 0; i < N_ELEMENTS(parts); i++)  /* with its NUL, which divides */
                nettle_hmac_sha256_update(&hmac, strlen(parts[i]) + 1, (const uint8_t *)parts[i]);
        nettle_hmac_sha256_digest(&hmac, sizeof(digest), digest);
        for (size_t i = 0; i < n; i++)
                snprintf(out + 2 * i, 3, "%02x", digest[i]);
        explicit_bzero(&hmac, sizeof(hmac));
}

static int make_key(const char *path, uint8_t key[KEY_SIZE])
{
        _cleanup_(buf_deinit) struct buf name = BUF_NULL;
        _cleanup_close_ int fd = -1;

        if (buf_printf(&name, "%s.new", path) != 0)
                return -ENOMEM;
        fd = open(name.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (getrandom(key, KEY_SIZE, 0) != KEY_SIZE)
                return -EIO;
        if (write(fd, key, KEY_SIZE) != KEY_SIZE || fsync(fd) < 0 || rename(name.data, path) < 0)
                return errno != 0 ? -errno : -EIO;
        return 0;
}

/* 0 or -errno, which the caller says. */
static int load_key(const char *path, uint8_t key[KEY_SIZE])
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

        if (fd >= 0)
                return read(fd, key, KEY_SIZE) == KEY_SIZE ? 0 : -EINVAL;
        return errno == ENOENT ? make_key(path, key) : -errno;
}

/* ---- X-Hub-Signature: "METHOD=HEX" ---- */

static bool is_hex(const char *text, const uint8_t *digest, size_t n)
{
        char wanted[2 * SHA256_DIGEST_SIZE + 1], lower[2 * SHA256_DIGEST_SIZE + 1];

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
        size_t n = (size_t)e->request.n_body, n_key = strlen(s->secret);
        const uint8_t *key = (const uint8_t *)s->secret, *body = (const uint8_t *)e->body;
        uint8_t digest[SHA256_DIGEST_SIZE];

        if (strncasecmp(e->request.signature, "sha256=", 7) == 0) {
                struct hmac_sha256_ctx hmac;

                nettle_hmac_sha256_set_key(&hmac, n_key, key);
                nettle_hmac_sha256_update(&hmac, n, body);
                nettle_hmac_sha256_digest(&hmac, SHA256_DIGEST_SIZE, digest);
                return is_hex(e->request.signature + 7, digest, SHA256_DIGEST_SIZE);
        }
        if (strncasecmp(e->request.signature, "sha1=", 5) == 0) {
                struct hmac_sha1_ctx hmac;

                nettle_hmac_sha1_set_key(&hmac, n_key, key);
                nettle_hmac_sha1_update(&hmac, n, body);
                nettle_hmac_sha1_digest(&hmac, SHA1_DIGEST_SIZE, digest);
                return is_hex(e->request.signature + 5, digest, SHA1_DIGEST_SIZE);
        }
        return false;
}

/* ---- a subscription ---- */

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

static void add_encoded(struct buf *out, const char *name, const char *value)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
        int r = buf_printf(out, "%s%s=", out->n > 0 ? "&" : "", name);

        for (; r == 0 && *value != '\0'; value++)
                r = buf_printf(out, strchr(plain, *value) != NULL ? "%c" : "%%%02X", (unsigned char)*value);
        if (r != 0)
                arena_out_of_memory();
}

static void ask(struct subscription *s)
{
        static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded" };
        const struct config_watch *row = s->watcher->row;
        _cleanup_(buf_deinit) struct buf callback = BUF_NULL;
        char lease[32];

        if (s->asking || s->hub == NULL || s->websub->url == NULL)
                return;
        if (buf_printf(&callback, "%s%s%s", s->websub->url, s->websub->url[strlen(s->websub->url) - 1] == '/' ? "" : "/",
                       s->token) != 0)
                arena_out_of_memory();
        snprintf(lease, sizeof(lease), "%d", LEASE_S);
        buf_deinit(&s->body);
        s->body = BUF_NULL;
        add_encoded(&s->body, "hub.mode", "subscribe");
        add_encoded(&s->body, "hub.topic", s->topic);
        add_encoded(&s->body, "hub.callback", callback.data);
        add_encoded(&s->body, "hub.secret", s->secret);
        add_encoded(&s->body, "hub.lease_seconds", lease);
        s->request = (struct http_request){
                .url = s->hub,
                .headers = (const char *const *)headers,
                .n_headers = 1,
                .user_agent = row->user_agent,
                .proxy = row->proxy,
                .ca = row->ca,
                .body = s->body.data,
                .n_body = s->body.n,
                .timeout = row->timeout,
                .max_size = ANSWER_MAX,
                .allow_private = row->allow_private,
                .done = on_asked,
        };
        s->asked = true;
        s->asking = http_start(s->websub->http, &s->request) == 0;
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

static void forget(struct subscription *s)
{
        if (s->asking)
                http_cancel(&s->request);
        free(STEAL(s->hub));
        free(STEAL(s->topic));
        s->asked = false;
        s->failures = 0;
}

bool subscription_is_curious(const struct subscription *s)
{
        return s->websub != NULL && s->websub->url != NULL && s->hub == NULL && s->failures == 0;
}

void subscription_seen(struct subscription *s, const char *links, bool whole)
{
        char hub[HTTP_URL_MAX], topic[HTTP_URL_MAX], origin[HTTP_URL_MAX];

        if (s->websub == NULL || s->websub->url == NULL || s->stopping || s->asking)
                return;
        if (links == NULL || !request_link(links, "hub", hub, sizeof(hub)) ||
            !request_link(links, "self", topic, sizeof(topic)) ||
            !address_origin(hub, origin, sizeof(origin)) || !address_origin(topic, origin, sizeof(origin))) {
                if (whole && s->hub != NULL)
                        forget(s);      /* the lease runs out */
                s->failures += whole && s->hub == NULL; /* curious once */
                return;
        }
        if (s->hub != NULL && strcmp(s->hub, hub) == 0 && strcmp(s->topic, topic) == 0)
                return;
        forget(s);
        s->hub = strdup(hub);
        s->topic = strdup(topic);
        if (s->hub == NULL || s->topic == NULL)
                arena_out_of_memory();
        s->next = uv_now(s->websub->loop);
        set_timer(s);
}

void subscription_start(struct subscription *s, struct websub *websub, struct feeds *feeds, struct watcher *watcher)
{
        s->websub = websub;
        s->feeds = feeds;
        s->watcher = watcher;
        make_text(websub, "token", watcher->row, s->token, (WEBSUB_TOKEN_MAX - 1) / 2);
        make_text(websub, "secret", watcher->row, s->secret, (WEBSUB_SECRET_MAX - 1) / 2);
        uv_timer_init(websub->loop, &s->timer);
        s->timer.data = s;
        list_append(&websub->subscriptions, &s->link);
}

static void on_timer_closed(uv_handle_t *handle)
{
        struct subscription *s = handle->data;

        list_unlink(&s->link);
        free(STEAL(s->hub));
        free(STEAL(s->topic));
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
        if (s->asking)
                http_cancel(&s->request);
        finish_stop(s);
}

/* ---- what comes ---- */

static void answer(struct exchange *e, const char *status, const char *text)
{
        server_answer(e, status, "text/plain; charset=utf-8", text, strlen(text));
}

static struct subscription *find(struct websub *w, const char *path)
{
        const char *token = strrchr(path, '/');

        if (token == NULL || strlen(token + 1) != WEBSUB_TOKEN_MAX - 1 || w->url == NULL)
                return NULL;
        list_for_each(it, &w->subscriptions) {
                struct subscription *s = list_entry(it, struct subscription, link);

                if (!s->stopping && nettle_memeql_sec(s->token, token + 1, WEBSUB_TOKEN_MAX - 1))
                        return s;
        }
        return NULL;
}

/* Verification of intent: GET with hub.mode, hub.topic, hub.challenge, hub.lease_seconds; or a denial. */
static void verify(struct subscription *s, struct exchange *e)
{
        char mode[32], topic[HTTP_URL_MAX], challenge[CHALLENGE_MAX], lease[32];
        const char *query = e->request.query;
        uint64_t now = uv_now(s->websub->loop), seconds = LEASE_S;
        bool was = s->leased;

        if (!request_field(query, "hub.mode", mode, sizeof(mode)) || !request_field(query, "hub.topic", topic, sizeof(topic)) ||
            !s->asked || s->topic == NULL || strcmp(topic, s->topic) != 0) {
                answer(e, "404 Not Found", "Nothing of the kind was asked for.\n");
                return;
        }
        if (strcmp(mode, "denied") == 0) {
                s->failures = MAX_OF(s->failures, 11u); /* in a day */
                watcher_report(s->watcher, LOG_WARNING, "its hub %.200s denied the subscription; the feed is polled", s->hub);
                failed(s, "denied");
                answer(e, "200 OK", "");
                return;
        }
        if (strcmp(mode, "subscribe") != 0 || !request_field(query, "hub.challenge", challenge, sizeof(challenge))) {
                answer(e, "404 Not Found", "Nothing of the kind was asked for.\n");
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
        answer(e, "200 OK", challenge);
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
        answer(e, r >= 0 ? "202 Accepted" : "503 Service Unavailable", "");
        finish_stop(s);
}

static void take(struct subscription *s, struct exchange *e)
{
        const struct config_watch *row = s->watcher->row;

        if (e->body == NULL || !is_signed(s, e)) {
                s->dropped++;
                answer(e, "202 Accepted", "");  /* the Recommendation wants it so: nothing is told to who guesses */
                return;
        }
        if (watcher_is_idle(s->watcher) || s->offered || !intake_is_open(s->watcher->host->intake)) {
                answer(e, "503 Service Unavailable", "");       /* hubs try again */
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

static size_t room(void *user, const struct request *request)
{
        const struct subscription *s = find(user, request->path);

        return s != NULL ? (size_t)s->watcher->row->max_size : 0;
}

static void asked(void *user, struct exchange *e)
{
        struct subscription *s = find(user, e->request.path);

        if (s == NULL)
                answer(e, "404 Not Found", "Nothing is here.\n");
        else if (e->request.post)
                take(s, e);
        else
                verify(s, e);
}

/* ---- the whole ---- */

int websub_new(struct websub **out, uv_loop_t *loop, struct log *log, struct http *http)
{
        struct websub *w = calloc(1, sizeof(*w));
        const struct server_host host = { .loop = loop, .log = log, .trouble = LOG_SOURCE_TROUBLE, .name = "websub",
                                          .room = room, .asked = asked, .user = w };
        int r;

        if (w == NULL)
                return error_origin(-ENOMEM);
        w->loop = loop;
        w->log = log;
        w->http = http;
        list_init(&w->subscriptions);
        r = server_new(&w->server, &host);
        if (r < 0) {
                free(w);
                return error_trace(r);
        }
        *out = w;
        return 0;
}

/* Of a key that was not there before, or another callback. */
static void renew(struct websub *w)
{
        list_for_each(it, &w->subscriptions) {
                struct subscription *s = list_entry(it, struct subscription, link);

                make_text(w, "token", s->watcher->row, s->token, (WEBSUB_TOKEN_MAX - 1) / 2);
                make_text(w, "secret", s->watcher->row, s->secret, (WEBSUB_SECRET_MAX - 1) / 2);
                if (s->asking)
                        http_cancel(&s->request);
                s->asked = s->leased = false;
                s->failures = 0;
                s->next = uv_now(w->loop);
                set_timer(s);
        }
}

void websub_set(struct websub *w, const char *listen, const char *url, const char *key)
{
        bool same = (url == NULL && w->url == NULL) || (url != NULL && w->url != NULL && strcmp(url, w->url) == 0);
        int r;

        if (!same) {
                free(STEAL(w->url));
                r = url != NULL ? load_key(key, w->key) : 0;
                if (r < 0) {
                        log_message(w->log, LOG_WARNING, LOG_SOURCE_TROUBLE, NULL, "websub: the key %s can neither be read nor "
                                    "made (%s): feeds are polled only", key, strerror(-r));
                        listen = NULL;
                } else if (url != NULL) {
                        w->url = strdup(url);
                        if (w->url == NULL)
                                arena_out_of_memory();
                        renew(w);
                }
        }
        server_set_address(w->server, listen);
}

static void on_server_closed(void *user)
{
        struct websub *w = user;

        w->closed(w->user);
        free(w->url);
        explicit_bzero(w->key, sizeof(w->key));
        free(w);
}

void websub_close(struct websub *w, void (*closed)(void *user), void *user)
{
        w->closed = closed;
        w->user = user;
        server_close(w->server, on_server_closed, w);
}
