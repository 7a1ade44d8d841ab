/* See scan.h. */
#include "watch/scan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
        NAMED_MAX = 4096,               /* names from events that wait */
        SCAN_NAMES = 4096,              /* names a pass of a scan */
        SCAN_FOLDERS = FOLDERS_MAX + 2, /* the same of folders: one more than are taken, beside the one that is left alone */
};

int scan_push_name(struct directory *d, const char *text, bool by_event, bool in_front)
{
        size_t n = strlen(text) + 1;
        struct scan_name *name = malloc(sizeof(*name) + n);

        if (name == NULL) {
                d->scan_wanted = true;
                return error_origin(-ENOMEM);
        }
        memcpy(name->text, text, n);
        name->by_event = by_event;
        if (in_front)
                list_prepend(&d->named, &name->link);
        else
                list_append(&d->named, &name->link);
        d->n_named++;
        return 0;
}

void scan_note(struct directory *d, const char *text, bool by_event)
{
        if (!spool_wants(spool_base(text)))
                return;
        if (!list_is_empty(&d->named)) {
                /* Created, then closed: one look. */
                struct scan_name *last = list_entry(d->named.prev, struct scan_name, link);

                if (strcmp(last->text, text) == 0) {
                        last->by_event |= by_event;
                        return;
                }
        }
        if (d->n_named >= NAMED_MAX)
                d->scan_wanted = true;
        else
                (void)scan_push_name(d, text, by_event, false);
}

void scan_forget(struct directory *d)
{
        for (struct list *link; (link = list_pop(&d->named)) != NULL;)
                free(list_entry(link, struct scan_name, link));
        d->n_named = 0;
        spool_names_deinit(&d->scanned);
        d->n_scanned = 0;
        d->scan = SCAN_NONE;
        free(STEAL(d->cursor));
        folders_clear(&d->folders);
}

struct scan_name *scan_next_note(struct directory *d)
{
        struct list *link = list_pop(&d->named);

        if (link == NULL)
                return NULL;
        d->n_named--;
        return list_entry(link, struct scan_name, link);
}

size_t scan_left(const struct directory *d)
{
        return d->scanned.n - d->n_scanned;
}

const char *scan_next(struct directory *d)
{
        return d->scanned.items[d->n_scanned++];
}

/* ---- passes ---- */

/* The folder is watched from now on. Through its descriptor, so that it is the one that is scanned. */
static void watch_folder(struct directory *d, int fd)
{
        char path[64];

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        d->pass_wd = inotify_add_watch(d->inotify_fd, path, DIRECTORY_EVENTS);
        d->pass_error = d->pass_wd < 0 ? -errno : 0;
}

/* Paths from the names in a folder. */
static int add_folder(struct spool_names *names, const char *path)
{
        for (size_t i = 0; i < names->n && *path != '\0'; i++) {
                char *name;

                if (asprintf(&name, "%s/%s", path, names->items[i]) < 0)
                        return error_origin(-ENOMEM);
                free(names->items[i]);
                names->items[i] = name;
        }
        return 0;
}

static void work_scan(uv_work_t *work)
{
        struct directory *d = work->data;
        bool begins = d->cursor == NULL, deep = d->watcher.row->subdirectories;
        _cleanup_close_ int fd = -1;
        int r;

        d->same = spool_is_at(&d->spool, d->watcher.row->directory);
        r = spool_folder(&d->spool, d->scan_path, &fd);
        if (r == 0 && *d->scan_path != '\0' && begins) {
                if (d->inotify_fd >= 0)
                        watch_folder(d, fd);
                spool_sweep(&d->spool, fd);
        }
        if (r == 0)
                r = spool_scan(fd, d->cursor, SCAN_NAMES, &d->pass, SCAN_FOLDERS, deep && begins ? &d->pass_folders : NULL);
        if (r == 0)
                r = add_folder(&d->pass, d->scan_path);
        if (r == 0)
                r = add_folder(&d->pass_folders, d->scan_path);
        if (r != 0) {
                spool_names_deinit(&d->pass);
                spool_names_deinit(&d->pass_folders);
        }
        d->scanning.r = r;
}

void scan_note_folder(struct directory *d, const char *path, bool look)
{
        char shown[FOLDERS_PATH + NAME_MAX + 2];
        int r;

        /* "done" is left alone even where another folder takes the accepted files now: it is full of those of before. */
        if (!d->watcher.row->subdirectories || !spool_wants(spool_base(path)) || strcmp(path, "done") == 0)
                return;
        r = folders_add(&d->folders, path, look);
        if (r == FOLDERS_E_BOUND && !d->scan_bounded) {
                d->scan_bounded = true;         /* one is named, and there may be thousands */
                watcher_trouble(&d->watcher, "%s is not watched, nor are others: at most %d folders are, %d deep",
                                watcher_printable(path, shown, sizeof(shown)), FOLDERS_MAX, FOLDERS_DEPTH);
        } else if (r < 0) {
                directory_look_in(d, DIRECTORY_RETRY_MS);
        }
}

