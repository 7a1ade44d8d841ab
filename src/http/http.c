/* See http.h. Each socket that libcurl wants watched is a uv_poll; its one timer is ours. */
#include "http/http.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"
#include "http/address.h"

enum {
        SPARE_HANDLES = 4,
        KEPT_CONNECTIONS = 16,
        CONNECT_MS = 15000,
        RECEIVE_BUFFER = 16384,
};

/* What is used of libcurl, by its own declarations. */
#define CURL_FUNCTIONS(X) \
        X(curl_global_init) X(curl_easy_init) X(curl_easy_cleanup) X(curl_easy_reset) X(curl_easy_setopt) \
        X(curl_easy_getinfo) X(curl_easy_strerror) X(curl_slist_append) X(curl_slist_free_all) X(curl_multi_init) \
        X(curl_multi_cleanup) X(curl_multi_setopt) X(curl_multi_add_handle) X(curl_multi_remove_handle) \
        X(curl_multi_socket_action) X(curl_multi_info_read) X(curl_multi_assign)
/* The header's type-checking macros stand in the way of calls through pointers. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

struct http {
#define DECLARE(name) __typeof__(name) *name;
        CURL_FUNCTIONS(DECLARE)
#undef DECLARE
        uv_work_t opening;
        bool is_opening;
        void *library;
        char missing[256];              /* why it cannot be used; "": it can */
        struct list waiting;            /* requests, until it is open */
        CURLM *multi;
        uv_loop_t *loop;
        uv_timer_t timer;
        size_t n_handles;               /* of uv */
        CURL *spare[SPARE_HANDLES];
        size_t n_spare;
        void (*closed)(void *user);
        void *user;
};

struct socket_watch {
        uv_poll_t poll;
        struct http *http;
        curl_socket_t fd;
};

void http_answer_deinit(struct http_answer *a)
{
        buf_deinit(&a->body);
        free(STEAL(a->url));
        free(STEAL(a->moved));
        free(STEAL(a->etag));
        free(STEAL(a->modified));
        free(STEAL(a->cache_control));
        free(STEAL(a->expires));
        free(STEAL(a->date));
        free(STEAL(a->age));
        free(STEAL(a->content_type));
        free(STEAL(a->link));
}

void http_charset(const char *type, char out[HTTP_CHARSET_MAX])
{
        const char *at = type != NULL ? strcasestr(type, "charset=") : NULL;
        size_t n;

        out[0] = '\0';
        if (at == NULL)
                return;
        at += strlen("charset=");
        at += strspn(at, "\"' ");
        n = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+");
        if (n > 0 && n < HTTP_CHARSET_MAX)
                snprintf(out, HTTP_CHARSET_MAX, "%.*s", (int)n, at);
}

/* ---- what libcurl calls while a request is under way ---- */

static size_t on_body(char *bytes, size_t one, size_t n, void *user)
{
        struct http_request *r = user;

        n *= one;
        if (buf_append(&r->answer.body, bytes, n) == 0)
                return n;
        r->large = true;
        return 0;
}

static void keep_header(char **to, const char *value, size_t n)
{
        free(STEAL(*to));
        if (n > 0 && n <= HTTP_HEADER_MAX && memchr(value, '\0', n) == NULL)
                *to = strndup(value, n);
}

static void add_link(char **to, const char *value, size_t n)
{
        size_t before = *to != NULL ? strlen(*to) : 0;
        char *grown;

        if (n == 0 || before + n + 2 > HTTP_LINKS_MAX || memchr(value, '\0', n) != NULL)
                return;
        grown = realloc(*to, before + n + 2);
        if (grown == NULL)
                return;
        if (before > 0)
                grown[before++] = ',';
        memcpy(grown + before, value, n);
        grown[before + n] = '\0';
        *to = grown;
}

