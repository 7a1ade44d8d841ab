/*
 * The stream of what was committed to the change log (store/kind.h), in its sequence, for whoever follows: subscribers
 * on the control socket, outputs.
 *
 * It is a tail of the store: a commit moves the end, one read brings the new lines into a ring, every follower takes
 * from there at its own pace. A follower that fell behind the ring reads from the store by itself. Nothing queues up
 * for anybody, so a follower that stops costs nothing and delays nobody. While nobody follows nothing is read. A line
 * is parsed at most once, however many look into it. Of many followers with a filter each, those only are woken that a
 * line is for (output/interest.h).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "base/log.h"
#include "output/interest.h"
#include "store/store.h"

struct stream;
struct stream_fetch;

struct stream_line {
        int64_t seq;
        const char *text;               /* JSON, without a line break */
        size_t n;
        unsigned kind;                  /* KIND_SET() of store/kind.h, of kind_of_line() */
        json_t *record;                 /* the stream's own: see stream_record() */
};

/* Embedded in what follows. */
struct stream_follower {
        struct list link;
        int64_t seq;                    /* the last line that was taken */
        /* There is something to take again after STREAM_E_NONE or STREAM_E_FETCHING. Called once for each of these,
         * never from within a call of the stream's. */
        void (*wake)(struct stream_follower *follower);
        /* What it is woken for: lines of these kinds (a set of store/kind.h; 0: all), and of these, where there is a
         * filter, events that pass it. Others are passed over while it waits, and handed out like all where it is
         * behind. Not to be changed while it follows. */
        unsigned kinds;
        const struct query_filter *filter;
        /* The stream's own. */
        struct stream *stream;
        struct interest interest;
        struct list ready;              /* to be woken */
        bool waits;
        struct stream_fetch *fetch;     /* behind the ring: lines of its own */
};

enum {
        STREAM_E_NONE = 1,      /* nothing more now */
        STREAM_E_FETCHING,      /* being read from the store */
};

int stream_new(struct stream **out, uv_loop_t *loop, struct log *log, struct store *store);
/* Nobody may follow any more. `closed` is called once what it had at the store is back. */
void stream_close(struct stream *stream, void (*closed)(void *user), void *user);

/* Changes up to `seq` are committed. */
void stream_committed(struct stream *stream, int64_t seq);
int64_t stream_last(const struct stream *stream);

/* From behind the sequence number `after`; -1: from now on. */
void stream_follow(struct stream *stream, struct stream_follower *follower, int64_t after);
void stream_unfollow(struct stream *stream, struct stream_follower *follower);
size_t stream_followers(const struct stream *stream);

/* The follower's next line, a change of any kind, valid until the loop goes on or the next call. 0, STREAM_E_NONE or
 * STREAM_E_FETCHING. */
int stream_next(struct stream *stream, struct stream_follower *follower, struct stream_line **line);
/* The line as JSON, valid as long as the line, not to be changed. NULL: it is none. */
json_t *stream_record(struct stream *stream, struct stream_line *line);
