/*
 * The roster: the watchers and outputs that run, kept what the configuration says they should be.
 */
#pragma once

struct daemon;
struct watcher;

/* Those that are not in the configuration any more, or are not the same, stop; when they are closed the new ones start.
 * May be called again at any time. */
void roster_follow_config(struct daemon *d);

/* NULL: there is none of this name. */
struct watcher *roster_find_watcher(const struct daemon *d, const char *name);

/* When all are closed: daemon_next_stage(). */
void roster_stop_watchers(struct daemon *d);
void roster_stop_outputs(struct daemon *d);
