/* See peer.h. */
#include "control/peer.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/error.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59        /* Linux 4.13 */
#endif

enum { GROUPS_MAX = 65536 };    /* what the kernel allows, NGROUPS_MAX */

int peer_read(struct peer *out, int fd)
{
        struct ucred cred;
        socklen_t size = sizeof(cred);
        gid_t few[16], *groups = few;

        *out = PEER_NULL;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
                return error_origin(-errno);
        out->uid = cred.uid;
        out->gid = cred.gid;
        out->pid = cred.pid;

        size = sizeof(few);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &size) < 0) {
                /* ERANGE tells how many bytes it takes. An old kernel knows none: then the main group counts alone. */
                if (errno != ERANGE)
                        return errno == ENOPROTOOPT ? 0 : error_origin(-errno);
                if (size > GROUPS_MAX * sizeof(gid_t) || (groups = malloc(size)) == NULL)
                        return error_origin(-ENOMEM);
                if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) {
                        free(groups);
                        return error_origin(-errno);
                }
                out->groups = groups;
        } else if (size > 0) {
                out->groups = malloc(size);
                if (out->groups == NULL)
                        return error_origin(-ENOMEM);
                for (size_t i = 0; i < size / sizeof(gid_t); i++)
                        out->groups[i] = few[i];
        }
        out->n_groups = size / sizeof(gid_t);
        return 0;
}

bool peer_is_in(const struct peer *peer, gid_t group)
{
        if (peer->gid == group)
                return true;
        for (size_t i = 0; i < peer->n_groups; i++)
                if (peer->groups[i] == group)
                        return true;
        return false;
}

void peer_deinit(struct peer *peer)
{
        free(peer->groups);
        *peer = PEER_NULL;
}
