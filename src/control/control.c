/* See control.h. This file owns the listening sockets; client.c owns what comes in through them. */
#include "control/control.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/listen.h"
#include "control/client.h"

enum {
        ACCEPT_MAX = 16,        /* connections that are let in in one turn of the loop, however many knock */
        BACKLOG = 128,
};

/* On the heap by itself, since a reload may put another one in its place while the old one closes. */
struct entrance {
        struct control *control;
        uv_pipe_t pipe;
        uv_idle_t next_turn;            /* runs where this turn let somebody in */
        unsigned accepted;              /* in this turn */
        bool knocks;                    /* one more waits: libuv listens on once it is let in */
        unsigned n_handles;
        struct listener listener;       /* without its fd, which is the pipe's */
        bool activated;
};

struct control {
        struct clients all;
        struct entrance *entrance;
        unsigned n_entrances;           /* that have not closed */
        void (*closed)(void *user);
        void *user;
};

static void check_closed(struct control *control)
{
        if (control->closed == NULL || control->n_entrances > 0 || control->all.n_handles > 0 || control->all.n > 0 ||
            control->all.n_calls > 0)
                return;
        control->closed(control->user);
        free(control);
}

static void on_connections_closed(struct clients *all)
{
        check_closed(container_of(all, struct control, all));
}

static void let_in(struct entrance *entrance)
{
        entrance->knocks = entrance->accepted == ACCEPT_MAX;
        if (!entrance->knocks) {
                entrance->accepted++;
                client_accept(&entrance->control->all, (uv_stream_t *)&entrance->pipe);
        }
        uv_idle_start(&entrance->next_turn, entrance->next_turn.idle_cb);
}

static void on_next_turn(uv_idle_t *idle)
{
        struct entrance *entrance = container_of(idle, struct entrance, next_turn);

        uv_idle_stop(idle);
        entrance->accepted = 0;
        if (entrance->knocks)
                let_in(entrance);
}

static void on_connection(uv_stream_t *stream, int status)
{
        struct entrance *entrance = container_of((uv_pipe_t *)stream, struct entrance, pipe);

        if (status == 0)
                let_in(entrance);
        else
                log_message(entrance->control->all.host.log, LOG_WARNING, LOG_CONTROL_REFUSED, NULL,
                            "control: cannot accept a connection: %s", uv_strerror(status));
}

static void on_entrance_closed(uv_handle_t *handle)
{
        struct entrance *entrance = handle->data;
        struct control *control = entrance->control;

        if (--entrance->n_handles > 0)
                return;
        listen_deinit(&entrance->listener);
        free(entrance);
        control->n_entrances--;
        check_closed(control);
}

static void entrance_close(struct entrance *entrance)
{
        listen_end(&entrance->listener, entrance->control->all.host.sockets, CONTROL_LISTEN);
        entrance->pipe.data = entrance->next_turn.data = entrance;
        entrance->n_handles = 2;
        uv_close((uv_handle_t *)&entrance->pipe, on_entrance_closed);
        uv_close((uv_handle_t *)&entrance->next_turn, on_entrance_closed);
}

/* Everybody may ask, changes are checked by the method. */
static int entrance_listen(struct control *control, struct listener *listener, const char *path, char **error)
{
        const struct listen_spec spec = { .address = path, .mode = 0666, .backlog = BACKLOG,
                                          .patience = control->entrance == NULL };
        int r = listen_begin(listener, control->all.host.sockets, CONTROL_LISTEN, &spec, error);

        /* UAPI.20, "Recognizing Varlink Socket Inodes": where the kernel has it. */
        if (r == 0)
                (void)setxattr(path, "user.varlink", "entrypoint", strlen("entrypoint"), 0);
        return error_trace(r);
}

