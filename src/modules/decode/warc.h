/*
 * WARC 1.0 and 1.1 (ISO 28500), gzipped member by member or not: each response or resource that is a page or another document
 * of news becomes what it would be alone. One record at a time is in memory.
 */
#pragma once

#include "modules/decode/decode.h"

/* The whole of job->bytes and, where job->read is set, what comes behind; job->start and job->position are used. 0 or -errno. */
int warc_decode(const struct decode *decode, struct job *job, int64_t max_size);
