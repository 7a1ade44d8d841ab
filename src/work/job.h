/*
 * A job on its way to a worker process or to an exec module: what is sent, and who is told. Embedded in what it is
 * about.
 */
#pragma once

#include <stddef.h>

#include "base/list.h"
#include "base/log.h"

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

/* The end of "worker 7 is lost": " at delivery 42 ('a.xml')"; a story stands before the message already: " at it ('a.xml')".
 * "" where `job` is NULL or of nothing that is stored. */
void job_place(const struct work_job *job, char *out, size_t size);
