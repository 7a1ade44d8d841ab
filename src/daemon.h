/*
 * struct daemon owns everything, and is passed down. daemon.c has the only start order and the only stop order.
 * Beside it: roster.c keeps watchers and outputs what the configuration says, reload.c takes a new one over,
 * service.c answers the control socket, status.c knows the figures, check.c is --check-config.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "config/config.h"
#include "control/control.h"
#include "embargo.h"
#include "http/http.h"
#include "metrics/metrics.h"
#include "output/output.h"
#include "output/stream.h"
#include "status.h"
#include "store/store.h"
#include "watch/intake.h"
#include "watch/watcher.h"
#include "work/work.h"

struct alerting;
struct pressure;
struct reload;

enum daemon_state {
        DAEMON_STARTING,
        DAEMON_RUNNING,
        DAEMON_STOPPING,
};

struct daemon_options {
        const char *config_path;
        int log_level;          /* over the configuration's; -1: as configured */
        bool sandbox;
};

struct daemon {
        struct daemon_options options;
        uv_loop_t loop;
        struct log *log;
        struct config *config;
        struct notify_sockets sockets;
        enum daemon_state state;
        int status;             /* what main returns */

        struct store *store;
        struct intake *intake;
        struct http *http;
        struct feeds *feeds;
        struct work *work;
        struct stream *stream;
        struct alerting *alerting;
        struct control *control;
        struct metrics *metrics;
        struct pressure *pressure;      /* NULL: not watched */
        struct list probes;     /* under way, see probe.h */
        struct list watchers, outputs;
        uint64_t watchers_gone; /* that were in the list */
        struct watcher_host watcher_host;
        struct output_host output_host;
        size_t unsettled;       /* watchers whose first attempt is not over; READY waits for them */
        bool has_workers;       /* READY waits for them too */
        bool intake_open;
        struct reload *reload;  /* under way, or NULL */
        bool reload_again;      /* SIGHUP came when none could begin: once it can */

        uv_signal_t signals[3];
        uv_prepare_t turn;      /* measures the loop's turns */
        uv_timer_t tick;        /* every second: status, rates; retention every minute */
        uv_timer_t watchdog;
        uv_timer_t limit;       /* of stopping */
        uv_timer_t workers_due; /* while starting */
        size_t stop_stage;
        struct list *emptying;  /* the list that the stage waits for: watchers or outputs */
        struct status status_figures;
        struct embargo embargo;
        struct store_job expire;
        unsigned ticks;         /* while it runs */
        struct clock_steady clock;
        bool no_descriptors;    /* and that was told */
        int64_t clock_ahead;    /* of `clock` is the wall clock, as far as it was told */
        bool expiring;
        int64_t keep;           /* us, of the piece under way */
        int64_t expired;
};

/* Start, run until told to stop, stop: the exit status (sysexits). */
int daemon_run(const struct daemon_options *options);

/* While it runs: what nobody claims of d->sockets. What was left to somebody is dropped, of what systemd passed is
 * told. */
void daemon_drop_unclaimed(struct daemon *d);

/* A stage of stopping is over: the next one begins. `user`: the daemon. */
void daemon_next_stage(void *user);