/* What a pass has found out about its folder. */
static void note_pass(struct directory *d)
{
        bool inner = *d->scan_path != '\0';

        if (inner && (d->scanning.r == SPOOL_E_GONE || d->scanning.r == SPOOL_E_OTHER)) {
                folders_drop(&d->folders, d->scan_path, d->inotify_fd);
                return;
        }
        if (d->scanning.r != 0) {
                char shown[FOLDERS_PATH];

                d->scan_failed = true;
                watcher_trouble(&d->watcher, "cannot list %s%s%s: %s", d->watcher.row->directory, inner ? "/" : "",
                                watcher_printable(d->scan_path, shown, sizeof(shown)),
                                d->scanning.r < 0 ? strerror(-d->scanning.r) : "it is gone");
                if (!inner)     /* of a folder, its change of mode is seen */
                        directory_look_in(d, DIRECTORY_RETRY_MS);
                return;
        }
        if (inner && d->cursor == NULL) {
                if (d->pass_missed)
                        (void)folders_add(&d->folders, d->scan_path, true);
                folders_watched(&d->folders, d->scan_path, d->pass_wd, d->inotify_fd);
                if (d->pass_error < 0 && !d->blind) {
                        d->blind = true;
                        watcher_trouble(&d->watcher, "cannot be told of changes in folders of %s (inotify: %s): looking every second",
                                        d->watcher.row->directory, strerror(-d->pass_error));
                }
        }
        for (size_t i = 0; i < d->pass_folders.n; i++)
                scan_note_folder(d, d->pass_folders.items[i], false);
}

static void after_scan(uv_work_t *work, int status)
{
        struct directory *d = work->data;

        (void)status;
        d->scanning.busy = false;
        note_pass(d);
        spool_names_deinit(&d->pass_folders);
        d->scanned = d->pass;
        d->pass = (struct spool_names){ 0 };
        d->n_scanned = 0;
        d->scan = SCAN_NAMES_LEFT;
        if (!d->same)
                d->lost = true;
        directory_advance(d);
}

static void start_pass(struct directory *d)
{
        d->scan = SCAN_PASS;
        d->pass_wd = -1;
        d->pass_error = 0;
        d->pass_missed = false;
        if (directory_start_step(d, &d->scanning, work_scan, after_scan) < 0)
                d->scan = SCAN_NONE;
}

/* The next folder that is to be scanned. */
static bool start_folder(struct directory *d)
{
        struct folder *folder = folders_next(&d->folders);

        if (folder == NULL)
                return false;
        folder->look = false;
        snprintf(d->scan_path, sizeof(d->scan_path), "%s", folder->path);
        start_pass(d);
        return true;
}

/* All names of this pass are on their way. */
static bool next_pass(struct directory *d)
{
        bool more = d->scanned.more;

        free(STEAL(d->cursor));
        if (more)
                d->cursor = strdup(spool_base(d->scanned.items[d->scanned.n - 1]));
        spool_names_deinit(&d->scanned);
        d->n_scanned = 0;
        if (more && d->cursor == NULL) {
                d->scan_wanted = d->scan_failed = true;
                return false;
        }
        if (more)
                start_pass(d);
        return more;
}

static void end_scan(struct directory *d)
{
        d->scan = SCAN_NONE;
        if (d->scan_full && !d->scan_failed) {
                left_scan_end(&d->left);
                if (!d->blind && !d->scan_bounded)
                        watcher_trouble_over(&d->watcher);
        }
        directory_look_in(d, d->blind ? DIRECTORY_BLIND_MS : DIRECTORY_LOOK_MS);
}

void scan_step(struct directory *d)
{
        if (d->scan == SCAN_PASS || d->n_scanned < d->scanned.n)
                return;
        if (d->scan == SCAN_NAMES_LEFT) {
                if (next_pass(d) || start_folder(d))
                        return;
                if (d->reading.busy)
                        return; /* the last of its files are being looked at */
                end_scan(d);
        }
        d->scan_full = d->scan_wanted;
        if (d->scan_wanted) {
                d->scan_wanted = d->scan_failed = d->scan_bounded = false;
                left_scan_begin(&d->left);
                folders_look_at_all(&d->folders);
        }
        (void)start_folder(d);
}
