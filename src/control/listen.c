/* See listen.h. */
#include "control/listen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
        BACKLOG = 128,
        ASK_TIMES = 10,
        ASK_PAUSE_MS = 20,
};

/* Whether somebody listens at a socket. A daemon that was killed while it started a child may answer for the moment until
 * the child has begun its program and so closed what it inherited: that is waited for where there is `patience`. 0, 1 or
 * -errno. */
static int answers(const struct sockaddr_un *address, bool patience)
{
        for (int i = 0; i < (patience ? ASK_TIMES : 1); i++) {
                _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

                if (fd < 0)
                        return error_origin(-errno);
                if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 && errno == ECONNREFUSED)
                        return 0;
                if (patience)
                        usleep(ASK_PAUSE_MS * 1000);
        }
        return 1;
}

/* Remove a socket file at which nobody answers. */
static int clear_stale(const struct sockaddr_un *address, bool patience, char **error)
{
        struct stat st;
        int r;

        if (lstat(address->sun_path, &st) < 0)
                return errno == ENOENT ? 0 : error_origin(-errno);
        if (!S_ISSOCK(st.st_mode))
                return error_say(error, LISTEN_E_REFUSED,
                                 "%s: is there already and is not a socket: remove it or set control.socket",
                                 address->sun_path);
        r = answers(address, patience);
        if (r < 0)
                return error_trace(r);
        if (r > 0)
                return error_say(error, LISTEN_E_REFUSED,
                                 "%s: another program answers there: is datelined running already?",
                                 address->sun_path);
        if (unlink(address->sun_path) < 0 && errno != ENOENT)
                return error_say(error, LISTEN_E_REFUSED, "%s: cannot remove the stale socket: %s", address->sun_path,
                                 strerror(errno));
        return 0;
}

static int bind_at(int fd, const struct sockaddr_un *address, bool patience, char **error)
{
        int r;

        if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
                return 0;
        if (errno == EADDRINUSE) {
                r = clear_stale(address, patience, error);
                if (r != 0)
                        return error_trace(r);
                if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
                        return 0;
        }
        return error_say(error, LISTEN_E_REFUSED, "%s: cannot make the control socket: %s%s", address->sun_path,
                         strerror(errno), errno == ENOENT ? ": make its folder or set control.socket" : "");
}

int listen_open(struct listener *out, const char *path, bool patience, char **error)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -1;
        _cleanup_free_ char *copy = strdup(path);
        struct stat st;
        int r;

        *out = LISTENER_NULL;
        if (copy == NULL)
                return error_origin(-ENOMEM);
        if (strlen(path) >= sizeof(address.sun_path))
                return error_say(error, LISTEN_E_REFUSED,
                                 "%s: too long for a socket's path (at most %zu bytes): set control.socket", path,
                                 sizeof(address.sun_path) - 1);
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return error_origin(-errno);
        r = bind_at(fd, &address, patience, error);
        if (r != 0)
                return error_trace(r);
        /* Nobody gets in before listen(), so the mode is right from the first connection on. */
        if (chmod(path, 0666) < 0 || lstat(path, &st) < 0 || listen(fd, BACKLOG) < 0) {
                r = -errno;
                unlink(path);
                return error_origin(r);
        }
        /* UAPI.20, "Recognizing Varlink Socket Inodes": where the kernel has it. */
        (void)setxattr(path, "user.varlink", "entrypoint", strlen("entrypoint"), 0);
        out->fd = fd;
        fd = -1;
        out->path = STEAL(copy);
        out->device = st.st_dev;
        out->inode = st.st_ino;
        return 0;
}

static int socket_option(int fd, int option)
{
        int value = -1;
        socklen_t size = sizeof(value);

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

int listen_adopt(struct listener *out, int fd, char **error)
{
        *out = LISTENER_NULL;
        if (socket_option(fd, SO_DOMAIN) != AF_UNIX || socket_option(fd, SO_TYPE) != SOCK_STREAM ||
            socket_option(fd, SO_ACCEPTCONN) != 1) {
                close(fd);
                return error_say(error, LISTEN_E_REFUSED,
                                 "the control socket that was passed in is not a listening Unix stream socket: "
                                 "its .socket unit needs ListenStream= with a path");
        }
        out->fd = fd;
        return 0;
}

void listen_unlink(struct listener *listener)
{
        struct stat st;

        if (listener->path != NULL && lstat(listener->path, &st) == 0 && st.st_dev == listener->device &&
            st.st_ino == listener->inode)
                unlink(listener->path);
}

void listen_deinit(struct listener *listener)
{
        if (listener->fd >= 0)
                close(listener->fd);
        free(listener->path);
        *listener = LISTENER_NULL;
}
