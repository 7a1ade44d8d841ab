/*
 * Reload: the new configuration is built whole - read and checked, its workers up - and only then takes over. If
 * anything is wrong the old one goes on, and it is said what is wrong. Every way out tells systemd READY=1 again.
 */
#pragma once

struct daemon;

/* `done` exactly once: r = 0: `text` says what has changed; positive: it holds a line for each thing that is
 * wrong; negative: -errno. May be NULL (SIGHUP): then one that cannot begin now begins when it can. */
void reload_start(struct daemon *d, void (*done)(void *arg, int r, const char *text), void *arg);

/* Begin what SIGHUP asked for while none could begin. */
void reload_if_wanted(struct daemon *d);

/* The new crew's workers are up (r = 0) or not; see work_callbacks.started. */
void reload_workers_started(struct daemon *d, int r, const char *reason);

/* The daemon stops: nothing takes over any more. */
void reload_abandon(struct daemon *d);
