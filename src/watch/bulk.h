/*
 * An archive (WARC) in a spool directory: cut into slices by a sandboxed process (dateline-worker --slices), since the daemon
 * parses nothing that came from outside, and handed to intake slice by slice. One slice is under way at a time; while intake is
 * closed the process waits in its pipe. A slice's key is the file's and the slice's place in it: after a restart those that are
 * stored are known.
 */
#pragma once

#include "watch/watcher.h"

struct bulk;

struct bulk_file {
        int fd;                         /* the file, open for reading; taken over */
        const char *name, *key;         /* live as long as the bulk */
        /* On the loop, exactly once, never from within bulk_start(); the bulk is gone. r = 0: all of it is durable, `id` is the last
         * slice's delivery, 0 where there is no news in it. Negative: `reason` says why; -ECANCELED after bulk_stop(). */
        void (*done)(void *user, int r, int64_t id, const char *reason);
        void *user;
};

/* 0 or -errno (then the descriptor is closed and `done` is not called). */
int bulk_start(struct bulk **out, struct watcher *watcher, const struct bulk_file *file);
/* Intake is open again, or the watcher was resumed. */
void bulk_go_on(struct bulk *bulk);
/* Give up; what is stored stays so. */
void bulk_stop(struct bulk *bulk);
