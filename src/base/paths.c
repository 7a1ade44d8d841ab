/* See paths.h. */
#include "base/paths.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The folder of the running program. */
static int own_folder(char folder[PATH_MAX])
{
        ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
        char *slash;

        if (n < 0)
                return -1;
        folder[n] = '\0';
        slash = strrchr(folder, '/');
        if (slash == NULL)
                return -1;
        *slash = '\0';
        return 0;
}

/* FOLDER/BESIDE/NAME where that exists beside the running program, INSTALLED/NAME otherwise. */
static char *find(const char *beside, const char *installed, const char *name)
{
        char folder[PATH_MAX], *path = NULL;

        if (own_folder(folder) == 0 && asprintf(&path, "%s/%s%s", folder, beside, name) >= 0) {
                if (access(path, F_OK) == 0)
                        return path;
                free(path);
        }
        return asprintf(&path, "%s/%s", installed, name) < 0 ? NULL : path;
}

char *paths_worker(void)
{
        return find("", PKGLIBEXECDIR, "dateline-worker");
}

char *paths_data(const char *name)
{
        return find("data/", PKGDATADIR, name);
}

const char *paths_config(void)
{
        return SYSCONFDIR "/dateline/dateline.yaml";
}

const char *paths_control_socket(void)
{
        return RUNSTATEDIR "/dateline/control.sock";
}
