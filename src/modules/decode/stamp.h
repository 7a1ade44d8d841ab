/*
 * Times as people and mail programs write them (RFC 822 section 5 with the years of RFC 2822, and the RFC 3339 that
 * base/clock reads), for heads and feeds.
 */
#pragma once

#include <stdint.h>

/* Microseconds since 1970, or CLOCK_NONE where the text is no time. A time without a zone is UTC. */
int64_t stamp_parse(const char *text);
