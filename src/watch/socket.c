/*
 * The socket watcher: listens on a Unix stream socket or a TCP address, or on what systemd passed under the watcher's name.
 * What happens on a connection is connection.c's.
 *
 * Binding may touch the file system and the user database (the group), so it runs on the thread pool, and again and again
 * where it fails. A Unix socket's file that nobody answers on is a leftover and is replaced; one that somebody answers
 * on is not ours to take. Where systemd keeps descriptors for the service, the listener is put there at once: it then
 * outlives a restart, and a crash.
 */
#include "watch/watcher.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "watch/connections.h"
#include "watch/handover.h"

enum { BACKLOG = 512, RETRY_FIRST_MS = 1000, RETRY_MAX_MS = 30000 };

struct socket_watcher {
        struct watcher watcher;
        union {
                uv_handle_t handle;
                uv_stream_t stream;
                uv_pipe_t pipe;
                uv_tcp_t tcp;
        } listener;
        bool is_tcp, is_listening, has_listener;
        bool passed;                    /* by systemd: not ours to unlink */
        bool may_store, stored;         /* the listener in systemd's store, so that it outlives the process */
        uv_timer_t retry;
        uint64_t wait_ms;
        uv_work_t work;
        bool is_busy;                   /* `work` is under way */
        struct connections group;
        bool group_stopped;
        unsigned n_handles;

        /* Results of `work`. */
        int fd;                         /* before: the listener that the process before has left, or -1 */
        int r;
        char error[256];
        dev_t device;                   /* of the Unix socket's file */
        ino_t inode;
};

/* ---- binding, on the thread pool ---- */

static int _printf_(3, 4) fail(struct socket_watcher *s, int r, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        vsnprintf(s->error, sizeof(s->error), format, args);
        va_end(args);
        return error_origin(r);
}

/* A file lies where the socket should be: 0 once it is out of the way. */
static int remove_stale(struct socket_watcher *s, const struct sockaddr_un *address)
{
        const char *path = address->sun_path;
        _cleanup_close_ int fd = -1;
        struct stat st;

        if (lstat(path, &st) < 0)
                return errno == ENOENT ? 0 : fail(s, -errno, "cannot look at %s: %s", path, strerror(errno));
        if (!S_ISSOCK(st.st_mode))
                return fail(s, -EEXIST, "%s is there and is not a socket: remove it or listen elsewhere", path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return fail(s, -errno, "cannot make a socket: %s", strerror(errno));
        if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno != ECONNREFUSED)
                return fail(s, -EADDRINUSE, "another process listens on %s", path);
        if (unlink(path) < 0 && errno != ENOENT)
                return fail(s, -errno, "cannot remove the stale socket %s: %s", path, strerror(errno));
        return 0;
}

static int find_group(struct socket_watcher *s, const char *name, gid_t *gid)
{
        struct group group, *found = NULL;
        char bytes[4096];
        int r = getgrnam_r(name, &group, bytes, sizeof(bytes), &found);

        if (found == NULL)
                return fail(s, r != 0 ? -r : -ENOENT, "no such group: %s", name);
        *gid = found->gr_gid;
        return 0;
}

/* Mode and group are set before listen(), so that nobody gets in before. */
static int dress_unix(struct socket_watcher *s, const char *path)
{
        const struct config_watch *row = s->watcher.row;
        struct stat st;
        gid_t gid;
        int r;

        if (row->group != NULL) {
                r = find_group(s, row->group, &gid);
                if (r < 0)
                        return r;
                if (lchown(path, (uid_t)-1, gid) < 0)
                        return fail(s, -errno, "cannot give %s to the group %s: %s", path, row->group,
                                    strerror(errno));
        }
        if (chmod(path, (mode_t)row->mode & 0777) < 0 || lstat(path, &st) < 0)
                return fail(s, -errno, "cannot set the mode of %s: %s", path, strerror(errno));
        s->device = st.st_dev;
        s->inode = st.st_ino;
        return 0;
}

static int bind_unix(struct socket_watcher *s, int fd)
{
        const char *path = s->watcher.row->listen;
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int r;

        if (strlen(path) >= sizeof(address.sun_path))
                return fail(s, -ENAMETOOLONG, "the path is too long for a socket (at most %zu bytes): %s",
                            sizeof(address.sun_path) - 1, path);
        strcpy(address.sun_path, path);
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
                if (errno != EADDRINUSE)
                        return fail(s, -errno, "cannot make the socket %s: %s", path, strerror(errno));
                r = remove_stale(s, &address);
                if (r < 0)
                        return r;
                if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                        return fail(s, -errno, "cannot make the socket %s: %s", path, strerror(errno));
        }
        r = dress_unix(s, path);
        if (r < 0)
                unlink(path);
        return r;
}

