/*
 * The directory watcher: files that are put into a folder become deliveries and move on to done/ (or are deleted) once they
 * are durable.
 *
 * Two sources name files: inotify's events as they happen, and scans of the whole directory - at the start, when the
 * kernel dropped events (IN_Q_OVERFLOW), when more names waited than are kept, and every LOOK_MS, so that an event that
 * never came costs a minute and not a file. libuv's own uv_fs_event says neither "closed after writing" nor
 * "overflow", so the descriptor of inotify(7) is read here, through uv_poll.
 *
 * The way of a file: named -> read (thread pool, a batch a work item) -> submitted -> durable -> taken away (thread
 * pool, batches again). A window bounds the files on the way and their bytes. Nothing of it blocks the loop; what blocks is
 * in spool.c. The identity of a file (ctime, inode, size) is the delivery's key: one that was committed when the daemon
 * was killed, but not yet moved, is known to the store and only moved.
 *
 * advance() is the one place that decides what is done next.
 */
#include "watch/watcher.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "watch/bulk.h"
#include "watch/left.h"
#include "watch/spool.h"

enum {
        LOOK_MS = 60000,                /* between two scans, when nothing else asks for one */
        LOOK_BLIND_MS = 1000,           /* the same without inotify */
        RETRY_MS = 1000,                /* a directory that is not there */
        NAMED_MAX = 4096,               /* names from events that wait */
        SCAN_NAMES = 4096,              /* names a pass of a scan */
        BATCH_FILES = 64,
        BATCH_BYTES = 4 << 20,
        WINDOW_FILES = 1024,            /* named and not yet durable */
        WINDOW_BYTES = 8 << 20,
        TAKE_AWAY_FILES = 2048,         /* at once while more are coming; see start_leaving() */
        BUCKETS = 1024,
        EVENTS_SIZE = 16384,
        UNREAD = 100,                   /* beside spool_read()'s results: the batch was full before */
};

struct name {
        struct list link;
        bool by_event;                  /* it is whole: renamed into place or closed after writing */
        char text[];
};

struct file {
        struct intake_ticket ticket;
        struct list link;               /* in reading, durable, leaving */
        struct list bucket;             /* by name, of all that are on the way */
        struct directory *directory;
        struct spool_file spool;
        bool by_event, archive;
        bool again, again_by_event;     /* an event named it again meanwhile */
        int r;                          /* of the work on it */
        int64_t id;
        char *shown;                    /* the name for people, behind the name itself */
        char name[];
};

/* A step of the thread pool. */
struct step {
        uv_work_t work;
        bool busy;
        int r;
};

enum scan_state {
        SCAN_NONE,
        SCAN_PASS,                      /* the thread pool gathers names */
        SCAN_NAMES_LEFT,                /* they are being read */
};

struct directory {
        struct watcher watcher;
        struct spool spool;
        int inotify_fd;
        int parent_watch;               /* inotify's, of the folder that the directory lies in; -1: none */
        uv_poll_t poll;
        uv_timer_t look;
        uint64_t look_at;               /* loop time at which `look` fires */
        unsigned n_handles;
        bool is_open;                   /* the spool is open and watched */
        bool lost;                      /* it must be opened again */
        bool closing;

        struct step opening, scanning, reading, leaving;
        char *open_error;
        bool blind;                     /* no inotify */

        struct list named;
        size_t n_named;
        bool scan_wanted;
        enum scan_state scan;
        struct spool_names pass;        /* the thread pool's, until the pass is over */
        struct spool_names scanned;
        size_t n_scanned;               /* of them are read */
        char *cursor;
        bool same;                      /* the path still leads to the directory that is open */
        struct left left;

        struct list files_reading, files_durable, files_leaving, files_archives;
        struct bulk *bulk;              /* of the first archive; NULL: it does not run */
        size_t n_files, n_bytes;
        size_t n_submitted;
        size_t n_durable;               /* in files_durable and files_leaving */
        struct list buckets[BUCKETS];
};

static void advance(struct directory *d);

