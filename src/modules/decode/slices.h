/*
 * A WARC file cut into slices: some records at a time that may be news, each slice a small WARC file, gzipped, that is
 * a delivery of its own. Where the cuts are depends on the file alone, so that whoever was interrupted cuts the same
 * way again and knows by a slice's position which ones are done.
 */
#pragma once

#include "base/buf.h"
#include "modules/decode/records.h"

struct slices;

enum { SLICES_RAW = 512 << 10 };        /* unpacked bytes from which a slice is not added to; a single record may be longer */

struct slice {
        struct job_position position;   /* of its first record */
        struct job_position next;       /* behind its last one: of the first record that is not in it */
        size_t records;
        bool last;                      /* the file is over; `records` may be 0 */
};

/* `head` and `more` as of stream_open(); `start`: where the head begins, NULL: at the beginning. NULL: no memory. */
struct slices *slices_open(const char *head, size_t n_head, stream_read_fn more, void *user, const struct job_position *start);
void slices_close(struct slices *slices);
void slices_closep(struct slices **slices);

/* The next slice. Its bytes are made by slices_pack(), until the next call of this. 0 or -errno. */
int slices_next(struct slices *slices, struct slice *slice);
/* 0 or -errno. */
int slices_pack(struct slices *slices, struct buf *out);

/* Members of gzip and records that could not be read whole, or were too large, up to now. */
size_t slices_damaged(const struct slices *slices);
