/* See faulty.h. */
#include "faulty.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#include "base/cleanup.h"

enum { WHILE = 12 };            /* operations that fail in a row, where it is for a while */

const char *const faulty_names[FAULTY_KINDS_] = {
        "a write fails", "a write is torn", "the disk is full for a while", "a sync fails", "writes fail for a while",
};

struct file {
        sqlite3_file base;
        sqlite3_file *real;     /* behind this struct */
};

enum operation { WRITE, TRUNCATE, SYNC };

/* The one disk of the program. */
static struct {
        pthread_mutex_t mutex;
        sqlite3_vfs vfs, *real;
        enum faulty_kind kind;
        long left;              /* operations until it fails; 0: not armed */
        int more;               /* that fail after it */
        bool failed;
} disk = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static sqlite3_file *real(sqlite3_file *file)
{
        return ((struct file *)file)->real;
}

/* What SQLite is told: SQLITE_OK or an error. */
static int fate(enum operation operation)
{
        bool fails = false;

        pthread_mutex_lock(&disk.mutex);
        if (disk.left > 0) {
                disk.left--;
                /* A sync that shall fail waits for one. */
                if (disk.left == 0 && disk.kind == FAULTY_SYNC && operation != SYNC)
                        disk.left = 1;
                else
                        fails = disk.left == 0;
                if (fails)
                        disk.more = disk.kind == FAULTY_FULL || disk.kind == FAULTY_LONG ? WHILE : 0;
        } else if (disk.more > 0) {
                disk.more--;
                fails = true;
        }
        disk.failed |= fails;
        pthread_mutex_unlock(&disk.mutex);
        if (!fails)
                return SQLITE_OK;
        if (disk.kind == FAULTY_FULL)
                return SQLITE_FULL;
        return operation == WRITE ? SQLITE_IOERR_WRITE : operation == SYNC ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_TRUNCATE;
}

static int do_close(sqlite3_file *file)
{
        return real(file)->pMethods->xClose(real(file));
}

static int do_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
        return real(file)->pMethods->xRead(real(file), bytes, n, at);
}

static int do_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
        int r = fate(WRITE);

        if (r != SQLITE_OK && disk.kind == FAULTY_TORN)
                (void)real(file)->pMethods->xWrite(real(file), bytes, n / 2, at);
        return r != SQLITE_OK ? r : real(file)->pMethods->xWrite(real(file), bytes, n, at);
}

static int do_truncate(sqlite3_file *file, sqlite3_int64 size)
{
        int r = fate(TRUNCATE);

        return r != SQLITE_OK ? r : real(file)->pMethods->xTruncate(real(file), size);
}

static int do_sync(sqlite3_file *file _unused_, int flags _unused_)
{
        return fate(SYNC);
}

static int do_size(sqlite3_file *file, sqlite3_int64 *size)
{
        return real(file)->pMethods->xFileSize(real(file), size);
}

static int do_lock(sqlite3_file *file, int how)
{
        return real(file)->pMethods->xLock(real(file), how);
}

static int do_unlock(sqlite3_file *file, int how)
{
        return real(file)->pMethods->xUnlock(real(file), how);
}

static int do_check_lock(sqlite3_file *file, int *out)
{
        return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int do_control(sqlite3_file *file, int what, void *value)
{
        return real(file)->pMethods->xFileControl(real(file), what, value);
}

static int do_sector(sqlite3_file *file)
{
        return real(file)->pMethods->xSectorSize(real(file));
}

static int do_device(sqlite3_file *file)
{
        return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int do_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
        return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}

static int do_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
        return real(file)->pMethods->xShmLock(real(file), at, n, flags);
}

static void do_shm_barrier(sqlite3_file *file)
{
        real(file)->pMethods->xShmBarrier(real(file));
}

static int do_shm_unmap(sqlite3_file *file, int remove)
{
        return real(file)->pMethods->xShmUnmap(real(file), remove);
}

/* Version 2: no mapping of the file, all that is written comes through do_write(). */
static const sqlite3_io_methods methods = {
        .iVersion = 2, .xClose = do_close, .xRead = do_read, .xWrite = do_write, .xTruncate = do_truncate, .xSync = do_sync,
        .xFileSize = do_size, .xLock = do_lock, .xUnlock = do_unlock, .xCheckReservedLock = do_check_lock,
        .xFileControl = do_control, .xSectorSize = do_sector, .xDeviceCharacteristics = do_device, .xShmMap = do_shm_map,
        .xShmLock = do_shm_lock, .xShmBarrier = do_shm_barrier, .xShmUnmap = do_shm_unmap,
};

static int do_open(sqlite3_vfs *vfs _unused_, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
        struct file *f = (struct file *)file;
        int r;

        f->real = (sqlite3_file *)(f + 1);
        r = disk.real->xOpen(disk.real, name, f->real, flags, out_flags);
        f->base.pMethods = f->real->pMethods != NULL ? &methods : NULL;
        return r;
}

void faulty_install(void)
{
        disk.real = sqlite3_vfs_find(NULL);
        disk.vfs = *disk.real;
        disk.vfs.zName = "faulty";
        disk.vfs.pNext = NULL;
        disk.vfs.szOsFile = (int)sizeof(struct file) + disk.real->szOsFile;
        disk.vfs.xOpen = do_open;
        sqlite3_vfs_register(&disk.vfs, 1);
}

void faulty_arm(enum faulty_kind kind, long n)
{
        pthread_mutex_lock(&disk.mutex);
        disk.kind = kind;
        disk.left = n;
        disk.more = 0;
        disk.failed = false;
        pthread_mutex_unlock(&disk.mutex);
}

bool faulty_disarm(void)
{
        bool failed;

        pthread_mutex_lock(&disk.mutex);
        failed = disk.failed;
        disk.left = 0;
        disk.more = 0;
        pthread_mutex_unlock(&disk.mutex);
        return failed;
}
