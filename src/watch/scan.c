/* See scan.h. */
#include "watch/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
        NAMED_MAX = 4096,               /* names from events that wait */
        SCAN_NAMES = 4096,              /* names a pass of a scan */
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
        if (!spool_wants(text))
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
                directory_look_in(d, DIRECTORY_RETRY_MS);
        } else if (!d->blind) {
                watcher_trouble_over(&d->watcher);
        }
        directory_advance(d);
}

static void start_pass(struct directory *d)
{
        d->scan = SCAN_PASS;
        if (directory_start_step(d, &d->scanning, work_scan, after_scan) < 0)
                d->scan = SCAN_NONE;
}

void scan_step(struct directory *d)
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
                directory_look_in(d, d->blind ? DIRECTORY_BLIND_MS : DIRECTORY_LOOK_MS);
        }
        if (!d->scan_wanted)
                return;
        d->scan_wanted = false;
        left_scan_begin(&d->left);
        start_pass(d);
}
