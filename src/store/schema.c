/*
 * See schema.h. What shapes the tables: ids and keys grow, so that the pages of a b-tree are written at its end and a
 * large store is as quick as an empty one (the one exception, stories_identity, is small); what waits or is in
 * quarantine is found by partial indexes, so that nothing scans; what is updated (a story's row) is apart from what is
 * large (its text); counters are kept, not counted.
 */
#include "store/schema.h"

static const char version_1[] =
        "CREATE TABLE sources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"

        "CREATE TABLE deliveries ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " source INTEGER NOT NULL,"
        " received INTEGER NOT NULL,"
        " state INTEGER NOT NULL DEFAULT 0,"
        " attempts INTEGER NOT NULL DEFAULT 0,"
        " size INTEGER NOT NULL,"
        " name TEXT, format TEXT, encoding TEXT, key TEXT, reason TEXT);"
        "CREATE UNIQUE INDEX deliveries_key ON deliveries (source, key) WHERE key IS NOT NULL;"
        "CREATE INDEX deliveries_received ON deliveries (received);"
        "CREATE INDEX deliveries_pending ON deliveries (id) WHERE state = 0;"
        "CREATE INDEX deliveries_quarantined ON deliveries (id) WHERE state = 2;"
        "CREATE TABLE payloads (delivery INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"

        "CREATE TABLE stories ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " delivery INTEGER NOT NULL,"
        " number INTEGER NOT NULL,"
        " source INTEGER NOT NULL,"
        " received INTEGER NOT NULL,"
        " state INTEGER NOT NULL DEFAULT 0,"
        " attempts INTEGER NOT NULL DEFAULT 0,"
        " canceled INTEGER NOT NULL DEFAULT 0,"
        " identity INTEGER,"
        " hash BLOB,"
        " top_delivery INTEGER, top_number INTEGER, top_version TEXT,"
        " duplicate_of INTEGER, replaced_by INTEGER,"
        " reason TEXT, guid TEXT, version TEXT, head TEXT);"
        "CREATE UNIQUE INDEX stories_number ON stories (delivery, number);"
        "CREATE INDEX stories_identity ON stories (identity) WHERE identity IS NOT NULL;"
        "CREATE INDEX stories_duplicate_of ON stories (duplicate_of) WHERE duplicate_of IS NOT NULL;"
        "CREATE INDEX stories_pending ON stories (id) WHERE state = 0;"
        "CREATE INDEX stories_quarantined ON stories (id) WHERE state = 2;"
        "CREATE TABLE texts (id INTEGER PRIMARY KEY, headline TEXT, text TEXT NOT NULL);"
        "CREATE VIRTUAL TABLE search USING fts5 (headline, text, content = 'texts', content_rowid = 'id',"
        " columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');"

        "CREATE TABLE events ("
        " seq INTEGER PRIMARY KEY AUTOINCREMENT,"
        " story INTEGER NOT NULL,"
        " number INTEGER NOT NULL,"
        " source INTEGER NOT NULL,"
        " first_seen INTEGER NOT NULL,"
        " withdrawn INTEGER NOT NULL DEFAULT 0,"
        " type TEXT, cameo TEXT, status TEXT, quad INTEGER, day INTEGER,"
        " record TEXT NOT NULL);"
        "CREATE INDEX events_first_seen ON events (first_seen);"
        "CREATE INDEX events_type ON events (type);"
        "CREATE INDEX events_cameo ON events (cameo);"
        "CREATE TABLE reports ("
        " story INTEGER NOT NULL,"
        " number INTEGER NOT NULL,"
        " event INTEGER NOT NULL,"
        " record TEXT,"
        " PRIMARY KEY (story, number)) WITHOUT ROWID;"
        "CREATE INDEX reports_event ON reports (event);"
        "CREATE TABLE actors (id INTEGER PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL);"
        "CREATE UNIQUE INDEX actors_code ON actors (code, name);"
        "CREATE TABLE event_actors ("
        " event INTEGER NOT NULL,"
        " side INTEGER NOT NULL,"
        " actor INTEGER NOT NULL,"
        " PRIMARY KEY (event, side, actor)) WITHOUT ROWID;"
        "CREATE INDEX event_actors_actor ON event_actors (actor, side);"

        "CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
        "INSERT INTO totals VALUES ('stories', 0), ('events', 0), ('duplicates', 0), ('quarantined', 0),"
        " ('indexed', 0);"
        "CREATE TABLE cursors (output TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;";

