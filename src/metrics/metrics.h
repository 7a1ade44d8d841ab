/*
 * The address `metrics:`: answers GET /metrics with the figures of status, for Prometheus and its like. A connection
 * brings one request and gets one answer; connections, the size of a request and its time are bounded. Where the
 * address cannot be taken it is tried again: figures are no reason not to run.
 */
#pragma once

#include <jansson.h>
#include <uv.h>

#include "base/log.h"

struct metrics;

/* `status`: a new object as figures_print() takes it, NULL: no memory. Called on the loop. 0 or -errno. */
int metrics_new(struct metrics **out, uv_loop_t *loop, struct log *log, json_t *(*status)(void *user), void *user);
/* Listen at the path of a Unix socket or HOST:PORT, as checked by the configuration; NULL: nowhere. The same one again
 * changes nothing. */
void metrics_set_address(struct metrics *metrics, const char *address);
void metrics_close(struct metrics *metrics, void (*closed)(void *user), void *user);
