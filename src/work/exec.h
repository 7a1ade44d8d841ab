/*
 * An exec module: any program, in a process of its own beside the workers. It gets a story as one JSON line on standard
 * input and answers with one JSON line on standard output, one story at a time; it is restarted when it dies. That is
 * how a module in another language is added. dateline-module(3) tells the protocol.
 *
 * The program is the administrator's and runs with the daemon's rights, not in the workers' sandbox.
 */
#pragma once

#include <uv.h>

#include "base/log.h"
#include "config/config.h"
#include "work/job.h"

struct exec;

/* Takes a reference to config; `module` is one of its exec rows. The program is started at the first job. */
int exec_new(struct exec **out, uv_loop_t *loop, struct log *log, struct config *config,
             const struct config_module *module);
/* job->head is the line, without its line break; must stay until `done`. Queues. */
void exec_run(struct exec *exec, struct work_job *job);
/* The program is out of step, its answers are not to be trusted: it is ended and started anew. What it runs is given
 * back. */
void exec_restart(struct exec *exec, const char *reason);
/* Ends the program; waiting and running jobs are given back. Then `closed`, and it is freed. */
void exec_close(struct exec *exec, void (*closed)(void *user), void *user);
