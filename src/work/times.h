/* The times of jobs: mean and longest of the running minute and the one before. */
#pragma once

#include <stdint.h>

/* [0]: the running minute, [1]: the one before it. */
struct times {
        int64_t minute;                         /* monotonic */
        int64_t sum[2], n[2], longest[2];       /* us */
};

/* `now`: monotonic us. */
void times_add(struct times *times, int64_t now, int64_t us);
void times_get(struct times *times, int64_t now, int64_t *mean, int64_t *longest);
