/*
 * What the subcommands of dateline(1) share: opening the modules, reading files, exit codes.
 *
 * Exit codes: 0 all done; 1 something could not be decoded, read or coded (said on standard error); 64 wrong usage
 * (EX_USAGE); 66 a file cannot be opened (EX_NOINPUT); 71 out of memory; 73 the output cannot be opened (EX_CANTCREAT);
 * 74 the output cannot be written (EX_IOERR); 78 wrong settings or dictionaries (EX_CONFIG); 130 interrupted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "worker/chain.h"

enum { OFFLINE_EXIT_INPUT = 1 };

/* The subcommands; argv[0] is the subcommand's name. They return the exit code. */
int offline_decode(int argc, char **argv);
int offline_read(int argc, char **argv);
int offline_code(int argc, char **argv);
int offline_lint(int argc, char **argv);
int offline_opml(int argc, char **argv);

/* The modules decode, read and code. NULL: as they come. */
struct offline_options {
        const char *model;              /* of read */
        const char *dictionaries[16];   /* of code */
        size_t n_dictionaries;
        const char *min_confidence;
        bool quiet;                     /* no warnings */
};

/* Says on standard error what is wrong. 0 or an exit code. */
int offline_open(struct chain **out, struct arena *arena, const struct offline_options *options);

/* The bytes of a file, "-" is standard input; at most `max`. The caller frees. Says what is wrong; 0 or an exit
 * code. */
int offline_read_file(const char *path, size_t max, struct buf *out);

/* The files to read: those named and, of folders, all files in them and below, in the order of their names, without
 * those whose names begin with a dot. Before the sandbox. In the arena. Says what is wrong; 0 or an exit code. */
int offline_files(struct arena *arena, int *n, char ***paths);

/* "story" of "dir/story.txt", in the arena. */
const char *offline_base_name(struct arena *arena, const char *path);

/* Close the sandbox; says what is wrong. 0 or an exit code. */
int offline_enter_sandbox(void);
