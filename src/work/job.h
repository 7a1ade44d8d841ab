/*
 * A job on its way to a worker process or to an exec module: what is sent, and who is told. Embedded in what it is
 * about.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/log.h"

struct crew_step;
struct waiting;

enum work_outcome {
        WORK_ANSWER,            /* `text` is the answer's JSON, valid during the call */
        WORK_FAILED,            /* `text` says why; a new attempt may help */
        WORK_REFUSED,           /* `text` says why; a new attempt cannot help */
        WORK_STRAYED,           /* as WORK_FAILED: what the exec module before this step gave is another story's */
        WORK_GIVEN_BACK,        /* who ran it was closed; nobody is at fault */
};

struct work_job {
        struct list link;               /* of the list in which it waits */
        const char *head;               /* JSON; borrowed until `done` by exec, during pool_run() by the pool */
        size_t n_head;
        const char *body;
        size_t n_body;
        /* What it is of, for the log, should its worker be lost; borrowed until `done`. */
        struct log_about about;
        const char *name;               /* of the delivery: a file, a peer; NULL */
        /* On the loop, exactly once. */
        void (*done)(struct work_job *job, enum work_outcome outcome, const char *text, size_t n);
};

/* The head of a worker's job (worker/serve.h), malloc'ed: what the store made, with the step put in front of its first
 * member; where the worker's own document goes on, what that is of. `step` NULL: a delivery is decoded. */
char *job_head(const struct waiting *w, const struct crew_step *step, bool first, size_t *n);

/* Fill in what it is of; `id` becomes the story's id. All of it stays the caller's. */
void job_name(struct work_job *job, const struct waiting *w, char *id, size_t size);
/* The end of "worker 7 is lost": " at delivery 42 ('a.xml')"; a story stands before the message already: " at it
 * ('a.xml')".
 * "" where `job` is NULL or of nothing that is stored. */
void job_place(const struct work_job *job, char *out, size_t size);