/* "127.0.0.1:7901", "[::1]:7901" */
static int parse_address(struct socket_watcher *s, struct sockaddr_storage *address, socklen_t *n)
{
        const char *text = s->watcher.row->listen, *colon = strrchr(text, ':');
        char host[64];
        size_t n_host = colon != NULL ? (size_t)(colon - text) : 0;
        char *end;
        unsigned long port = colon != NULL ? strtoul(colon + 1, &end, 10) : 0;

        if (colon == NULL || n_host >= sizeof(host) || colon[1] < '0' || colon[1] > '9' || *end != '\0' || port > 65535)
                return fail(s, -EINVAL, "neither a path nor ADDRESS:PORT: %s", text);
        memset(address, 0, sizeof(*address));
        memcpy(host, text, n_host);
        host[n_host] = '\0';
        if (host[0] == '[' && host[n_host - 1] == ']') {
                host[n_host - 1] = '\0';
                *n = sizeof(struct sockaddr_in6);
                if (uv_ip6_addr(host + 1, (int)port, (struct sockaddr_in6 *)address) == 0)
                        return 0;
        } else {
                *n = sizeof(struct sockaddr_in);
                if (uv_ip4_addr(host, (int)port, (struct sockaddr_in *)address) == 0)
                        return 0;
        }
        return fail(s, -EINVAL, "not an IP address: %s", host);
}

static int bind_tcp(struct socket_watcher *s, int fd, const struct sockaddr_storage *address, socklen_t n)
{
        const int on = 1;

        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
            bind(fd, (const struct sockaddr *)address, n) < 0)
                return fail(s, -errno, "cannot listen on %s: %s", s->watcher.row->listen, strerror(errno));
        return 0;
}

static const char *listen_name(const struct socket_watcher *s, char *out)
{
        return handover_name(out, s->watcher.row->name, HANDOVER_LISTEN);
}

