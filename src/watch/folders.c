/* See folders.h. A list that is searched from its beginning: there are few folders, and they are asked for once a scan or event. */
#include "watch/folders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/error.h"

void folders_init(struct folders *folders)
{
        list_init(&folders->list);
        folders->n = 0;
}

void folders_clear(struct folders *folders)
{
        for (struct list *link; (link = list_pop(&folders->list)) != NULL;)
                free(list_entry(link, struct folder, link));
        folders->n = 0;
}

struct folder *folders_find(const struct folders *folders, const char *path)
{
        list_for_each(link, &folders->list) {
                struct folder *folder = list_entry(link, struct folder, link);

                if (strcmp(folder->path, path) == 0)
                        return folder;
        }
        return NULL;
}

struct folder *folders_by_watch(const struct folders *folders, int wd)
{
        list_for_each(link, &folders->list) {
                struct folder *folder = list_entry(link, struct folder, link);

                if (folder->wd == wd)
                        return folder;
        }
        return NULL;
}

struct folder *folders_next(const struct folders *folders)
{
        list_for_each(link, &folders->list) {
                struct folder *folder = list_entry(link, struct folder, link);

                if (folder->look)
                        return folder;
        }
        return NULL;
}

void folders_look_at_all(struct folders *folders)
{
        list_for_each(link, &folders->list)
                list_entry(link, struct folder, link)->look = true;
}

bool folders_join(char *out, size_t size, const char *path, const char *name)
{
        return (size_t)snprintf(out, size, "%s%s%s", path, *path != '\0' ? "/" : "", name) < size;
}

int folders_add(struct folders *folders, const char *path, bool look)
{
        struct folder *folder = folders_find(folders, path);
        size_t n = strlen(path) + 1, depth = *path != '\0';

        if (folder != NULL) {
                folder->look |= look;
                return 0;
        }
        for (const char *p = path; *p != '\0'; p++)
                depth += *p == '/';
        if (folders->n >= FOLDERS_MAX || depth > FOLDERS_DEPTH || n > FOLDERS_PATH)
                return FOLDERS_E_BOUND;
        folder = calloc(1, sizeof(*folder) + n);
        if (folder == NULL)
                return error_origin(-ENOMEM);
        memcpy(folder->path, path, n);
        folder->wd = -1;
        folder->look = true;
        list_append(&folders->list, &folder->link);
        folders->n++;
        return 0;
}

/* Those below `path`, and itself where `whole`. */
static void drop(struct folders *folders, const char *path, bool whole, int inotify_fd)
{
        size_t n = strlen(path);
        struct list kept;

        list_init(&kept);
        for (struct list *link; (link = list_pop(&folders->list)) != NULL;) {
                struct folder *folder = list_entry(link, struct folder, link);

                bool below = strncmp(folder->path, path, n) == 0 && folder->path[n] == '/';
                bool itself = whole && strcmp(folder->path, path) == 0;

                if ((below || itself) && folder->wd >= 0 && inotify_fd >= 0)
                        (void)inotify_rm_watch(inotify_fd, folder->wd);
                if (below || (itself && !folder->look)) {
                        free(folder);
                        folders->n--;
                        continue;
                }
                if (itself)
                        folder->wd = -1;
                list_append(&kept, link);
        }
        list_splice(&folders->list, &kept);
}

void folders_drop(struct folders *folders, const char *path, int inotify_fd)
{
        char copy[FOLDERS_PATH];

        /* The path may be that of a folder which goes. */
        snprintf(copy, sizeof(copy), "%s", path);
        drop(folders, copy, true, inotify_fd);
}

void folders_watched(struct folders *folders, const char *path, int wd, int inotify_fd)
{
        struct folder *folder = folders_find(folders, path), *other = wd >= 0 ? folders_by_watch(folders, wd) : NULL;

        if (folder == NULL || folder->wd == wd)
                return;
        if (other != NULL) {
                other->wd = -1;         /* it is this folder's now */
                folders_drop(folders, other->path, inotify_fd);
                folder = folders_find(folders, path);
                if (folder == NULL)     /* it lay below: a mount of a folder into itself */
                        return;
                folder->look = true;
        }
        if (folder->wd >= 0) {
                if (inotify_fd >= 0)
                        (void)inotify_rm_watch(inotify_fd, folder->wd);
                folder->wd = -1;
                drop(folders, path, false, inotify_fd);
                folder = folders_find(folders, path);
        }
        if (folder != NULL)
                folder->wd = wd;
}
