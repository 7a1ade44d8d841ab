/*
 * The little of HTTP/1.1 (RFC 9112) that is answered here: one request a connection, with a body only where its length is
 * told; and two texts that come in it: a form's fields and Link headers (RFC 8288). Pure; bytes from outside.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        REQUEST_BYTES_MAX = 8192,       /* of a request's head */
        REQUEST_PATH_MAX = 256,         /* longer ones are nothing that is here */
        REQUEST_FIELD_MAX = 256,        /* a longer value is as if there were none */
};

struct request {
        bool head;                      /* HEAD: only the head of the answer */
        bool post;
        char path[REQUEST_PATH_MAX];    /* without the query; "" where it is too long */
        char query[REQUEST_BYTES_MAX];  /* behind the '?' */
        char type[REQUEST_FIELD_MAX], signature[REQUEST_FIELD_MAX];     /* Content-Type, X-Hub-Signature; "": not there */
        size_t n_head;                  /* bytes up to the body */
        int64_t n_body;                 /* -1: not told */
};

enum {
        REQUEST_E_MORE = 1,             /* the head is not whole yet */
        REQUEST_E_BAD,                  /* not HTTP/1.x: 400 */
        REQUEST_E_METHOD,               /* none of GET, HEAD, POST: 405 */
        REQUEST_E_LONG,                 /* no end of the head within REQUEST_BYTES_MAX: 431 */
        REQUEST_E_LENGTH,               /* a POST that does not tell its length: 411 */
};

/* What came so far: 0 with *out once the head is whole, or one of these. */
int request_parse(const char *bytes, size_t n, struct request *out);
/* The field `name` of a form or query (application/x-www-form-urlencoded), decoded; false: it is not there, or does not fit. */
bool request_field(const char *query, const char *name, char *out, size_t size);
/* The first target of the relation `rel` among Link headers ("<https://a.example/>; rel=\"hub\", ..."); false as above. */
bool request_link(const char *links, const char *rel, char *out, size_t size);
