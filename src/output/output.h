/*
 * The contract of an output: where committed events go. Each output follows the stream with a durable cursor, its own
 * pace and its own back-off: a dead one delays nobody, and when it comes back it gets what it missed. After a crash it
 * may get again what was delivered after its cursor was last written (at least once; an event's id is the key).
 *
 * A new kind is one row in output_kinds[] and one file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "base/log.h"
#include "config/config.h"
#include "output/stream.h"
#include "store/alerts.h"
#include "store/query.h"
#include "store/store.h"

struct http;
struct output;

struct output_host {
        uv_loop_t *loop;
        struct log *log;
        struct store *store;
        struct stream *stream;
        struct http *http;
};

enum {
        OUTPUT_E_LATER = 1, /* taken; output_held() or output_failed() follows, until then nothing more is given */
        OUTPUT_E_FAILED, /* not taken: output_trouble() was called; what was not safe comes again after the back-off */
        OUTPUT_E_HELD, /* taken, but not safe yet: the cursor stays until output_safe() or output_commit() */
};

struct output_kind {
        const char *name;
        /* Which changes it gets where the configuration says nothing, a set of store/kind.h; NULL: all of events. */
        unsigned (*changes)(const struct config_output *row);
        /* Whether a row of the configuration is of this kind. */
        bool (*is)(const struct config_output *row);
        /* One line; see output_record(). 0 or one of the above. */
        int (*deliver)(struct output *output, struct stream_line *line);
        /* For kinds that have something of their own (NULL: this one has not). create: sets output->state; 0 or -errno.
         * begin: its place `cursor` is known; calls output_ready() once, perhaps from inside. stop: nothing more is
         * given; ends with output_stopped(), once, perhaps from inside, when nothing is under way and all handles are
         * closed; begin may not have been called. free: the state. */
        int (*create)(struct output *output);
        void (*begin)(struct output *output, int64_t cursor);
        void (*stop)(struct output *output);
        void (*free)(struct output *output);
        /* All that there is was given: what is held back to make a batch of it goes now. May be NULL. */
        void (*flush)(struct output *output);
        /* what it holds is with a receiver that has not answered: that counts as behind */
        bool answers;
};

struct output {
        struct list link;               /* the daemon's */
        const struct output_kind *kind;
        const struct output_host *host;
        struct config *config;          /* a reference: keeps `row` alive over a reload */
        const struct config_output *row;
        struct stream_follower follower;
        void *state;                    /* the kind's */
        unsigned changes;               /* which it gets */
        struct query_filter filter;     /* which events, strings of `row` */
        struct alerts_filter alerts;    /* which alerts */
        bool filters, filters_alerts;   /* the filter holds anything back */
        bool following, delivering, saving, stopping;
        bool kind_stopped;
        bool holding;                   /* the kind holds what it took behind `delivered` */
        /* Sequences: given to the kind (-1 until its cursor is loaded), safe there, written as its cursor. */
        int64_t taken, delivered, saved;
        uint64_t sent;
        uint64_t given_up;              /* of them such as the receiver refused for good, counted by the kind */
        /* us: set by the kind before output_failed(), the least time until it is tried again */
        int64_t wait;
        unsigned failures;              /* in a row */
        char *trouble;
        uv_timer_t timer;               /* back-off */
        size_t at_store;
        void (*closed)(struct output *output, void *user);
        void *user;
};

extern const struct output_kind output_exec, output_files, output_journal, output_webhook;

/* Takes a reference to config; begins at its cursor, a new one with the events from now on. 0 or -errno. */
int output_new(struct output **out, const struct output_host *host, struct config *config,
               const struct config_output *row);
/* Writes the cursor, then `closed`, which may call output_free(). */
void output_stop(struct output *output, void (*closed)(struct output *output, void *user), void *user);
void output_free(struct output *output);
/* Changes that it has not got yet, for status; what is under way to a receiver it has not got. */
int64_t output_behind(const struct output *output);

/* For the kinds. */
/* The line as JSON; see stream_record(). */
json_t *output_record(const struct output *output, struct stream_line *line);
void output_trouble(struct output *output, const char *format, ...) _printf_(2, 3);
/* The answer after OUTPUT_E_LATER where the line is held, as with OUTPUT_E_HELD. `pause`: and nothing more now, as
 * output_pause(). */
void output_held(struct output *output, bool pause);
/* Nothing is given until output_go_on(), or output_failed(). Not while an answer after OUTPUT_E_LATER is outstanding;
 * from within `deliver` where that then returns OUTPUT_E_HELD, and from within `flush`. */
void output_pause(struct output *output);
void output_go_on(struct output *output);
/* What was held is lost; after the back-off all behind the cursor comes again, and a kind that has begin() begins anew
 * with the cursor as the store has it. output_trouble() was called. Also instead of output_ready(). */
void output_failed(struct output *output);
/* All up to `seq` is safe: the cursor follows. `all`: nothing is held any more. */
void output_safe(struct output *output, int64_t seq, bool all);
/* Write `seq` as the cursor, durably, and all events up to it with it. Then `done` with 0 or -errno; it goes on with
 * output_safe() or output_failed(). Called while paused. */
void output_commit(struct output *output, int64_t seq, void (*done)(struct output *output, int r));
void output_ready(struct output *output);
void output_stopped(struct output *output);
