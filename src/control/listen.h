/* The listening Unix socket: one that systemd passed, or one of our own, where a stale file is replaced but never a
 * live one. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct listener {
        int fd;
        char *path;             /* NULL: passed in, its file is somebody else's */
        dev_t device;           /* of the file that we made */
        ino_t inode;
};

#define LISTENER_NULL ((struct listener){ .fd = -1 })

enum {
        LISTEN_E_REFUSED = 1,   /* *error (malloc'ed) says why and what to do */
};

/* Bind and listen at `path`, mode 0666: everybody may ask, changes are checked by the method. 0, LISTEN_E_REFUSED,
 * -errno. `patience`: it may take 200 ms to see whether who answers there goes away (before the loop runs; never on it). */
int listen_open(struct listener *out, const char *path, bool patience, char **error);
/* Take over a listening socket. It is closed where it is not one. */
int listen_adopt(struct listener *out, int fd, char **error);
/* Remove the file, where it is still ours. */
void listen_unlink(struct listener *listener);
/* Close and forget; the file stays. May be called twice. */
void listen_deinit(struct listener *listener);