static int entrance_open(struct control *control, const char *path, int activated_fd, char **error)
{
        struct entrance *entrance = calloc(1, sizeof(*entrance));
        int r;

        if (entrance == NULL)
                return error_origin(-ENOMEM);
        entrance->control = control;
        entrance->activated = activated_fd >= 0;
        r = entrance->activated ? listen_adopt(&entrance->listener, activated_fd, error) :
                                  entrance_listen(control, &entrance->listener, path, error);
        if (r != 0) {
                free(entrance);
                return r < 0 ? error_trace(r) : CONTROL_E_REFUSED;
        }
        (void)uv_pipe_init(control->all.host.loop, &entrance->pipe, 0);
        (void)uv_idle_init(control->all.host.loop, &entrance->next_turn);
        entrance->next_turn.idle_cb = on_next_turn;
        control->n_entrances++;
        r = uv_pipe_open(&entrance->pipe, entrance->listener.fd);
        if (r == 0) {
                entrance->listener.fd = -1;
                r = uv_listen((uv_stream_t *)&entrance->pipe, BACKLOG, on_connection);
        }
        if (r != 0) {
                entrance_close(entrance);
                return error_origin(r);
        }
        control->entrance = entrance;
        return 0;
}

static void take_limits(struct clients *all, const struct config *config)
{
        const char *name = config->control.group;
        struct group *group = NULL;

        all->max_connections = config->control.max_connections;
        all->max_message = config->control.max_message;
        all->has_group = false;
        if (name == NULL)
                return;
        group = getgrnam(name);
        if (group != NULL) {
                all->has_group = true;
                all->group = group->gr_gid;
        } else {
                log_message(all->host.log, LOG_WARNING, LOG_CONTROL_REFUSED, NULL,
                            "control: there is no group '%s' (control.group): only root and the daemon's own user may "
                            "change things", name);
        }
}

int control_new(struct control **out, const struct control_host *host, const struct config *config, int activated_fd,
                char **error)
{
        struct control *control = calloc(1, sizeof(*control));
        int r;

        *error = NULL;
        if (control == NULL) {
                if (activated_fd >= 0)
                        close(activated_fd);
                return error_origin(-ENOMEM);
        }
        json_object_seed(0);    /* before any thread parses */
        r = clients_init(&control->all, host, on_connections_closed);
        if (r < 0) {
                if (activated_fd >= 0)
                        close(activated_fd);
                free(control);
                return error_trace(r);
        }
        control_set_patience(control, 30 * CLOCK_SECOND, 5 * CLOCK_SECOND);
        take_limits(&control->all, config);
        r = entrance_open(control, config->control.socket, activated_fd, error);
        if (r != 0) {
                control_close(control, NULL, NULL);
                return error_trace(r);
        }
        *out = control;
        return 0;
}

/* The one before had the same name in systemd's store, and has taken both out. */
static void keep_again(struct entrance *entrance)
{
        uv_os_fd_t fd;

        if (!entrance->listener.kept || uv_fileno((uv_handle_t *)&entrance->pipe, &fd) < 0)
                return;
        entrance->listener.fd = fd;
        listen_keep(&entrance->listener, CONTROL_LISTEN);
        entrance->listener.fd = -1;
}

int control_reconfigure(struct control *control, const struct config *config, char **error)
{
        struct entrance *old = control->entrance;
        int r;

        *error = NULL;
        if (!old->activated && strcmp(old->listener.path, config->control.socket) != 0) {
                r = entrance_open(control, config->control.socket, -1, error);
                if (r != 0)
                        return error_trace(r);
                entrance_close(old);
                keep_again(control->entrance);
        }
        take_limits(&control->all, config);
        return 0;
}

static void nobody_waits(void *user _unused_)
{
}

void control_close(struct control *control, void (*closed)(void *user), void *user)
{
        control->closed = closed != NULL ? closed : nobody_waits;
        control->user = user;
        if (control->entrance != NULL)
                entrance_close(control->entrance);
        clients_close(&control->all);
}

void control_set_patience(struct control *control, int64_t us, int64_t look_us)
{
        control->all.patience = us;
        control->all.look = look_us;
}
