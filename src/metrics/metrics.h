/*
 * The address `metrics:`: answers GET /metrics with the figures of status, for Prometheus and its like. A connection
 * brings one request and gets one answer, which is made over several turns of the loop where there are many sources;
 * connections, the size of a request and its time are bounded. Where the address cannot be taken it is tried again:
 * figures are no reason not to run.
 */
#pragma once

#include <jansson.h>
#include <uv.h>

#include "base/log.h"
#include "base/notify.h"
#include "metrics/figures.h"

struct metrics;

/* The name under which the listening socket lies in systemd's store. */
#define METRICS_LISTEN "@metrics"

/* Called on the loop. */
struct metrics_host {
        struct notify_sockets *sockets; /* where the listening socket outlives the process; NULL: nowhere */
        json_t *(*status)(void *user);  /* a new object as figures_print() takes it; NULL: no memory */
        /* Calls `add` for sources from number *next on, at least one and until `until` (monotonic us). 0: these were
         * all; 1: call again; or what `add` returned. */
        int (*sources)(void *user, size_t *next, int64_t until,
                       int (*add)(void *arg, const struct figures_source *source), void *arg);
        void *user;
};

/* The host is copied. 0 or -errno. */
int metrics_new(struct metrics **out, uv_loop_t *loop, struct log *log, const struct metrics_host *host);
/* Listen at the path of a Unix socket or HOST:PORT, as checked by the configuration; NULL: nowhere. The same one again
 * changes nothing. */
void metrics_set_address(struct metrics *metrics, const char *address);
void metrics_close(struct metrics *metrics, void (*closed)(void *user), void *user);
