/* See connections.h. */
#include "watch/connections.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/notify.h"
#include "watch/connection.h"

enum {
        SWEEP_MS = 500,
        STOP_MS = 1000,
};

/* ---- the turn ---- */

/* Once a turn, before the loop waits: what the turn has answered is written in one piece a connection. */
static void on_prepare(uv_prepare_t *prepare)
{
        struct connections *group = prepare->data;
        struct list dirty;

        if (list_is_empty(&group->dirty))
                return;
        list_init(&dirty);
        list_splice(&dirty, &group->dirty);
        for (struct list *link; (link = list_pop(&dirty)) != NULL;) {
                struct connection *c = list_entry(link, struct connection, dirty);

                connection_flush(c);
                if (!c->closing)
                        connection_pump(c);
                connection_settle(c);
        }
}

/* ---- bounds in time ---- */

static void check_time(struct connection *c, uint64_t now)
{
        const uint64_t idle = (uint64_t)c->group->watcher->row->idle / 1000, passed = now - c->progress;

        /* One that is to be left waits for the store, however long that takes: the daemon has a limit of its own. */
        if (c->group->stopping ? passed > STOP_MS && !(c->group->left.on && c->n_messages > 0)
                               : c->refused && list_is_empty(&c->messages) && passed > CONNECTION_LEAVE_MS) {
                connection_close(c);
                return;
        }
        if (idle == 0 || passed < idle)
                return;
        if (c->is_writing) {
                watcher_report(c->group->watcher, LOG_WARNING, "%s does not read its replies: closed", c->peer);
                connection_close(c);
        } else if (c->reading && c->n_messages == 0) {
                if (framing_held(&c->framing) > 0 && !c->refused)
                        connection_refuse(c, "incomplete, and nothing came for %" PRIu64 " s", idle / 1000);
                connection_give_up(c);
                if (!c->closing)
                        connection_collect(c);
                connection_settle(c);
        }
}

static void on_sweep(uv_timer_t *timer)
{
        struct connections *group = timer->data;
        uint64_t now = uv_now(timer->loop);

        list_for_each(link, &group->all)
                check_time(list_entry(link, struct connection, link), now);
}

/* ---- life ---- */

/* Who is at the other end, for the record. */
static void name_peer(struct connection *c, bool is_tcp)
{
        struct sockaddr_storage address;
        struct ucred credentials;
        socklen_t n = sizeof(credentials);
        int n_address = sizeof(address), fd;

        snprintf(c->peer, sizeof(c->peer), "a peer");
        if (is_tcp) {
                char text[INET6_ADDRSTRLEN] = "";
                unsigned port;

                if (uv_tcp_getpeername(&c->u.tcp, (struct sockaddr *)&address, &n_address) < 0)
                        return;
                if (address.ss_family == AF_INET6) {
                        uv_ip6_name((struct sockaddr_in6 *)&address, text, sizeof(text));
                        port = ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
                        snprintf(c->peer, sizeof(c->peer), "[%s]:%u", text, port);
                } else {
                        uv_ip4_name((struct sockaddr_in *)&address, text, sizeof(text));
                        port = ntohs(((struct sockaddr_in *)&address)->sin_port);
                        snprintf(c->peer, sizeof(c->peer), "%s:%u", text, port);
                }
        } else if (uv_fileno(&c->u.handle, &fd) == 0 &&
                   getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &n) == 0) {
                snprintf(c->peer, sizeof(c->peer), "process %d of user %u", (int)credentials.pid,
                         (unsigned)credentials.uid);
        }
}