static size_t on_header(char *line, size_t one, size_t n, void *user)
{
        struct http_request *r = user;
        struct http_answer *a = &r->answer;
        const struct {
                const char *name;
                char **to;
        } wanted[] = {
                { "etag", &a->etag },
                { "last-modified", &a->modified },
                { "cache-control", &a->cache_control },
                { "expires", &a->expires },
                { "date", &a->date },
                { "age", &a->age },
                { "content-type", &a->content_type },
                { "link", &a->link },
        };
        const char *colon = memchr(line, ':', n * one), *value, *end = line + n * one;

        if (n > 5 && strncasecmp(line, "HTTP/", 5) == 0) {      /* a new answer: a 1xx one was before it */
                for (size_t i = 0; i < N_ELEMENTS(wanted); i++)
                        free(STEAL(*wanted[i].to));
                return n * one;
        }
        for (size_t i = 0; colon != NULL && i < N_ELEMENTS(wanted); i++) {
                if (strlen(wanted[i].name) != (size_t)(colon - line) ||
                    strncasecmp(wanted[i].name, line, (size_t)(colon - line)) != 0)
                        continue;
                for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
                        ;
                while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
                        end--;
                if (wanted[i].to == &a->link)
                        add_link(&a->link, value, (size_t)(end - value));
                else
                        keep_header(wanted[i].to, value, (size_t)(end - value));
        }
        return n * one;
}

static curl_socket_t on_open_socket(void *user, curlsocktype purpose _unused_, struct curl_sockaddr *address)
{
        struct http_request *r = user;

        /* A proxy is where the administrator says. */
        if (!r->allow_private && r->proxy == NULL && address_is_private(&address->addr)) {
                r->refused = true;
                return CURL_SOCKET_BAD;
        }
        return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
}

/* Also of a connection that was kept: it may have been made for a request that was allowed more. */
static int on_before_request(void *user, char *ip, char *local _unused_, int port _unused_, int local_port _unused_)
{
        struct http_request *r = user;

        if (r->allow_private || r->proxy != NULL || !address_is_private_text(ip))
                return CURL_PREREQFUNC_OK;
        r->refused = true;
        return CURL_PREREQFUNC_ABORT;
}

/* ---- a request ---- */

static void add_header(struct http_request *r, const char *name, const char *value)
{
        _cleanup_(buf_deinit) struct buf line = BUF_NULL;
        struct curl_slist *list;

        if (value == NULL)
                return;
        if (buf_printf(&line, "%s%s%s", name, *name != '\0' ? ": " : "", value) != 0)
                return;
        list = r->http->curl_slist_append(r->list, line.data);
        if (list != NULL)
                r->list = list;
}

static CURL *take_easy(struct http *http)
{
        return http->n_spare > 0 ? http->spare[--http->n_spare] : http->curl_easy_init();
}

static void give_easy(struct http *http, CURL *easy)
{
        if (easy == NULL)
                return;
        http->curl_easy_reset(easy);
        if (http->n_spare < SPARE_HANDLES)
                http->spare[http->n_spare++] = easy;
        else
                http->curl_easy_cleanup(easy);
}

/* Only to the host that they are meant for. */
static void set_own(struct http *http, struct http_request *r, CURL *easy)
{
        if (r->foreign)
                return;
        for (size_t i = 0; i < r->n_headers; i++)
                add_header(r, "", r->headers[i]);
        if (r->credentials == NULL)
                return;
        if (strncasecmp(r->credentials, "Bearer ", 7) == 0) {
                http->curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, r->credentials + 7);
                http->curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        } else {
                http->curl_easy_setopt(easy, CURLOPT_USERPWD, r->credentials);
                http->curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        }
}

static void set_callbacks(struct http *http, struct http_request *r, CURL *easy)
{
        http->curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)r);
        http->curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        http->curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *)r);
        http->curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
        http->curl_easy_setopt(easy, CURLOPT_HEADERDATA, (void *)r);
        http->curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
        http->curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, (void *)r);
        http->curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_before_request);
        http->curl_easy_setopt(easy, CURLOPT_PREREQDATA, (void *)r);
}

