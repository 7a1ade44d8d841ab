/*
 * The connections of the control socket and what bounds them.
 *
 * One call at a time: the next one is looked at when the last reply of the one before is made, and only while what was
 * made is being read by the client. So a client that stops reading holds one reply, and costs the daemon nothing more;
 * a stream is pulled, never pushed.
 *
 * Whatever comes in only marks its client; the marked ones are worked for in turn and by the clock, so that no number
 * of clients and calls makes a turn of the loop long.
 *
 * Bounds: how many connections (a quarter is kept for those who may change things, so that nobody locks the
 * administrator out), questions of the others that are under way (they may outlive their connection: whoever asks, goes
 * away and asks again would gather them without end), bytes of a message, bytes that all connections hold together,
 * time that a message may stay unfinished, time that a large reply may stay unread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "control/call.h"
#include "control/peer.h"
#include "control/varlink.h"

enum {
        CLIENT_PLAIN_MAX = 65536,       /* bytes of a message from those who may only ask */
        CLIENT_ROOM = 65536,            /* bytes made and not yet read, from which nothing new is begun */
        CLIENT_STALLED = 4 * 65536,     /* unread bytes from which a client that does not read is closed */
        CLIENTS_HELD = 64 << 20,        /* bytes that all hold together, beside one message of the largest size */
        CLIENT_PLAIN_READ = 16384,      /* of them that are read in one turn of the loop */
        CLIENTS_TURN_US = 1000,         /* what all of them together may take of one turn of the loop */
};

/* What all connections share. */
struct clients {
        struct control_host host;
        int64_t max_connections, max_message;
        bool has_group;
        gid_t group;                    /* whose members may change things */
        int64_t patience, look;         /* us; see control_set_patience() */

        struct list list, again;
        size_t n, n_plain;              /* open; of them those who may only ask */
        size_t n_calls;                 /* not ended, also of clients that went away */
        size_t n_plain_calls;           /* of them those of clients that may only ask */
        size_t n_followers;
        int64_t until;                  /* monotonic us: nothing new is begun in this turn after it */
        size_t held;                    /* bytes, sum of the connections' */
        uint64_t refused;

        uv_timer_t look_timer;          /* runs while there are connections */
        uv_idle_t again_idle;           /* runs while somebody wants another turn */
        unsigned n_handles;             /* open ones of these two */
        char scratch[65536];            /* what is being read */
        bool closing;
        void (*closed)(struct clients *all);
};

struct client {
        struct list link, again;
        struct clients *all;
        uv_pipe_t pipe;
        uv_write_t write;
        struct peer peer;
        bool plain;                     /* counted in n_plain */
        struct varlink_reader reader;
        struct buf out;                 /* made, not yet handed to the kernel */
        struct buf sending;             /* being written */
        struct call *call;              /* under way */
        size_t held;
        int64_t unfinished;             /* since when the message that comes in is not whole; 0: none is */
        int64_t progress;               /* when the client last read something */
        size_t unsent;                  /* of `sending` at that time */
        bool reading, writing, ended, pumping, closing;
        bool told;                      /* that it does not read */
};

/* 0 or -errno. `closed` is called after clients_close(), once nothing is left. */
int clients_init(struct clients *all, const struct control_host *host, void (*closed)(struct clients *all));
void clients_close(struct clients *all);
/* Calls `closed` where nothing is left. */
void clients_check_closed(struct clients *all);

/* Take the next connection from a listening pipe. */
void client_accept(struct clients *all, uv_stream_t *listener);
bool client_may_change(const struct client *c);

/* For call.c. */
struct buf *client_output(struct client *c);
/* Count what it holds anew; false where all together hold too much. */
bool client_account(struct client *c);
void client_flush(struct client *c);
void client_call_ended(struct client *c);
void client_again(struct client *c);
/* Close, with a line in the log. */
void client_refuse(struct client *c, const char *why);
void client_log(struct client *c, const char *format, ...) _printf_(2, 3);
