/* See deadline.h. */
#include "store/deadline.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/query.h"

enum { STEPS = 500 };           /* of SQLite's machine between two looks at the clock: each may wait for the disk */

static int is_late(void *user)
{
        return clock_monotonic_us() > *(int64_t *)user;
}

void deadline_begin(struct db *db, int64_t *deadline)
{
        *deadline = clock_monotonic_us() + QUERY_SECONDS * CLOCK_SECOND;
        sqlite3_progress_handler(db_handle(db), STEPS, is_late, deadline);
}

int deadline_end(struct db *db, int64_t *deadline, int r)
{
        sqlite3_progress_handler(db_handle(db), 0, NULL, NULL);
        return r == -ECANCELED && is_late(deadline) ? QUERY_E_SLOW : error_trace(r);
}
