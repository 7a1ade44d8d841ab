/*
 * Looking through the log of changes for events, from its end or from its beginning.
 *
 * It goes in windows of the log. For each window the indexes say, without reading a row, how many of it each of their
 * conditions has; the least decides whether the window is gone through by that index or as it stands. Windows grow as
 * long as they are quick. So what is frequent is found in the first windows, what is rare and has an index in a few
 * large ones; what is rare and has none is looked for until QUERY_US are over, and the caller is told how far that was.
 */
#pragma once

#include "store/query.h"

/* What is wanted of the events that pass: `head` ( SELECT `columns` of e and c, of which one is named `changed` )
 * `tail`. */
struct walk {
        const char *head, *columns, *tail;
        /* in any order, and what is a row is the caller's; otherwise a row is an event, in the log's order */
        bool counts;
        int (*row)(void *user, sqlite3_stmt *statement);        /* 0 or -errno */
        /* a window ends; otherwise it is given up, and its rows are as if never there */
        void (*window)(void *user, bool counts);
        void *user;
};

/* At most `limit` events (-1: all, which `counts` wants). The database may be within a transaction. 0, QUERY_E_SLOW
 * (even the first window took QUERY_SECONDS) or -errno. */
int walk_run(struct db *db, const struct walk *walk, const struct query_filter *filter, bool newest, int64_t limit,
             struct query_reach *reach);