/* ---- names and files ---- */

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash != NULL ? slash + 1 : path;
}

static int push_name(struct directory *d, const char *text, bool by_event, bool in_front)
{
        size_t n = strlen(text) + 1;
        struct name *name = malloc(sizeof(*name) + n);

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

/* A name from an event. */
static void name_file(struct directory *d, const char *text, bool by_event)
{
        if (!spool_wants(text))
                return;
        if (!list_is_empty(&d->named)) {
                /* Created, then closed: one look. */
                struct name *last = list_entry(d->named.prev, struct name, link);

                if (strcmp(last->text, text) == 0) {
                        last->by_event |= by_event;
                        return;
                }
        }
        if (d->n_named >= NAMED_MAX)
                d->scan_wanted = true;
        else
                (void)push_name(d, text, by_event, false);
}

static void forget_names(struct directory *d)
{
        for (struct list *link; (link = list_pop(&d->named)) != NULL;)
                free(list_entry(link, struct name, link));
        d->n_named = 0;
        spool_names_deinit(&d->scanned);
        d->n_scanned = 0;
        d->scan = SCAN_NONE;
        free(STEAL(d->cursor));
}

static struct list *bucket_of(struct directory *d, const char *name)
{
        uint32_t hash = 5381;

        for (; *name != '\0'; name++)
                hash = 33 * hash + (unsigned char)*name;
        return &d->buckets[hash % BUCKETS];
}

static struct file *find_file(struct list *bucket, const char *name)
{
        list_for_each(link, bucket) {
                struct file *file = list_entry(link, struct file, bucket);

                if (strcmp(file->name, name) == 0)
                        return file;
        }
        return NULL;
}

/* Make it a file to be read, unless one of this name is on the way: then it is looked at again afterwards, where it was an
 * event that named it. */
static void begin_file(struct directory *d, const char *name, bool by_event, bool by_scan)
{
        struct list *bucket = bucket_of(d, name);
        struct file *file = find_file(bucket, name);
        size_t n = strlen(name) + 1;

        if (file != NULL) {
                file->again |= !by_scan;
                file->again_by_event |= by_event;
                return;
        }
        file = calloc(1, sizeof(*file) + 2 * n);
        if (file == NULL) {
                d->scan_wanted = true;
                return;
        }
        memcpy(file->name, name, n);
        file->shown = file->name + n;
        watcher_printable(name, file->shown, n);
        file->directory = d;
        file->spool.name = file->name;
        file->archive = spool_is_archive(name) || strcmp(d->watcher.row->format, "warc") == 0;
        file->spool.fd = -1;
        file->by_event = by_event;
        list_append(bucket, &file->bucket);
        list_append(&d->files_reading, &file->link);
        d->n_files++;
}

static void drop_bytes(struct file *file)
{
        if (file->spool.fd >= 0)
                close(file->spool.fd);
        file->spool.fd = -1;
        if (file->spool.bytes == NULL)
                return;
        file->directory->n_bytes -= (size_t)file->spool.size;
        free(STEAL(file->spool.bytes));
}

static void end_file(struct file *file)
{
        struct directory *d = file->directory;

        if (file->again)
                (void)push_name(d, file->name, file->again_by_event, false);
        drop_bytes(file);
        list_unlink(&file->link);
        list_unlink(&file->bucket);
        free(file);
        d->n_files--;
}

/* It goes no further now: back among the names. */
static void put_back(struct file *file)
{
        (void)push_name(file->directory, file->name, file->by_event || file->again_by_event, true);
        file->again = false;
        end_file(file);
}

static void look_in(struct directory *d, uint64_t ms);

/* ---- the thread pool ---- */

static int start_step(struct directory *d, struct step *step, uv_work_cb work, uv_after_work_cb after)
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

/* ---- reading ---- */

static void work_read(uv_work_t *work)
{
        struct directory *d = work->data;
        int64_t now = clock_wall_us();
        size_t n_bytes = 0;

        list_for_each(link, &d->files_reading) {
                struct file *file = list_entry(link, struct file, link);

                /* Enough for one batch: this one is for the next. */
                if (n_bytes >= BATCH_BYTES) {
                        file->r = UNREAD;
                        continue;
                }
                file->r = spool_read(&d->spool, &file->spool, file->by_event, file->archive ? -1 : d->watcher.row->max_size);
                file->ticket.delivery.received = now;
                if (file->r == 0)
                        n_bytes += (size_t)file->spool.size;
        }
}

/* It stays where it is: said once. */
static void leave_file(struct file *file, int level, const char *what)
{
        struct directory *d = file->directory;

        if (left_add(&d->left, file->name, file->spool.inode, file->spool.changed)) {
                watcher_report(&d->watcher, level, "%s is left where it is: %s", file->shown, what);
                if (level <= LOG_WARNING)
                        d->watcher.refused++;
        }
        end_file(file);
}

static void on_ticket_done(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct file *file = container_of(ticket, struct file, ticket);
        struct directory *d = file->directory;

        d->n_submitted--;
        drop_bytes(file);
        if (r >= 0) {
                watcher_count(&d->watcher, r, ticket->delivery.n_bytes);
                file->id = id;
                list_append(&d->files_durable, &file->link);
                d->n_durable++;
        } else if (!intake_is_open(d->watcher.host->intake)) {
                /* Not this file's fault: it waits like the others. */
                put_back(file);
        } else {
                leave_file(file, LOG_WARNING, reason);
        }
        advance(d);
}

static void submit_file(struct file *file)
{
        struct directory *d = file->directory;
        const struct config_watch *row = d->watcher.row;
        struct delivery *delivery = &file->ticket.delivery;

        list_unlink(&file->link);
        d->n_bytes += (size_t)file->spool.size;
        delivery->source = row->name;
        delivery->name = file->shown;
        delivery->format = row->format;
        delivery->encoding = row->encoding;
        delivery->key = file->spool.key;
        delivery->bytes = file->spool.bytes;
        delivery->n_bytes = (size_t)file->spool.size;
        file->ticket.done = on_ticket_done;
        d->n_submitted++;
        intake_submit(d->watcher.host->intake, &file->ticket);
}

/* ---- archives ---- */

static void on_bulk_done(void *user, int r, int64_t id, const char *reason)
{
        struct directory *d = user;
        struct file *file = list_entry(d->files_archives.next, struct file, link);

        d->bulk = NULL;
        if (r == 0) {
                list_unlink(&file->link);
                file->id = id;
                list_append(&d->files_durable, &file->link);
                d->n_durable++;
        } else if (r == -ECANCELED) {
                end_file(file);
        } else {
                leave_file(file, LOG_WARNING, reason);
        }
        advance(d);
}

/* One archive at a time. */
static void step_archives(struct directory *d)
{
        struct file *file = list_entry(d->files_archives.next, struct file, link);
        const struct bulk_file bulk = { .fd = file->spool.fd, .name = file->shown, .key = file->spool.key, .done = on_bulk_done, .user = d };

        if (d->bulk != NULL || list_is_empty(&d->files_archives))
                return;
        file->spool.fd = -1;
        if (bulk_start(&d->bulk, &d->watcher, &bulk) < 0) {
                look_in(d, RETRY_MS);
                end_file(file);
        }
}

static void file_was_read(struct file *file)
{
        struct directory *d = file->directory;
        char what[128];

        switch (file->r) {
        case 0:
                submit_file(file);
                return;
        case SPOOL_E_ARCHIVE:
                list_unlink(&file->link);
                list_append(&d->files_archives, &file->link);
                return;
        case SPOOL_E_YOUNG:
                look_in(d, SPOOL_REST_MS);
                end_file(file);
                return;
        case SPOOL_E_GONE:
        case SPOOL_E_WRITING:
        case SPOOL_E_OTHER:
                end_file(file);
                return;
        case SPOOL_E_EMPTY:
                leave_file(file, LOG_NOTICE, "it is empty");
                return;
        case SPOOL_E_TOO_LARGE:
                snprintf(what, sizeof(what), "it is too large (%lld bytes, at most %lld: max_size)",
                         (long long)file->spool.size, (long long)d->watcher.row->max_size);
                leave_file(file, LOG_WARNING, what);
                return;
        case -ENOMEM:
        case -EAGAIN:   /* another program holds a lease */
        case -EMFILE:
        case -ENFILE:
                /* The machine's trouble, which passes. */
                watcher_report(&d->watcher, LOG_WARNING, "cannot read %s now: %s", file->shown, strerror(-file->r));
                look_in(d, RETRY_MS);
                end_file(file);
                return;
        default:
                leave_file(file, LOG_WARNING, strerror(-file->r));
                return;
        }
}

static void after_read(uv_work_t *work, int status)
{
        struct directory *d = work->data;
        bool unwanted = d->watcher.state != WATCHER_RUNNING;
        struct list files, back;

        (void)status;
        d->reading.busy = false;
        list_init(&files);
        list_init(&back);
        list_splice(&files, &d->files_reading);
        for (struct list *link; (link = list_pop(&files)) != NULL;) {
                struct file *file = list_entry(link, struct file, link);

                if (file->r == UNREAD || unwanted || ((file->r == 0 || file->r == SPOOL_E_ARCHIVE) && watcher_is_idle(&d->watcher)))
                        list_append(&back, &file->link);
                else
                        file_was_read(file);
        }
        /* The rest goes back to the front, from its end on, so that the order stays. */
        while (!list_is_empty(&back)) {
                struct file *file = list_entry(back.prev, struct file, link);

                list_unlink(&file->link);
                free(STEAL(file->spool.bytes));
                if (file->spool.fd >= 0)
                        close(file->spool.fd);
                file->spool.fd = -1;
                put_back(file);
        }
        advance(d);
}

/* Files for the next batch: events first, but no more than half of it while a scan has names too. */
static size_t gather(struct directory *d)
{
        size_t n_scan = d->scanned.n - d->n_scanned, n = 0;
        size_t max_named = n_scan > 0 ? BATCH_FILES / 2 : BATCH_FILES;

        for (; n < max_named && !list_is_empty(&d->named); n++) {
                struct name *name = list_entry(list_pop(&d->named), struct name, link);

                d->n_named--;
                begin_file(d, name->text, name->by_event, false);
                free(name);
        }
        for (; n < BATCH_FILES && d->n_scanned < d->scanned.n; n++)
                begin_file(d, d->scanned.items[d->n_scanned++], false, true);
        return n;
}

static void start_reading(struct directory *d)
{
        while (list_is_empty(&d->files_reading) && gather(d) > 0)
                ;       /* all of a batch may be on the way already */
        if (!list_is_empty(&d->files_reading) && start_step(d, &d->reading, work_read, after_read) < 0)
                d->scan_wanted = true;
}

/* ---- taking away ---- */

static void work_leave(uv_work_t *work)
{
        struct directory *d = work->data;

        list_for_each(link, &d->files_leaving) {
                struct file *file = list_entry(link, struct file, link);

                file->r = spool_take_away(&d->spool, &file->spool, file->id);
        }
}

static void file_was_taken(struct file *file)
{
        struct directory *d = file->directory;

        d->n_durable--;
        if (file->r == SPOOL_E_CHANGED) {
                file->again = file->again_by_event = true;
        } else if (file->r == -ESTALE) {
                d->lost = true;
        } else if (file->r < 0 && left_add(&d->left, file->name, file->spool.inode, file->spool.changed)) {
                watcher_report(&d->watcher, LOG_WARNING,
                               "%s is stored (delivery %lld) but cannot be taken out of the directory: %s", file->shown,
                               (long long)file->id, strerror(-file->r));
        }
        end_file(file);
}

static void after_leave(uv_work_t *work, int status)
{
        struct directory *d = work->data;
        struct list files;

        (void)status;
        d->leaving.busy = false;
        list_init(&files);
        list_splice(&files, &d->files_leaving);
        for (struct list *link; (link = list_pop(&files)) != NULL;)
                file_was_taken(list_entry(link, struct file, link));
        advance(d);
}

/* At once where nothing else is to be done. While more files come, in large batches: on a journaling file system each
 * commit of the store writes out the directory blocks that were changed since the last, and many files share them. */
static void start_leaving(struct directory *d)
{
        bool is_quiet = !d->reading.busy && d->n_submitted == 0;

        if (list_is_empty(&d->files_durable) || d->leaving.busy || (!is_quiet && d->n_durable < TAKE_AWAY_FILES))
                return;
        list_splice(&d->files_leaving, &d->files_durable);
        if (start_step(d, &d->leaving, work_leave, after_leave) < 0)
                list_splice(&d->files_durable, &d->files_leaving);
}

/* ---- scanning ---- */

static void work_scan(uv_work_t *work)
{
        struct directory *d = work->data;

        d->same = spool_is_at(&d->spool, d->watcher.row->directory);
        d->scanning.r = spool_scan(&d->spool, d->cursor, SCAN_NAMES, &d->pass);
}

static void after_scan(uv_work_t *work, int status)
{
        struct directory *d = work->data;

        (void)status;
        d->scanning.busy = false;
        d->scanned = d->pass;
        d->pass = (struct spool_names){ 0 };
        d->n_scanned = 0;
        d->scan = SCAN_NAMES_LEFT;
        if (!d->same)
                d->lost = true;
        if (d->scanning.r < 0) {
                watcher_trouble(&d->watcher, "cannot list %s: %s", d->watcher.row->directory, strerror(-d->scanning.r));
                look_in(d, RETRY_MS);
        } else if (!d->blind) {
                watcher_trouble_over(&d->watcher);
        }
        advance(d);
}

static void start_pass(struct directory *d)
{
        d->scan = SCAN_PASS;
        if (start_step(d, &d->scanning, work_scan, after_scan) < 0)
                d->scan = SCAN_NONE;
}

/* Begin a scan, go on with its next pass, or end it. */
static void step_scan(struct directory *d)
{
        if (d->scan == SCAN_PASS || d->n_scanned < d->scanned.n)
                return;
        if (d->scan == SCAN_NAMES_LEFT) {
                if (d->scanned.more) {
                        free(d->cursor);
                        d->cursor = strdup(d->scanned.items[d->scanned.n - 1]);
                        spool_names_deinit(&d->scanned);
                        d->n_scanned = 0;
                        if (d->cursor != NULL) {
                                start_pass(d);
                                return;
                        }
                }
                if (d->reading.busy)
                        return; /* the last of its files are being looked at */
                spool_names_deinit(&d->scanned);
                d->n_scanned = 0;
                free(STEAL(d->cursor));
                if (d->scanning.r == 0)
                        left_scan_end(&d->left);
                d->scan = SCAN_NONE;
                look_in(d, d->blind ? LOOK_BLIND_MS : LOOK_MS);
        }
        if (!d->scan_wanted)
                return;
        d->scan_wanted = false;
        left_scan_begin(&d->left);
        start_pass(d);
}

/* ---- events ---- */

static void handle_event(struct directory *d, const struct inotify_event *event)
{
        if (event->mask & IN_Q_OVERFLOW)
                d->scan_wanted = true;
        else if (event->wd == d->parent_watch)
                d->scan_wanted |= event->len > 0 && strcmp(event->name, base_name(d->watcher.row->directory)) == 0;
        else if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
                d->lost = true;
        else if (event->len > 0 && !(event->mask & IN_ISDIR))
                name_file(d, event->name, (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0);
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
        advance(d);
}

/* ---- opening ---- */

static int watch_path(struct directory *d, const char *path)
{
        const uint32_t mask = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                              IN_ONLYDIR;
        int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), r;
        char parent[PATH_MAX];

        if (fd < 0)
                return -errno;
        if (inotify_add_watch(fd, path, mask) < 0) {
                r = -errno;
                close(fd);
                return r;
        }
        /* That it is deleted or renamed is best seen from its parent: of a directory that is open here the kernel reports
         * the deletion only when we close it. Without this the next look finds out. */
        snprintf(parent, sizeof(parent), "%.*s/.", (int)(base_name(path) - path), path);
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
                look_in(d, RETRY_MS);
        } else {
                opened(d);
        }
        free(STEAL(d->open_error));
        watcher_settled(&d->watcher);
        advance(d);
}