static void set_options(struct http *http, struct http_request *r, CURL *easy, int64_t left_ms)
{
        http->curl_easy_setopt(easy, CURLOPT_URL, r->answer.url);
        http->curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        http->curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        http->curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        http->curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
        http->curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
        http->curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
        http->curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)MIN_OF(left_ms, (int64_t)CONNECT_MS));
        http->curl_easy_setopt(easy, CURLOPT_USERAGENT, r->user_agent != NULL ? r->user_agent : "dateline/" PACKAGE_VERSION);
        http->curl_easy_setopt(easy, CURLOPT_PROXY, r->proxy != NULL ? r->proxy : "");
        if (r->ca != NULL)
                http->curl_easy_setopt(easy, CURLOPT_CAINFO, r->ca);
        if (r->body != NULL) {
                http->curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->n_body);
                http->curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body);
        }
}

/* One hop. */
static int start_hop(struct http_request *r)
{
        struct http *http = r->http;
        int64_t left = (r->deadline - clock_monotonic_us()) / 1000;
        CURL *easy = take_easy(http);

        if (easy == NULL)
                return error_origin(-ENOMEM);
        r->answer.body = BUF_BOUNDED((size_t)r->max_size);
        set_callbacks(http, r, easy);
        set_options(http, r, easy, MAX_OF(left, INT64_C(1)));
        add_header(r, "If-None-Match", r->etag);
        add_header(r, "If-Modified-Since", r->modified);
        set_own(http, r, easy);
        if (r->list != NULL)
                http->curl_easy_setopt(easy, CURLOPT_HTTPHEADER, r->list);
        if (http->curl_multi_add_handle(http->multi, easy) != CURLM_OK) {
                give_easy(http, easy);
                return error_origin(-ENOMEM);
        }
        r->easy = easy;
        return 0;
}

static void end_hop(struct http_request *r)
{
        struct http *http = r->http;
        CURL *easy = STEAL(r->easy);

        http->curl_multi_remove_handle(http->multi, easy);
        give_easy(http, easy);
        http->curl_slist_free_all(STEAL(r->list));
}

static void finish(struct http_request *r)
{
        if (r->finished)
                return;
        r->finished = true;
        r->done(r);
}

static void fail(struct http_request *r, enum http_error error, const char *why)
{
        r->answer.error = error;
        snprintf(r->answer.why, sizeof(r->answer.why), "%s", why);
}

static bool is_redirect(int status)
{
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* `to` is where the answer points; false: the request has failed. */
static bool follow(struct http_request *r, const char *to)
{
        char from[HTTP_URL_MAX], there[HTTP_URL_MAX];
        struct http_answer *a = &r->answer;

        if (++r->hops > HTTP_REDIRECTS) {
                fail(r, HTTP_E_REDIRECT, "it redirects again and again");
                return false;
        }
        if (strlen(to) >= HTTP_URL_MAX || !address_origin(to, there, sizeof(there))) {
                fail(r, HTTP_E_REDIRECT, "it redirects to something that is no plain http or https address");
                return false;
        }
        if (address_origin(a->url, from, sizeof(from)) && strcmp(from, there) != 0)
                r->foreign = true;
        r->permanent = r->permanent && (a->status == 301 || a->status == 308);
        free(a->url);
        a->url = strdup(to);
        if (r->permanent) {
                free(a->moved);
                a->moved = strdup(to);
        }
        buf_deinit(&a->body);
        end_hop(r);
        if (a->url == NULL || start_hop(r) < 0) {
                fail(r, HTTP_E_OTHER, "no memory");
                return false;
        }
        return true;
}

static void explain(struct http_request *r, CURLcode code)
{
        switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
                fail(r, HTTP_E_TIME, "it took longer than its timeout");
                return;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CACERT_BADFILE:
                fail(r, HTTP_E_TLS, r->http->curl_easy_strerror(code));
                return;
        default:
                break;
        }
        if (r->refused)
                fail(r, HTTP_E_ADDRESS, "its address is a private one, which allow_private would allow");
        else if (r->large)
                fail(r, HTTP_E_LARGE, "it is larger than max_size");
        else
                fail(r, HTTP_E_OTHER, r->http->curl_easy_strerror(code));
}

