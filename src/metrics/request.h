/* The little of HTTP/1.1 (RFC 9112) that a scrape needs: one request without a body. Pure; bytes from outside. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
        REQUEST_BYTES_MAX = 8192,       /* of a request's head */
        REQUEST_PATH_MAX = 64,          /* longer ones are nothing that is here */
};

struct request {
        bool head;                      /* HEAD: only the head of the answer */
        char path[REQUEST_PATH_MAX];    /* without the query; "" where it is too long */
};

enum {
        REQUEST_E_MORE = 1,             /* the head is not whole yet */
        REQUEST_E_BAD,                  /* not HTTP/1.x: 400 */
        REQUEST_E_METHOD,               /* neither GET nor HEAD: 405 */
        REQUEST_E_LONG,                 /* no end of the head within REQUEST_BYTES_MAX: 431 */
};

/* What came so far: 0 with *out, or one of these. */
int request_parse(const char *bytes, size_t n, struct request *out);
