/* Who is at the other end of a Unix socket: SO_PEERCRED and SO_PEERGROUPS (unix(7)), as of the time of its
 * connect(). */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct peer {
        uid_t uid;
        gid_t gid;
        pid_t pid;
        gid_t *groups;          /* supplementary ones */
        size_t n_groups;
};

#define PEER_NULL ((struct peer){ .uid = (uid_t)-1, .gid = (gid_t)-1 })

/* 0 or -errno. */
int peer_read(struct peer *out, int fd);
bool peer_is_in(const struct peer *peer, gid_t group);
/* May be called twice. */
void peer_deinit(struct peer *peer);