static const char version_2[] =
        "CREATE TABLE feeds ("
        " source INTEGER PRIMARY KEY,"
        " url TEXT NOT NULL,"
        " moved TEXT, etag TEXT, modified TEXT,"
        " hash INTEGER NOT NULL DEFAULT 0,"
        " taken INTEGER NOT NULL DEFAULT 0,"
        " next INTEGER NOT NULL DEFAULT 0,"
        " success INTEGER NOT NULL DEFAULT 0,"
        " change INTEGER NOT NULL DEFAULT 0,"
        " gap INTEGER NOT NULL DEFAULT 0,"
        " errors INTEGER NOT NULL DEFAULT 0,"
        " items INTEGER NOT NULL DEFAULT 0,"
        " size INTEGER NOT NULL DEFAULT 0,"
        " saved INTEGER NOT NULL DEFAULT 0,"
        " gone INTEGER NOT NULL DEFAULT 0,"
        " ttl INTEGER NOT NULL DEFAULT 0,"
        " skip_hours INTEGER NOT NULL DEFAULT 0,"
        " skip_days INTEGER NOT NULL DEFAULT 0);"
        "CREATE TABLE fetches ("
        " delivery INTEGER PRIMARY KEY,"
        " etag TEXT, modified TEXT,"
        " hash INTEGER NOT NULL DEFAULT 0);";

/* The change log, and events of many reports. An event's number is now made of its first report's (desk/event.h): those
 * that are there keep theirs, which are smaller than any that is made. An event's record moves into it, at the event's own sequence number, so that the outputs' cursors stay
 * true; what a record said of its place in the log is in the columns. */
static const char version_3[] =
        "CREATE TABLE changes ("
        " seq INTEGER PRIMARY KEY AUTOINCREMENT,"
        " kind INTEGER NOT NULL,"
        " ref INTEGER NOT NULL,"
        " revision INTEGER NOT NULL,"
        " at INTEGER NOT NULL,"
        " record TEXT NOT NULL);"
        "INSERT INTO changes SELECT seq, iif(withdrawn, 3, 1), seq, 1, first_seen,"
        " iif(json_valid(record), json_set(json_remove(record, '$.seq'), '$.number', seq), '{}') FROM events ORDER BY seq;"
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'changes', 0 WHERE NOT EXISTS"
        " (SELECT 1 FROM sqlite_sequence WHERE name = 'changes');"
        "UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0))"
        " WHERE name = 'changes';"
        "CREATE INDEX changes_event ON changes (ref, seq) WHERE kind <= 3;"

        "CREATE TABLE events_3 ("
        " seq INTEGER PRIMARY KEY,"
        " story INTEGER NOT NULL,"
        " number INTEGER NOT NULL,"
        " source INTEGER NOT NULL,"
        " first_seen INTEGER NOT NULL,"
        " last_seen INTEGER NOT NULL,"
        " withdrawn INTEGER NOT NULL DEFAULT 0,"
        " became INTEGER,"
        " revision INTEGER NOT NULL,"
        " changed INTEGER NOT NULL,"
        " type TEXT, cameo TEXT, status TEXT, quad INTEGER, goldstein REAL,"
        " day_start INTEGER, day_end INTEGER, place TEXT, country TEXT,"
        " reports INTEGER NOT NULL DEFAULT 1, stories INTEGER NOT NULL DEFAULT 1,"
        " publishers INTEGER NOT NULL DEFAULT 1, origins INTEGER NOT NULL DEFAULT 1);"
        "INSERT INTO events_3 (seq, story, number, source, first_seen, last_seen, withdrawn, revision, changed, type, cameo,"
        " status, quad, goldstein, day_start, day_end, place, country)"
        " SELECT e.seq, e.story, e.number, e.source, e.first_seen, e.first_seen, e.withdrawn, 1, e.seq, e.type, e.cameo,"
        " e.status, e.quad, json_extract(c.record, '$.goldstein'), e.day,"
        " coalesce(unixepoch(json_extract(c.record, '$.when.end')) / 86400, e.day),"
        " json_extract(c.record, '$.where.name'), json_extract(c.record, '$.where.country')"
        " FROM events e JOIN changes c ON c.seq = e.seq ORDER BY e.seq;"
        "DROP TABLE events;"
        "ALTER TABLE events_3 RENAME TO events;"
        "CREATE INDEX events_changed ON events (changed);"
        "CREATE INDEX events_first_seen ON events (first_seen);"
        "CREATE INDEX events_type ON events (type, changed);"
        "CREATE INDEX events_cameo ON events (cameo, changed);"

        "ALTER TABLE reports ADD COLUMN shown INTEGER NOT NULL DEFAULT 1;"
        "UPDATE reports SET shown = 0 WHERE event IN (SELECT seq FROM events WHERE withdrawn);"
        "ALTER TABLE reports ADD COLUMN facts BLOB;"

        /* What the desk looks up of the last days: by day first, so that what is written lies together. */
        "CREATE TABLE near ("
        " day INTEGER NOT NULL, key INTEGER NOT NULL, story INTEGER NOT NULL, number INTEGER NOT NULL,"
        " PRIMARY KEY (day, key, story, number)) WITHOUT ROWID;"
        "CREATE TABLE sketches ("
        " story INTEGER PRIMARY KEY,"
        " time INTEGER NOT NULL,"
        " hash INTEGER NOT NULL,"
        " origin INTEGER, who TEXT,"
        " body BLOB NOT NULL);"
        "CREATE INDEX sketches_origin ON sketches (origin) WHERE origin IS NOT NULL;"
        "CREATE TABLE prints ("
        " day INTEGER NOT NULL, print INTEGER NOT NULL, story INTEGER NOT NULL,"
        " PRIMARY KEY (day, print, story)) WITHOUT ROWID;";

