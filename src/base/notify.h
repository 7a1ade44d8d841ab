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

/* The sockets that systemd passed. */
struct notify_sockets {
        int n;
        struct {
                int fd;                 /* -1: taken */
                char *name;             /* FileDescriptorName= */
        } *items;
};

#define NOTIFY_SOCKETS_NULL ((struct notify_sockets){ 0 })

/* Take $LISTEN_FDS over (and unset it, children must not see it). 0 or -errno. */
int notify_sockets_take(struct notify_sockets *out);
/* The descriptor of this name, which is then the caller's; -1 where there is none. */
int notify_sockets_claim(struct notify_sockets *sockets, const char *name);
/* Give a claimed descriptor back, so that another can claim it (a watcher that a reload replaces). It is the table's. */
void notify_sockets_return(struct notify_sockets *sockets, const char *name, int fd);
/* Closes what nobody claimed. May be called twice. */
void notify_sockets_deinit(struct notify_sockets *sockets);
