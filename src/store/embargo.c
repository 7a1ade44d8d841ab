/* See embargo.h. */
#include "store/embargo.h"

#include "base/error.h"

int embargo_release(struct db *db, int64_t now, int64_t *n, int64_t *next)
{
        int r = db_run(db, "UPDATE stories SET state = 0 WHERE state = 5 AND embargo IS NOT NULL AND embargo <= ?", "i", now);

        *n = r == 0 ? sqlite3_changes(db_handle(db)) : 0;
        if (r == 0)
                r = db_run(db, "UPDATE stories SET state = 0 WHERE state = 7 AND embargo <= ?", "i", now);
        *n += r == 0 ? sqlite3_changes(db_handle(db)) : 0;
        if (r == 0)
                r = db_get_int(db, 0, next, "SELECT min(embargo) FROM (SELECT min(embargo) AS embargo FROM stories"
                               " INDEXED BY stories_embargo WHERE state = 5 AND embargo IS NOT NULL UNION ALL"
                               " SELECT min(embargo) FROM stories INDEXED BY stories_awaiting WHERE state = 7)", "");
        return error_trace(r);
}

int embargo_count(struct db *db, int64_t *n)
{
        return error_trace(db_get_int(db, 0, n, "SELECT count(*) FROM stories INDEXED BY stories_waiting WHERE state > 4 AND state < 7", ""));
}

int embargo_end_replaced(struct db *db, int64_t identity)
{
        return error_trace(db_run(db, "UPDATE stories SET state = 1 WHERE identity = ? AND state > 4 AND replaced_by IS NOT NULL",
                                  "i", identity));
}
