/*
 * The control socket: a Varlink server (UAPI.20) on a Unix stream socket, interface io.dateline.Control. It asks,
 * pauses, reloads, follows; it owns no data. What it needs of the daemon comes through `struct control_host`, so that
 * it can be tested without one.
 *
 * A new method is one row in method.c, one handler, and its declaration in io.dateline.Control.varlink.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/notify.h"
#include "config/config.h"

struct control;
struct store;
struct stream;

/* A delivery that a client hands in; lives until `done`. */
struct control_submit {
        const char *name, *format, *encoding;   /* NULL: not told */
        const char *key;                        /* by which it is known when it comes again; NULL: none */
        const void *bytes;
        size_t n_bytes;
        /* On the loop, exactly once, perhaps from inside submit(). r: 0 or DELIVERIES_E_KNOWN, with the id, once
         * durable; negative: not taken, `reason` says why. */
        void (*done)(struct control_submit *submit, int r, int64_t id, const char *reason);
};

/* All on the loop, none may block. */
struct control_host {
        uv_loop_t *loop;
        struct log *log;
        struct store *store;
        struct stream *stream;
        struct notify_sockets *sockets;         /* what systemd passed and keeps (base/notify.h); NULL: nothing */
        void *user;
        json_t *(*status)(void *user);          /* a new object as io.dateline.Control.Status returns it, but for
                                                   `sources`, `control` and `log_level`; NULL: no memory */
        /* Appends Source objects, divided by commas, from number *next on, at least one and until `until`
         * (monotonic us). 0: all are there; 1: call again; or -errno. */
        int (*sources)(void *user, size_t *next, int64_t until, struct buf *out);
        json_t *(*rules)(void *user);           /* a new array of Rule, but for what the store knows */
        int (*set_paused)(void *user, const char *source, bool paused); /* 0, or positive: there is no such source */
        /* Fetch a feed once and decode it, storing nothing; the reply's parameters as JSON, NULL: datelined stops.
         * `done` is called later, exactly once, unless the return is not 0: then 1: there is no feed of this name,
         * 2: no address. */
        int (*test_source)(void *user, const char *name, const char *url, bool allow_private,
                           void (*done)(void *arg, const char *text, size_t n), void *arg);
        void (*submit)(void *user, struct control_submit *submit);
        /* `done` exactly once, perhaps from inside. r = 0: `text` says what has changed; positive: it holds a line
         * for each thing that is wrong with the configuration; negative: -errno. */
        void (*reload)(void *user, void (*done)(void *arg, int r, const char *text), void *arg);
        void (*queue_kick)(void *user);         /* something went back from quarantine to pending */
        int (*log_level)(void *user, int level);/* syslog's; 0 or -errno */
};

enum {
        CONTROL_E_REFUSED = 1,  /* *error (malloc'ed) says what is wrong and what to do */
};

/* The name under which a socket of its own lies in systemd's store. */
#define CONTROL_LISTEN "@control"

/* Listens when it returns. `activated_fd`: a listening socket that systemd passed (then the path in the
 * configuration is only for people to read), or -1; owned from here on, also after an error. The host is copied.
 * Before the loop runs: looks up the group, which may block. The process must ignore SIGPIPE. 0, CONTROL_E_REFUSED
 * or -errno. */
int control_new(struct control **out, const struct control_host *host, const struct config *config, int activated_fd,
                char **error);

/* Take the limits, the group and the socket's path of a new configuration. Connections stay. After an error all is
 * as it was. */
int control_reconfigure(struct control *control, const struct config *config, char **error);

/* Stop listening, close all connections, wait for calls that others still work on; then `closed` is called and the
 * control is gone. The store and the stream must still be there, and the host must still end what it was asked for. */
void control_close(struct control *control, void (*closed)(void *user), void *user);

/* How long a client may leave a message unfinished or a large reply unread (30 s), and how often that is looked at
 * (5 s); for tests. */
void control_set_patience(struct control *control, int64_t us, int64_t look_us);
