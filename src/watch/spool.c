/* See spool.h. */
#include "watch/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"

#define NS INT64_C(1000000000)

static int64_t to_ns(struct timespec t)
{
        return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

/* ---- the directory ---- */

static int fail(char **error, int r, const char *what, const char *path)
{
        if (asprintf(error, "%s %s: %s", what, path, strerror(-r)) < 0)
                *error = NULL;
        return error_origin(r);
}

static int open_done(struct spool *spool, const char *done, char **error)
{
        struct stat st;

        if (done == NULL)
                done = "done";
        if (strcmp(done, "delete") == 0)
                return 0;
        if (mkdirat(spool->fd, done, 0777) < 0 && errno != EEXIST)
                return fail(error, -errno, "cannot make the folder for accepted files,", done);
        spool->done_fd = openat(spool->fd, done, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (spool->done_fd < 0 || fstat(spool->done_fd, &st) < 0)
                return fail(error, -errno, "cannot open the folder for accepted files,", done);
        if (st.st_dev != spool->device)
                return fail(error, -EXDEV, "accepted files are moved by renaming, so this folder must be on the same "
                                           "file system as the directory:", done);
        if (st.st_ino == spool->inode)
                return fail(error, -EINVAL, "the folder for accepted files is the directory itself,", done);
        if (faccessat(spool->done_fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
                return fail(error, -errno, "cannot write to the folder for accepted files,", done);
        return 0;
}

/* A daemon that was killed while it deleted has left hidden files, see move_out(): those that were taken go, and what had come
 * in the place of one is put back for everybody to see. */
void spool_sweep(const struct spool *spool, int folder)
{
        int fd = spool->done_fd < 0 ? openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
        struct dirent *entry;

        if (dir == NULL) {
                if (fd >= 0)
                        close(fd);
                return;
        }
        while ((entry = readdir(dir)) != NULL) {
                int64_t id;
                uint64_t inode;
                int n = 0;
                struct stat st;

                if (sscanf(entry->d_name, ".taken.%" SCNd64 ".%" SCNx64 "%n", &id, &inode, &n) != 2 ||
                    entry->d_name[n] != '\0' || fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                if (st.st_ino == inode)
                        (void)unlinkat(folder, entry->d_name, 0);
                else
                        (void)renameat2(folder, entry->d_name, folder, entry->d_name + 1, RENAME_NOREPLACE);
        }
        closedir(dir);
}

int spool_open(struct spool *spool, const char *path, const char *done, char **error)
{
        struct stat st;
        int r;

        *error = NULL;
        *spool = SPOOL_NULL;
        spool->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (spool->fd < 0 || fstat(spool->fd, &st) < 0) {
                r = fail(error, -errno, "cannot open", path);
                spool_close(spool);
                return r;
        }
        spool->device = st.st_dev;
        spool->inode = st.st_ino;
        if (faccessat(spool->fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
                r = fail(error, -errno, errno == EROFS ? "accepted files cannot be taken out of (under systemd the unit must let "
                         "datelined write there, ReadWritePaths=)" : "accepted files cannot be taken out of", path);
        else
                r = open_done(spool, done, error);
        if (r == 0)
                spool_sweep(spool, spool->fd);
        if (r < 0)
                spool_close(spool);
        return r;
}

void spool_close(struct spool *spool)
{
        if (spool->fd >= 0)
                close(spool->fd);
        if (spool->done_fd >= 0)
                close(spool->done_fd);
        *spool = SPOOL_NULL;
}

bool spool_is_at(const struct spool *spool, const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 && st.st_dev == spool->device && st.st_ino == spool->inode;
}

const char *spool_base(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash != NULL ? slash + 1 : path;
}

bool spool_wants(const char *name)
{
        size_t n = strlen(name);

        return name[0] != '.' && n > 0 && !(n > 4 && strcmp(name + n - 4, ".tmp") == 0);
}

bool spool_is_archive(const char *name)
{
        size_t n = strlen(name);

        return (n > 5 && strcasecmp(name + n - 5, ".warc") == 0) || (n > 8 && strcasecmp(name + n - 8, ".warc.gz") == 0);
}

/* ---- folders ---- */

/* One step down; a symbolic link is not followed. With an `id` the folder is made where it is missing, and has the id behind
 * its name where a file has that name. A descriptor or -errno. */
static int step_down(int fd, const char *name, int64_t id)
{
        const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        char other[NAME_MAX + 1];
        int next;

        if (id != 0 && mkdirat(fd, name, 0777) < 0 && errno != EEXIST)
                return -errno;
        next = openat(fd, name, flags);
        if (next >= 0 || id == 0 || errno != ENOTDIR)
                return next >= 0 ? next : -errno;
        snprintf(other, sizeof(other), "%.220s.%" PRId64, name, id);
        if (mkdirat(fd, other, 0777) < 0 && errno != EEXIST)
                return -errno;
        next = openat(fd, other, flags);
        return next >= 0 ? next : -errno;
}

/* The folder that the last name of `path` lies in. A descriptor, the caller's, or -errno; `id` as above. */
static int open_parent(int fd, const char *path, int64_t id)
{
        int at = fcntl(fd, F_DUPFD_CLOEXEC, 3), r = at >= 0 ? 0 : -errno;
        const char *slash;

        for (; r == 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
                char name[NAME_MAX + 1];
                int next;

                if ((size_t)(slash - path) >= sizeof(name)) {
                        r = -ENAMETOOLONG;
                        break;
                }
                memcpy(name, path, (size_t)(slash - path));
                name[slash - path] = '\0';
                next = step_down(at, name, id);
                close(at);
                at = next;
                r = MIN_OF(next, 0);
        }
        if (r < 0 && at >= 0)
                close(at);
        return r < 0 ? r : at;
}

int spool_folder(const struct spool *spool, const char *path, int *out)
{
        _cleanup_close_ int parent = open_parent(spool->fd, path, 0), fd = -1;
        struct stat st, done = { 0 };

        if (parent >= 0)
                fd = openat(parent, *path != '\0' ? spool_base(path) : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
                int r = parent < 0 ? parent : -errno;

                return r == -ENOENT || r == -ENOTDIR || r == -ELOOP ? SPOOL_E_GONE : error_origin(r);
        }
        if (fstat(fd, &st) < 0 || (spool->done_fd >= 0 && fstat(spool->done_fd, &done) < 0))
                return error_origin(-errno);
        if (*path != '\0') {
                if (st.st_dev != spool->device || st.st_ino == spool->inode ||
                    (spool->done_fd >= 0 && st.st_ino == done.st_ino))
                        return SPOOL_E_OTHER;
                if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
                        return error_origin(-errno);
        }
        *out = fd;
        fd = -1;
        return 0;
}

/* ---- scanning ---- */

/* A heap with the greatest name on top: what the scan keeps are the smallest `max`. */
static void sift_down(char **heap, size_t n, size_t i)
{
        for (;;) {
                size_t child = 2 * i + 1;
                char *name = heap[i];

                if (child >= n)
                        return;
                if (child + 1 < n && strcmp(heap[child], heap[child + 1]) < 0)
                        child++;
                if (strcmp(name, heap[child]) >= 0)
                        return;
                heap[i] = heap[child];
                heap[child] = name;
                i = child;
        }
}

static int keep_name(struct spool_names *names, size_t max, const char *name)
{
        char *copy;

        if (names->n == max && strcmp(name, names->items[0]) >= 0) {
                names->more = true;
                return 0;
        }
        copy = strdup(name);
        if (copy == NULL)
                return error_origin(-ENOMEM);
        if (names->n < max) {
                names->items[names->n++] = copy;
                if (names->n == max)
                        for (size_t i = max / 2; i-- > 0;)
                                sift_down(names->items, max, i);
                return 0;
        }
        names->more = true;
        free(names->items[0]);
        names->items[0] = copy;
        sift_down(names->items, max, 0);
        return 0;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void close_dirp(DIR **dir)
{
        if (*dir != NULL)
                closedir(*dir);
}

static bool is_folder(int fd, const struct dirent *entry)
{
        struct stat st;

        return entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN &&
                                           fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode));
}

int spool_scan(int folder, const char *after, size_t max, struct spool_names *names, size_t max_folders,
               struct spool_names *folders)
{
        _cleanup_(close_dirp) DIR *dir = NULL;
        int fd, r = 0;

        *names = (struct spool_names){ 0 };
        if (folders != NULL)
                *folders = (struct spool_names){ 0 };
        fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_origin(-errno);
        dir = fdopendir(fd);
        if (dir == NULL) {
                close(fd);
                return error_origin(-ENOMEM);
        }
        names->items = calloc(max, sizeof(names->items[0]));
        if (folders != NULL)
                folders->items = calloc(max_folders, sizeof(folders->items[0]));
        if (names->items == NULL || (folders != NULL && folders->items == NULL))
                r = error_origin(-ENOMEM);
        while (r == 0) {
                struct dirent *entry;

                errno = 0;
                entry = readdir(dir);
                if (entry == NULL) {
                        r = -errno;
                        break;
                }
                if (!spool_wants(entry->d_name))
                        continue;
                if (folders != NULL && is_folder(folder, entry)) {
                        r = keep_name(folders, max_folders, entry->d_name);
                        continue;
                }
                if ((entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) ||
                    (after != NULL && strcmp(entry->d_name, after) <= 0))
                        continue;
                r = keep_name(names, max, entry->d_name);
        }
        if (r < 0) {
                spool_names_deinit(names);
                if (folders != NULL)
                        spool_names_deinit(folders);
                return error_trace(r);
        }
        qsort(names->items, names->n, sizeof(names->items[0]), compare_names);
        if (folders != NULL)
                qsort(folders->items, folders->n, sizeof(folders->items[0]), compare_names);
        return 0;
}

void spool_names_deinit(struct spool_names *names)
{
        for (size_t i = 0; i < names->n; i++)
                free(names->items[i]);
        free(names->items);
        *names = (struct spool_names){ 0 };
}

/* ---- reading ---- */

static void note_stat(struct spool_file *file, const struct stat *st)
{
        file->inode = st->st_ino;
        file->size = st->st_size;
        file->changed = to_ns(st->st_ctim);
        file->modified = to_ns(st->st_mtim);
}

/* Where no lease tells: whether the last change is some time ago. A time to come (the clock was set back) is no recent
 * one. */
static bool has_rested(const struct spool_file *file)
{
        int64_t age = clock_wall_us() * 1000 - file->changed;

        return age < 0 || age >= (int64_t)SPOOL_REST_MS * 1000000;
}

/* A lease until `fd` is closed. Whoever wants to write meanwhile waits; the signal that tells of him must be one that does
 * nothing by default (SIGIO, the usual one, ends the process). 0, SPOOL_E_WRITING, or SPOOL_E_YOUNG: it cannot be known. */
static int take_lease(int fd)
{
        if (fcntl(fd, F_SETSIG, SIGURG) < 0)
                return SPOOL_E_YOUNG;
        if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
                return 0;
        return errno == EAGAIN ? SPOOL_E_WRITING : SPOOL_E_YOUNG;
}

/* Exactly file->size bytes, or the file has changed meanwhile. */
static int read_bytes(int fd, struct spool_file *file)
{
        size_t size = (size_t)file->size, n = 0;
        _cleanup_free_ char *bytes = malloc(size + 1);

        if (bytes == NULL)
                return error_origin(-ENOMEM);
        while (n < size) {
                ssize_t k = read(fd, bytes + n, size - n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return error_origin(-errno);
                if (k == 0)
                        return SPOOL_E_YOUNG;
                n += (size_t)k;
        }
        bytes[n] = '\0';
        file->bytes = STEAL(bytes);
        return 0;
}

static void make_key(struct spool_file *file)
{
        snprintf(file->key, sizeof(file->key), "%016" PRIx64 "-%" PRIx64 "-%" PRIx64, (uint64_t)file->changed, file->inode,
                 (uint64_t)file->size);
}

/* It is read later, and for long: whoever wants to write to it does not wait for that. */
static int take_archive(int fd, struct spool_file *file, bool leased)
{
        if (leased)
                (void)fcntl(fd, F_SETLEASE, F_UNLCK);
        file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (file->fd < 0)
                return error_origin(-errno);
        make_key(file);
        return SPOOL_E_ARCHIVE;
}

static int read_open(int fd, struct spool_file *file, bool by_event, int64_t max_size)
{
        struct stat st;
        int lease, r;

        if (fstat(fd, &st) < 0)
                return error_origin(-errno);
        if (!S_ISREG(st.st_mode))
                return SPOOL_E_OTHER;
        lease = take_lease(fd);
        if (lease == 0 && fstat(fd, &st) < 0)
                return error_origin(-errno);
        note_stat(file, &st);
        if (lease == SPOOL_E_WRITING || (lease == SPOOL_E_YOUNG && !by_event && !has_rested(file)))
                return lease;
        if (file->size == 0)
                return SPOOL_E_EMPTY;
        if (max_size < 0)
                return take_archive(fd, file, lease == 0);
        if (file->size > max_size)
                return SPOOL_E_TOO_LARGE;
        r = read_bytes(fd, file);
        if (r != 0)
                return r;
        /* Without a lease it may have been written to while it was read. */
        if (lease != 0 && (fstat(fd, &st) < 0 || to_ns(st.st_ctim) != file->changed || st.st_size != file->size)) {
                free(STEAL(file->bytes));
                return SPOOL_E_YOUNG;
        }
        make_key(file);
        return 0;
}

int spool_read(const struct spool *spool, struct spool_file *file, bool by_event, int64_t max_size)
{
        _cleanup_close_ int parent = open_parent(spool->fd, file->name, 0);
        const char *name = spool_base(file->name);
        struct stat st;
        int fd, r;

        file->inode = 0;
        file->size = file->changed = file->modified = 0;
        file->bytes = NULL;
        file->fd = -1;
        if (parent < 0)
                return parent == -ENOENT || parent == -ENOTDIR ? SPOOL_E_GONE : error_origin(parent);
        fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (fd >= 0) {
                r = read_open(fd, file, by_event, max_size);
                close(fd);
                return r;
        }
        r = -errno;
        if (r == -ENOENT)
                return SPOOL_E_GONE;
        if (r == -ELOOP || r == -ENXIO)
                return SPOOL_E_OTHER;
        if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
                if (!S_ISREG(st.st_mode))
                        return SPOOL_E_OTHER;
                note_stat(file, &st);
        }
        return error_origin(r);
}

/* ---- taking away ---- */

static bool is_same(const struct spool_file *file, const struct stat *st)
{
        return st->st_ino == file->inode && st->st_size == file->size && to_ns(st->st_mtim) == file->modified;
}

/* rename(2) that replaces nothing. */
static int rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
        struct stat st;

        if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno != EINVAL)
                return -errno;
        /* A file system without the flag. */
        if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
                return -EEXIST;
        return renameat(from_fd, from, to_fd, to) == 0 ? 0 : -errno;
}

/* The name under which it goes: its own, or with the delivery's id where that is taken. */
static int move_out(const struct spool *spool, const struct spool_file *file, int64_t id, int from_fd, int to_fd,
                    char to[NAME_MAX + 1])
{
        const char *name = spool_base(file->name);
        int r;

        /* Deleting goes by a hidden name, so that the file can be looked at when nobody else reaches it any more. */
        if (spool->done_fd < 0)
                snprintf(to, NAME_MAX + 1, ".taken.%" PRId64 ".%" PRIx64, id, file->inode);
        else
                snprintf(to, NAME_MAX + 1, "%s", name);
        for (int i = 0;; i++) {
                r = rename_new(from_fd, name, to_fd, to);
                if (r != -EEXIST || i == 100)
                        return r;
                if (i == 0)
                        snprintf(to, NAME_MAX + 1, "%.220s.%" PRId64, name, id);
                else
                        snprintf(to, NAME_MAX + 1, "%.200s.%" PRId64 ".%d", name, id, i);
        }
}

/* What was moved is another file than the one that was read: back with it, under another name where yet another one has
 * come. */
static int put_back(const char *name, int64_t id, int home_fd, int from_fd, const char *from)
{
        char other[NAME_MAX + 1];
        int r = rename_new(from_fd, from, home_fd, name);

        if (r == -EEXIST) {
                snprintf(other, sizeof(other), "%.220s.%" PRId64, name, id);
                r = rename_new(from_fd, from, home_fd, other);
        }
        return r < 0 ? error_origin(r) : SPOOL_E_CHANGED;
}

/* rename(2) did not find something: the file, or the done folder (or the one in it), which somebody has deleted. */
static int not_found(const struct spool *spool, int to_fd)
{
        struct stat st;

        if (spool->done_fd >= 0 && ((fstat(spool->done_fd, &st) == 0 && st.st_nlink == 0) ||
                                    (to_fd >= 0 && fstat(to_fd, &st) == 0 && st.st_nlink == 0)))
                return error_origin(-ESTALE);
        return SPOOL_E_GONE;
}

int spool_take_away(const struct spool *spool, const struct spool_file *file, int64_t id)
{
        _cleanup_close_ int from_fd = open_parent(spool->fd, file->name, 0), to_fd = -1;
        const char *name = spool_base(file->name);
        char to[NAME_MAX + 1];
        struct stat st;
        int r;

        if (from_fd < 0)
                return from_fd == -ENOENT || from_fd == -ENOTDIR ? SPOOL_E_GONE : error_origin(from_fd);
        /* Another file may have been renamed over it since it was read: that one is not ours to take away. */
        if (fstatat(from_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? SPOOL_E_GONE : error_origin(-errno);
        if (!is_same(file, &st))
                return SPOOL_E_CHANGED;
        to_fd = spool->done_fd < 0 ? fcntl(from_fd, F_DUPFD_CLOEXEC, 3) : open_parent(spool->done_fd, file->name, MAX_OF(id, 1));
        if (to_fd < 0)
                return to_fd == -ENOENT ? not_found(spool, -1) : error_origin(spool->done_fd < 0 ? -errno : to_fd);
        r = move_out(spool, file, id, from_fd, to_fd, to);
        if (r == -ENOENT)
                return not_found(spool, to_fd);
        if (r < 0)
                return error_origin(r);
        /* ... and it may have been between the two calls. */
        if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0 && !is_same(file, &st))
                return put_back(name, id, from_fd, to_fd, to);
        /* A sweep of the folder may have been quicker. */
        if (spool->done_fd < 0 && unlinkat(to_fd, to, 0) < 0 && errno != ENOENT)
                return error_origin(-errno);
        return 0;
}