static void start_sweep(struct connections *group)
{
        if (!uv_is_active((uv_handle_t *)&group->sweep))
                uv_timer_start(&group->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

void connections_accept(struct connections *group, uv_stream_t *listener, bool is_tcp)
{
        const struct config_watch *row = group->watcher->row;
        struct connection *c = connection_accept(group, listener, is_tcp);

        if (c == NULL)
                return;
        name_peer(c, is_tcp);
        start_sweep(group);
        if (group->n > (size_t)row->max_connections || group->stopping) {
                if (group->n_leaving >= CONNECTION_LEAVING) {
                        connection_close(c);
                        return;
                }
                connection_refuse(c, "busy (%lld connections are open)", (long long)row->max_connections);
                connection_give_up(c);
                if (!c->closing)
                        connection_collect(c);
                return;
        }
        connection_settle(c);
}

void connections_init(struct connections *group, struct watcher *watcher)
{
        *group = (struct connections){ .watcher = watcher, .left.fd = -1 };
        list_init(&group->all);
        list_init(&group->dirty);
        uv_prepare_init(watcher->host->loop, &group->prepare);
        uv_timer_init(watcher->host->loop, &group->sweep);
        group->prepare.data = group->sweep.data = group;
        group->n_handles = 2;
        uv_prepare_start(&group->prepare, on_prepare);
        uv_unref((uv_handle_t *)&group->prepare);
}

void connections_hold(struct connections *group)
{
        list_for_each(link, &group->all)
                connection_settle(list_entry(link, struct connection, link));
}

void connections_resume(struct connections *group)
{
        list_for_each(link, &group->all) {
                struct connection *c = list_entry(link, struct connection, link);

                connection_pump(c);
                connection_settle(c);
        }
}

/* To the next process, if to anybody. */
static bool is_leaving(const struct connections *group)
{
        const struct notify_sockets *sockets = group->watcher->host->sockets;

        return sockets != NULL && sockets->leaving;
}

static void drop_left(struct connections *group)
{
        for (size_t i = 0; i < group->left.n; i++)
                close(group->left.fds[i]);
        group->left.n = 0;
        if (group->left.fd >= 0)
                close(group->left.fd);
        group->left.fd = -1;
        free(STEAL(group->left.fds));
        buf_deinit(&group->left.state);
}

static void on_group_handle_closed(uv_handle_t *handle)
{
        struct connections *group = handle->data;

        if (--group->n_handles != 0)
                return;
        free(STEAL(group->read_buffer));
        drop_left(group);
        group->stopped(group);
}

static void give_left(struct connections *group);

void connections_maybe_stopped(struct connections *group)
{
        if (group->n_alive != 0)
                return;
        free(group->read_buffer);
        group->read_buffer = NULL;
        if (!group->stopping || uv_is_closing((uv_handle_t *)&group->sweep))
                return;
        if (group->left.n > 0) {
                give_left(group);
                return;
        }
        uv_close((uv_handle_t *)&group->sweep, on_group_handle_closed);
        uv_close((uv_handle_t *)&group->prepare, on_group_handle_closed);
}

/* ---- from one process or watcher to the next ---- */

/* The state in a file of memory, or -1. */
static int make_state(const struct buf *state)
{
        _cleanup_close_ int fd = memfd_create("dateline-connections", MFD_CLOEXEC);
        int made = fd;

        for (size_t at = 0; fd >= 0 && at < state->n;) {
                ssize_t n = write(fd, state->data + at, state->n - at);

                if (n <= 0)
                        return -1;
                at += (size_t)n;
        }
        fd = -1;
        return made;
}

/* On the thread pool, since systemd may be behind. What fails is closed, unanswered: its peer sends it again. */
static void work_give(uv_work_t *work)
{
        struct connections *group = container_of(work, struct connections, left.work);
        const char *name = group->watcher->row->name;
        char what[HANDOVER_NAME];

        group->left.fd = make_state(&group->left.state);
        if (group->left.fd >= 0 && group->left.to_store &&
            notify_store(handover_name(what, name, HANDOVER_STATE), &group->left.fd, 1) == 0)
                (void)notify_store(handover_name(what, name, HANDOVER_CONNECTION), group->left.fds, group->left.n);
}

static void after_give(uv_work_t *work, int status)
{
        struct connections *group = container_of(work, struct connections, left.work);
        struct notify_sockets *sockets = group->watcher->host->sockets;
        const char *name = group->watcher->row->name;
        char what[HANDOVER_NAME];

        (void)status;
        if (!group->left.to_store && group->left.fd >= 0) {
                notify_sockets_return(sockets, handover_name(what, name, HANDOVER_STATE), group->left.fd);
                group->left.fd = -1;
                (void)handover_name(what, name, HANDOVER_CONNECTION);
                while (group->left.n > 0)
                        notify_sockets_return(sockets, what, group->left.fds[--group->left.n]);
        }
        drop_left(group);
        connections_maybe_stopped(group);
}

static void give_left(struct connections *group)
{
        if (group->left.given)
                return;
        group->left.given = true;
        group->left.to_store = is_leaving(group);
        if (uv_queue_work(group->watcher->host->loop, &group->left.work, work_give, after_give) < 0)
                after_give(&group->left.work, 0);
}

bool connections_leave(struct connections *group, struct connection *c)
{
        struct notify_sockets *sockets = group->watcher->host->sockets;
        int *more = realloc(group->left.fds, (group->left.n + 1) * sizeof(*more));
        int fd;

        if (more == NULL)
                return false;
        group->left.fds = more;
        /* One is for the state. */
        fd = !sockets->leaving || sockets->room > (group->left.n == 0) ? connection_leave(c, &group->left.state) : -1;
        if (fd < 0) {
                connection_send_off(c);
                return true;
        }
        if (sockets->leaving)
                sockets->room -= 1 + (group->left.n == 0);
        more[group->left.n++] = fd;
        connection_close(c);
        return true;
}

/* The bytes of the state, NULL where there are none. */
static char *read_state(int fd, size_t *n)
{
        struct stat st;
        char *bytes;
        ssize_t got;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
                return NULL;
        bytes = malloc((size_t)st.st_size);
        got = bytes != NULL ? pread(fd, bytes, (size_t)st.st_size, 0) : -1;     /* it is memory */
        if (got != st.st_size) {
                free(bytes);
                return NULL;
        }
        *n = (size_t)got;
        return bytes;
}

/* What the process before has left, sorted by inode. */
struct legacy {
        char *bytes;
        struct handover_connection *all;
        size_t n;
        bool broken;                    /* made under another framing */
};

static void legacy_deinit(struct legacy *legacy)
{
        free(legacy->bytes);
        free(legacy->all);
}

static int compare_inodes(const void *a, const void *b)
{
        uint64_t x = ((const struct handover_connection *)a)->inode, y = ((const struct handover_connection *)b)->inode;

        return (x > y) - (x < y);
}

/* Nothing where it cannot be read. */
static void read_legacy(struct legacy *legacy, int fd, const struct config_watch *row)
{
        struct handover_reader reader;
        struct handover_connection one;
        size_t n;
        int r;

        legacy->bytes = read_state(fd, &n);
        r = legacy->bytes != NULL ? handover_open(&reader, legacy->bytes, n, row) : HANDOVER_E_BAD;
        if (r == HANDOVER_E_BAD)
                return;
        legacy->broken = r == HANDOVER_E_FRAMING;
        while (handover_next(&reader, &one) == 0) {
                struct handover_connection *more = realloc(legacy->all, (legacy->n + 1) * sizeof(*more));

                if (more == NULL)
                        return;
                legacy->all = more;
                more[legacy->n++] = one;
        }
        if (legacy->n > 0)
                qsort(legacy->all, legacy->n, sizeof(*legacy->all), compare_inodes);
}

static bool adopt_one(struct connections *group, const struct legacy *legacy, int fd)
{
        struct handover_connection key, *found = NULL;
        struct stat st;

        if (fstat(fd, &st) == 0 && legacy->n > 0) {
                key.inode = st.st_ino;
                found = bsearch(&key, legacy->all, legacy->n, sizeof(key), compare_inodes);
        }
        if (found == NULL) {
                close(fd);
                return false;
        }
        connection_adopt(group, fd, found, legacy->broken);
        return true;
}

void connections_adopt(struct connections *group)
{
        const struct config_watch *row = group->watcher->row;
        struct notify_sockets *sockets = group->watcher->host->sockets;
        char state_name[HANDOVER_NAME], name[HANDOVER_NAME];
        _cleanup_(legacy_deinit) struct legacy legacy = { 0 };
        _cleanup_close_ int state = -1;
        size_t n[2] = { 0, 0 };
        int fd;

        if (sockets == NULL)
                return;
        state = notify_sockets_claim(sockets, handover_name(state_name, row->name, HANDOVER_STATE));
        fd = notify_sockets_claim(sockets, handover_name(name, row->name, HANDOVER_CONNECTION));
        /* Out of the store first: what is read from now on must not be read again by whoever follows a crash. */
        if (state >= 0) {
                notify_store_remove(state_name);
                read_legacy(&legacy, state, row);
        }
        if (fd < 0)
                return;
        notify_store_remove(name);
        for (; fd >= 0; fd = notify_sockets_claim(sockets, name))
                n[adopt_one(group, &legacy, fd)]++;
        start_sweep(group);
        watcher_report(group->watcher, n[false] > 0 ? LOG_WARNING : LOG_INFO,
                       "%zu connections go on as they were, %zu could not", n[true], n[false]);
}

/* ---- the end ---- */

void connections_stop(struct connections *group, void (*stopped)(struct connections *group))
{
        group->stopping = true;
        group->stopped = stopped;
        group->left.on = group->watcher->host->sockets != NULL && (is_leaving(group) || group->watcher->succeeded) &&
                         handover_begin(&group->left.state, group->watcher->row) == 0;
        list_for_each(link, &group->all) {
                struct connection *c = list_entry(link, struct connection, link);

                c->progress = uv_now(c->u.handle.loop);
                connection_flush(c);
                if (group->left.on)
                        connection_settle(c);
                else
                        connection_send_off(c);
        }
        connections_maybe_stopped(group);
}
