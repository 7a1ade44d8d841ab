/*
 * Long runs over files (an archive in WARC, years of JSON Lines): how far it is, an end in the middle, and a way to go
 * on.
 *
 * With --output the lines go to a file, and FILE.position says beside it how far that is: up to which byte of which
 * input all is in the first so many bytes of the output. It is one line of JSON, written in place about once a second,
 * after the output; whatever kills the process, the next run with --resume cuts the output there and goes on. Nothing
 * is lost and nothing there twice. Where it had finished, --resume reads what files are named behind the last one.
 * Signals: see ending.h. Where the output cannot be written, as when the disk is full, the run ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "worker/chain.h"

struct backfill_options {
        const char *output;             /* NULL: standard output, which cannot be resumed */
        bool resume, progress;
        int n;                          /* the inputs */
        char **paths;
};

/* For getopt_long: values that no letter has. */
enum { BACKFILL_OUTPUT = 1000, BACKFILL_RESUME, BACKFILL_PROGRESS };
#define BACKFILL_OPTIONS \
        { "output", required_argument, NULL, BACKFILL_OUTPUT }, { "resume", no_argument, NULL, BACKFILL_RESUME }, \
        { "progress", no_argument, NULL, BACKFILL_PROGRESS }
/* True: it was one of them. */
bool backfill_option(struct backfill_options *options, int c, const char *argument);

struct backfill {
        const char *path;               /* of the input that is being read */
        int fd;
        int64_t size;                   /* of it; 0: unknown */
        int64_t read;                   /* bytes of it */
        unsigned stories;               /* of this input, those before a resumption too */

        int position_fd, n_files;
        bool progress, terminal, shown, resumable, interrupted;
        int write_error;                /* errno of the output; 0: none */
        int index, first;               /* of the input; of the one to begin with */
        char first_path[1024];
        int64_t first_size;
        struct job_position first_at;   /* ... and where in it */
        unsigned first_stories;
        struct job_position at;         /* all before it is done, and then there were so many */
        unsigned at_stories;
        int64_t at_output;              /* ... stories and bytes of the output */
        int64_t began, said, saved;     /* monotonic us: this input (of several, the first), its display, its record */
        int64_t began_read;
        unsigned began_stories, all_stories;
        double began_share;             /* of all inputs, what was done before */
};

/* Before the sandbox. Says what is wrong; 0 or an exit code, -1: an earlier run had finished, which is said. */
int backfill_open(struct backfill *b, const struct backfill_options *options);

/* The next input; `index` from 0. 0, an exit code after saying what is wrong, or -1: it was done before. */
int backfill_begin(struct backfill *b, int index, const char *path);
void backfill_end(struct backfill *b);

/* It was interrupted, or the output cannot be written: no further story is wanted. */
bool backfill_stopped(struct backfill *b);

/* Around what is printed to standard output of a story. */
void backfill_hold(struct backfill *b);
void backfill_release(struct backfill *b);

/* Before a story that begins at `at` is written. False: stop here. */
bool backfill_take(struct backfill *b, const struct job_position *at);

/* What the story that was taken is called: the input's name without its extension, with ".2", ".3", ... behind it
 * from the second story on. In the arena. */
const char *backfill_story_id(const struct backfill *b, struct arena *arena);

/* Decode the input as a delivery: a WARC file is read as a stream, anything else is read whole (at most `max` bytes,
 * into `bytes`, which is kept for the next one). `job` has its sink and envelope. Returns 0 or an exit code; *r is
 * what chain_decode() said, -EINTR: it was interrupted. */
int backfill_decode(struct backfill *b, struct chain *chain, struct job *job, size_t max, struct buf *bytes, int *r);
/* The input line by line, gunzipped where it is a file of gzip, without its end; `line` 0: go on, or an exit code. */
int backfill_lines(struct backfill *b, size_t max, struct buf *bytes,
                   int (*line)(void *user, const char *line, size_t n, unsigned number), void *user);

/* After the last input: `exit_code`, or that it was interrupted, which is said. */
int backfill_close(struct backfill *b, int exit_code);
