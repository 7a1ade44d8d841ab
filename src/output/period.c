/* See period.h. */
#include "output/period.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define DAY_US (86400 * CLOCK_SECOND)

int64_t period_begin(int64_t now, int64_t every)
{
        return now - (now % every + every) % every;
}

const char *period_stamp(int64_t begin, char out[PERIOD_STAMP_MAX])
{
        int64_t days = begin / DAY_US - (begin % DAY_US < 0), seconds = (begin - days * DAY_US) / CLOCK_SECOND;
        int year, month, day;

        clock_date(days, &year, &month, &day);
        snprintf(out, PERIOD_STAMP_MAX, "%04u%02u%02u%02u%02u%02u", (unsigned)year % 10000, (unsigned)month % 100,
                 (unsigned)day % 100, (unsigned)(seconds / 3600) % 100, (unsigned)(seconds / 60 % 60),
                 (unsigned)(seconds % 60));
        return out;
}

bool period_of_name(const struct format_part *part, const char *name, int64_t *begin)
{
        size_t before = strlen(part->before);
        int year, month, day, hour, minute, second, end = 0;

        if (strncmp(name, part->before, before) != 0 || strspn(name + before, "0123456789") != 14 ||
            strcmp(name + before + 14, part->after) != 0 ||
            sscanf(name + before, "%4d%2d%2d%2d%2d%2d%n", &year, &month, &day, &hour, &minute, &second, &end) != 6 ||
            end != 14 || month < 1 || month > 12 || day < 1 || day > 31)
                return false;
        *begin = (clock_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) * CLOCK_SECOND;
        return true;
}

bool period_parse_sealed(const char *output, const char *name, int64_t *seq, const char **final)
{
        size_t n = strlen(output);
        char *end;

        if (name[0] != '.' || strncmp(name + 1, output, n) != 0 || name[n + 1] != '.' || name[n + 2] < '0' ||
            name[n + 2] > '9')
                return false;
        errno = 0;
        *seq = strtoll(name + n + 2, &end, 10);
        if (errno != 0 || *end != '.' || end[1] == '\0')
                return false;
        *final = end + 1;
        return true;
}