static void on_hop_done(struct http *http, CURL *easy, CURLcode code)
{
        struct http_request *r = NULL;
        struct http_answer *a;
        curl_off_t retry_after = 0, size = 0;
        char *to = NULL;
        long status = 0;

        http->curl_easy_getinfo(easy, CURLINFO_PRIVATE, &r);
        http->curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        http->curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
        http->curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &size);
        http->curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &to);
        a = &r->answer;
        a->status = (int)status;
        a->wire_size = size;
        a->retry_after = MIN_OF((int64_t)retry_after, INT64_C(366) * 86400) * CLOCK_SECOND;
        if (code == CURLE_OK && is_redirect(a->status) && to != NULL && r->body == NULL) {
                _cleanup_free_ char *copy = strdup(to);

                if (copy != NULL && follow(r, copy))
                        return;
        } else if (code != CURLE_OK) {
                explain(r, code);
        }
        if (r->easy != NULL)
                end_hop(r);
        finish(r);
}

/* ---- the loop's side ---- */

static void look(struct http *http)
{
        CURLMsg *message;
        int left;

        while ((message = http->curl_multi_info_read(http->multi, &left)) != NULL)
                if (message->msg == CURLMSG_DONE)
                        on_hop_done(http, message->easy_handle, message->data.result);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
        struct socket_watch *watch = container_of(poll, struct socket_watch, poll);
        struct http *http = watch->http;
        int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
        int running;

        if (status < 0)
                flags = CURL_CSELECT_ERR;
        http->curl_multi_socket_action(http->multi, watch->fd, flags, &running);
        look(http);
}

static void on_timer(uv_timer_t *timer)
{
        struct http *http = timer->data;
        int running;

        http->curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        look(http);
}

static int on_timeout_wanted(CURLM *multi _unused_, long ms, void *user)
{
        struct http *http = user;

        if (ms < 0)
                uv_timer_stop(&http->timer);
        else
                uv_timer_start(&http->timer, on_timer, (uint64_t)ms, 0);
        return 0;
}

static void handle_closed(struct http *http)
{
        if (--http->n_handles != 0 || http->closed == NULL)
                return;
        http->closed(http->user);
        free(http);
}

static void on_watch_closed(uv_handle_t *handle)
{
        struct socket_watch *watch = container_of((uv_poll_t *)handle, struct socket_watch, poll);
        struct http *http = watch->http;

        free(watch);
        handle_closed(http);
}

static int on_socket_wanted(CURL *easy _unused_, curl_socket_t fd, int what, void *user, void *of_socket)
{
        struct http *http = user;
        struct socket_watch *watch = of_socket;
        int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);

        if (what == CURL_POLL_REMOVE) {
                if (watch != NULL) {
                        uv_poll_stop(&watch->poll);
                        uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
                        http->curl_multi_assign(http->multi, fd, NULL);
                }
                return 0;
        }
        if (watch == NULL) {
                watch = calloc(1, sizeof(*watch));
                if (watch == NULL)
                        return -1;
                watch->http = http;
                watch->fd = fd;
                if (uv_poll_init_socket(http->loop, &watch->poll, fd) < 0) {
                        free(watch);
                        return -1;
                }
                http->n_handles++;
                http->curl_multi_assign(http->multi, fd, watch);
        }
        return uv_poll_start(&watch->poll, events, on_poll) < 0 ? -1 : 0;
}

/* ---- libcurl ---- */

static void say_missing(struct http *http, const char *what, const char *detail)
{
        snprintf(http->missing, sizeof(http->missing), "%s %s: install libcurl4 7.88 or later", what, detail);
}

