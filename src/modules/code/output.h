/*
 * What was coded as JSON: {"statements": [], "actors": [], "events": []}, as dateline-events(5) documents it.
 */
#pragma once

#include <jansson.h>

#include "modules/code/coding.h"

/* A new reference; NULL: no memory. Events below `min_confidence` are left out. */
json_t *output_json(const struct coding *coding, double min_confidence);
