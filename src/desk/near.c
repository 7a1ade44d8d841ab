/* See near.h. */
#include "desk/near.h"

#include "base/error.h"
#include "desk/record.h"

int near_put(struct db *db, int64_t story, int64_t number, const struct facts *facts)
{
        struct facts_keys keys;
        int r = 0;

        facts_keys(facts, &keys);
        for (size_t i = 0; i < keys.n_put && r == 0; i++)
                r = db_run(db, "INSERT OR IGNORE INTO near (day, key, story, number) VALUES (?, ?, ?, ?)", "iiii",
                           keys.put[i].day, keys.put[i].key, story, number);
        return error_trace(r);
}

static int forget_report(struct db *db, int64_t story, int64_t number, bool *there)
{
        struct facts_keys keys = { .n_put = 0 };
        struct facts facts;
        sqlite3_stmt *s;
        int r;

        s = db_query(db, "SELECT facts FROM reports WHERE story = ? AND number = ?", "ii", story, number);
        r = db_step(db, s);
        *there = r > 0;
        if (r <= 0)
                return error_trace(r);
        if (facts_decode(&facts, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0)))
                facts_keys(&facts, &keys);
        sqlite3_reset(s);
        r = 0;
        for (size_t i = 0; i < keys.n_put && r == 0; i++)
                r = db_run(db, "DELETE FROM near WHERE day = ? AND key = ? AND story = ? AND number = ?", "iiii",
                           keys.put[i].day, keys.put[i].key, story, number);
        return error_trace(r);
}

int near_forget(struct db *db, int64_t story)
{
        bool there = true;
        int r = 0;

        /* The numbers of a story's reports are 1, 2, ... */
        for (int64_t number = 1; r == 0 && there && number <= RECORD_EVENTS_MAX; number++)
                r = forget_report(db, story, number, &there);
        return error_trace(r);
}
