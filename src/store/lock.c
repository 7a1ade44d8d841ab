/* See lock.h. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

static int refuse(char **error, const char *path, const char *what, const char *advice)
{
        if (asprintf(error, "%s: %s%s", path, what, advice) < 0)
                return error_origin(-ENOMEM);
        return LOCK_E_REFUSED;
}

/* Not flock(): a child between fork and exec would hold it on when the daemon is killed just then. */
int lock_take(const char *path, int *fd, char **error)
{
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        _cleanup_free_ char *name = NULL, *who = NULL;
        int r;

        if (asprintf(&name, "%s.lock", path) < 0)
                return error_origin(-ENOMEM);
        *fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (*fd < 0)
                return refuse(error, name, strerror(errno), ": its folder must be there and be writable (store.sqlite)");
        if (fcntl(*fd, F_SETLK, &lock) == 0)
                return 0;
        r = -errno;
        if (fcntl(*fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
                lock.l_pid = 0;
        close(*fd);
        *fd = -1;
        if (r != -EACCES && r != -EAGAIN)
                return refuse(error, name, strerror(-r), "");
        if (asprintf(&who, "another datelined (process %d) uses this database", (int)lock.l_pid) < 0)
                return error_origin(-ENOMEM);
        return refuse(error, path, who, ": stop it first, or give this one a store of its own (store.sqlite)");
}
