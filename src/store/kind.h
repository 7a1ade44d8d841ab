/*
 * What a row of the change log tells (store/changes.h): the kinds, their names, and sets of them as filters have them.
 */
#pragma once

#include <stddef.h>

/* The numbers are in the file. */
enum kind {
        KIND_NEW = 1,
        KIND_CHANGED,
        KIND_WITHDRAWN,
        KIND_RAISED,
        KIND_ACKNOWLEDGED,
        KIND_RESOLVED,
};

/* Sets of kinds, a bit each. */
#define KIND_SET(kind) (1U << (kind))
enum {
        KINDS_EVENTS = 1 << KIND_NEW | 1 << KIND_CHANGED | 1 << KIND_WITHDRAWN,
        KINDS_ALERTS = 1 << KIND_RAISED | 1 << KIND_ACKNOWLEDGED | 1 << KIND_RESOLVED,
};

/* "new", "changed", "withdrawn", "raised", "acknowledged", "resolved". */
const char *kind_name(enum kind kind);
/* The set that a word means: the name of a kind, "events" or "alerts" for all of either; 0: it means nothing. */
unsigned kind_parse(const char *word, size_t n);
/* The set of a list of such words between commas; 0: one of them means nothing, or there is none. */
unsigned kind_parse_list(const char *words);
/* The kind of a line that changes_after() or a query gave; 0: it is none. */
unsigned kind_of_line(const char *line, size_t n);
