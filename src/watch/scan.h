/*
 * The names in a watched directory that wait to be read: those of inotify's events, and those of a scan. A scan goes
 * over the whole directory in passes of a bounded number of names, in their order, however large it is; it is asked
 * for by d->scan_wanted. With `subdirectories` it goes folder by folder, and one over a single folder, which has just appeared,
 * is asked for by folder->look. A folder is watched before it is scanned, so that nothing comes in between unseen.
 */
#pragma once

#include "watch/directory.h"

struct scan_name {
        struct list link;
        bool by_event;                  /* it is whole: renamed into place or closed after writing */
        char text[];
};

/* A folder below the directory, from an event or a scan: unless it is one to leave alone it is scanned, where it is new or `look`
 * says so. */
void scan_note_folder(struct directory *d, const char *path, bool look);
/* A name from an event. */
void scan_note(struct directory *d, const char *text, bool by_event);
/* 0 or -ENOMEM: then a scan will find it. */
int scan_push_name(struct directory *d, const char *text, bool by_event, bool in_front);
/* The next of the events' names, the caller's to free(); NULL: none waits. */
struct scan_name *scan_next_note(struct directory *d);
/* How many names of this pass wait, and the next of them. */
size_t scan_left(const struct directory *d);
const char *scan_next(struct directory *d);
/* Begin a scan, go on with its next pass, or end it. */
void scan_step(struct directory *d);
void scan_forget(struct directory *d);