/* Alert rules. A rule that counts has a row for each event that met it, by group and time: a window is a range of the key. */
static const char version_4[] =
        "CREATE TABLE rules ("
        " id INTEGER PRIMARY KEY,"
        " name TEXT NOT NULL UNIQUE,"
        " fingerprint INTEGER NOT NULL,"
        " span INTEGER NOT NULL,"
        " since INTEGER NOT NULL,"
        " seen INTEGER NOT NULL,"
        " filled INTEGER NOT NULL DEFAULT 0,"
        " gone INTEGER NOT NULL DEFAULT 0);"
        "CREATE TABLE rule_matches ("
        " rule INTEGER NOT NULL,"
        " key TEXT NOT NULL,"
        " at INTEGER NOT NULL,"
        " event INTEGER NOT NULL,"
        " PRIMARY KEY (rule, key, at, event)) WITHOUT ROWID;"
        "CREATE INDEX rule_matches_event ON rule_matches (event);"
        "CREATE INDEX rule_matches_at ON rule_matches (rule, at);"
        "CREATE TABLE alerts ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " rule TEXT NOT NULL,"
        " key TEXT NOT NULL,"
        " severity INTEGER NOT NULL,"
        " state INTEGER NOT NULL,"
        " raised INTEGER NOT NULL,"
        " last INTEGER NOT NULL,"
        " count INTEGER NOT NULL,"
        " held INTEGER NOT NULL DEFAULT 0,"
        " least INTEGER NOT NULL,"
        " standing INTEGER NOT NULL,"
        " revision INTEGER NOT NULL,"
        " changed INTEGER NOT NULL,"
        " acknowledged INTEGER, resolved INTEGER,"
        " text TEXT NOT NULL,"
        " acknowledged_by TEXT, note TEXT, resolved_by TEXT, reason TEXT);"
        "CREATE INDEX alerts_rule ON alerts (rule, key, id);"
        "CREATE INDEX alerts_changed ON alerts (changed);"
        "CREATE INDEX alerts_open ON alerts (changed) WHERE state < 2;"
        "CREATE INDEX alerts_raised ON alerts (raised);"
        "CREATE TABLE alert_events ("
        " event INTEGER NOT NULL,"
        " alert INTEGER NOT NULL,"
        " stands INTEGER NOT NULL,"
        " PRIMARY KEY (event, alert)) WITHOUT ROWID;"
        "CREATE INDEX alert_events_alert ON alert_events (alert);"
        "CREATE INDEX changes_alert ON changes (ref, seq) WHERE kind > 3;"
        "INSERT INTO totals VALUES ('alerts', 0), ('ruled', -1), ('ticked', 0);";

