/*
 * The store: what is on disk, and the threads that may touch it.
 *
 * The loop never runs SQL. It hands over jobs and gets them back, done, on the loop:
 *
 *   - The writer takes all jobs that wait (at most STORE_BATCH_JOBS, and no longer than STORE_BATCH_US of running) into
 * one transaction. A job that fails (with a negative result) leaves no trace and does not harm the others: the batch is
 *     rolled back and run again, each job in a savepoint of its own. When the transaction is committed, all go back. A
 *     batch with at least one `durable` job is fsynced (synchronous=FULL); others follow with the next one: their
 * results can be made again from what was durable. While one batch is being committed the next one gathers: at a low
 * rate nothing waits, at a high one the fsync is shared.
 *   - The reader has a read-only connection. Queries that scan never slow intake.
 *
 * What the jobs do is plain SQL over `struct db` (store/db.h) in files that know no thread and no loop.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "base/log.h"

struct db;
struct store;

enum {
        STORE_BATCH_JOBS = 256,
        STORE_BATCH_US = 10000,
};

/*
 * A job, embedded in what it is about. `run` is called on the store's thread and touches nothing that the loop may
 * touch at that time; it is called again where a batch was rolled back by another job's failure, so each call must set
 * all of the job's results anew. `lost`, where it is not NULL, is called there too, when what `run` wrote was rolled
 * back: what a job leaves in memory beside the database goes with it. `done` is called on the loop, exactly once, in the order of submission for each lane;
 * it owns the job again and may free it.
 */
struct store_job {
        struct list link;
        bool durable;
        int (*run)(struct store_job *job, struct db *db);       /* 0, a positive result of the job's own, or -errno */
        void (*lost)(struct store_job *job);
        void (*done)(struct store_job *job, int r);             /* what run returned; or -errno of the batch:
                                                                   -ENOSPC, -EDQUOT, -EROFS, -EIO, or -ECANCELED */
        int result;             /* the store's own */
};

/* Whether a job's -errno is the fault of what it brought (a constraint, a size), so that no new attempt can help; other errors
 * are the disk's or everybody's. */
static inline bool store_is_own_fault(int r)
{
        return r == -EINVAL || r == -E2BIG || r == -EFBIG || r == -EILSEQ;
}

enum {
        STORE_E_REFUSED = 1,    /* *error says why: not a database, written by a newer dateline, ... and what to do */
};

/* Opens or makes the database, migrates it, starts the threads. Before the loop runs, so it may block. */
int store_open(struct store **out, uv_loop_t *loop, struct log *log, const char *path, char **error);

/* For the loop's thread only. A job that is submitted after store_close() comes back with -ECANCELED. */
void store_write(struct store *store, struct store_job *job);
void store_read(struct store *store, struct store_job *job);

/* Jobs that were handed over and have not come back. */
size_t store_writes_waiting(const struct store *store);

/* Figures for status. */
struct store_figures {
        uint64_t commits;               /* transactions since the start */
        uint64_t jobs;                  /* write jobs since the start */
        int64_t commit_us;              /* the longest commit of the last minute, or wait for the log to be taken in */
};
void store_get_figures(const struct store *store, struct store_figures *figures);

/* Finish what waits, checkpoint, close; then `closed` is called on the loop and the store is gone. */
void store_close(struct store *store, void (*closed)(void *user), void *user);
