/*
 * What systemd is told and what it hands over: readiness, a living status sentence, reloads, the watchdog, sockets by
 * name. Outside systemd every call does nothing and fails nothing. Protocol: sd_notify(3), sd_listen_fds_with_names(3).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/* READY=1 with a status sentence; ends a reload too. */
void notify_ready(const char *status);
/* RELOADING=1 with MONOTONIC_USEC in one datagram (Type=notify-reload asks for both). */
void notify_reloading(void);
void notify_stopping(const char *status);
void notify_status(const char *format, ...) _printf_(1, 2);
/* WATCHDOG=1 */
void notify_watchdog(void);
/* Microseconds within which the watchdog must hear from us, 0 where there is none. */
int64_t notify_watchdog_us(void);
/* Ask systemd for more time to start or stop. */
void notify_extend(int64_t us);

/*
 * systemd's file descriptor store: what is put there is passed to the next process of the service, by name, beside the
 * sockets (https://systemd.io/FILE_DESCRIPTOR_STORE). How many it takes stands in $FDSTORE, which systemd sets from 254
 * on and the unit for older ones; 0: there is none.
 */
/* Put copies of `n` descriptors there under one name (no ':' in it); they stay there when their other end hangs up.
 * It waits for systemd where that is behind: for a thread of the pool, or for one descriptor. 0 or -errno. */
int notify_store(const char *name, const int *fds, size_t n);
/* Take what lies there under this name out. */
void notify_store_remove(const char *name);
/* Wait until systemd has read all that it was told: 0 or -errno (-ETIMEDOUT). Not for the loop. */
int notify_barrier(int64_t us);

/* The sockets that systemd passed, and what a process before this one had put into the store. */
struct notify_sockets {
        int n;
        int64_t room;                   /* how many more systemd would keep; whoever stores one counts it off */
        bool keeps;                     /* it keeps any at all */
        bool leaving;                   /* the daemon ends, and systemd keeps for the next one what is left to it */
        struct {
                int fd;                 /* -1: taken */
                char *name;             /* FileDescriptorName= */
        } *items;
};

#define NOTIFY_SOCKETS_NULL ((struct notify_sockets){ 0 })

/* Take $LISTEN_FDS over (and unset it, children must not see it). 0 or -errno. */
int notify_sockets_take(struct notify_sockets *out);
/* A descriptor of this name, which is then the caller's; -1 where there is none (more). */
int notify_sockets_claim(struct notify_sockets *sockets, const char *name);
/* Give a descriptor to whoever claims this name next (what follows a watcher that a reload replaces). It is the
 * table's, or closed where there is no memory. */
void notify_sockets_return(struct notify_sockets *sockets, const char *name, int fd);
/* At the very end: what one owner has left to another who did not come any more, it leaves to the next process. */
void notify_sockets_leave(const struct notify_sockets *sockets);
/* Closes what nobody claimed. May be called twice. */
void notify_sockets_deinit(struct notify_sockets *sockets);
