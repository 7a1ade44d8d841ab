/* The object of the control method Status as OpenMetrics 1.0 text (prometheus.io/docs/specs/om/open_metrics_spec): one
 * table, a row a metric. Pure. */
#pragma once

#include <jansson.h>

#include "base/buf.h"

#define FIGURES_CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* `status`: as status_object() makes it, with "followers". Ends with "# EOF". 0, BUF_E_FULL or -ENOMEM. */
int figures_print(struct buf *out, const json_t *status);
