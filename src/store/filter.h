/* A filter of events (store/query.h) as a rule over one record, for followers; the same as clauses.h has for what is
 * stored. */
#pragma once

#include "store/query.h"

/* What a text of the filter is: a code by its capitals and digits, otherwise a part of a name; a CAMEO code by its
 * first digit, otherwise a category. */
bool filter_is_code(const char *text);
bool filter_is_cameo(const char *text);

bool filter_matches(const struct query_filter *filter, json_t *event);
