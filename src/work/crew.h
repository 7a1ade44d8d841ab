/*
 * The crew of one configuration: its pool of workers, its exec modules, and the steps that a delivery or a story takes
 * through them. A reload makes a whole new crew; what the old one runs it finishes or gives back.
 *
 * A delivery takes one step: decode, in a worker. A story takes the segments between exec modules and the exec modules,
 * in the order of the configuration; without exec that is one step: read and code, in a worker. The last step is a
 * worker's always: what a program gave is read there, in the sandbox.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/log.h"
#include "config/config.h"
#include "work/exec.h"
#include "work/job.h"
#include "work/pool.h"

struct crew_step {
        struct exec *exec;      /* NULL: a worker runs `segment` */
        size_t segment;
        bool whole;             /* the worker answers with the whole document, for the exec module that follows */
};

struct crew {
        struct list link;
        struct config *config;
        struct pool *pool;              /* NULL once it is closed */
        struct exec **execs;
        size_t n_execs;
        struct crew_step *steps;
        size_t n_steps;

        size_t open;            /* pool and execs that are not closed yet */
        void (*closed)(struct crew *crew, void *user);
        void *user;
};

/* 0 or -errno. `started` is the pool's, its `user` too. */
int crew_new(struct crew **out, uv_loop_t *loop, struct log *log, struct config *config, bool sandbox,
             pool_started started, void *user);
/* See pool_close(), pool_hurry(). `closed` may call crew_free(). */
void crew_close(struct crew *crew, int64_t grace_us, void (*closed)(struct crew *crew, void *user), void *user);
void crew_hurry(struct crew *crew, int64_t grace_us);
void crew_free(struct crew *crew);
