/*
 * Who takes the log into the file. SQLite would do it inside some commit, whose jobs then wait for all of it. Here a
 * thread with a connection of its own does it beside the writer, who only has to take over what was written meanwhile:
 * the log can start anew only when all of it is in the file, and under a steady load that moment has to be made.
 */
#pragma once

#include "store/db.h"

struct checkpoint;

enum {
        CHECKPOINT_START = 1000,        /* pages in the log: begin */
        CHECKPOINT_FINISH = 200,        /* so few are left: the writer takes them itself */
        CHECKPOINT_MOST = 4096,         /* so many: the writer waits, or the log would grow without bound */
};

/* Opens its connection and starts its thread. 0, DB_E_REFUSED or -errno. */
int checkpoint_open(struct checkpoint **out, const char *path, char **error);
/* On the writer's thread, after a commit, with its connection (db_follow_log()). */
void checkpoint_follow(struct checkpoint *checkpoint, struct db *db);
/* Waits for the thread's end. NULL is no harm. */
void checkpoint_free(struct checkpoint *checkpoint);
