/* See listen.h. */
#include "base/listen.h"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
        ASK_TIMES = 10,
        ASK_PAUSE_MS = 20,
};

struct address {
        union {
                struct sockaddr any;
                struct sockaddr_un local;
                struct sockaddr_in ip4;
                struct sockaddr_in6 ip6;
        } u;
        socklen_t size;
};

/* ---- addresses ---- */

static int parse_path(struct address *out, const char *path, char **error)
{
        if (strlen(path) >= sizeof(out->u.local.sun_path))
                return error_say(error, LISTEN_E_REFUSED, "%s: too long for a socket's path (at most %zu bytes)", path,
                                 sizeof(out->u.local.sun_path) - 1);
        out->u.local.sun_family = AF_UNIX;
        strcpy(out->u.local.sun_path, path);
        out->size = sizeof(out->u.local);
        return 0;
}

static int parse_tcp(struct address *out, const char *text, char **error)
{
        const char *colon = strrchr(text, ':');
        size_t n = colon != NULL ? (size_t)(colon - text) : 0;
        char host[64], *end = NULL;
        unsigned long port = colon != NULL ? strtoul(colon + 1, &end, 10) : 0;

        if (colon == NULL || n >= sizeof(host) || colon[1] < '0' || colon[1] > '9' || *end != '\0' || port > 65535)
                return error_say(error, LISTEN_E_REFUSED, "%s: neither a path nor ADDRESS:PORT", text);
        memcpy(host, text, n);
        host[n] = '\0';
        if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
                host[n - 1] = '\0';
                out->u.ip6.sin6_family = AF_INET6;
                out->u.ip6.sin6_port = htons((uint16_t)port);
                out->size = sizeof(out->u.ip6);
                if (inet_pton(AF_INET6, host + 1, &out->u.ip6.sin6_addr) == 1)
                        return 0;
        } else {
                out->u.ip4.sin_family = AF_INET;
                out->u.ip4.sin_port = htons((uint16_t)port);
                out->size = sizeof(out->u.ip4);
                if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &out->u.ip4.sin_addr) == 1)
                        return 0;
        }
        return error_say(error, LISTEN_E_REFUSED, "%s: not an IP address", text);
}

static int parse(struct address *out, const char *text, char **error)
{
        memset(out, 0, sizeof(*out));
        return text[0] == '/' ? parse_path(out, text, error) : parse_tcp(out, text, error);
}

/* ---- what is in the way ---- */

/* Whether somebody listens at a socket. A daemon that was killed while it started a child may answer for the
 * moment until the child has begun its program and so closed what it inherited: that is waited for where there is
 * `patience`. 0, 1 or -errno. */
static int answers(const struct address *address, bool patience)
{
        for (int i = 0; i < (patience ? ASK_TIMES : 1); i++) {
                _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

                if (fd < 0)
                        return error_origin(-errno);
                if (connect(fd, &address->u.any, address->size) < 0 && errno == ECONNREFUSED)
                        return 0;
                if (patience)
                        usleep(ASK_PAUSE_MS * 1000);
        }
        return 1;
}

/* Remove a socket file at which nobody answers. */
static int clear_stale(const struct address *address, bool patience, char **error)
{
        const char *path = address->u.local.sun_path;
        struct stat st;
        int r;

        if (lstat(path, &st) < 0)
                return errno == ENOENT ? 0 : error_origin(-errno);
        if (!S_ISSOCK(st.st_mode))
                return error_say(error, LISTEN_E_REFUSED,
                                 "%s: is there already and is not a socket: remove it or listen elsewhere", path);
        r = answers(address, patience);
        if (r < 0)
                return error_trace(r);
        if (r > 0)
                return error_say(error, LISTEN_E_REFUSED,
                                 "%s: another program answers there: is datelined running already?", path);
        if (unlink(path) < 0 && errno != ENOENT)
                return error_say(error, LISTEN_E_REFUSED, "%s: cannot remove the stale socket: %s", path,
                                 strerror(errno));
        return 0;
}

/* ---- binding ---- */

static int bind_unix(int fd, const struct address *address, bool patience, char **error)
{
        const char *path = address->u.local.sun_path;
        int r;

        if (bind(fd, &address->u.any, address->size) == 0)
                return 0;
        if (errno == EADDRINUSE) {
                r = clear_stale(address, patience, error);
                if (r != 0)
                        return error_trace(r);
                if (bind(fd, &address->u.any, address->size) == 0)
                        return 0;
        }
        return error_say(error, LISTEN_E_REFUSED, "%s: cannot make the socket: %s%s", path, strerror(errno),
                         errno == ENOENT ? ": make its folder or listen elsewhere" : "");
}

static int find_group(const char *name, gid_t *gid, char **error)
{
        struct group group, *found = NULL;
        char bytes[4096];
        int r = getgrnam_r(name, &group, bytes, sizeof(bytes), &found);

        if (found == NULL)
                return error_say(error, LISTEN_E_REFUSED, "no such group: %s%s%s", name, r != 0 ? ": " : "",
                                 r != 0 ? strerror(r) : "");
        *gid = found->gr_gid;
        return 0;
}

/* Mode and group are set before listen(), so that nobody gets in before. */
static int dress(struct listener *l, const struct listen_spec *spec, char **error)
{
        struct stat st;
        gid_t gid;
        int r;

        if (spec->group != NULL) {
                r = find_group(spec->group, &gid, error);
                if (r != 0)
                        return r;
                if (lchown(l->path, (uid_t)-1, gid) < 0)
                        return error_say(error, LISTEN_E_REFUSED, "%s: cannot be given to the group %s: %s", l->path,
                                         spec->group, strerror(errno));
        }
        if (chmod(l->path, spec->mode & 0777) < 0 || lstat(l->path, &st) < 0)
                return error_say(error, LISTEN_E_REFUSED, "%s: cannot set its mode: %s", l->path, strerror(errno));
        l->device = st.st_dev;
        l->inode = st.st_ino;
        return 0;
}

