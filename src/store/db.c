/* See db.h. The statement cache is a small table keyed by the address of the SQL literal. */
#include "store/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/notify.h"
#include "store/schema.h"

enum {
        APPLICATION = 0x64746c6e,       /* "dtln", PRAGMA application_id: this file is ours */
        STATEMENTS = 512,               /* slots of the cache, a power of two; there are under 300 statements in all */
        BUSY_MS = 5000,
        WRITER_CACHE_KIB = 16384,       /* what the desk looks up of the last days; an idle daemon does not fill it */
        READER_CACHE_KIB = 1024,
        WAL_LIMIT = 16 << 20,           /* the file is cut back to this after a checkpoint */
};

#define MIGRATION_US INT64_C(3600000000)        /* one step of it, of a large file */

struct statement {
        const char *sql;
        sqlite3_stmt *compiled;
};

struct db {
        sqlite3 *handle;
        struct statement statements[STATEMENTS];
        bool full;              /* PRAGMA synchronous is FULL now */
        bool open;              /* between begin and commit or rollback */
        int error;              /* of the last failed call */
        char error_text[160];
        int64_t log_pages;
        bool wrote;             /* something came to the log since begin */
};

sqlite3 *db_handle(struct db *db)
{
        return db->handle;
}

/*
 * The errno behind SQLITE_IOERR; 0: none is known. SQLite knows one kind of a full disk, ENOSPC; all else is to it a failing
 * disk. sqlite3_system_errno() is not set by a COMMIT that fails (3.40), but each file remembers what its last failure was.
 */
static int disk_errno(sqlite3 *handle)
{
        sqlite3_file *log = NULL;
        int error = 0;

        if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log != NULL &&
            log->pMethods != NULL)
                (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
        if (error == 0)
                (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
        return error != 0 ? error : sqlite3_system_errno(handle);
}

static int map_io_error(sqlite3 *handle)
{
        int error = sqlite3_extended_errcode(handle) == SQLITE_IOERR_READ ? 0 : disk_errno(handle);

        return error == ENOSPC || error == EDQUOT || error == EROFS ? -error : -EIO;
}

/* A read that fails with EIO is told as a damaged file (SQLITE_IOERR_CORRUPTFS). It may be whole; nobody should restore a copy
 * over it before the disk is looked at. */
static bool is_unreadable(sqlite3 *handle)
{
        int error = disk_errno(handle);

        return error == EIO || error == ENXIO || error == ERANGE;
}

static int map_error(sqlite3 *handle)
{
        switch (sqlite3_errcode(handle) & 0xff) {        /* without the extended part */
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_IOERR:
                return map_io_error(handle);
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_CORRUPT:
                return is_unreadable(handle) ? -EIO : -EUCLEAN;
        case SQLITE_NOTADB:
                return -EUCLEAN;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        case SQLITE_INTERRUPT:
                return -ECANCELED;
        case SQLITE_TOOBIG:
                return -E2BIG;
        default:
                return -EINVAL;
        }
}

int db_error(struct db *db)
{
        return db->error != 0 ? db->error : -EINVAL;
}

const char *db_error_text(struct db *db)
{
        return db->error_text;
}

static int note_error(struct db *db)
{
        db->error = map_error(db->handle);
        snprintf(db->error_text, sizeof(db->error_text), "%s", sqlite3_errmsg(db->handle));
        return error_origin(db->error);
}

sqlite3_stmt *db_prepare(struct db *db, const char *sql)
{
        size_t at = ((uintptr_t)sql >> 3) * 31 % STATEMENTS;
        struct statement *s;

        for (size_t tries = 0; tries < STATEMENTS; tries++, at = (at + 1) % STATEMENTS)
                if (db->statements[at].sql == sql || db->statements[at].sql == NULL)
                        break;
        s = &db->statements[at];
        if (s->sql == sql) {
                sqlite3_reset(s->compiled);
                sqlite3_clear_bindings(s->compiled);
                return s->compiled;
        }
        if (s->sql != NULL) {           /* full: give this one up */
                sqlite3_finalize(s->compiled);
                *s = (struct statement){ 0 };
        }
        if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->compiled, NULL) != SQLITE_OK) {
                note_error(db);
                return NULL;
        }
        s->sql = sql;
        return s->compiled;
}

