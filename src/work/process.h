/*
 * One worker process, seen from the daemon: spawned with a socketpair, set up, given one job at a time, replaced when
 * it dies, hangs or answers nonsense. A small state machine; every change of state is in set_state().
 *
 *      STARTING --READY--> IDLE <--> BUSY
 *          |________________|__________|____> DYING --exit seen, pipes closed--> (gone)
 *          |________________|____> LEAVING ____^
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/frame.h"
#include "base/log.h"

struct process;

enum process_state {
        PROCESS_STARTING,
        PROCESS_IDLE,
        PROCESS_BUSY,
        PROCESS_LEAVING,        /* its socket is closed; it ends by itself, or is killed */
        PROCESS_DYING,
};

struct process_options {
        uv_loop_t *loop;
        struct log *log;
        const char *program;
        const char *config_path;        /* for the setup frame; borrowed until the process is ready */
        const char *config_text;
        size_t n_config_text;
        int64_t memory;
        int64_t start_us;               /* it must be READY within this time */
        bool sandbox;
};

/* All on the loop; `user` is the pool's. */
struct process_callbacks {
        /* READY came. `head` is its JSON, valid during the call. */
        void (*ready)(struct process *p, const char *head, size_t n);
        /* The answer to the job; the process is IDLE again. type: FRAME_RESULT or FRAME_FAIL. */
        void (*answer)(struct process *p, enum frame_type type, const char *head, size_t n);
        /* It is DYING: `reason` says why in words; a job that it had gets no answer. `refused`: it was never READY
         * since its settings are wrong, and `reason` is what it said about them, a line each. */
        void (*lost)(struct process *p, const char *reason, bool refused);
        /* The exit was seen and every handle is closed; the struct is freed after the call. */
        void (*gone)(struct process *p);
};

struct process {
        void *user;                     /* the pool's */
        void *job;                      /* the pool's */
        enum process_state state;
        int pid;
        uint64_t jobs;

        const struct process_callbacks *callbacks;
        struct log *log;
        uv_process_t handle;
        uv_pipe_t socket, errors;
        uv_timer_t deadline;
        int64_t deadline_us;            /* for the words */
        struct buf in, error_line;
        unsigned open_handles;
        bool exited, told;
        int64_t exit_status;
        int exit_signal;
        char reason[256];               /* why it had to go, "" where it died by itself */
};

/* 0 or -errno: then `lost` is not called, p->reason says why, and `gone` follows. -ENOMEM may leave *out NULL. */
int process_start(struct process **out, const struct process_options *options,
                  const struct process_callbacks *callbacks, void *user);

/* Only when IDLE. head and body are copied where they cannot be written at once. 0 or -errno (the process is then DYING
 * and `lost` was or will be called). */
int process_run(struct process *p, const char *head, size_t n_head, const char *body, size_t n_body,
                int64_t deadline_us);

/* Close its socket: a worker that is not busy leaves by itself, and is killed when it does not; `lost` is not
 * called. */
void process_retire(struct process *p);
/* SIGKILL. `lost` tells `reason`, where the process did not die of something else before. */
void process_kill(struct process *p, const char *reason);

/* A string member of a frame's head ("reason"), malloc'ed; NULL: no memory. */
char *process_text(const char *head, size_t n, const char *member);
/* Whether a member is true. */
bool process_flag(const char *head, size_t n, const char *member);
