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

const char *const schema_migrations[DB_SCHEMA] = {
        version_1,
        version_2,
};