/* Whether a socket is bound where the configuration says, and its file is still there. */
static bool is_bound_there(const struct socket_watcher *s, int fd, const struct sockaddr_storage *address, socklen_t n)
{
        struct sockaddr_storage bound = { 0 };
        const struct sockaddr_un *local = (const struct sockaddr_un *)&bound;
        socklen_t n_bound = sizeof(bound) - 1;
        struct stat st;

        if (getsockname(fd, (struct sockaddr *)&bound, &n_bound) < 0)
                return false;
        if (s->is_tcp)
                return n_bound == n && memcmp(&bound, address, n) == 0;
        return bound.ss_family == AF_UNIX && strcmp(local->sun_path, s->watcher.row->listen) == 0 &&
               lstat(local->sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Go on with the listener of the process before: true, or it is closed. */
static bool take_left(struct socket_watcher *s, int fd, const struct sockaddr_storage *address, socklen_t n)
{
        char name[HANDOVER_NAME];

        s->stored = is_bound_there(s, fd, address, n) && (s->is_tcp || dress_unix(s, s->watcher.row->listen) == 0);
        if (s->stored)
                return true;
        notify_store_remove(listen_name(s, name));
        close(fd);
        return false;
}

static void work_bind(uv_work_t *work)
{
        struct socket_watcher *s = container_of(work, struct socket_watcher, work);
        _cleanup_close_ int fd = -1;
        struct sockaddr_storage address;
        char name[HANDOVER_NAME];
        socklen_t n = 0;
        int left = s->fd;

        s->fd = -1;
        s->is_tcp = s->watcher.row->listen[0] != '/';
        s->r = s->is_tcp ? parse_address(s, &address, &n) : 0;
        if (left >= 0 && take_left(s, left, &address, n)) {
                s->fd = left;
                return;
        }
        if (s->r < 0)
                return;
        fd = socket(s->is_tcp ? address.ss_family : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                s->r = fail(s, -errno, "cannot make a socket: %s", strerror(errno));
        else
                s->r = s->is_tcp ? bind_tcp(s, fd, &address, n) : bind_unix(s, fd);
        if (s->r < 0)
                return;
        s->stored = s->may_store && notify_store(listen_name(s, name), &fd, 1) == 0;
        s->fd = fd;
        fd = -1;
}

/* Remove the socket's file where it is still the one that was made here. */
static void work_unlink(uv_work_t *work)
{
        struct socket_watcher *s = container_of(work, struct socket_watcher, work);
        struct stat st;

        if (lstat(s->watcher.row->listen, &st) == 0 && st.st_dev == s->device && st.st_ino == s->inode)
                unlink(s->watcher.row->listen);
}

/* ---- listening ---- */

static void on_connection(uv_stream_t *stream, int status)
{
        struct socket_watcher *s = stream->data;

        if (status < 0) {
                watcher_report(&s->watcher, LOG_WARNING, "cannot accept a connection: %s", uv_strerror(status));
                return;
        }
        connections_accept(&s->group, stream, s->is_tcp);
}

static void close_listener(struct socket_watcher *s);
static void on_retry(uv_timer_t *timer);
static void step_stop(struct socket_watcher *s);

/* Make the handle for s->fd and listen; the descriptor is the handle's afterwards, or closed. */
static int listen_on(struct socket_watcher *s)
{
        uv_loop_t *loop = s->watcher.host->loop;
        int fd = s->fd, r;

        s->fd = -1;
        r = s->is_tcp ? uv_tcp_init(loop, &s->listener.tcp) : uv_pipe_init(loop, &s->listener.pipe, 0);
        if (r < 0) {
                close(fd);
                return r;
        }
        s->has_listener = true;
        s->n_handles++;
        s->listener.handle.data = s;
        r = s->is_tcp ? uv_tcp_open(&s->listener.tcp, fd) : uv_pipe_open(&s->listener.pipe, fd);
        if (r < 0) {
                close(fd);
                return r;
        }
        return uv_listen(&s->listener.stream, BACKLOG, on_connection);
}

static void retry_later(struct socket_watcher *s)
{
        uv_timer_start(&s->retry, on_retry, s->wait_ms, 0);
        s->wait_ms = MIN_OF(2 * s->wait_ms, (uint64_t)RETRY_MAX_MS);
}

static void begin_listening(struct socket_watcher *s)
{
        int r = listen_on(s);

        if (r < 0) {
                watcher_trouble(&s->watcher, "cannot listen on %s: %s", s->watcher.row->listen, uv_strerror(r));
                if (s->has_listener)
                        close_listener(s);
                retry_later(s);
        } else {
                s->is_listening = true;
                s->wait_ms = RETRY_FIRST_MS;
                watcher_trouble_over(&s->watcher);
        }
}

static void after_bind(uv_work_t *work, int status)
{
        struct socket_watcher *s = container_of(work, struct socket_watcher, work);

        (void)status;
        s->is_busy = false;
        if (s->stored)
                s->watcher.host->sockets->room--;
        if (s->watcher.state != WATCHER_RUNNING) {
                step_stop(s);
                return;
        }
        if (s->r < 0) {
                watcher_trouble(&s->watcher, "%s", s->error);
                retry_later(s);
        } else {
                begin_listening(s);
        }
        watcher_settled(&s->watcher);
}

static void on_retry(uv_timer_t *timer)
{
        struct socket_watcher *s = timer->data;

        if (s->has_listener || s->is_busy) {
                retry_later(s);
                return;
        }
        s->is_busy = true;
        s->may_store = s->watcher.host->sockets != NULL && s->watcher.host->sockets->room > 0;
        if (uv_queue_work(s->watcher.host->loop, &s->work, work_bind, after_bind) < 0) {
                s->is_busy = false;
                retry_later(s);
        }
}

/* What systemd passed under our name, if it is a listening stream socket of a kind that we know. */
static int claim_passed(struct socket_watcher *s)
{
        struct notify_sockets *sockets = s->watcher.host->sockets;
        int fd = sockets != NULL ? notify_sockets_claim(sockets, s->watcher.row->name) : -1;
        int domain = 0, type = 0, listening = 0;
        socklen_t n = sizeof(int);

        if (fd < 0)
                return -1;
        if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) < 0 ||
            getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) < 0 || type != SOCK_STREAM || listening == 0 ||
            (domain != AF_UNIX && domain != AF_INET && domain != AF_INET6)) {
                watcher_report(&s->watcher, LOG_WARNING,
                               "the socket that systemd passed is not a listening stream socket: it is not used");
                close(fd);
                return -1;
        }
        s->is_tcp = domain != AF_UNIX;
        return fd;
}

