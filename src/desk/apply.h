/*
 * The second half of joining: reports that belong to another event than before are moved, and the events that this touches
 * are written anew.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "desk/join.h"
#include "desk/pool.h"

/* `reports` in the order of story and number. 0 or -errno. */
int apply_changes(struct db *db, struct arena *arena, struct pool_report *const *reports, size_t n,
                  const struct join_fresh *fresh, size_t n_fresh, struct event_told *told);
