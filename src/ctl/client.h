/* The client's end of the control socket: blocking calls over poll(2), no loop. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/varlink.h"

struct client {
        int fd;
        struct varlink_reader reader;
};

#define CLIENT_NULL ((struct client){ .fd = -1 })

enum {
        CLIENT_REPLY_MAX = 256 << 20,   /* bytes of one reply that are taken */
};

enum {
        CLIENT_E_CLOSED = 1,            /* the daemon closed the connection */
        CLIENT_E_TIMEOUT,
        CLIENT_E_PROTOCOL,              /* what came is no reply */
};

/* 0 or -errno. */
int client_connect(struct client *client, const char *path);
/* 0, CLIENT_E_CLOSED or -errno. */
int client_send(struct client *client, const char *method, json_t *parameters, bool more, int timeout_ms);
/* The next reply; the caller deinits it. `timeout_ms`: -1 waits for ever. */
int client_receive(struct client *client, struct varlink_reply *reply, int timeout_ms);
/* May be called twice. */
void client_deinit(struct client *client);