/* Stories that must not be used yet; see embargo.h. */
static const char version_5[] =
        "ALTER TABLE stories ADD COLUMN embargo INTEGER;"
        "CREATE INDEX stories_embargo ON stories (embargo) WHERE state = 5 AND embargo IS NOT NULL;"
        "CREATE INDEX stories_waiting ON stories (state) WHERE state > 4;";

/* Pages behind the items of feeds; see pages.h. */
static const char version_6[] =
        "ALTER TABLE deliveries ADD COLUMN page_of INTEGER;"
        "ALTER TABLE fetches ADD COLUMN full_text INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX stories_awaiting ON stories (source, id) WHERE state = 7;";

/* What people ask most (an actor, a country), each in the order of the log of changes, so that the newest are found without the rest:
 * see walk.h. */
static const char version_7[] =
        "CREATE TABLE event_actors_7 ("
        " event INTEGER NOT NULL,"
        " side INTEGER NOT NULL,"
        " actor INTEGER NOT NULL,"
        " changed INTEGER NOT NULL,"
        " PRIMARY KEY (event, side, actor)) WITHOUT ROWID;"
        "INSERT INTO event_actors_7 SELECT a.event, a.side, a.actor, e.changed FROM event_actors a JOIN events e ON e.seq = a.event"
        " ORDER BY a.event, a.side, a.actor;"
        "DROP TABLE event_actors;"
        "ALTER TABLE event_actors_7 RENAME TO event_actors;"
        "CREATE INDEX event_actors_actor ON event_actors (actor, changed, side);"
        "CREATE INDEX events_country ON events (country, changed) WHERE country IS NOT NULL;";

/* Events that many tell of. A report has a part in what is compared (desk/cover.h), and its facts stand before its record, so that
 * they lie in the row's own page; `near` is in the order of publication. The rank is near_rank() of desk/near.c. */
static const char version_8[] =
        "CREATE TABLE reports_8 ("
        " story INTEGER NOT NULL,"
        " number INTEGER NOT NULL,"
        " event INTEGER NOT NULL,"
        " shown INTEGER NOT NULL DEFAULT 1,"
        " part INTEGER NOT NULL DEFAULT 0,"
        " facts BLOB,"
        " record TEXT,"
        " PRIMARY KEY (story, number)) WITHOUT ROWID;"
        "INSERT INTO reports_8 SELECT story, number, event, shown, iif(shown, 0, 2), facts, record FROM reports;"
        "DROP TABLE reports;"
        "ALTER TABLE reports_8 RENAME TO reports;"
        "CREATE INDEX reports_event ON reports (event, part);"
        "CREATE TABLE near_8 ("
        " day INTEGER NOT NULL, key INTEGER NOT NULL, part INTEGER NOT NULL, rank INTEGER NOT NULL, story INTEGER NOT NULL,"
        " number INTEGER NOT NULL, PRIMARY KEY (day, key, part, rank, story, number)) WITHOUT ROWID;"
        "INSERT INTO near_8 SELECT n.day, n.key, r.part, (s.time / 1000000 << 29) | (s.hash >> 35 & 536870911), n.story, n.number"
        " FROM near n JOIN reports r ON r.story = n.story AND r.number = n.number JOIN sketches s ON s.story = n.story;"
        "DROP TABLE near;"
        "ALTER TABLE near_8 RENAME TO near;"

        "CREATE TABLE crowd ("
        " event INTEGER NOT NULL, time INTEGER NOT NULL, hash INTEGER NOT NULL, number INTEGER NOT NULL, story INTEGER NOT NULL,"
        " origin INTEGER NOT NULL, status INTEGER NOT NULL, seen INTEGER NOT NULL, who TEXT NOT NULL, publisher TEXT NOT NULL,"
        " PRIMARY KEY (event, time, hash, number, story)) WITHOUT ROWID;"
        "CREATE INDEX crowd_status ON crowd (event, status);"
        "CREATE INDEX crowd_seen ON crowd (event, seen);"
        "CREATE TABLE tallies ("
        " event INTEGER NOT NULL, what INTEGER NOT NULL, value NOT NULL, n INTEGER NOT NULL,"
        " PRIMARY KEY (event, what, value)) WITHOUT ROWID;";

const char *const schema_migrations[DB_SCHEMA] = {
        version_1,
        version_2,
        version_3,
        version_4,
        version_5,
        version_6,
        version_7,
        version_8,
};
