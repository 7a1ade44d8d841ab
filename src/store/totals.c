/* See totals.h. */
#include "store/totals.h"

int totals_add(struct db *db, const char *name, int64_t n)
{
        return n == 0 ? 0 : db_run(db, "UPDATE totals SET value = value + ? WHERE name = ?", "it", n, name);
}