/* A passed socket goes back to where it came from, for the watcher that a reload puts in this one's place. */
static void give_back(struct socket_watcher *s)
{
        uv_os_fd_t fd;
        int copy;

        if (!s->passed || uv_fileno(&s->listener.handle, &fd) < 0)
                return;
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy >= 0)
                notify_sockets_return(s->watcher.host->sockets, s->watcher.row->name, copy);
}

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle)
{
        struct socket_watcher *s = handle->data;

        s->n_handles--;
        if (handle == &s->listener.handle)
                s->has_listener = false;
        if (s->watcher.state == WATCHER_STOPPING)
                step_stop(s);
}

static void close_listener(struct socket_watcher *s)
{
        s->is_listening = false;
        uv_close(&s->listener.handle, on_handle_closed);
}

static void on_group_stopped(struct connections *group)
{
        struct socket_watcher *s = container_of(group, struct socket_watcher, group);

        s->group_stopped = true;
        step_stop(s);
}

static void after_unlink(uv_work_t *work, int status)
{
        struct socket_watcher *s = container_of(work, struct socket_watcher, work);

        (void)status;
        s->is_busy = false;
        s->inode = 0;
        step_stop(s);
}

/* One step after the other: the file goes, the handles close, the connections end. */
static void step_stop(struct socket_watcher *s)
{
        char name[HANDOVER_NAME];

        if (s->is_busy)
                return;
        if (s->stored && s->watcher.host->leaving) {
                s->inode = 0;           /* the next process goes on with it */
        } else if (s->stored) {
                notify_store_remove(listen_name(s, name));
                s->watcher.host->sockets->room++;
        }
        s->stored = false;
        if (s->fd >= 0) {
                close(s->fd);
                s->fd = -1;
        }
        if (s->inode != 0) {
                s->is_busy = true;
                if (uv_queue_work(s->watcher.host->loop, &s->work, work_unlink, after_unlink) == 0)
                        return;
                s->is_busy = false;
        }
        if (!uv_is_closing((uv_handle_t *)&s->retry))
                uv_close((uv_handle_t *)&s->retry, on_handle_closed);
        if (s->n_handles == 0 && s->group_stopped)
                watcher_closed(&s->watcher);
}

/* ---- the contract ---- */

static int socket_create(struct watcher **out)
{
        struct socket_watcher *s = calloc(1, sizeof(*s));

        if (s == NULL)
                return error_origin(-ENOMEM);
        s->fd = -1;
        s->wait_ms = RETRY_FIRST_MS;
        *out = &s->watcher;
        return 0;
}

static int socket_start(struct watcher *watcher)
{
        struct socket_watcher *s = container_of(watcher, struct socket_watcher, watcher);

        uv_timer_init(watcher->host->loop, &s->retry);
        s->retry.data = s;
        s->n_handles = 1;
        connections_init(&s->group, watcher);
        connections_adopt(&s->group);
        s->fd = claim_passed(s);
        if (s->fd >= 0) {
                s->passed = true;
                begin_listening(s);
                watcher_settled(watcher);
        } else {
                char name[HANDOVER_NAME];

                if (watcher->host->sockets != NULL)
                        s->fd = notify_sockets_claim(watcher->host->sockets, listen_name(s, name));
                on_retry(&s->retry);
        }
        return 0;
}

static void socket_hold(struct watcher *watcher)
{
        connections_hold(&container_of(watcher, struct socket_watcher, watcher)->group);
}

static void socket_resume(struct watcher *watcher)
{
        connections_resume(&container_of(watcher, struct socket_watcher, watcher)->group);
}

static void socket_stop(struct watcher *watcher)
{
        struct socket_watcher *s = container_of(watcher, struct socket_watcher, watcher);

        if (s->is_listening) {
                give_back(s);
                close_listener(s);
        }
        connections_stop(&s->group, watcher->host->leaving, on_group_stopped);
        step_stop(s);
}

static void socket_free(struct watcher *watcher)
{
        free(container_of(watcher, struct socket_watcher, watcher));
}

static void socket_describe(const struct watcher *watcher, char *out, size_t size)
{
        const struct socket_watcher *s = container_of(watcher, struct socket_watcher, watcher);

        snprintf(out, size, "%zu connection%s%s", s->group.n, s->group.n == 1 ? "" : "s",
                 s->passed ? ", socket passed by systemd" : "");
}

const struct watcher_kind watcher_socket = {
        .name = "socket",
        .create = socket_create,
        .start = socket_start,
        .hold = socket_hold,
        .resume = socket_resume,
        .stop = socket_stop,
        .free = socket_free,
        .describe = socket_describe,
};