static int bind(sqlite3_stmt *s, const char *types, va_list args)
{
        int r = SQLITE_OK;

        for (int i = 1; *types != '\0' && r == SQLITE_OK; types++, i++) {
                const void *bytes;
                int64_t number;

                switch (*types) {
                case 'i':
                        r = sqlite3_bind_int64(s, i, va_arg(args, int64_t));
                        break;
                case 'n':
                        number = va_arg(args, int64_t);
                        if (number != INT64_MIN)        /* not bound is NULL */
                                r = sqlite3_bind_int64(s, i, number);
                        break;
                case 't':
                        r = sqlite3_bind_text(s, i, va_arg(args, const char *), -1, SQLITE_STATIC);
                        break;
                case 'z':
                        bytes = va_arg(args, const void *);
                        r = sqlite3_bind_text64(s, i, bytes, va_arg(args, size_t), SQLITE_STATIC, SQLITE_UTF8);
                        break;
                default:
                        bytes = va_arg(args, const void *);
                        r = sqlite3_bind_blob64(s, i, bytes != NULL ? bytes : "", va_arg(args, size_t),
                                                SQLITE_STATIC);
                        break;
                }
        }
        return r;
}

static sqlite3_stmt *query(struct db *db, const char *sql, const char *types, va_list args)
{
        sqlite3_stmt *s = db_prepare(db, sql);

        if (s == NULL)
                return NULL;
        if (bind(s, types, args) != SQLITE_OK) {
                note_error(db);
                return NULL;
        }
        return s;
}

sqlite3_stmt *db_query(struct db *db, const char *sql, const char *types, ...)
{
        sqlite3_stmt *s;
        va_list args;

        va_start(args, types);
        s = query(db, sql, types, args);
        va_end(args);
        return s;
}

int db_step(struct db *db, sqlite3_stmt *statement)
{
        int r;

        if (statement == NULL)
                return db_error(db);
        r = sqlite3_step(statement);
        if (r == SQLITE_ROW)
                return 1;
        r = r == SQLITE_DONE ? 0 : note_error(db);
        sqlite3_reset(statement);
        return r;
}

int db_run(struct db *db, const char *sql, const char *types, ...)
{
        sqlite3_stmt *s;
        va_list args;
        int r;

        va_start(args, types);
        s = query(db, sql, types, args);
        va_end(args);
        r = db_step(db, s);
        if (r > 0)
                sqlite3_reset(s);
        return MIN_OF(r, 0);
}

int db_get_int(struct db *db, int64_t none, int64_t *out, const char *sql, const char *types, ...)
{
        sqlite3_stmt *s;
        va_list args;
        int r;

        va_start(args, types);
        s = query(db, sql, types, args);
        va_end(args);
        r = db_step(db, s);
        if (r < 0)
                return r;
        *out = none;
        if (r > 0) {
                if (sqlite3_column_type(s, 0) != SQLITE_NULL)
                        *out = sqlite3_column_int64(s, 0);
                sqlite3_reset(s);
        }
        return 0;
}

int db_exec(struct db *db, const char *sql)
{
        return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : note_error(db);
}

int db_begin(struct db *db, bool durable)
{
        int r;

        if (durable != db->full) {
                r = db_run(db, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", "");
                if (r < 0)
                        return error_trace(r);
                db->full = durable;
        }
        db->wrote = false;
        r = db_run(db, "BEGIN IMMEDIATE", "");
        db->open = r == 0;
        return error_trace(r);
}

int db_commit(struct db *db)
{
        int r = db_is_broken(db) ? db_error(db) : db_run(db, "COMMIT", "");

        if (r == 0)
                db->open = false;
        return error_trace(r);
}

void db_rollback(struct db *db)
{
        sqlite3_stmt *s = NULL;

        /* A statement in the midst of its rows would keep the transaction from ending. */
        while ((s = sqlite3_next_stmt(db->handle, s)) != NULL)
                sqlite3_reset(s);
        if (!sqlite3_get_autocommit(db->handle)) {
                int error = db->error;

                db_run(db, "ROLLBACK", "");
                db->error = error;
        }
        db->open = false;
}

int db_savepoint(struct db *db)
{
        return db_run(db, "SAVEPOINT job", "");
}

int db_release(struct db *db)
{
        return db_run(db, "RELEASE job", "");
}

void db_rollback_savepoint(struct db *db)
{
        int error = db->error;

        if (!db_is_broken(db)) {
                db_run(db, "ROLLBACK TO job", "");
                db_run(db, "RELEASE job", "");
        }
        db->error = error;
}

bool db_is_broken(struct db *db)
{
        return db->open && sqlite3_get_autocommit(db->handle);
}

static int on_log(void *user, sqlite3 *handle _unused_, const char *name _unused_, int pages)
{
        struct db *db = user;

        db->log_pages = pages;
        db->wrote = true;
        return SQLITE_OK;
}

void db_follow_log(struct db *db)
{
        sqlite3_wal_hook(db->handle, on_log, db);
}

bool db_has_written(const struct db *db)
{
        return db->wrote;
}

int64_t db_log_pages(const struct db *db)
{
        return db->log_pages;
}

int db_checkpoint(struct db *db, int64_t *pages, int64_t *done)
{
        int in_log = 0, taken = 0, r;

        r = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &taken);
        *pages = MAX_OF(in_log, 0);
        *done = MAX_OF(taken, 0);
        return r == SQLITE_OK ? 0 : note_error(db);
}

