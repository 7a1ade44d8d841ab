/* The trace of fatal errors; see error.h. */
#include "base/error.h"

#include <stdarg.h>
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

const char *error_of_disk(int r)
{
        switch (r) {
        case -ENOSPC:
                return "the disk is full: make room on its file system";
        case -EDQUOT:
                return "the disk quota is used up: make room, or have the quota raised";
        case -EROFS:
                return "the file system is read-only: see why ('journalctl -k'), mount it for writing";
        case -EIO:
                return "the disk fails (input/output error): see 'journalctl -k'";
        case -EUCLEAN:
                return "the database is damaged: restore it from a copy";
        default:
                return strerror(-r);
        }
}

int error_say(char **error, int r, const char *format, ...)
{
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(error, format, args);
        va_end(args);
        if (n >= 0)
                return r;
        *error = NULL;
        return error_origin(-ENOMEM);
}
