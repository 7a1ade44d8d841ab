/*
 * The directory watcher: files that are put into a folder become deliveries and move on to done/ (or are deleted) once
 * they are durable.
 *
 * Two sources name files: inotify's events as they happen, and scans of the whole directory - at the start, when the
 * kernel dropped events (IN_Q_OVERFLOW), when more names waited than are kept, and every DIRECTORY_LOOK_MS, so that an
 * event that never came costs a minute and not a file. With `subdirectories` each folder below it is watched too, see
 * folders.h; of those the path is looked at again when something happened to them. libuv's own uv_fs_event says neither
 * "closed after writing" nor "overflow", so the descriptor of inotify(7) is read here, through uv_poll.
 *
 * The way of a file: named -> read (thread pool, a batch a work item) -> submitted -> durable -> taken away (thread
 * pool, batches again). A window bounds the files on the way and their bytes. Nothing of it blocks the loop; what
 * blocks is in spool.c. The identity of a file (ctime, inode, size) is the delivery's key: one that was committed when
 * the daemon was killed, but not yet moved, is known to the store and only moved.
 *
 * directory_advance() is the one place that decides what is done next.
 */
#include "watch/directory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/error.h"
#include "watch/scan.h"
#include "watch/transit.h"

enum { EVENTS_SIZE = 16384 };

/* ---- the thread pool ---- */

int directory_start_step(struct directory *d, struct step *step, uv_work_cb work, uv_after_work_cb after)
{
        int r;

        step->work.data = d;
        step->busy = true;
        r = uv_queue_work(d->watcher.host->loop, &step->work, work, after);
        if (r < 0)
                step->busy = false;
        return r;
}

static bool is_busy(const struct directory *d)
{
        return d->opening.busy || d->scanning.busy || d->reading.busy || d->leaving.busy;
}

/* ---- events ---- */

/* Something in a folder, or of itself. */
static void handle_folder(struct directory *d, struct folder *folder, const struct inotify_event *event)
{
        char path[FOLDERS_PATH + NAME_MAX + 1];

        if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) {
                if (*folder->path == '\0')
                        d->lost = true;
                if (event->mask & IN_IGNORED)
                        folder->wd = -1;
                folder->look = true;
        } else if (event->len > 0 && folders_join(path, sizeof(path), folder->path, event->name)) {
                if (event->mask & IN_ISDIR)
                        scan_note_folder(d, path, true);
                else
                        scan_note(d, path, (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0);
        }
}

static void overflowed(struct directory *d)
{
        watcher_report_as(&d->watcher, LOG_WARNING, LOG_SOURCE_OVERFLOW, "more happened in %s than the kernel remembers: it is "
                          "looked through anew", d->watcher.row->directory);
        d->scan_wanted = true;
}

static void handle_event(struct directory *d, const struct inotify_event *event)
{
        struct folder *folder;

        if (event->mask & IN_Q_OVERFLOW)
                overflowed(d);
        else if (event->wd == d->parent_watch)
                d->scan_wanted |= event->len > 0 && strcmp(event->name, spool_base(d->watcher.row->directory)) == 0;
        else if ((folder = folders_by_watch(&d->folders, event->wd)) != NULL)
                handle_folder(d, folder, event);
        else
                d->pass_missed = true;
}

static void on_events(uv_poll_t *poll, int status, int events)
{
        struct directory *d = poll->data;
        _Alignas(struct inotify_event) char bytes[EVENTS_SIZE];
        ssize_t n = read(d->inotify_fd, bytes, sizeof(bytes));

        (void)status;
        (void)events;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
                d->lost = true;
        for (ssize_t at = 0; at < n;) {
                const struct inotify_event *event = (const void *)(bytes + at);

                handle_event(d, event);
                at += (ssize_t)(sizeof(*event) + event->len);
        }
        directory_advance(d);
}

/* ---- opening ---- */

static int watch_path(struct directory *d, const char *path)
{
        int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), r;
        char parent[PATH_MAX];

        if (fd < 0)
                return -errno;
        d->watch = inotify_add_watch(fd, path, DIRECTORY_EVENTS);
        if (d->watch < 0) {
                r = -errno;
                close(fd);
                return r;
        }
        /* That it is deleted or renamed is best seen from its parent: of a directory that is open here the kernel
         * reports the deletion only when we close it. Without this the next look finds out. */
        snprintf(parent, sizeof(parent), "%.*s/.", (int)(spool_base(path) - path), path);
        d->parent_watch = inotify_add_watch(fd, parent, IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR);
        return fd;
}

static void work_open(uv_work_t *work)
{
        struct directory *d = work->data;
        const struct config_watch *row = d->watcher.row;

        d->opening.r = spool_open(&d->spool, row->directory, row->done, &d->open_error);
        if (d->opening.r < 0)
                return;
        d->inotify_fd = watch_path(d, row->directory);
        /* Both must be about the same directory. */
        if (!spool_is_at(&d->spool, row->directory)) {
                d->opening.r = -ESTALE;
                if (d->inotify_fd >= 0)
                        close(d->inotify_fd);
                d->inotify_fd = -1;
                spool_close(&d->spool);
        }
}

static int start_poll(struct directory *d)
{
        int r = uv_poll_init(d->watcher.host->loop, &d->poll, d->inotify_fd);

        if (r < 0)
                return r;
        d->poll.data = d;
        d->n_handles++;
        return uv_poll_start(&d->poll, UV_READABLE, on_events);
}

