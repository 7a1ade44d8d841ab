/*
 * A spool directory as the file system shows it: what lies there, whether a file is whole, its bytes, and taking it away
 * once it is durable. These calls block, so they run on the thread pool; they know no loop.
 *
 * When is a file whole? A file that somebody has open for writing is not. The kernel knows: a read lease (fcntl(2), F_SETLEASE)
 * is refused with EAGAIN while the file is open for writing, and whoever opens it for writing afterwards waits until
 * we have read it. Leases need CAP_LEASE for files of another user, and some file systems have none; then an event (renamed
 * into place, closed after writing) is believed, and a file that a scan finds must have rested for SPOOL_REST_MS.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
        SPOOL_REST_MS = 3000,
        SPOOL_KEY_MAX = 64,
};

struct spool {
        int fd;                 /* the directory */
        int done_fd;            /* where taken files go; -1: they are deleted */
        uint64_t device, inode;
};

#define SPOOL_NULL ((struct spool){ .fd = -1, .done_fd = -1 })

/* `done`: "delete", a path (relative: below the directory; made where missing), NULL: "done". 0, or -errno and *error
 * (malloc'ed, NULL without memory) says why. */
int spool_open(struct spool *spool, const char *path, const char *done, char **error);
/* May be called twice. */
void spool_close(struct spool *spool);
/* Whether `path` still leads to this directory. */
bool spool_is_at(const struct spool *spool, const char *path);

/* What is behind the last '/' of a path. */
const char *spool_base(const char *path);

/* Whether a name is one to take: no dot file, no *.tmp. Of a folder: whether it is one to enter. */
bool spool_wants(const char *name);

/* Whether it is an archive by its name: *.warc, *.warc.gz. */
bool spool_is_archive(const char *name);

struct spool_names {
        char **items;
        size_t n;
        bool more;              /* the directory holds names behind the last one */
};

/* Open a folder of the directory for scanning; `path` is relative to it, "" the directory itself. No symbolic link is
 * followed on the way. 0 and *fd, the caller's; SPOOL_E_GONE: there is no such folder; SPOOL_E_OTHER: it is the directory
 * itself, its done folder, or lies on another file system, to which no file can be renamed; or -errno, -EACCES also where
 * files could not be taken out of it. */
int spool_folder(const struct spool *spool, const char *path, int *fd);
/* Where accepted files are deleted: remove from a folder what a daemon that was killed has left of them. */
void spool_sweep(const struct spool *spool, int fd);

/* The first `max` names of files in the folder `fd` that are wanted, in the order of strcmp(), behind `after` (NULL: from the
 * beginning). However large the folder, memory is that of `max` names. `folders` (NULL: not asked for): the same of the
 * folders in it, always from the beginning. 0 or -errno. */
int spool_scan(int fd, const char *after, size_t max, struct spool_names *names, size_t max_folders,
               struct spool_names *folders);
/* May be called twice. */
void spool_names_deinit(struct spool_names *names);

struct spool_file {
        const char *name;               /* relative to the directory, perhaps in folders of it */
        uint64_t inode;
        int64_t size;
        int64_t changed, modified;      /* ctime, mtime in ns */
        int fd;                         /* SPOOL_E_ARCHIVE: the caller's */
        char *bytes;                    /* malloc'ed; the caller's */
        char key[SPOOL_KEY_MAX];        /* ctime, inode, size: the same file is recognised after a crash */
};

enum {
        SPOOL_E_GONE = 1,       /* not there any more */
        SPOOL_E_WRITING,        /* open for writing: its closing will be seen */
        SPOOL_E_YOUNG,          /* found by a scan, not known to be whole: look again in SPOOL_REST_MS */
        SPOOL_E_OTHER,          /* not a regular file: none of our business */
        SPOOL_E_EMPTY,
        SPOOL_E_TOO_LARGE,      /* file->size */
        SPOOL_E_ARCHIVE,        /* it is whole, and open: file->fd, file->key */
        SPOOL_E_CHANGED,        /* another file has its name now */
};

/* Read a file whole; with a negative `max_size` only open it, whatever its size. `by_event`: it was renamed into place or
 * closed after writing. 0, one of the above, or -errno. inode, size, changed are filled where it could be looked at,
 * otherwise 0. */
int spool_read(const struct spool *spool, struct spool_file *file, bool by_event, int64_t max_size);

/* Move to the done folder, in the same folders as here, or delete, as the delivery `id`. A name that is taken there gets the id
 * behind it. 0,
 * SPOOL_E_GONE, SPOOL_E_CHANGED (the other file is where it was), -ESTALE (the done folder is deleted: open the spool
 * again), or -errno. */
int spool_take_away(const struct spool *spool, const struct spool_file *file, int64_t id);
