/*
 * Alerts: what the rules raised (desk/rules.h), what people did about it, which events stand behind it. Each change of
 * state is a row of the change log (store/changes.h), so that followers and outputs are told; an alert that is only met again within
 * its hold-off is counted and tells nobody. dateline-rules(5) has the record.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

/* The numbers are in the file. */
enum alerts_state {
        ALERTS_RAISED,
        ALERTS_ACKNOWLEDGED,
        ALERTS_RESOLVED,
};

enum {
        ALERTS_EVENTS_MAX = 1000,       /* that stand behind one alert */
        ALERTS_SHOWN_MAX = 20,          /* of them in the record */
        ALERTS_NOTE_MAX = 1024,         /* bytes of what a person writes */
        ALERTS_BY_MAX = 64,
        ALERTS_ID_MAX = 24,
};

struct alerts_new {
        const char *rule, *key, *severity, *text;
        int64_t now;                    /* wall clock us */
        int64_t least;                  /* so many of its events must stand; 0: it has none */
        const int64_t *events;          /* numbers in the store, the last one raised it; at most ALERTS_EVENTS_MAX are kept */
        size_t n_events;
};

/* *id; *seq: where it stands in the change log. 0 or -errno. */
int alerts_raise(struct db *db, const struct alerts_new *alert, int64_t *id, int64_t *seq);

struct alerts_last {
        int64_t id;                     /* 0: there was none */
        int64_t raised;
        enum alerts_state state;
        bool by_itself;                 /* resolved, by nobody */
};

/* The group's last one. 0 or -errno. */
int alerts_find_last(struct db *db, const char *rule, const char *key, struct alerts_last *last);
/* It was met again, by an event (0: by none). */
int alerts_meet(struct db *db, int64_t id, int64_t event, int64_t now);
/* Whether the event stands behind an alert of this rule (of this group; NULL: of any). */
int alerts_is_met(struct db *db, const char *rule, const char *key, int64_t event, bool *is);

/* An alert that an event stands behind. */
struct alerts_standing {
        int64_t id;
        char *rule;                     /* malloc'ed */
};

/* At most `max` of them. 0 or -errno. */
int alerts_of_event(struct db *db, int64_t event, struct alerts_standing *standing, size_t max, size_t *n);
/* It does not any more; an open alert with too few events left is resolved with that reason. *seq: unchanged where nobody is
 * told. */
int alerts_drop_event(struct db *db, int64_t id, int64_t event, int64_t now, const char *reason, int64_t *seq);

enum {
        ALERTS_E_NONE = 1,      /* there is no such alert */
        ALERTS_E_STATE,         /* it is resolved already, or acknowledged */
};

/* "a12" or "12"; false where it is neither. */
bool alerts_parse_id(const char *text, int64_t *id);

/* By a person (`by`, `note`; may be NULL), or by itself (`by` NULL) with a reason. 0, one of the above or -errno. */
int alerts_acknowledge(struct db *db, int64_t id, const char *by, const char *note, int64_t now, int64_t *seq);
int alerts_resolve(struct db *db, int64_t id, const char *by, const char *note, int64_t now, int64_t *seq);
/* All open ones of a group. */
int alerts_resolve_group(struct db *db, const char *rule, const char *key, const char *reason, int64_t now, int64_t *seq);

/* Which alerts; NULL, 0: not asked for. */
struct alerts_filter {
        const char *rule, *key;
        const char *severity;           /* at least this; a word of rule_severities */
        const char *state;              /* "raised", "acknowledged", "resolved", or "open": not resolved */
        int64_t since, until;           /* raised */
        int64_t after;                  /* of the change log: only what has changed behind this sequence */
};

/* Whether a word is one of them; NULL is. */
bool alerts_is_severity(const char *severity);
bool alerts_is_state(const char *state);

/* An array of records, oldest first by their last change; `newest`: the last `limit`. 0 or -errno. */
int alerts_query(struct db *db, const struct alerts_filter *filter, bool newest, int64_t limit, json_t **out);
/* One with all its events and its history: ALERTS_E_NONE where there is none. */
int alerts_get(struct db *db, int64_t id, json_t **out);
/* What a rule has raised, into `out`: "raised" (the last time), "count", "open", "held" (times that it was met within a hold-off), and
 * of its row "since", "seen", "filling". */
int alerts_count_rule(struct db *db, const char *rule, json_t *out);
/* Whether a line of the change log about an alert passes. */
bool alerts_matches(const struct alerts_filter *filter, json_t *record);

/* Forget those that were raised before then, at most `max`. *n: how many. */
int alerts_expire(struct db *db, int64_t before, int64_t max, int64_t *n);
