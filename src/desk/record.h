/*
 * The event record: what a worker says an event is, checked, and made into what is stored and shown
 * (dateline-events(5)).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum {
        RECORD_EVENTS_MAX = 1000,       /* events a story */
        RECORD_ACTORS_MAX = 64,         /* actors a side */
        RECORD_DEPTH_MAX = 16,
        RECORD_BYTES_MAX = 64 << 10,    /* of one event as JSON */
        RECORD_NAME_MAX = 1024,         /* bytes of an actor's code or name */
};

enum {
        RECORD_E_NONSENSE = 1,          /* *reason says what */
};

/* Whether `value` nests deeper than `max`. */
bool record_is_deeper(json_t *value, int max);

/* The number of the event whose first report is this one of the story in row `story`: it does not depend on when the event
 * was made, and grows with the stories. */
int64_t record_number(int64_t story, int64_t number);

/* 0 or RECORD_E_NONSENSE; *reason: static text. */
int record_check(json_t *event, const char **reason);

/* Who vouches in the end: the innermost name of the chain of attribution that is not the story's own agency, else the
 * innermost code of a known country there, else the agency, else the watch. Points into its arguments. */
const char *record_origin(json_t *event, const char *agency, const char *watch);
/* The code of the one in the event's attribution who has this name, or this code; NULL: it is not known. */
const char *record_origin_code(const json_t *event, const char *origin);

struct record_about {
        const char *story;              /* "42.1" */
        int64_t number;                 /* of the event in the story, from 1 */
        int64_t event;                  /* the event's number in the store */
        int64_t first_seen;             /* wall clock us */
        int64_t published;              /* us, CLOCK_NONE: not known */
        const char *origin;
        const char *watch;              /* where the story came in */
        const char *publisher;
        const char *agency, *url;       /* NULL: not known */
};

/* Whether a member of a stored record is the desk's, not the worker's. */
bool record_is_ours(const char *key);

/* The record of an event that has this one report. The stored text, malloc'ed; *n its length. 0, RECORD_E_NONSENSE (too long) or -ENOMEM. */
int record_complete(json_t *event, const struct record_about *about, char **text, size_t *n, const char **reason);
