/*
 * Time: the wall clock in microseconds since 1970 (what records carry) and the monotonic clock (what deadlines use).
 * Text is RFC 3339 in UTC; days are proleptic Gregorian.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
        CLOCK_TEXT_MAX = 40,    /* room for any text that clock_format() writes */
};

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_NONE INT64_MIN    /* no time is known */

int64_t clock_wall_us(void);
int64_t clock_monotonic_us(void);
/* Processor time of the calling thread. */
int64_t clock_thread_us(void);

/* A wall clock that does not jump: what it was at the beginning, and the time since, sleep included. */
struct clock_steady {
        int64_t wall, boot;
};
void clock_steady_begin(struct clock_steady *steady);
int64_t clock_steady_us(const struct clock_steady *steady);

/* "2026-11-24T08:07:46Z", with ".123456" where there are parts of a second. Returns `out`. */
const char *clock_format(int64_t us, char out[CLOCK_TEXT_MAX]);

enum {
        CLOCK_E_FORMAT = 1,
};

/* RFC 3339 and its near relations: "2026-11-24", "2026-11-24T08:07Z", "2026-11-24 08:07:46.5+01:00". A text without a
 * zone is UTC. 0 or CLOCK_E_FORMAT. */
int clock_parse(const char *text, int64_t *us);

/* A span for people: "90s", "15m", "24h", "30d", "2w", "1h30m". 0 or CLOCK_E_FORMAT. */
int clock_parse_span(const char *text, int64_t *us);

/* Days since 1970-01-01 of a date, and back. Months and days count from 1. */
int64_t clock_days(int year, int month, int day);
void clock_date(int64_t days, int *year, int *month, int *day);
/* 28..31. */
int clock_month_days(int year, int month);