static int refuse(char **error, const char *format, ...) _printf_(2, 3);
static int refuse(char **error, const char *format, ...)
{
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(error, format, args);
        va_end(args);
        if (n < 0) {
                *error = NULL;
                return error_origin(-ENOMEM);
        }
        return DB_E_REFUSED;
}

/* What SQLite says about a file that it cannot use, in words that tell what to do. */
static int refuse_file(struct db *db, const char *path, char **error)
{
        switch (sqlite3_errcode(db->handle) & 0xff) {
        case SQLITE_NOMEM:
                return error_origin(-ENOMEM);
        case SQLITE_NOTADB:
                return refuse(error, "%s is not a database: name another file in store.sqlite, or move this one away",
                              path);
        case SQLITE_CORRUPT:
                if (is_unreadable(db->handle))
                        return refuse(error, "%s: %s", path, error_of_disk(-EIO));
                return refuse(error, "%s is damaged (%s): restore it from a copy, or move it away to begin anew", path,
                              sqlite3_errmsg(db->handle));
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return refuse(error, "%s cannot be opened for writing (%s): its directory must exist and both must be "
                              "writable for the user that the daemon runs as", path,
                              sqlite3_system_errno(db->handle) != 0 ? strerror(sqlite3_system_errno(db->handle))
                                                                     : sqlite3_errmsg(db->handle));
        case SQLITE_FULL:
        case SQLITE_IOERR:
                return refuse(error, "%s: %s", path, error_of_disk(map_error(db->handle)));
        case SQLITE_BUSY:
                return refuse(error, "%s is locked by another program: does a datelined run already?", path);
        default:
                return refuse(error, "%s: %s", path, sqlite3_errmsg(db->handle));
        }
}

static void tell(const struct db_listener *listener, const char *format, ...) _printf_(2, 3);
static void tell(const struct db_listener *listener, const char *format, ...)
{
        char text[512];
        va_list args;

        if (listener == NULL)
                return;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        listener->tell(listener->user, text);
}

/* Bring an empty or older file to DB_SCHEMA, a version at a time, all in one transaction. */
static int migrate(struct db *db, const char *path, int64_t from, const struct db_listener *listener)
{
        int64_t began = clock_monotonic_us();
        char pragmas[96];
        int r;

        r = db_begin(db, true);
        if (r < 0)
                return r;
        if (from > 0) {
                notify_status("bringing the store from schema %lld to %d", (long long)from, DB_SCHEMA);
                tell(listener, "%s is brought from schema %lld to %d, which may take minutes and as much room again as it has: "
                     "if that is broken off, it stays as it was, and the next start begins anew", path, (long long)from,
                     DB_SCHEMA);
        }
        for (int64_t version = from; version < DB_SCHEMA && r == 0; version++) {
                if (from > 0)
                        notify_extend(MIGRATION_US);    /* systemd would end a start that takes long, again and again */
                r = db_exec(db, schema_migrations[version]);
        }
        snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION,
                 DB_SCHEMA);
        if (r == 0)
                r = db_exec(db, pragmas);
        if (r == 0)
                r = db_commit(db);
        if (r < 0)
                db_rollback(db);
        else if (from > 0)
                tell(listener, "%s has schema %d now, after %.1f s", path, DB_SCHEMA,
                     (double)(clock_monotonic_us() - began) / (double)CLOCK_SECOND);
        return r;
}

