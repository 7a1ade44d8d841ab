/*
 * A job on its way to a worker process or to an exec module: what is sent, and who is told. Embedded in what it is about.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

enum work_outcome {
        WORK_ANSWER,            /* `text` is the answer's JSON, valid during the call */
        WORK_FAILED,            /* `text` says why; `final`: a new attempt cannot help */
        WORK_GIVEN_BACK,        /* who ran it was closed; nobody is at fault */
};

struct work_job {
        struct list link;               /* of an exec module's list */
        const char *head;               /* JSON; borrowed until `done` by exec, during pool_run() by the pool */
        size_t n_head;
        const char *body;
        size_t n_body;
        /* On the loop, exactly once. */
        void (*done)(struct work_job *job, enum work_outcome outcome, const char *text, size_t n, bool final);
};
