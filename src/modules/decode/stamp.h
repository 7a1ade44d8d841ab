/*
 * Times as people and programs write them: RFC 3339 and the other forms of ISO 8601 (basic, ordinal days, parts left out),
 * RFC 822 with the years of RFC 2822, asctime(3), and their usual mistakes; for heads and feeds.
 */
#pragma once

#include <stdint.h>

/* Microseconds since 1970, or CLOCK_NONE where the text is no time. A time without a zone is UTC. */
int64_t stamp_parse(const char *text);
