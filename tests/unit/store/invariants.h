/*
 * What holds in every database between two transactions: counters are what a count says, and nothing points to what is
 * not there. For the tests of store and desk and for their fuzz target.
 */
#pragma once

#include <stddef.h>

#include "store/db.h"

/* The statement that does not give 0, or NULL where all is well. */
static inline const char *invariants_broken(struct db *db)
{
        static const char *const statements[] = {
                "SELECT count(*) FROM stories WHERE delivery NOT IN (SELECT id FROM deliveries)",
                "SELECT count(*) FROM texts WHERE id NOT IN (SELECT id FROM stories WHERE state <> 4)",
                "SELECT count(*) FROM stories WHERE duplicate_of IS NOT NULL AND duplicate_of NOT IN"
                " (SELECT id FROM stories WHERE identity IS NOT NULL)",
                "SELECT count(*) FROM stories WHERE replaced_by IS NOT NULL AND replaced_by NOT IN"
                " (SELECT id FROM stories WHERE identity IS NOT NULL)",
                "SELECT count(*) FROM stories WHERE state = 4 AND identity IS NOT NULL",
                "SELECT count(*) FROM payloads WHERE delivery NOT IN (SELECT id FROM deliveries)",
                "SELECT count(*) FROM deliveries WHERE state IN (0, 2) AND id NOT IN (SELECT delivery FROM payloads)",
                "SELECT count(*) FROM reports WHERE story NOT IN (SELECT id FROM stories)",
                "SELECT count(*) FROM reports WHERE shown AND event NOT IN (SELECT seq FROM events WHERE NOT withdrawn)",
                "SELECT count(*) FROM events WHERE NOT withdrawn AND seq NOT IN (SELECT event FROM reports WHERE shown)",
                "SELECT count(*) FROM events e WHERE NOT withdrawn AND reports < (SELECT count(*) FROM reports"
                " WHERE event = e.seq AND shown)",
                "SELECT count(*) FROM events e WHERE withdrawn AND became NOT IN (SELECT seq FROM events)",
                "SELECT count(*) FROM reports r WHERE record IS NULL AND ((shown AND (SELECT reports FROM events"
                " WHERE seq = r.event) > 1) OR event NOT IN (SELECT seq FROM events))",
                "SELECT count(*) FROM near n WHERE NOT EXISTS (SELECT 1 FROM reports WHERE story = n.story AND number = n.number)",
                "SELECT count(*) FROM near n JOIN reports r ON r.story = n.story AND r.number = n.number WHERE n.part <> r.part",
                "SELECT count(*) FROM reports WHERE shown <> (part < 2)",
                "SELECT count(*) FROM crowd c WHERE NOT EXISTS (SELECT 1 FROM reports WHERE story = c.story AND number = c.number"
                " AND event = c.event AND shown)",
                "SELECT count(*) FROM crowd c JOIN sketches s ON s.story = c.story WHERE c.origin <> coalesce(s.origin, s.story)",
                "SELECT count(*) FROM crowd c JOIN events e ON e.seq = c.event WHERE e.withdrawn",
                "SELECT count(*) FROM tallies t WHERE what = 0 AND n <> (SELECT CASE value WHEN 1 THEN count(DISTINCT origin)"
                " WHEN 2 THEN count(DISTINCT lower(publisher)) WHEN 5 THEN count(DISTINCT who) WHEN 6 THEN count(DISTINCT status)"
                " WHEN 3 THEN count(DISTINCT iif(status < 2, lower(who), NULL)) WHEN 4 THEN count(DISTINCT iif(status = 5, lower(who), NULL))"
                " ELSE count(*) END FROM crowd WHERE event = t.event)",
                "SELECT count(*) FROM events e WHERE NOT withdrawn AND EXISTS (SELECT 1 FROM crowd WHERE event = e.seq)"
                " AND reports < (SELECT count(*) FROM crowd WHERE event = e.seq)",
                "SELECT count(*) FROM sketches WHERE story NOT IN (SELECT id FROM stories)",
                "SELECT count(*) FROM sketches WHERE origin = story",
                "SELECT count(*) FROM prints WHERE story NOT IN (SELECT story FROM sketches)",
                "SELECT count(*) FROM event_actors WHERE event NOT IN (SELECT seq FROM events)",
                "SELECT count(*) FROM event_actors WHERE actor NOT IN (SELECT id FROM actors)",
                "SELECT count(*) FROM event_actors a JOIN events e ON e.seq = a.event WHERE a.changed <> e.changed",
                "SELECT count(*) FROM actors WHERE id NOT IN (SELECT actor FROM event_actors)",
                "SELECT count(*) FROM changes WHERE NOT json_valid(record)",
                "SELECT count(*) FROM changes WHERE kind <= 3 AND ref NOT IN (SELECT seq FROM events)",
                "SELECT count(*) FROM events e LEFT JOIN changes c ON c.seq = e.changed"
                " WHERE c.ref IS NOT e.seq OR c.revision <> e.revision OR c.kind > 3 OR (c.kind = 3) <> e.withdrawn",
                "SELECT count(*) FROM changes c JOIN events e ON e.seq = c.ref WHERE c.kind <= 3 AND c.seq > e.changed",
                "SELECT count(*) FROM stories WHERE head IS NOT NULL AND NOT json_valid(head)",
                "SELECT value - (SELECT count(*) FROM stories WHERE state <> 4 AND hash IS NOT NULL) FROM totals"
                " WHERE name = 'stories'",
                "SELECT value - (SELECT count(*) FROM stories WHERE state = 4) FROM totals WHERE name = 'duplicates'",
                "SELECT value - (SELECT count(*) FROM events WHERE NOT withdrawn) FROM totals WHERE name = 'events'",
                "SELECT value - (SELECT count(*) FROM alerts WHERE state < 2) FROM totals WHERE name = 'alerts'",
                "SELECT count(*) FROM alerts a WHERE standing <> (SELECT count(*) FROM alert_events WHERE alert = a.id AND stands)",
                "SELECT count(*) FROM alerts WHERE state < 2 AND standing < least",
                "SELECT count(*) FROM alert_events WHERE alert NOT IN (SELECT id FROM alerts)",
                "SELECT count(*) FROM changes WHERE kind > 3 AND ref NOT IN (SELECT id FROM alerts)",
                "SELECT count(*) FROM alerts a LEFT JOIN changes c ON c.seq = a.changed WHERE c.ref IS NOT a.id OR c.kind <> a.state + 4"
                " OR c.revision <> a.revision",
                "SELECT value - (SELECT count(*) FROM stories WHERE state = 2) -"
                " (SELECT count(*) FROM deliveries WHERE state = 2) FROM totals WHERE name = 'quarantined'",
        };
        static const char check[] = "INSERT INTO search (search, rank) VALUES ('integrity-check', 0)";
        int64_t n;

        for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
                if (db_get_int(db, -1, &n, statements[i], "") < 0 || n != 0)
                        return statements[i];
        return db_run(db, check, "") < 0 ? check : NULL;
}
