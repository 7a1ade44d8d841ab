/*
 * One SQLite connection with its prepared statements; opening, migrating, transactions. Knows no thread and no loop:
 * the store's threads own one each, tests and tools open one of their own.
 *
 * WAL mode, page size 4096, foreign keys off (the order of deletes is ours), synchronous as store.h tells. The schema
 * has a version (PRAGMA user_version) and one migration a version; dateline-store(5) documents the tables.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct db;

enum {
        DB_SCHEMA = 8,          /* the version that this program writes */
};

enum {
        DB_E_REFUSED = 1,       /* *error (malloc'ed) says why and what to do */
};

/* `path` may be ":memory:". A read-only connection refuses an older schema too. */
int db_open(struct db **out, const char *path, bool read_only, char **error);
/* The same for writing; `tell` hears in a sentence when an older file is being brought up to date, which may take minutes, and
 * when that is done. */
struct db_listener {
        void (*tell)(void *user, const char *text);
        void *user;
};
int db_open_telling(struct db **out, const char *path, const struct db_listener *listener, char **error);
void db_close(struct db *db);
void db_closep(struct db **db);
sqlite3 *db_handle(struct db *db);

/* A prepared statement, cached by the address of `sql` (a string literal), reset and without bindings. NULL on error;
 * then db_error() has the -errno. */
sqlite3_stmt *db_prepare(struct db *db, const char *sql);

/* -errno for what SQLite last said: -ENOSPC, -EDQUOT, -EIO, -EROFS, -ENOMEM, -EBUSY, -EUCLEAN (corrupt), -EINVAL (our mistake).
 */
int db_error(struct db *db);
/* What SQLite said then. */
const char *db_error_text(struct db *db);

/* db_prepare() and bind, one letter of `types` an argument: i int64_t, n int64_t where INT64_MIN is NULL, t text or
 * NULL, z text with its size_t length, b blob with its size_t length. Bytes are not copied: they must live until the
 * last db_step(). NULL on error. */
sqlite3_stmt *db_query(struct db *db, const char *sql, const char *types, ...);
/* 1: there is a row; 0: done; -errno. Where there is no row (any more) the statement is reset. */
int db_step(struct db *db, sqlite3_stmt *statement);
/* db_query() of a statement whose rows, if any, do not matter. 0 or -errno. */
int db_run(struct db *db, const char *sql, const char *types, ...);
/* The integer in the first column of the first row; `none` where there is no row or it is NULL. 0 or -errno. */
int db_get_int(struct db *db, int64_t none, int64_t *out, const char *sql, const char *types, ...);
/* Text that is not kept: SQL in a file of its own, pragmas. */
int db_exec(struct db *db, const char *sql);

int db_begin(struct db *db, bool durable);
int db_commit(struct db *db);
void db_rollback(struct db *db);
/* Savepoints, one level. */
int db_savepoint(struct db *db);
int db_release(struct db *db);
void db_rollback_savepoint(struct db *db);
/* From now on SQLite makes no checkpoint by itself at a commit: the caller follows how long the log is. */
void db_follow_log(struct db *db);
/* Whether the last transaction, committed, put something on the disk: many change nothing. Needs db_follow_log(). */
bool db_has_written(const struct db *db);
/* Pages in the log after the last commit. */
int64_t db_log_pages(const struct db *db);
/* Take what can be taken from the log into the file without waiting for anybody. *pages: in the log; *done: of them, in
 * the file now; the log starts anew with the next transaction where they are equal. 0 or -errno (-EBUSY: another
 * connection is at it). */
int db_checkpoint(struct db *db, int64_t *pages, int64_t *done);
/* SQLite rolled the whole transaction back by itself (disk full, I/O error). */
bool db_is_broken(struct db *db);
