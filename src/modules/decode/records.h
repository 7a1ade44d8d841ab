/*
 * The records of a WARC 1.0 or 1.1 file (ISO 28500), gzipped member by member or not, from a stream. What one of them holds is
 * warc.c's to say.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "modules/decode/stream.h"
#include "worker/module.h"

enum { RECORDS_NAME = 64, RECORDS_URL = 2048 };

struct record {
        char type[RECORDS_NAME], url[RECORDS_URL], content_type[RECORDS_NAME];
        int64_t length;                 /* of its block; -1: not said */
        struct job_position position;   /* of its first byte */
};

struct records {
        struct stream *stream;
        const char *at;                 /* bytes of the stream not yet taken */
        size_t n, piece;                /* ... and of those that stream_next() gave */
        int64_t skip;                   /* unpacked bytes to leave out at the beginning */
};

/* Do these first bytes, gzipped or not, begin a WARC file? */
bool records_begin(const char *bytes, size_t n);

/* The stream begins at `from->at`; it stays the caller's. */
void records_init(struct records *records, struct stream *stream, const struct job_position *from);

/* To the next record's headers; *found is false at the end. 0 or -errno. */
int records_next(struct records *records, struct record *record, bool *found);

/* Its block, `length` bytes, into `out` (NULL: past it); *whole: all of it came. 0 or -errno. */
int records_block(struct records *records, int64_t length, struct buf *out, bool *whole);

/* The value of the header line "name: value"; NULL: it is another header's. WARC's and HTTP's. */
const char *records_value(const char *line, const char *name);
/* ... into `out`, without <>, cut at its size; left as it is where it is another header's. */
void records_copy_value(const char *line, const char *name, char *out, size_t size);