/* On the thread pool. What was loaded stays: it cannot be closed once it has begun. */
static void work_open(uv_work_t *work)
{
        struct http *http = container_of(work, struct http, opening);

        http->missing[0] = '\0';
        if (http->library == NULL)
                http->library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
        if (http->library == NULL) {
                say_missing(http, "libcurl cannot be opened,", dlerror());
                return;
        }
#define FIND(name)                                                                                                             \
        *(void **)&http->name = dlsym(http->library, #name);                                                                   \
        if (http->name == NULL) {                                                                                              \
                say_missing(http, "libcurl has no", #name);                                                                    \
                return;                                                                                                        \
        }
        CURL_FUNCTIONS(FIND)
#undef FIND
}

/* The millisecond that it takes to begin is the loop's: what the libraries below keep for each thread is then where it is used. */
static void make_multi(struct http *http)
{
        if (http->curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
                http->multi = http->curl_multi_init();
        if (http->multi == NULL) {
                say_missing(http, "libcurl", "does not start");
                return;
        }
        http->curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
        http->curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
        http->curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
        http->curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
        http->curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
}

static void after_open(uv_work_t *work, int status _unused_)
{
        struct http *http = container_of(work, struct http, opening);
        struct list waiting;

        http->is_opening = false;
        if (http->missing[0] == '\0' && http->closed == NULL)
                make_multi(http);
        list_init(&waiting);
        list_splice(&waiting, &http->waiting);
        for (struct list *link; (link = list_pop(&waiting)) != NULL;) {
                struct http_request *r = list_entry(link, struct http_request, link);

                if (http->multi == NULL)
                        fail(r, HTTP_E_MISSING, http->missing);
                else if (start_hop(r) < 0)
                        fail(r, HTTP_E_OTHER, "no memory");
                else
                        continue;
                finish(r);
        }
        handle_closed(http);
}

/* ---- what others call ---- */

static int begin(struct http *http, struct http_request *r)
{
        int e;

        r->answer.url = strdup(r->url);
        if (r->answer.url == NULL)
                return error_origin(-ENOMEM);
        if (http->multi != NULL)
                return error_trace(start_hop(r));
        if (!http->is_opening) {
                e = uv_queue_work(http->loop, &http->opening, work_open, after_open);
                if (e < 0)
                        return error_origin(e);
                http->is_opening = true;
                http->n_handles++;
        }
        list_append(&http->waiting, &r->link);
        return 0;
}

int http_start(struct http *http, struct http_request *r)
{
        int e;

        r->answer = (struct http_answer){ 0 };
        r->http = http;
        list_init(&r->link);
        r->easy = r->list = NULL;
        r->hops = 0;
        r->permanent = true;
        r->foreign = r->refused = r->large = r->finished = false;
        r->deadline = clock_monotonic_us() + r->timeout;
        e = begin(http, r);
        if (e < 0) {
                http_answer_deinit(&r->answer);
                snprintf(r->answer.why, sizeof(r->answer.why), "%s", strerror(-e));
        }
        return error_trace(e);
}

void http_cancel(struct http_request *r)
{
        if (r->finished)
                return;
        list_unlink(&r->link);
        if (r->easy != NULL)
                end_hop(r);
        fail(r, HTTP_E_CANCELED, "canceled");
        finish(r);
}

static void on_timer_closed(uv_handle_t *handle)
{
        handle_closed(handle->data);
}

int http_new(struct http **out, uv_loop_t *loop)
{
        struct http *http = calloc(1, sizeof(*http));

        if (http == NULL)
                return error_origin(-ENOMEM);
        http->loop = loop;
        uv_timer_init(loop, &http->timer);
        http->timer.data = http;
        http->n_handles = 1;
        list_init(&http->waiting);
        *out = http;
        return 0;
}

void http_close(struct http *http, void (*closed)(void *user), void *user)
{
        http->closed = closed;
        http->user = user;
        while (http->n_spare > 0)
                http->curl_easy_cleanup(http->spare[--http->n_spare]);
        if (http->multi != NULL)
                http->curl_multi_cleanup(http->multi);
        uv_close((uv_handle_t *)&http->timer, on_timer_closed);
}
