/*
 * What a socket watcher leaves to the process that follows, through systemd's descriptor store, and to the watcher
 * that a reload puts in its place, through the table of base/notify.h alone: its connections, and a piece of memory
 * that says how far each had come. Three names a watcher: NAME@connection, NAME@state, NAME@listen (the listening
 * socket, where it is not systemd's own). Connections are known again by the inode of their socket.
 *
 * The state is read by whatever version follows, so it has one, and is taken for foreign: bounds are checked, and
 * what does not fit is dropped. Knows no loop and no descriptor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/config.h"

/* "NAME@connection" and so on. */
enum { HANDOVER_NAME = CONFIG_NAME_SIZE + 16 };
#define HANDOVER_CONNECTION "connection"
#define HANDOVER_STATE "state"
#define HANDOVER_LISTEN "listen"

struct handover_connection {
        uint64_t inode;
        bool ended;                     /* as in struct framing */
        bool in_body;
        uint64_t n_body, skip, skipped;
        struct handover_bytes {
                const char *bytes;
                size_t n;
        } peer, held, out;              /* its name, what it had sent, replies that were not written */
};

struct handover_reader {
        const char *at, *end;
};

enum {
        HANDOVER_E_END = 1,
        HANDOVER_E_BAD,                 /* damaged, or of another version: nothing of it can be used */
        HANDOVER_E_FRAMING,             /* made under another framing: what was held cannot be read on */
};

/* "NAME@WHAT" into `out` of HANDOVER_NAME bytes. */
const char *handover_name(char *out, const char *watcher, const char *what);

/* 0 or -ENOMEM. */
int handover_begin(struct buf *state, const struct config_watch *row);
int handover_add(struct buf *state, const struct handover_connection *connection);

/* The bytes must outlive the reader. 0, HANDOVER_E_BAD or HANDOVER_E_FRAMING (the reader is of use all the same). */
int handover_open(struct handover_reader *reader, const char *bytes, size_t n, const struct config_watch *row);
/* 0, HANDOVER_E_END or HANDOVER_E_BAD. What `out` points to is in the reader's bytes. */
int handover_next(struct handover_reader *reader, struct handover_connection *out);
