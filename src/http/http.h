/*
 * HTTP requests on the loop: libcurl's multi interface, one for the whole daemon. libcurl is opened (dlopen) when the
 * first request needs it, so that a daemon without feeds and webhooks carries neither it nor what it brings along; by
 * the thread pool, since that takes some milliseconds, and requests wait for it.
 *
 * libcurl frames the answer and undoes its compression; the document itself is bytes to us. Redirects are followed
 * here, a hop at a time, since it matters which of them are permanent, and credentials go to no other host. Every
 * address is looked at when the connection is made, and again before a kept one is used: names may resolve to
 * anything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"

struct http;

enum http_error {
        HTTP_OK,                        /* an answer came, with any status */
        HTTP_E_ADDRESS,                 /* the address is private and that is not allowed */
        HTTP_E_LARGE,                   /* larger than max_size, unpacked */
        HTTP_E_TIME,
        HTTP_E_TLS,
        HTTP_E_REDIRECT,                /* too many, or to something else than http and https */
        HTTP_E_MISSING,                 /* libcurl is not there; it is looked for again with the next request */
        HTTP_E_OTHER,                   /* no such host, refused, cut short, ... */
        HTTP_E_CANCELED,
};

enum {
        HTTP_REDIRECTS = 5,
        HTTP_HEADER_MAX = 1024,         /* bytes of a header's value that is kept */
        HTTP_LINKS_MAX = 8192,
        HTTP_URL_MAX = 4096,
        HTTP_CHARSET_MAX = 40,
};

struct http_answer {
        enum http_error error;
        char why[256];                  /* in words, where error is not HTTP_OK */
        int status;                     /* of the last hop, 0: no answer */
        struct buf body;                /* unpacked */
        int64_t wire_size;              /* of the body, packed as it came */
        char *url;                      /* of the last hop */
        char *moved;                    /* where permanent redirects from the first URL on led, NULL: nowhere */
        char *etag, *modified, *content_type;   /* of the last hop, NULL: not there */
        char *cache_control, *expires, *date, *age;
        char *link;                     /* its Link headers, joined by ',', as far as they fit HTTP_LINKS_MAX; NULL: none */
        int64_t retry_after;            /* us, 0: not told */
};

/* Embedded in what it is about; all texts are borrowed until `done`. */
struct http_request {
        const char *url;
        const char *etag, *modified;    /* of what is there already, NULL: none */
        const char *const *headers;     /* "Name: value", n_headers */
        size_t n_headers;
        const char *user_agent;         /* NULL: dateline's own */
        const char *credentials;        /* "user:password", or "Bearer TOKEN"; NULL: none. Copied nowhere but to libcurl */
        const char *proxy;              /* NULL: none; the environment is not looked at */
        const char *ca;                 /* file of certificates to trust instead of the system's, NULL: the system's */
        const char *body;               /* NULL: GET, else POST of n_body bytes; Content-Type is among `headers` */
        size_t n_body;
        int64_t timeout;                /* us for all of it, redirects included */
        int64_t max_size;
        bool allow_private;
        /* On the loop, exactly once, never from within http_start(). The answer is the request's; http_answer_deinit()
         * after the call is the caller's. */
        void (*done)(struct http_request *request);
        struct http_answer answer;

        /* http.c's own. */
        struct http *http;
        struct list link;               /* while it waits for libcurl */
        void *easy, *list;
        int hops;
        bool permanent, foreign, refused, large, finished;
        int64_t deadline;
};

void http_answer_deinit(struct http_answer *answer);

/* 0 or -errno. */
int http_new(struct http **out, uv_loop_t *loop);
/* Every request must have ended (http_cancel). Then `closed`. */
void http_close(struct http *http, void (*closed)(void *user), void *user);

/* 0; or -errno: then `done` is not called, answer.why says why, and the answer holds nothing. */
int http_start(struct http *http, struct http_request *request);
/* `done` is called, from within, with HTTP_E_CANCELED. Without effect where it was called already. */
void http_cancel(struct http_request *request);

/* charset= of a Content-Type header; "" where there is none, or nothing that could be one. */
void http_charset(const char *type, char out[HTTP_CHARSET_MAX]);
