/*
 * The times that people write on the command line: of every option that takes one.
 */
#pragma once

#include <stdint.h>

/* What is accepted, for messages. */
#define WHEN_ACCEPTED "2h, 7d, '2 hours ago', today, yesterday, 'yesterday 18:00', 2026-11-24 or 2026-11-24T10:00Z"

enum {
        WHEN_E_FORMAT = 1,
};

/* us since 1970, never before. "90s", "2h", "1h 30min", "2 hours ago", "a week ago": so long before `now`, also with
 * units below a second; "now"; "today" and "yesterday", alone or with a time of day; what clock_parse() takes.
 * Capitals are as small letters. Days begin at midnight in UTC, as all that is written without a zone. 0 or
 * WHEN_E_FORMAT. */
int when_parse(const char *text, int64_t now, int64_t *us);
