/* A deadline for statements that may scan: the log cannot be reset while they run. */
#pragma once

#include <stdint.h>

#include "store/db.h"

/* QUERY_SECONDS from now; *deadline (monotonic clock, us) must live until deadline_end() and may be moved. */
void deadline_begin(struct db *db, int64_t *deadline);
/* Takes it away; what the query comes to, from db_step()'s result: QUERY_E_SLOW where it was given up. */
int deadline_end(struct db *db, int64_t *deadline, int r);