static int check_version(struct db *db, const char *path, bool read_only, const struct db_listener *listener, char **error)
{
        int64_t version, application, tables;

        if (db_get_int(db, 0, &version, "PRAGMA user_version", "") < 0 ||
            db_get_int(db, 0, &application, "PRAGMA application_id", "") < 0 ||
            db_get_int(db, 0, &tables, "SELECT count(*) FROM sqlite_schema", "") < 0)
                return refuse_file(db, path, error);
        if (application != APPLICATION && (tables != 0 || version != 0))
                return refuse(error, "%s is the database of another program: name another file in store.sqlite", path);
        if (version > DB_SCHEMA)
                return refuse(error,
                              "%s was written by a newer dateline (schema %lld, this one knows %d): install that "
                              "version, or name another file in store.sqlite",
                              path, (long long)version, DB_SCHEMA);
        if (version == DB_SCHEMA)
                return 0;
        if (read_only)
                return refuse(error, "%s was written by an older dateline (schema %lld, this one knows %d): start "
                              "datelined once, it brings the file up to date", path, (long long)version, DB_SCHEMA);
        return migrate(db, path, version, listener) < 0 ? refuse_file(db, path, error) : 0;
}

static int set_up(struct db *db, const char *path, bool read_only, const struct db_listener *listener, char **error)
{
        bool memory = strcmp(path, ":memory:") == 0;
        char pragmas[512];
        sqlite3_stmt *s;
        int r;

        sqlite3_extended_result_codes(db->handle, 1);
        sqlite3_busy_timeout(db->handle, BUSY_MS);
        /* secure_delete: Debian's SQLite writes zeros over what is deleted, which doubles the writes. */
        snprintf(pragmas, sizeof(pragmas),
                 "PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; "
                 "PRAGMA secure_delete = OFF; PRAGMA cache_size = -%d; PRAGMA journal_size_limit = %d; "
                 "PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
                 read_only ? READER_CACHE_KIB : WRITER_CACHE_KIB, WAL_LIMIT);
        if (db_exec(db, pragmas) < 0)
                return refuse_file(db, path, error);
        /* What may be read but not written is opened all the same. */
        if (!read_only && sqlite3_db_readonly(db->handle, "main") == 1)
                return refuse(error, "%s cannot be written to: it and its directory must be writable for the user that the "
                              "daemon runs as", path);
        r = check_version(db, path, read_only, listener, error);
        if (r != 0 || read_only || memory)
                return r;
        s = db_query(db, "PRAGMA journal_mode = WAL", "");
        if (db_step(db, s) < 1)
                return refuse_file(db, path, error);
        r = strcmp((const char *)sqlite3_column_text(s, 0), "wal");
        sqlite3_reset(s);
        if (r != 0)
                return refuse(error,
                              "%s: its file system cannot hold a write-ahead log: name a file on a local disk in "
                              "store.sqlite",
                              path);
        /* Find out now, not at the first story, whether it can be written. */
        r = db_begin(db, false);
        if (r == 0)
                r = db_commit(db);
        return r < 0 ? refuse_file(db, path, error) : 0;
}

static int open_file(struct db **out, const char *path, bool read_only, const struct db_listener *listener, char **error)
{
        int flags =
                SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        _cleanup_(db_closep) struct db *db = NULL;
        struct stat st;
        int r;

        *error = NULL;
        db = calloc(1, sizeof(*db));
        if (db == NULL)
                return error_origin(-ENOMEM);
        if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
                return refuse(error, "%s is not a file: name one in store.sqlite", path);
        r = sqlite3_open_v2(path, &db->handle, flags, NULL);
        if (db->handle == NULL)
                return error_origin(-ENOMEM);
        r = r != SQLITE_OK ? refuse_file(db, path, error) : set_up(db, path, read_only, listener, error);
        if (r != 0)
                return error_trace(r);
        *out = STEAL(db);
        return 0;
}

int db_open(struct db **out, const char *path, bool read_only, char **error)
{
        return error_trace(open_file(out, path, read_only, NULL, error));
}

int db_open_telling(struct db **out, const char *path, const struct db_listener *listener, char **error)
{
        return error_trace(open_file(out, path, false, listener, error));
}

void db_close(struct db *db)
{
        if (db == NULL)
                return;
        for (size_t i = 0; i < STATEMENTS; i++)
                sqlite3_finalize(db->statements[i].compiled);
        sqlite3_close(db->handle);
        free(db);
}

void db_closep(struct db **db)
{
        db_close(*db);
        *db = NULL;
}