static void opened(struct directory *d)
{
        int r = d->inotify_fd < 0 ? d->inotify_fd : start_poll(d);

        d->is_open = true;
        if (folders_add(&d->folders, "", true) < 0)
                d->lost = true;
        else
                folders_watched(&d->folders, "", d->inotify_fd < 0 ? -1 : d->watch, d->inotify_fd);
        d->blind = r < 0;
        d->scan_wanted = true;
        if (r < 0) {
                watcher_trouble(&d->watcher, "cannot be told of changes in %s (inotify: %s): looking every second",
                                d->watcher.row->directory, strerror(-r));
                if (d->inotify_fd >= 0 && d->n_handles == 1) {
                        close(d->inotify_fd);
                        d->inotify_fd = -1;
                }
        } else {
                watcher_trouble_over(&d->watcher);
        }
}

static void after_open(uv_work_t *work, int status)
{
        struct directory *d = work->data;

        (void)status;
        d->opening.busy = false;
        if (d->opening.r < 0) {
                watcher_trouble(&d->watcher, "%s; it is tried again every second",
                                d->open_error != NULL ? d->open_error : strerror(-d->opening.r));
                directory_look_in(d, DIRECTORY_RETRY_MS);
        } else {
                opened(d);
        }
        free(STEAL(d->open_error));
        watcher_settled(&d->watcher);
        directory_advance(d);
}

static void on_look(uv_timer_t *timer)
{
        struct directory *d = timer->data;

        d->look_at = 0;
        if (!d->is_open && !d->opening.busy && directory_start_step(d, &d->opening, work_open, after_open) < 0)
                directory_look_in(d, DIRECTORY_RETRY_MS);
        d->scan_wanted = true;
        directory_advance(d);
}

void directory_look_in(struct directory *d, uint64_t ms)
{
        uint64_t at = uv_now(d->watcher.host->loop) + ms;

        if (d->closing || (d->look_at != 0 && d->look_at <= at))
                return;
        d->look_at = at;
        uv_timer_start(&d->look, on_look, ms, 0);
}

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle)
{
        struct directory *d = handle->data;

        d->n_handles--;
        if (!d->closing)
                directory_look_in(d, 0);  /* the poll of a directory that is gone: open it again */
        else if (d->n_handles == 0)
                watcher_closed(&d->watcher);
}

/* Let go of the directory that is open; no step is under way. */
static void let_go(struct directory *d)
{
        bool polled = d->inotify_fd >= 0;

        d->lost = d->is_open = false;
        scan_forget(d);
        spool_close(&d->spool);
        if (polled) {
                uv_close((uv_handle_t *)&d->poll, on_handle_closed);
                close(d->inotify_fd);
                d->inotify_fd = -1;
        } else {
                directory_look_in(d, 0);
        }
}

static void close_all(struct directory *d)
{
        d->closing = true;
        transit_drop(d);
        if (d->is_open)
                let_go(d);
        scan_forget(d);
        uv_close((uv_handle_t *)&d->look, on_handle_closed);
}

void directory_advance(struct directory *d)
{
        if (d->closing)
                return;
        if (d->watcher.state == WATCHER_STOPPING) {
                if (d->is_open && !d->lost)
                        transit_leave(d);
                if (d->bulk != NULL)
                        bulk_stop(d->bulk);
                if (!is_busy(d) && d->bulk == NULL && d->n_submitted == 0 &&
                    (list_is_empty(&d->files_durable) || !d->is_open || d->lost))
                        close_all(d);
                return;
        }
        if (d->bulk != NULL)
                bulk_go_on(d->bulk);
        if (d->lost && d->is_open && !is_busy(d) && d->bulk == NULL)
                let_go(d);
        if (!d->is_open || d->lost)
                return;
        if (!watcher_is_idle(&d->watcher) && intake_is_open(d->watcher.host->intake)) {
                scan_step(d);
                transit_archives(d);
                if (!d->reading.busy && transit_has_room(d))
                        transit_read(d);
        }
        transit_leave(d);
}

/* ---- the contract ---- */

static int directory_create(struct watcher **out)
{
        struct directory *d = calloc(1, sizeof(*d));

        if (d == NULL)
                return error_origin(-ENOMEM);
        d->spool = SPOOL_NULL;
        d->inotify_fd = -1;
        list_init(&d->named);
        folders_init(&d->folders);
        transit_init(d);
        *out = &d->watcher;
        return 0;
}

static int directory_start(struct watcher *watcher)
{
        struct directory *d = container_of(watcher, struct directory, watcher);

        uv_timer_init(watcher->host->loop, &d->look);
        d->look.data = d;
        d->n_handles = 1;
        return error_trace(directory_start_step(d, &d->opening, work_open, after_open));
}

static void directory_hold(struct watcher *watcher)
{
        (void)watcher;  /* directory_advance() asks watcher_is_idle() */
}

static void directory_resume(struct watcher *watcher)
{
        directory_advance(container_of(watcher, struct directory, watcher));
}

static void directory_stop(struct watcher *watcher)
{
        directory_advance(container_of(watcher, struct directory, watcher));
}

static void directory_free(struct watcher *watcher)
{
        struct directory *d = container_of(watcher, struct directory, watcher);

        scan_forget(d);
        left_deinit(&d->left);
        free(d);
}

static void directory_describe(const struct watcher *watcher, char *out, size_t size)
{
        const struct directory *d = container_of(watcher, struct directory, watcher);

        char folders[32] = "";

        if (d->watcher.row->subdirectories)
                snprintf(folders, sizeof(folders), ", %zu folders", d->folders.n);
        snprintf(out, size, "%zu files on their way, %zu left lying%s%s", d->n_files, d->left.n, folders,
                 d->scan != SCAN_NONE ? ", scanning" : "");
}

const struct watcher_kind watcher_directory = {
        .name = "directory",
        .create = directory_create,
        .start = directory_start,
        .hold = directory_hold,
        .resume = directory_resume,
        .stop = directory_stop,
        .free = directory_free,
        .describe = directory_describe,
};
