/* Embargoed stories are let go when their time comes: asked of the store at the start, then at the times that it names.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct daemon;

struct embargo {
        struct store_job job;
        struct daemon *daemon;
        int64_t next;                   /* wall clock us of the next look; 0: not before a story comes */
        int64_t released, found_next;   /* the job's */
        bool looking;
};

void embargo_init(struct daemon *d);
/* A story came that waits until `at`. */
void embargo_came(struct daemon *d, int64_t at);
/* Every second. */
void embargo_tick(struct daemon *d);
