/* See near.h. */
#include "desk/near.h"

#include "base/clock.h"
#include "base/error.h"
#include "desk/record.h"

int64_t near_rank(const struct facts *facts)
{
        /* As migration 8 of schema.c has it. */
        return (int64_t)((uint64_t)(facts->time / CLOCK_SECOND) << 29 | facts->hash >> 35);
}

int near_put(struct db *db, int64_t story, int64_t number, const struct facts *facts, enum near_part part)
{
        struct facts_keys keys;
        int r = 0;

        facts_keys(facts, &keys);
        for (size_t i = 0; i < keys.n_put && r == 0; i++)
                r = db_run(db,
                           "INSERT OR IGNORE INTO near (day, key, part, rank, story, number) VALUES (?, ?, ?, ?, ?, ?)",
                           "iiiiii", keys.put[i].day, keys.put[i].key, (int64_t)part, near_rank(facts), story, number);
        return error_trace(r);
}

int near_turn(struct db *db, int64_t story, int64_t number, const struct facts *facts, enum near_part from,
              enum near_part to)
{
        struct facts_keys keys;
        int r;

        r = db_run(db, "UPDATE reports SET part = ? WHERE story = ? AND number = ?", "iii", (int64_t)to, story, number);
        facts_keys(facts, &keys);
        /* Where it was forgotten there is nothing to turn. */
        for (size_t i = 0; i < keys.n_put && r == 0; i++)
                r = db_run(
                        db,
                        "UPDATE near SET part = ?1 WHERE day = ?2 AND key = ?3 AND part = ?4 AND rank = ?5 AND story = ?6"
                        " AND number = ?7",
                        "iiiiiii", (int64_t)to, keys.put[i].day, keys.put[i].key, (int64_t)from, near_rank(facts),
                        story, number);
        return error_trace(r);
}

static int forget_report(struct db *db, int64_t story, int64_t number, bool *there)
{
        struct facts_keys keys = { .n_put = 0 };
        struct facts facts;
        int64_t part;
        sqlite3_stmt *s;
        int r;

        s = db_query(db, "SELECT part, facts FROM reports WHERE story = ? AND number = ?", "ii", story, number);
        r = db_step(db, s);
        *there = r > 0;
        if (r <= 0)
                return error_trace(r);
        part = sqlite3_column_int64(s, 0);
        if (facts_decode(&facts, sqlite3_column_blob(s, 1), (size_t)sqlite3_column_bytes(s, 1)))
                facts_keys(&facts, &keys);
        sqlite3_reset(s);
        r = 0;
        for (size_t i = 0; i < keys.n_put && r == 0; i++)
                r = db_run(
                        db,
                        "DELETE FROM near WHERE day = ? AND key = ? AND part = ? AND rank = ? AND story = ? AND number = ?",
                        "iiiiii", keys.put[i].day, keys.put[i].key, part, near_rank(&facts), story, number);
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