static void on_look(uv_timer_t *timer)
{
        struct directory *d = timer->data;

        d->look_at = 0;
        if (!d->is_open && !d->opening.busy && start_step(d, &d->opening, work_open, after_open) < 0)
                look_in(d, RETRY_MS);
        d->scan_wanted = true;
        advance(d);
}

/* Look in so many milliseconds, or earlier where that is planned. */
static void look_in(struct directory *d, uint64_t ms)
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
                look_in(d, 0);  /* the poll of a directory that is gone: open it again */
        else if (d->n_handles == 0)
                watcher_closed(&d->watcher);
}

/* Let go of the directory that is open; no step is under way. */
static void let_go(struct directory *d)
{
        bool polled = d->inotify_fd >= 0;

        d->lost = d->is_open = false;
        forget_names(d);
        spool_close(&d->spool);
        if (polled) {
                uv_close((uv_handle_t *)&d->poll, on_handle_closed);
                close(d->inotify_fd);
                d->inotify_fd = -1;
        } else {
                look_in(d, 0);
        }
}

static void close_all(struct directory *d)
{
        d->closing = true;
        while (!list_is_empty(&d->files_durable))
                end_file(list_entry(d->files_durable.next, struct file, link));
        while (!list_is_empty(&d->files_archives))
                end_file(list_entry(d->files_archives.next, struct file, link));
        d->n_durable = 0;
        if (d->is_open)
                let_go(d);
        forget_names(d);
        uv_close((uv_handle_t *)&d->look, on_handle_closed);
}

