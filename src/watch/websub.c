/* See websub.h. */
#include "watch/websub.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/error.h"
#include "watch/parting.h"
#include "watch/subscription.h"
#include "watch/watcher.h"

enum {
        ANSWER_MAX = 65536,             /* bytes of a hub's answer, of which only the status counts */
        CHALLENGE_MAX = 1024,
};

/* ---- the key, and what is made of it ---- */

void websub_make_text(const struct websub *w, const char *purpose, const struct config_watch *row, char *out, size_t n)
{
        uint8_t digest[SHA256_DIGEST_SIZE];
        struct hmac_sha256_ctx hmac;
        const char *parts[] = { purpose, row->name, row->feed };

        nettle_hmac_sha256_set_key(&hmac, WEBSUB_KEY_SIZE, w->key);
        for (size_t i = 0; i < N_ELEMENTS(parts); i++)  /* with its NUL, which divides */
                nettle_hmac_sha256_update(&hmac, strlen(parts[i]) + 1, (const uint8_t *)parts[i]);
        nettle_hmac_sha256_digest(&hmac, sizeof(digest), digest);
        for (size_t i = 0; i < n; i++)
                snprintf(out + 2 * i, 3, "%02x", digest[i]);
        explicit_bzero(&hmac, sizeof(hmac));
}

static int make_key(const char *path, uint8_t key[WEBSUB_KEY_SIZE])
{
        _cleanup_(buf_deinit) struct buf name = BUF_NULL;
        _cleanup_close_ int fd = -1;

        if (buf_printf(&name, "%s.new", path) != 0)
                return -ENOMEM;
        fd = open(name.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (getrandom(key, WEBSUB_KEY_SIZE, 0) != WEBSUB_KEY_SIZE)
                return -EIO;
        if (write(fd, key, WEBSUB_KEY_SIZE) != WEBSUB_KEY_SIZE || fsync(fd) < 0 || rename(name.data, path) < 0)
                return errno != 0 ? -errno : -EIO;
        return 0;
}

/* 0 or -errno, which the caller says. */
static int load_key(const char *path, uint8_t key[WEBSUB_KEY_SIZE])
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

        if (fd >= 0)
                return read(fd, key, WEBSUB_KEY_SIZE) == WEBSUB_KEY_SIZE ? 0 : -EINVAL;
        return errno == ENOENT ? make_key(path, key) : -errno;
}

/* ---- what hubs are asked ---- */

char *websub_callback(const struct websub *w, const char *token)
{
        char *text;

        if (asprintf(&text, "%s%s%s", w->url, w->url[strlen(w->url) - 1] == '/' ? "" : "/", token) < 0)
                arena_out_of_memory();
        return text;
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

int websub_ask(struct websub *w, const struct config_watch *row, const struct websub_order *order, struct buf *body,
               struct http_request *request)
{
        static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded" };
        void (*done)(struct http_request *) = request->done;
        char lease[32];

        buf_deinit(body);
        *body = BUF_NULL;
        add_encoded(body, "hub.mode", order->mode);
        add_encoded(body, "hub.topic", order->topic);
        add_encoded(body, "hub.callback", order->callback);
        if (order->secret != NULL) {
                snprintf(lease, sizeof(lease), "%d", WEBSUB_LEASE_S);
                add_encoded(body, "hub.secret", order->secret);
                add_encoded(body, "hub.lease_seconds", lease);
        }
        *request = (struct http_request){
                .url = order->hub,
                .headers = (const char *const *)headers,
                .n_headers = 1,
                .user_agent = row->user_agent,
                .proxy = row->proxy,
                .ca = row->ca,
                .body = body->data,
                .n_body = body->n,
                .timeout = row->timeout,
                .max_size = ANSWER_MAX,
                .allow_private = row->allow_private,
                .done = done,
        };
        return http_start(w->http, request);
}

/* ---- what comes ---- */

void websub_answer(struct exchange *e, const char *status, const char *text)
{
        server_answer(e, status, "text/plain; charset=utf-8", text, strlen(text));
}

/* The end of the path, where it can be one; NULL: it cannot. */
static const char *token_of(const struct websub *w, const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash != NULL && strlen(slash + 1) == WEBSUB_TOKEN_MAX - 1 && w->url != NULL ? slash + 1 : NULL;
}

static struct subscription *find(struct websub *w, const char *token)
{
        if (token == NULL)
                return NULL;
        list_for_each(it, &w->subscriptions) {
                struct subscription *s = list_entry(it, struct subscription, link);

                if (!s->stopping && nettle_memeql_sec(s->token, token, WEBSUB_TOKEN_MAX - 1))
                        return s;
        }
        return NULL;
}

static size_t room(void *user, const struct request *request)
{
        const struct subscription *s = find(user, token_of(user, request->path));

        return s != NULL ? (size_t)s->watcher->row->max_size : 0;
}

/* Verification that nothing more is wanted. */
static void verify_end(struct websub *w, const char *token, struct exchange *e)
{
        char topic[HTTP_URL_MAX], challenge[CHALLENGE_MAX];

        if (token == NULL || !request_field(e->request.query, "hub.topic", topic, sizeof(topic)) ||
            !request_field(e->request.query, "hub.challenge", challenge, sizeof(challenge)) ||
            !parting_verify(w, token, topic, challenge, e))
                websub_answer(e, "404 Not Found", "Nothing of the kind was asked for.\n");
}

static void asked(void *user, struct exchange *e)
{
        const char *token = token_of(user, e->request.path);
        struct subscription *s = find(user, token);
        char mode[32];

        if (!e->request.post && request_field(e->request.query, "hub.mode", mode, sizeof(mode)) && strcmp(mode, "unsubscribe") == 0)
                verify_end(user, token, e);
        else if (s == NULL)
                websub_answer(e, "404 Not Found", "Nothing is here.\n");
        else if (e->request.post)
                subscription_take(s, e);
        else
                subscription_verify(s, e);
}

/* ---- the whole ---- */

int websub_new(struct websub **out, uv_loop_t *loop, struct log *log, struct notify_sockets *sockets, struct http *http)
{
        struct websub *w = calloc(1, sizeof(*w));
        const struct server_host host = { .loop = loop, .log = log, .trouble = LOG_SOURCE_TROUBLE, .name = "websub",
                                          .sockets = sockets, .kept = WEBSUB_LISTEN,
                                          .room = room, .asked = asked, .user = w };
        int r;

        if (w == NULL)
                return error_origin(-ENOMEM);
        w->loop = loop;
        w->log = log;
        w->http = http;
        list_init(&w->subscriptions);
        list_init(&w->partings);
        r = server_new(&w->server, &host);
        if (r < 0) {
                free(w);
                return error_trace(r);
        }
        *out = w;
        return 0;
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
                        list_for_each(it, &w->subscriptions)
                                subscription_renew(list_entry(it, struct subscription, link));
                }
        }
        server_set_address(w->server, listen);
}

void websub_check_closed(struct websub *w)
{
        if (!w->server_closed || w->n_partings != 0)
                return;
        w->closed(w->user);
        free(w->url);
        explicit_bzero(w->key, sizeof(w->key));
        free(w);
}

static void on_server_closed(void *user)
{
        struct websub *w = user;

        w->server_closed = true;
        websub_check_closed(w);
}

void websub_close(struct websub *w, void (*closed)(void *user), void *user)
{
        w->closed = closed;
        w->user = user;
        parting_close_all(w);
        server_close(w->server, on_server_closed, w);
}
