/* See lock.h. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

static int refuse(char **error, const char *path, const char *what, const char *advice)
{
        if (asprintf(error, "%s: %s%s", path, what, advice) < 0)
                return error_origin(-ENOMEM);
        return LOCK_E_REFUSED;
}

int lock_take(const char *path, int *fd, char **error)
{
        _cleanup_free_ char *name = NULL;
        int r;

        if (asprintf(&name, "%s.lock", path) < 0)
                return error_origin(-ENOMEM);
        *fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (*fd < 0)
                return refuse(error, name, strerror(errno),
                              ": its folder must be there and be writable (store.sqlite)");
        if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
                return 0;
        r = -errno;
        close(*fd);
        *fd = -1;
        if (r != -EWOULDBLOCK)
                return refuse(error, name, strerror(-r), "");
        return refuse(error, path, "another datelined uses this database",
                      ": stop it first, or give this one a store of its own (store.sqlite)");
}
