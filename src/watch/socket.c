/*
 * The socket watcher: listens on a Unix stream socket or a TCP address, or on what systemd passed under the watcher's
 * name. What happens on a connection is connection.c's.
 *
 * Binding (base/listen.h) may touch the file system and the user database (the group), so it runs on the thread pool,
 * and again and again where it fails. Where systemd keeps descriptors for the service, the listener is put there at
 * once: it then outlives a restart, and a crash. Where a reload puts another watcher in this one's place it goes on
 * with it.
 */
#include "watch/watcher.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/listen.h"
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
        bool passed;                    /* by systemd: `bound` has no file and is not stored */
        bool may_store;                 /* there is room in systemd's store */
        uv_timer_t retry;
        uint64_t wait_ms;
        uv_work_t work;
        bool is_busy;                   /* `work` is under way */
        struct connections group;
        bool group_stopped;
        unsigned n_handles;

        int left;                       /* the listener that was left to us, until `work` has looked at it, or -1 */
        /* Results of `work`. */
        struct listener bound;          /* without its fd once the listener has it */
        int r;
        char *error;
};

/* ---- binding, on the thread pool ---- */

static const char *listen_name(const struct socket_watcher *s, char *out)
{
        return handover_name(out, s->watcher.row->name, HANDOVER_LISTEN);
}

static void work_bind(uv_work_t *work)
{
        struct socket_watcher *s = container_of(work, struct socket_watcher, work);
        const struct config_watch *row = s->watcher.row;
        const struct listen_spec spec = { .address = row->listen, .mode = (mode_t)row->mode, .group = row->group,
                                          .backlog = BACKLOG };
        char name[HANDOVER_NAME];
        int left = s->left;

        s->left = -1;
        s->r = 0;
        (void)listen_name(s, name);
        if (left < 0 || !listen_resume(&s->bound, &spec, name, left))
                s->r = listen_open(&s->bound, &spec, &s->error);
        if (s->r == 0 && s->may_store)
                listen_keep(&s->bound, name);
}

/* Remove the socket's file where it is still the one that was made here. */
static void work_unlink(uv_work_t *work)
{
        struct socket_watcher *s = container_of(work, struct socket_watcher, work);

        listen_unlink(&s->bound);
        listen_deinit(&s->bound);
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

static bool is_unix(int fd)
{
        int domain = AF_UNIX;

        (void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &(socklen_t){ sizeof(domain) });
        return domain == AF_UNIX;
}

/* Make the handle for what is bound and listen; the descriptor is the handle's afterwards, or closed. */
static int listen_on(struct socket_watcher *s)
{
        uv_loop_t *loop = s->watcher.host->loop;
        int fd = s->bound.fd, r;

        s->bound.fd = -1;
        s->is_tcp = !is_unix(fd);
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

/* Take it out of systemd's store, where it is there. */
static void not_kept(struct socket_watcher *s)
{
        char name[HANDOVER_NAME];

        if (!s->bound.kept)
                return;
        notify_store_remove(listen_name(s, name));
        s->watcher.host->sockets->room++;
        s->bound.kept = false;
}

static void begin_listening(struct socket_watcher *s)
{
        int r = listen_on(s);

        if (r < 0) {
                watcher_trouble(&s->watcher, "cannot listen on %s: %s", s->watcher.row->listen, uv_strerror(r));
                if (s->has_listener)
                        close_listener(s);
                not_kept(s);
                listen_deinit(&s->bound);
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
        if (s->bound.kept)
                s->watcher.host->sockets->room--;
        if (s->watcher.state != WATCHER_RUNNING) {
                step_stop(s);
                return;
        }
        if (s->r != 0) {
                watcher_trouble(&s->watcher, "%s", s->r > 0 ? s->error : strerror(-s->r));
                free(STEAL(s->error));
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
        return fd;
}

/* Where a reload puts another watcher in this one's place, it goes on with the socket. `fd` is given away. False:
 * it does not. */
static bool hand_on(struct socket_watcher *s, int fd)
{
        struct notify_sockets *sockets = s->watcher.host->sockets;
        char name[HANDOVER_NAME];

        if (sockets == NULL || sockets->leaving || (!s->passed && !s->watcher.succeeded))
                return false;
        notify_sockets_return(sockets, s->passed ? s->watcher.row->name : listen_name(s, name), fd);
        sockets->room += s->bound.kept;
        s->bound.kept = false;
        free(STEAL(s->bound.path));
        return true;
}

static void hand_listener_on(struct socket_watcher *s)
{
        uv_os_fd_t fd;
        int copy = uv_fileno(&s->listener.handle, &fd) == 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;

        if (copy < 0 || hand_on(s, copy))
                return;
        /* systemd may have it for some moments yet: the address is to be free at once. */
        if (s->bound.kept && !s->watcher.host->sockets->leaving)
                (void)shutdown(copy, SHUT_RDWR);
        close(copy);
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
        step_stop(s);
}

/* One step after the other: the file goes, the handles close, the connections end. */
static void step_stop(struct socket_watcher *s)
{
        const struct notify_sockets *sockets = s->watcher.host->sockets;

        if (s->is_busy)
                return;
        if (s->bound.fd >= 0 && hand_on(s, s->bound.fd))        /* it did not come to listen */
                s->bound.fd = -1;
        if (s->left >= 0 && !hand_on(s, s->left))
                close(s->left);
        s->left = -1;
        if (s->bound.kept && sockets->leaving)
                free(STEAL(s->bound.path));             /* the next process goes on with it */
        else
                not_kept(s);
        s->bound.kept = false;
        if (s->bound.path != NULL) {
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
        s->left = -1;
        s->bound = LISTENER_NULL;
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
        s->bound.fd = claim_passed(s);
        if (s->bound.fd >= 0) {
                s->passed = true;
                begin_listening(s);
                watcher_settled(watcher);
        } else {
                char name[HANDOVER_NAME];

                if (watcher->host->sockets != NULL)
                        s->left = listen_claim(watcher->host->sockets, listen_name(s, name));
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
                hand_listener_on(s);
                close_listener(s);
        }
        connections_stop(&s->group, on_group_stopped);
        step_stop(s);
}

static void socket_free(struct watcher *watcher)
{
        struct socket_watcher *s = container_of(watcher, struct socket_watcher, watcher);

        listen_deinit(&s->bound);
        free(s->error);
        free(s);
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
