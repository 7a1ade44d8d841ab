/*
 * Framing: where one story ends and the next begins in the bytes of a connection. Knows no socket and no loop, so that it
 * can be fuzzed and tested at every byte boundary.
 *
 * Bytes are pushed as they come and messages are taken out one by one, so that the caller can stop between two of them
 * and go on later. At most about one message of `max_size` and one push are held.
 *
 *   connection  all until the peer shuts its side down is one message
 *   separator   a byte sequence ends a message; what is left at the end is the last one. A message of nothing but white
 *               space (a line end after the last separator) is none.
 *   wire        a message goes from SOH to EOT (IPTC 7901, ANPA 1312), or to the next SOH where its end was lost, or to the
 *               end; what stands between messages is noise
 *   length      a line with the length in decimal, ended by \n or \r\n, then so many bytes; a line end behind the
 *               bytes is left out
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/config.h"

enum {
        FRAMING_LINE_MAX = 32,          /* of a length */
};

enum {
        FRAMING_E_MORE = 1,     /* no whole message is there */
        FRAMING_E_TOO_LARGE,    /* message->n is its size, or 0 where it is not known (connection framing: give up) */
        FRAMING_E_EMPTY,        /* a message without a word */
        FRAMING_E_TRUNCATED,    /* the end came within a message of message->n bytes */
        FRAMING_E_BAD,          /* not a length: the stream cannot be read on */
        FRAMING_E_END,          /* all is taken and the end was pushed */
};

struct framing {
        enum config_framing kind;
        const char *separator;          /* the row's */
        size_t n_separator;
        size_t max_size;

        struct buf in;
        size_t at;              /* where the next message begins */
        size_t searched;        /* from `at`: so far there is no separator */
        bool in_body;           /* length: the length is known; wire: SOH was seen */
        uint64_t n_body;
        uint64_t skip;          /* length: so many bytes of a message that is too large are still to come */
        uint64_t skipped;       /* separator: so many bytes of such a message are gone; 0: not within one */
        bool ended;
};

struct framing_message {
        const char *bytes;      /* until the next call */
        uint64_t n;
};

/* The row must outlive it. */
void framing_init(struct framing *framing, const struct config_watch *row);
/* May be called twice. */
void framing_deinit(struct framing *framing);

/* 0 or -ENOMEM. */
int framing_push(struct framing *framing, const char *bytes, size_t n);
/* The peer has shut its side down. */
void framing_end(struct framing *framing);
/* The next message: 0, or one of the above. */
int framing_next(struct framing *framing, struct framing_message *message);
/* Give back the memory of what was taken; after the last framing_next() of a turn. */
void framing_compact(struct framing *framing);
/* Bytes that are held for messages to come. */
static inline size_t framing_held(const struct framing *framing)
{
        return framing->in.n - framing->at;
}
