/* The object of the control method Status, and its sources, as OpenMetrics 1.0 text
 * (prometheus.io/docs/specs/om/open_metrics_spec): two tables, a row a metric. Pure. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"

#define FIGURES_CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum { FIGURES_OF_SOURCE = 5 };

struct figures_source {
        const char *name;
        int64_t accepted, known, refused, bytes;
        int64_t trouble;                /* 1: it is in trouble */
};

/* What the sources that were added give. Zeros: none. */
struct figures {
        struct buf families[FIGURES_OF_SOURCE];
};

/* All samples of a metric stand together; of ten thousand sources some are added at a time. 0, BUF_E_FULL or -ENOMEM.
 */
int figures_add_source(struct figures *figures, const struct figures_source *source);
void figures_deinit(struct figures *figures);

/* `status`: as status_object() makes it, with "followers". Ends with "# EOF". 0, BUF_E_FULL or -ENOMEM. */
int figures_print(struct buf *out, const json_t *status, const struct figures *figures);
