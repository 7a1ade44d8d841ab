/*
 * One daemon a database: two would hand out the same work twice. A lock on a file of its own beside the database
 * (PATH.lock), since a lock on the database itself would be dropped whenever SQLite closes one of its descriptors
 * (fcntl(2)). It does not hinder readers: `sqlite3 -readonly`, backups.
 */
#pragma once

enum {
        LOCK_E_REFUSED = 1,     /* *error (malloc'ed) says why and what to do */
};

/* The lock is held until the process ends, however it ends, or any descriptor of that file is
 * closed in it. */
int lock_take(const char *path, int *fd, char **error);
