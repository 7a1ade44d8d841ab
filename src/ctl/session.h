/* The client's end of the control socket: blocking calls over poll(2), no loop. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/varlink.h"

struct session {
        int fd;
        struct varlink_reader reader;
};

#define SESSION_NULL ((struct session){ .fd = -1 })

enum {
        SESSION_REPLY_MAX = 256 << 20,   /* bytes of one reply that are taken */
};

enum {
        SESSION_E_CLOSED = 1,            /* the daemon closed the connection */
        SESSION_E_TIMEOUT,
        SESSION_E_PROTOCOL,              /* what came is no reply */
};

/* 0 or -errno. */
int session_connect(struct session *session, const char *path);
/* 0, SESSION_E_CLOSED or -errno. */
int session_send(struct session *session, const char *method, json_t *parameters, bool more, int timeout_ms);
/* The next reply; the caller deinits it. `timeout_ms`: -1 waits for ever. */
int session_receive(struct session *session, struct varlink_reply *reply, int timeout_ms);
/* Whether some of what was sent was not even read at the other end. */
bool session_is_unread(const struct session *session);
/* May be called twice. */
void session_deinit(struct session *session);
