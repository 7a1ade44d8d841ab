/* See transit.h. */
#include "watch/transit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "watch/scan.h"

enum {
        BATCH_FILES = 64,
        BATCH_BYTES = 4 << 20,
        WINDOW_FILES = 1024,            /* named and not yet durable */
        WINDOW_BYTES = 8 << 20,
        TAKE_AWAY_FILES = 2048,         /* at once while more are coming; see transit_leave() */
        UNREAD = 100,                   /* beside spool_read()'s results: the batch was full before */
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

static struct list *bucket_of(struct directory *d, const char *name)
{
        uint32_t hash = 5381;

        for (; *name != '\0'; name++)
                hash = 33 * hash + (unsigned char)*name;
        return &d->buckets[hash % DIRECTORY_BUCKETS];
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
                (void)scan_push_name(d, file->name, file->again_by_event, false);
        drop_bytes(file);
        list_unlink(&file->link);
        list_unlink(&file->bucket);
        free(file);
        d->n_files--;
}

/* It goes no further now: back among the names. */
static void put_back(struct file *file)
{
        (void)scan_push_name(file->directory, file->name, file->by_event || file->again_by_event, true);
        file->again = false;
        end_file(file);
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
        directory_advance(d);
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
        directory_advance(d);
}

/* One archive at a time. */
void transit_archives(struct directory *d)
{
        struct bulk_file bulk = { .done = on_bulk_done, .user = d };
        struct file *file;

        if (d->bulk != NULL || list_is_empty(&d->files_archives))
                return;
        file = list_entry(d->files_archives.next, struct file, link);
        bulk.name = file->shown;
        bulk.key = file->spool.key;
        bulk.fd = file->spool.fd;
        file->spool.fd = -1;
        if (bulk_start(&d->bulk, &d->watcher, &bulk) < 0) {
                directory_look_in(d, DIRECTORY_RETRY_MS);
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
                directory_look_in(d, SPOOL_REST_MS);
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
                directory_look_in(d, DIRECTORY_RETRY_MS);
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

                bool good = file->r == 0 || file->r == SPOOL_E_ARCHIVE;

                if (file->r == UNREAD || unwanted || (good && watcher_is_idle(&d->watcher)))
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
        directory_advance(d);
}

/* Files for the next batch: events first, but no more than half of it while a scan has names too. */
static size_t gather(struct directory *d)
{
        size_t max_named = scan_left(d) > 0 ? BATCH_FILES / 2 : BATCH_FILES, n = 0;
        struct scan_name *name;

        for (; n < max_named && (name = scan_next_note(d)) != NULL; n++) {
                begin_file(d, name->text, name->by_event, false);
                free(name);
        }
        for (; n < BATCH_FILES && scan_left(d) > 0; n++)
                begin_file(d, scan_next(d), false, true);
        return n;
}

void transit_read(struct directory *d)
{
        while (list_is_empty(&d->files_reading) && gather(d) > 0)
                ;       /* all of a batch may be on the way already */
        if (!list_is_empty(&d->files_reading) && directory_start_step(d, &d->reading, work_read, after_read) < 0)
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
        directory_advance(d);
}

/* At once where nothing else is to be done. While more files come, in large batches: on a journaling file system each
 * commit of the store writes out the directory blocks that were changed since the last, and many files share them. */
void transit_leave(struct directory *d)
{
        bool is_quiet = !d->reading.busy && d->n_submitted == 0;

        if (list_is_empty(&d->files_durable) || d->leaving.busy || (!is_quiet && d->n_durable < TAKE_AWAY_FILES))
                return;
        list_splice(&d->files_leaving, &d->files_durable);
        if (directory_start_step(d, &d->leaving, work_leave, after_leave) < 0)
                list_splice(&d->files_durable, &d->files_leaving);
}

/* ---- all of them ---- */

bool transit_has_room(const struct directory *d)
{
        return d->n_files - d->n_durable < WINDOW_FILES && d->n_bytes < WINDOW_BYTES && d->n_durable < 2 * TAKE_AWAY_FILES;
}

void transit_drop(struct directory *d)
{
        while (!list_is_empty(&d->files_durable))
                end_file(list_entry(d->files_durable.next, struct file, link));
        while (!list_is_empty(&d->files_archives))
                end_file(list_entry(d->files_archives.next, struct file, link));
        d->n_durable = 0;
}

void transit_init(struct directory *d)
{
        list_init(&d->files_reading);
        list_init(&d->files_durable);
        list_init(&d->files_leaving);
        list_init(&d->files_archives);
        for (size_t i = 0; i < N_ELEMENTS(d->buckets); i++)
                list_init(&d->buckets[i]);
}
