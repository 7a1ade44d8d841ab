/* How the files of an output are named, by the time that they hold. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "output/format.h"

enum {
        PERIOD_STAMP_MAX = 16,          /* YYYYMMDDHHMMSS */
};

/* The beginning of the period of `every` us in which `now` lies; both count from 1970, UTC. */
int64_t period_begin(int64_t now, int64_t every);
const char *period_stamp(int64_t begin, char out[PERIOD_STAMP_MAX]);
/* Whether `name` is the name of a finished file of this part; then its stamp as a time. */
bool period_of_name(const struct format_part *part, const char *name, int64_t *begin);
/* ".OUTPUT.SEQ.NAME": a file that is whole but waits for the cursor to come to SEQ. Whether it is one of this output;
 * *final points into `name`. */
bool period_parse_sealed(const char *output, const char *name, int64_t *seq, const char **final);
