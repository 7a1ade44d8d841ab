/*
 * The pool: N worker processes of one configuration. It hands jobs to idle ones and replaces what dies, with a growing
 * pause where a worker dies again and again before it is ready. A reload makes a whole new pool and retires the old
 * one: workers never change their configuration.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/log.h"
#include "config/config.h"
#include "work/job.h"

struct pool;

/* All workers are ready for the first time (r = 0), or the pool cannot work: `reason` in words, r = POOL_E_CONFIG
 * where settings are wrong (a line an error), else POOL_E_START. Called once. That a worker is idle is not told: who
 * has work asks pool_has_idle() in each turn of the loop. */
typedef void (*pool_started)(void *user, int r, const char *reason);

enum {
        POOL_E_CONFIG = 1,
        POOL_E_START,
};

/* Takes a reference to config. 0 or -errno. */
int pool_new(struct pool **out, uv_loop_t *loop, struct log *log, struct config *config, bool sandbox,
             pool_started started, void *user);

bool pool_has_idle(const struct pool *pool);
/* Only when pool_has_idle(). */
void pool_run(struct pool *pool, struct work_job *job);

/* No new jobs; busy workers finish theirs within `grace_us`, then they are killed and their jobs given back.
 * `closed` is called when all are gone, and the pool is freed. */
void pool_close(struct pool *pool, int64_t grace_us, void (*closed)(void *user), void *user);
/* After pool_close(): the grace ends in `grace_us` from now. */
void pool_hurry(struct pool *pool, int64_t grace_us);

/* Workers that have nothing to do and have worked are replaced by fresh ones; how many. */
size_t pool_refresh(struct pool *pool);

/* Status. */
size_t pool_size(const struct pool *pool);
void pool_count(const struct pool *pool, size_t *running, size_t *busy);
uint64_t pool_lost(const struct pool *pool);
/* The "modules" of the first READY, JSON text: [{"name", "version"}]; "[]" before. */
const char *pool_modules(const struct pool *pool);
