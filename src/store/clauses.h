/*
 * A filter of events (store/query.h) as SQL: a clause for each condition, and for those that an index can find, how.
 * The statements are put together by store/walk.c. Values are bound, never pasted.
 *
 * In all of it `e` is the event's row and `c` its last change; ?1 < e.changed <= ?2 is the part of the log of changes
 * that is looked at, ?3 how many rows are wanted at most; the values follow.
 */
#pragma once

#include "store/query.h"

enum {
        CLAUSES_MAX = 24,
        CLAUSES_VALUES_MAX = 40,
        CLAUSES_FIRST_VALUE = 4,
};

struct clause {
        /* All owned. */
        const char *predicate;          /* a test of `e` and `c` */
        /* How an index finds it, which then needs no test; NULL: none does. */
        const char *tables, *where;     /* after FROM, and after WHERE */
        const char *count;              /* a SELECT with as many rows as the index has of it (or a few more) */
        bool whole;             /* the index is not in the order of the log: of little it finds all at once */
};

struct clauses {
        struct clause rows[CLAUSES_MAX];
        size_t n;
        bool records;           /* one of them looks into the record: `c` is wanted, and each event costs more */
        bool nothing;           /* nothing that is stored can pass */
        struct {
                char *text;     /* owned; NULL: the number */
                int64_t number;
        } values[CLAUSES_VALUES_MAX];
        int n_values;
};

/* 0 or -errno; to be deinited in any case. */
int clauses_make(struct clauses *clauses, struct db *db, const struct query_filter *filter);
/* The values, where the statement has them. */
void clauses_bind(const struct clauses *clauses, sqlite3_stmt *statement);
void clauses_deinit(struct clauses *clauses);
