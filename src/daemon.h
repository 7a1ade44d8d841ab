/*
 * struct daemon owns everything, and is passed down. daemon.c has the only start order and the only stop order; what
 * happens at a reload is reload.c's, what is told about it all is status.c's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/log.h"
#include "base/notify.h"
#include "config/config.h"
#include "control/control.h"
#include "output/output.h"
#include "output/stream.h"
#include "status.h"
#include "store/store.h"
#include "watch/intake.h"
#include "watch/watcher.h"
#include "work/work.h"

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
        struct work *work;
        struct stream *stream;
        struct control *control;
        struct list watchers, outputs;
        struct watcher_host watcher_host;
        struct output_host output_host;
        size_t unsettled;       /* watchers whose first attempt is not over; READY waits for them */
        bool intake_open;
        struct reload *reload;  /* under way, or NULL */

        uv_signal_t signals[3];
        uv_prepare_t turn;      /* measures the loop's turns */
        uv_timer_t tick;        /* every second: status, rates; retention every minute */
        uv_timer_t watchdog;
        uv_timer_t limit;       /* of stopping */
        size_t stop_stage;
        struct status status_figures;
        struct store_job expire;
        bool expiring;
        int64_t expired;
};

/* Start, run until told to stop, stop: the exit status (sysexits). */
int daemon_run(const struct daemon_options *options);

/* `datelined --check-config`: the file and the workers' settings; prints what is wrong. EX_OK or EX_CONFIG. */
int daemon_check(const struct daemon_options *options);

/* Begin to stop; may be called again. */
void daemon_stop(struct daemon *d, int status);

/* Make watchers and outputs what the configuration says: those that are not in it any more, or are not the same, stop; when
 * they are closed the new ones start. */
void daemon_follow_config(struct daemon *d);
