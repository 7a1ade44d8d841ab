/*
 * The full-text index over stories. It follows behind the stories: the writer brings it up to date when it has nothing
 * else to do (or when too much waits), a batch at a time, since FTS5 makes one segment a savepoint and many small
 * segments cost many merges. How far it has come is kept in the same transaction, so a crash loses nothing.
 */
#pragma once

#include "store/db.h"

/* Take up to `max` stories into the index. *waiting: at least so many (0 or more) still wait. 0 or -errno. */
int search_index(struct db *db, int64_t max, int64_t *waiting);
/* How many stories wait for it, at most: by their numbers. 0 or -errno. */
int search_count_waiting(struct db *db, int64_t *waiting);
/* Take one story's text out, from the index and from the store. */
int search_remove(struct db *db, int64_t story);
/* The story's text is another one (a module changed it). */
int search_replace(struct db *db, int64_t story, const char *text, size_t n);
