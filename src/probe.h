/*
 * `datelinectl sources test`: a feed is fetched once, what came is decoded in a worker, and shown; nothing is stored.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct daemon;

struct probe_order {
        const char *name;               /* a feed of the configuration; NULL: `url` */
        const char *url;
        bool allow_private;             /* of a URL */
};

enum {
        PROBE_E_SOURCE = 1,             /* there is no feed of this name */
        PROBE_E_URL,                    /* no http or https address */
};

/* `done` once, not from within: the parameters of the reply to TestSource as JSON text; NULL: datelined stops or has no
 * memory. 0, or a positive error, then `done` is not called. */
int probe_start(struct daemon *d, const struct probe_order *order, void (*done)(void *arg, const char *text, size_t n),
                void *arg);
/* End all that are under way. Before the feeds close. */
void probe_stop_all(struct daemon *d);
