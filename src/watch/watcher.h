/*
 * The contract of a watcher: what notices the outside world and hands over bytes with an envelope. A watcher knows nothing
 * of what the bytes mean. It is made from one row of `watch:`; a new kind is one row in watcher_kinds[] and one file.
 *
 * Life: create -> start -> (hold <-> resume)* -> stop -> closed. All on the loop; nothing may block: what touches the file
 * system goes through uv_fs or uv_queue_work.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "base/log.h"
#include "base/notify.h"
#include "config/config.h"
#include "watch/intake.h"

struct feeds;
struct watcher;

/* What a watcher needs from the daemon. */
struct watcher_host {
        uv_loop_t *loop;
        struct log *log;
        struct intake *intake;
        struct feeds *feeds;            /* what feeds share; NULL (tests): there can be none */
        bool unconfined;                /* what reads foreign bytes does without its sandbox (debugging) */
        struct notify_sockets *sockets; /* what systemd passed, what watchers leave to each other; NULL: none */
        bool ending;                    /* the daemon ends: what may go on by itself is left as it is */
        /* The watcher's first attempt is over: it listens, watches, or has said its trouble. Once a watcher, perhaps from
         * within watcher_start(). READY=1 waits for it. May be NULL. */
        void (*settled)(struct watcher *watcher, void *user);
        void (*kick)(void *user);       /* stories that waited are pending now; may be NULL */
        void *user;
};

/* What is told of a source that is polled. Times are wall clock us, 0: never. */
struct watcher_polls {
        int64_t success, change, next;
        int64_t items;                  /* new stories, ever */
        int64_t errors;                 /* in a row */
        int64_t saved;                  /* bytes that need not be fetched again, ever */
};

struct watcher_kind {
        const char *name;               /* "directory", "socket", "command", "feed" */
        /* Allocate the kind's struct around `struct watcher`. */
        int (*create)(struct watcher **out);
        /* Begin to watch. A thing that is not there yet (no such directory) is no error: say it once by
         * watcher_trouble() and try again. 0 or -errno (out of memory and the like). */
        int (*start)(struct watcher *watcher);
        /* Intake is closed, or a person paused the source: take nothing new. What was submitted still ends in its ticket. */
        void (*hold)(struct watcher *watcher);
        void (*resume)(struct watcher *watcher);
        /* Take nothing new, wait for submitted tickets, close all handles; then watcher_closed(). */
        void (*stop)(struct watcher *watcher);
        void (*free)(struct watcher *watcher);
        /* What sources shows beside the common figures, NULL: nothing: "3 connections". Into `out`. */
        void (*describe)(const struct watcher *watcher, char *out, size_t size);
        void (*polls)(const struct watcher *watcher, struct watcher_polls *out);       /* NULL: it does not poll */
};

enum watcher_state {
        WATCHER_NEW,
        WATCHER_RUNNING,
        WATCHER_STOPPING,
        WATCHER_CLOSED,
};

/* The common part of all watchers. */
struct watcher {
        struct list link;               /* in the daemon's list */
        const struct watcher_kind *kind;
        const struct watcher_host *host;
        struct config *config;          /* a reference: keeps `row` alive over a reload */
        const struct config_watch *row;
        enum watcher_state state;
        bool paused;                    /* by a person */
        bool held;                      /* intake is closed */
        bool settled;                   /* see watcher_host.settled */
        bool succeeded;                 /* set before watcher_stop(): one of its kind and name follows and goes on */
        char *trouble;                  /* what is wrong now, NULL: nothing */
        void (*closed)(struct watcher *watcher, void *user);
        void *user;

        uint64_t accepted, known, refused, bytes;       /* since the start */
        int64_t last_accepted;          /* wall clock us, 0: never */
        int64_t last_trouble;
};

extern const struct watcher_kind watcher_directory, watcher_socket, watcher_command, watcher_feed;

/* Makes the watcher for a row; takes a reference to config. */
int watcher_new(struct watcher **out, const struct watcher_host *host, struct config *config,
                const struct config_watch *row);
int watcher_start(struct watcher *watcher);
/* `closed` is called once all handles are closed and all tickets are back; it may call watcher_free(). */
void watcher_stop(struct watcher *watcher, void (*closed)(struct watcher *watcher, void *user), void *user);
void watcher_free(struct watcher *watcher);

/* Intake opened or closed; a person paused or resumed. The kind's hold/resume is called only when the sum changes. */
void watcher_set_held(struct watcher *watcher, bool held);
void watcher_set_paused(struct watcher *watcher, bool paused);
static inline bool watcher_is_idle(const struct watcher *watcher)
{
        return watcher->paused || watcher->held || watcher->state != WATCHER_RUNNING;
}

/* For the kinds. */
void watcher_settled(struct watcher *watcher);
/* The state of the watcher as a whole: logged when it changes, not each time it is met. */
void watcher_trouble(struct watcher *watcher, const char *format, ...) _printf_(2, 3);
/* The same, with a kind of its own for the log. */
void watcher_trouble_as(struct watcher *watcher, enum log_kind kind, const char *format, ...) _printf_(3, 4);
void watcher_trouble_over(struct watcher *watcher);
/* One thing that happened (a file that cannot be read), said once by the caller's care; `trouble` stays as it is. */
void watcher_report(struct watcher *watcher, int level, const char *format, ...) _printf_(3, 4);
/* The same, with a kind of its own for the log. */
void watcher_report_as(struct watcher *watcher, int level, enum log_kind kind, const char *format, ...) _printf_(4, 5);
void watcher_count(struct watcher *watcher, int r, size_t n_bytes);     /* by a ticket's result */
void watcher_closed(struct watcher *watcher);

/* A name from outside (file, peer) as UTF-8 without control characters, for records and messages; never longer than the
 * name. Returns `out`. */
const char *watcher_printable(const char *name, char *out, size_t size);
