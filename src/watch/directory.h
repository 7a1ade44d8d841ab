/*
 * The inside of the directory watcher, which three files share: directory.c opens, hears of events, closes, and decides in
 * directory_advance() what is done next; scan.c has the names that wait; transit.c has the files that are on their way. A name is a
 * path relative to the directory.
 */
#pragma once

#include "watch/bulk.h"
#include "watch/folders.h"
#include "watch/left.h"
#include "watch/spool.h"
#include "watch/watcher.h"

enum {
        DIRECTORY_LOOK_MS = 60000,      /* between two scans, when nothing else asks for one */
        DIRECTORY_BLIND_MS = 1000,      /* the same without inotify */
        DIRECTORY_RETRY_MS = 1000,      /* after what passes by itself: a directory that is not there */
        DIRECTORY_BUCKETS = 1024,
};

#define DIRECTORY_EVENTS \
        (IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

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
        int watch;                      /* inotify's, of the directory */
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
        struct folders folders;
        bool scan_wanted;               /* of all folders; of one: folder->look */
        enum scan_state scan;
        bool scan_full;                 /* ... of all folders */
        bool scan_failed;               /* one of them could not be listed */
        bool scan_bounded;              /* there are more folders than are watched */
        struct spool_names pass;        /* the thread pool's, until the pass is over */
        struct spool_names scanned;
        size_t n_scanned;               /* of them are read */
        char *cursor;                   /* the last file name of the pass before, in its folder */
        char scan_path[FOLDERS_PATH];   /* the folder */
        struct spool_names pass_folders;        /* the folders in it that the pass met */
        int pass_wd, pass_error;        /* its watch; why it has none: -errno */
        bool pass_missed;               /* an event came by a watch that was not known yet */
        bool same;                      /* the path still leads to the directory that is open */
        struct left left;

        struct list files_reading, files_durable, files_leaving, files_archives;
        struct bulk *bulk;              /* of the first archive; NULL: it does not run */
        size_t n_files, n_bytes;
        size_t n_submitted;
        size_t n_durable;               /* in files_durable and files_leaving */
        struct list buckets[DIRECTORY_BUCKETS];
};

/* Decides what is done next; called after everything that happened. */
void directory_advance(struct directory *d);
/* Look at all of it in so many milliseconds, or earlier where that is planned. */
void directory_look_in(struct directory *d, uint64_t ms);
/* On the thread pool. 0 or -errno. */
int directory_start_step(struct directory *d, struct step *step, uv_work_cb work, uv_after_work_cb after);