static void advance(struct directory *d)
{
        if (d->closing)
                return;
        if (d->watcher.state == WATCHER_STOPPING) {
                if (d->is_open && !d->lost)
                        start_leaving(d);
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
                step_scan(d);
                step_archives(d);
                if (!d->reading.busy && d->n_files - d->n_durable < WINDOW_FILES && d->n_bytes < WINDOW_BYTES &&
                    d->n_durable < 2 * TAKE_AWAY_FILES)
                        start_reading(d);
        }
        start_leaving(d);
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
        list_init(&d->files_reading);
        list_init(&d->files_durable);
        list_init(&d->files_leaving);
        list_init(&d->files_archives);
        for (size_t i = 0; i < BUCKETS; i++)
                list_init(&d->buckets[i]);
        *out = &d->watcher;
        return 0;
}

static int directory_start(struct watcher *watcher)
{
        struct directory *d = container_of(watcher, struct directory, watcher);

        uv_timer_init(watcher->host->loop, &d->look);
        d->look.data = d;
        d->n_handles = 1;
        return error_trace(start_step(d, &d->opening, work_open, after_open));
}

static void directory_hold(struct watcher *watcher)
{
        (void)watcher;  /* advance() asks watcher_is_idle() */
}

static void directory_resume(struct watcher *watcher)
{
        advance(container_of(watcher, struct directory, watcher));
}

static void directory_stop(struct watcher *watcher)
{
        advance(container_of(watcher, struct directory, watcher));
}

static void directory_free(struct watcher *watcher)
{
        struct directory *d = container_of(watcher, struct directory, watcher);

        forget_names(d);
        left_deinit(&d->left);
        free(d);
}

static void directory_describe(const struct watcher *watcher, char *out, size_t size)
{
        const struct directory *d = container_of(watcher, struct directory, watcher);

        snprintf(out, size, "%zu files on their way, %zu left lying%s", d->n_files, d->left.n,
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