static int open_unix(struct listener *l, const struct listen_spec *spec, const struct address *address, char **error)
{
        int r = bind_unix(l->fd, address, spec->patience, error);

        if (r != 0)
                return error_trace(r);
        l->path = strdup(spec->address);
        r = l->path != NULL ? dress(l, spec, error) : error_origin(-ENOMEM);
        if (r == 0 && listen(l->fd, spec->backlog) < 0)
                r = error_origin(-errno);
        if (r != 0)
                unlink(spec->address);
        return r;
}

static int open_tcp(struct listener *l, const struct listen_spec *spec, const struct address *address, char **error)
{
        const int on = 1;

        if (setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
            bind(l->fd, &address->u.any, address->size) < 0 || listen(l->fd, spec->backlog) < 0)
                return error_say(error, LISTEN_E_REFUSED, "%s: cannot listen there: %s", spec->address,
                                 strerror(errno));
        return 0;
}

int listen_open(struct listener *out, const struct listen_spec *spec, char **error)
{
        struct address address;
        int r = parse(&address, spec->address, error);

        *out = LISTENER_NULL;
        if (r != 0)
                return r;
        out->fd = socket(address.u.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (out->fd < 0)
                return error_origin(-errno);
        r = address.u.any.sa_family == AF_UNIX ? open_unix(out, spec, &address, error)
                                               : open_tcp(out, spec, &address, error);
        if (r != 0)
                listen_deinit(out);
        return error_trace(r);
}

/* ---- what was left ---- */

static int socket_option(int fd, int option)
{
        int value = -1;
        socklen_t size = sizeof(value);

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

static bool is_bound_there(int fd, const struct address *address)
{
        struct address bound = { .size = sizeof(bound.u) - 1 };
        struct stat st;

        if (socket_option(fd, SO_TYPE) != SOCK_STREAM || socket_option(fd, SO_ACCEPTCONN) != 1 ||
            getsockname(fd, &bound.u.any, &bound.size) < 0 || bound.u.any.sa_family != address->u.any.sa_family)
                return false;
        if (bound.u.any.sa_family != AF_UNIX)
                return bound.size == address->size && memcmp(&bound.u, &address->u, bound.size) == 0;
        return strcmp(bound.u.local.sun_path, address->u.local.sun_path) == 0 &&
               lstat(bound.u.local.sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* What nobody goes on with; it does not have to be a listening socket. */
static void drop(int fd)
{
        struct address bound = { .size = sizeof(bound.u) - 1 };
        _cleanup_free_ char *ignored = NULL;
        bool is_unix = socket_option(fd, SO_ACCEPTCONN) == 1 && getsockname(fd, &bound.u.any, &bound.size) == 0 &&
                       bound.u.any.sa_family == AF_UNIX && bound.u.local.sun_path[0] == '/';

        /* systemd may hold it for some moments yet: nobody shall come in there, nor the address be taken. */
        if (socket_option(fd, SO_ACCEPTCONN) == 1)
                (void)shutdown(fd, SHUT_RDWR);
        close(fd);
        bound.size = sizeof(bound.u.local);
        if (is_unix)
                (void)clear_stale(&bound, false, &ignored);
}

bool listen_resume(struct listener *out, const struct listen_spec *spec, const char *name, int fd)
{
        _cleanup_free_ char *ignored = NULL;
        struct address address;

        *out = LISTENER_NULL;
        if (parse(&address, spec->address, &ignored) == 0 && is_bound_there(fd, &address)) {
                bool is_unix = address.u.any.sa_family == AF_UNIX;

                out->path = is_unix ? strdup(spec->address) : NULL;
                if (!is_unix || (out->path != NULL && dress(out, spec, &ignored) == 0)) {
                        out->fd = fd;
                        return true;
                }
                free(STEAL(out->path));
        }
        notify_store_remove(name);
        drop(fd);
        return false;
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

/* ---- the end ---- */

void listen_keep(struct listener *listener, const char *name)
{
        listener->kept = notify_store(name, &listener->fd, 1) == 0;
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

void listen_drop_left(struct notify_sockets *sockets, const char *name)
{
        int fd;

        notify_store_remove(name);
        while ((fd = notify_sockets_claim(sockets, name)) >= 0)
                drop(fd);
}

int listen_claim(struct notify_sockets *sockets, const char *name)
{
        int fd = notify_sockets_claim(sockets, name), more;
        struct stat one, other;

        while ((more = notify_sockets_claim(sockets, name)) >= 0) {
                notify_store_remove(name);
                if (fstat(fd, &one) == 0 && fstat(more, &other) == 0 && one.st_dev == other.st_dev &&
                    one.st_ino == other.st_ino)
                        close(more);
                else
                        drop(more);
        }
        return fd;
}

/* ---- all of it ---- */

int listen_begin(struct listener *out, struct notify_sockets *sockets, const char *name, const struct listen_spec *spec,
                 char **error)
{
        int left = sockets != NULL ? listen_claim(sockets, name) : -1;
        int r = left >= 0 && listen_resume(out, spec, name, left) ? 0 : listen_open(out, spec, error);

        if (r == 0 && sockets != NULL && sockets->room > 0) {
                listen_keep(out, name);
                sockets->room -= out->kept;
        }
        return error_trace(r);
}

void listen_end(struct listener *listener, struct notify_sockets *sockets, const char *name)
{
        if (listener->kept && sockets->leaving)
                return;
        if (listener->kept) {
                notify_store_remove(name);
                sockets->room++;
        }
        listener->kept = false;
        listen_unlink(listener);
}
