/*
 * What people and programs ask: read-only SQL to JSON. Runs on the reader's thread. All texts are bound, never pasted
 * into SQL.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/db.h"

/* Which events; NULL, 0, false: not asked for. One filter for all that asks: events, exports, counts, subscribers,
 * outputs. */
struct query_filter {
        const char *source; /* actor code by prefix ("PRK", "PRKGOV"), or part of a name where not all capitals */
        const char *target;
        const char *actor, *other;      /* either side; both: one on either side, the other one on the other */
        const char *type;               /* PLOVER category "ASSAULT", or a CAMEO code by prefix "19" */
        const char *status;
        const char *watch;              /* the source of the story */
        const char *story;              /* "42.1" */
        const char *country, *place;    /* of the place: its three letters; a part of its name */
        const char *origin, *publisher; /* a part of a name of one of them */
        const char *rule;               /* that met this alert rule; not for followers */
        int64_t quad, min_origins, min_reports;         /* 0: not asked for */
        int64_t since, until;           /* first_seen, wall clock us; 0: open */
        /* of the act, which has a day of these: days since 1970, both included; 0: open */
        int64_t day_from, day_to;
        /* of changes: only what has changed behind this sequence; before this one, not for followers */
        int64_t after, before;
        unsigned kinds;                 /* a set (store/kind.h): only these as their last change; 0: all */
        bool withdrawn;                 /* include withdrawn ones */
        int64_t patience;               /* how long it is looked for, us; 0: QUERY_US */
};

/* How far a question got in the log of changes, where it was given up: what is rare, and no index finds, may lie
 * anywhere. */
struct query_reach {
        bool cut;                       /* it did not look at all of it */
        int64_t seq;                    /* how far: ask on `before` this one (of the newest), or `after` it */
        int64_t at;                     /* the time of that change, wall clock us */
        int64_t looked;                 /* how many changes were looked at */
};

/* Whether one event record (as JSON) passes; the same rules as the SQL, for followers. */
bool query_filter_matches(const struct query_filter *filter, json_t *event);

struct query_answer {
        int64_t n, last;                /* how many events, and the sequence of the last one's change */
        struct query_reach reach;       /* where it ended without as many as were wanted */
};

/* Whether it holds anything back but withdrawn ones and kinds and places of changes. */
static inline bool query_filter_holds_back(const struct query_filter *f)
{
        return f->source != NULL || f->target != NULL || f->actor != NULL || f->other != NULL || f->type != NULL ||
               f->status != NULL || f->watch != NULL || f->story != NULL || f->country != NULL || f->place != NULL ||
               f->origin != NULL || f->publisher != NULL || f->rule != NULL || f->since != 0 || f->until != 0 ||
               f->day_from != 0 || f->day_to != 0 || f->quad != 0 || f->min_origins != 0 || f->min_reports != 0;
}

/* 0, QUERY_E_SLOW or -errno. Appends a JSON array of event records as they are now, in the order of their last change,
 * each with the "seq", "change" and "revision" of that change, withdrawn ones with "withdrawn": true. `newest`: the
 * last `limit`, still oldest first; otherwise the first `limit` behind `after`. */
int query_events(struct db *db, const struct query_filter *filter, bool newest, int64_t limit, struct buf *out,
                 struct query_answer *answer);

enum {
        QUERY_E_NONE = 1,       /* there is no such thing */
        QUERY_E_WORDS,          /* the search words are not a query that FTS5 takes: quote them */
        QUERY_E_SLOW,           /* given up after QUERY_SECONDS: ask for less */
};

enum {
        QUERY_SECONDS = 10,     /* for one query; the log cannot be reset while it runs */
        QUERY_US = 450000,      /* of looking through the log of changes */
};

/* "42.1" to its parts; "42" gives number 0. False where it is neither. */
bool query_parse_id(const char *id, int64_t *delivery, int64_t *number);

/* Story by id "42.1": record with text, versions, events. */
int query_story(struct db *db, const char *id, json_t **out);
/* With its reports and its history (store/told.h). */
int query_event(struct db *db, const char *id, json_t **out);
/* The mentions of an event's reports, by its number, as told_mentions() has them: an array. */
int query_mentions(struct db *db, int64_t event, int64_t skip, int64_t limit, json_t **out);
/* Full text; newest first: [{"id", "headline", "source", "published", "snippet"}]. All words must be there, in any
 * order; what has quotes, *, parentheses or AND, OR, NOT, NEAR is taken as FTS5's own syntax (sqlite.org/fts5.html,
 * section 3). */
int query_search(struct db *db, const char *words, int64_t limit, json_t **out);

/* Quarantine: ids are "42" (delivery) and "42.1" (story). */
int query_quarantine(struct db *db, int64_t limit, json_t **out);
int query_quarantined(struct db *db, const char *id, json_t **out);     /* with the bytes, base64 in "bytes" */

/* Totals by state, for status: {"stories": N, "events": N, "duplicates": N, "quarantined": N}. Must not scan. */
int query_totals(struct db *db, json_t **out);
