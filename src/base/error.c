/* The trace of fatal errors; see error.h. */
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int error_note_(int r, const char *what, const char *function, const char *file, int line)
{
        const char *on = getenv("DATELINE_TRACE");

        if (on != NULL && *on == '1')
                fprintf(stderr, "trace: %s (%d) %s %s() %s:%d\n", strerror(-r), r, what, function, file, line);
        return r;
}
