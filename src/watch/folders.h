/*
 * The folders of a watched directory that are known: the directory itself, which is "", and with `subdirectories` those below it.
 * What inotify says goes by its watch descriptors, what a scan finds by paths; a folder that was moved has a new path and the old
 * descriptor until both are told apart again here. Bounded in number and depth.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

enum {
        FOLDERS_MAX = 1024,             /* with the directory itself */
        FOLDERS_DEPTH = 16,             /* names in a path */
        FOLDERS_PATH = 1024,            /* bytes of a path, with the NUL */
};

struct folder {
        struct list link;
        int wd;                         /* inotify's; -1: none */
        bool look;                      /* it is to be scanned */
        char path[];                    /* relative to the directory */
};

struct folders {
        struct list list;
        size_t n;
};

void folders_init(struct folders *folders);
/* Forgets all; may be called twice. */
void folders_clear(struct folders *folders);

struct folder *folders_find(const struct folders *folders, const char *path);
struct folder *folders_by_watch(const struct folders *folders, int wd);
/* The next that is to be scanned, NULL: none. */
struct folder *folders_next(const struct folders *folders);
void folders_look_at_all(struct folders *folders);

/* "folder/name", or "name" in the directory itself. False: it does not fit. */
bool folders_join(char *out, size_t size, const char *path, const char *name);

enum {
        FOLDERS_E_BOUND = 1,            /* one more, or one deeper, than is watched */
};

/* The folder of this path, made where it is not known, is to be scanned where it is new or `look` says so. 0, FOLDERS_E_BOUND or
 * -ENOMEM. */
int folders_add(struct folders *folders, const char *path, bool look);
/* It is gone, and what was below it: those watches that are still theirs are taken away from `inotify_fd` (-1: none). Where it is
 * to be scanned, another may have come in its place meanwhile: then it stays, without a watch. */
void folders_drop(struct folders *folders, const char *path, int inotify_fd);
/* The watch of the folder at `path` is `wd` (-1: it has none): where it had another, another folder has come in its place, and
 * what was below the old one is dropped; where another path had this one, it was moved from there, and is scanned once more, since
 * what came in meanwhile was told under the old path. */
void folders_watched(struct folders *folders, const char *path, int wd, int inotify_fd);
