/*
 * The contract of an output: where committed events go. Each output follows the stream with a durable cursor, its own pace
 * and its own back-off: a dead one delays nobody, and when it comes back it gets what it missed. After a crash it may get
 * again what was delivered after its cursor was last written (at least once; an event's id is the key).
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
#include "store/store.h"

struct output;

struct output_host {
        uv_loop_t *loop;
        struct log *log;
        struct store *store;
        struct stream *stream;
};

enum {
        OUTPUT_E_LATER = 1,     /* taken; output_delivered() follows, until then nothing more is given */
        OUTPUT_E_FAILED,        /* not taken: output_trouble() was called; the same line comes again after the back-off */
};

struct output_kind {
        const char *name;
        /* Whether a row of the configuration is of this kind. */
        bool (*is)(const struct config_output *row);
        /* One event record, a JSON line of n bytes without its line break. 0, OUTPUT_E_LATER or OUTPUT_E_FAILED. */
        int (*deliver)(struct output *output, const char *line, size_t n, int64_t seq);
};

struct output {
        struct list link;               /* the daemon's */
        const struct output_kind *kind;
        const struct output_host *host;
        struct config *config;          /* a reference: keeps `row` alive over a reload */
        const struct config_output *row;
        struct stream_follower follower;
        bool following, delivering, saving, stopping;
        int64_t delivered, saved;       /* sequences */
        uint64_t sent;
        unsigned failures;              /* in a row */
        char *trouble;
        uv_timer_t timer;               /* back-off */
        size_t at_store;
        void (*closed)(struct output *output, void *user);
        void *user;
};

extern const struct output_kind output_journal;

/* Takes a reference to config; begins at its cursor, a new one with the events from now on. 0 or -errno. */
int output_new(struct output **out, const struct output_host *host, struct config *config,
               const struct config_output *row);
/* Writes the cursor, then `closed`, which may call output_free(). */
void output_stop(struct output *output, void (*closed)(struct output *output, void *user), void *user);
void output_free(struct output *output);
/* Events that it has not got yet, for status. */
int64_t output_behind(const struct output *output);

/* For the kinds. */
void output_trouble(struct output *output, const char *format, ...) _printf_(2, 3);
/* The answer after OUTPUT_E_LATER. */
void output_delivered(struct output *output, bool ok);
