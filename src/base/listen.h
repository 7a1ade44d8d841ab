/*
 * Listening sockets of our own: a Unix socket, where a stale file is replaced but never a live one, or a TCP address;
 * and what the process before has left of them in systemd's descriptor store (base/notify.h), where they are put so
 * that nobody is refused while the daemon is replaced. Knows no loop: who owns one makes a handle of its descriptor.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/notify.h"

struct listener {
        int fd;
        char *path;             /* of the file that we made; NULL: none (TCP, or passed in) */
        dev_t device;           /* of this file */
        ino_t inode;
        bool kept;              /* it lies in systemd's store too */
};

#define LISTENER_NULL ((struct listener){ .fd = -1 })

struct listen_spec {
        const char *address;    /* a Unix socket's path, or HOST:PORT: an IP address ([..] if version 6) or localhost */
        mode_t mode;            /* of the socket's file */
        const char *group;      /* of the socket's file; NULL: the process's own */
        int backlog;
        bool patience;          /* it may take 200 ms to see whether who answers there goes away; never on the loop */
};

enum {
        LISTEN_E_REFUSED = 1,   /* *error (malloc'ed) says why and what to do */
};

/* What was left under this name, or -1; there should be one, and more are dropped. */
int listen_claim(struct notify_sockets *sockets, const char *name);
/* Bind and listen. Looks at the user database where there is a group. 0, LISTEN_E_REFUSED, -errno. */
int listen_open(struct listener *out, const struct listen_spec *spec, char **error);
/* Go on with a listening socket that was left under `name` by a process or an owner before: true where it is bound
 * as `spec` says and its file is still there; else false, and it is dropped (as by listen_drop_left()) and taken out of
 * the store. Whoever goes on with it keeps it again, which does no harm where it is there still. */
bool listen_resume(struct listener *out, const struct listen_spec *spec, const char *name, int fd);
/* Take over a listening Unix socket that was passed in; it is closed where it is none. 0, LISTEN_E_REFUSED, -errno. */
int listen_adopt(struct listener *out, int fd, char **error);

/* Put it into systemd's store under `name`; see notify_store() for who may wait. The caller looks after the room. */
void listen_keep(struct listener *listener, const char *name);
/* Remove the file, where it is still ours. */
void listen_unlink(struct listener *listener);
/* Close and forget; the file stays. May be called twice. */
void listen_deinit(struct listener *listener);
/* Close all of this name that nobody claimed, wherever else they may still be open; the file of a listening socket goes
 * where nobody answers there. They are taken out of systemd's store too. */
void listen_drop_left(struct notify_sockets *sockets, const char *name);

/* All of it, for owners that do it on the loop, with `name` in the store: go on with what was left, or bind;
 * `sockets` may be NULL. */
int listen_begin(struct listener *out, struct notify_sockets *sockets, const char *name, const struct listen_spec *spec,
                 char **error);
/* The owner ends: what the next process goes on with stays; else file and place in the store go. */
void listen_end(struct listener *listener, struct notify_sockets *sockets, const char *name);
