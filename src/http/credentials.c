/* See credentials.h. */
#include "http/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/error.h"

enum { CREDENTIALS_MAX = 4096 };

void credentials_free(char *credentials)
{
        if (credentials != NULL)
                explicit_bzero(credentials, strlen(credentials));
        free(credentials);
}

void credentials_read_line(const char *name, char **out, char **error)
{
        const char *folder = getenv("CREDENTIALS_DIRECTORY");
        char text[CREDENTIALS_MAX + 1];
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -1;
        ssize_t n;

        *out = *error = NULL;
        if (*name != '/' && folder == NULL) {
                error_say(error, 1, "there is no systemd credential '%s': $CREDENTIALS_DIRECTORY is not set", name);
                return;
        }
        if (asprintf(&path, "%s%s%s", *name == '/' ? "" : folder, *name == '/' ? "" : "/", name) < 0) {
                path = NULL;
                return;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        n = fd >= 0 ? read(fd, text, CREDENTIALS_MAX) : -1;
        if (n < 0) {
                error_say(error, 1, "%s: %s", path, strerror(errno));
                return;
        }
        text[n] = '\0';
        text[strcspn(text, "\r\n")] = '\0';
        *out = strdup(text);
        explicit_bzero(text, sizeof(text));
}

void credentials_read(const char *name, char **out, char **error)
{
        credentials_read_line(name, out, error);
        if (*out == NULL || strchr(*out, ':') != NULL || strncasecmp(*out, "Bearer ", 7) == 0)
                return;
        credentials_free(STEAL(*out));
        error_say(error, 1, "%s: its first line is neither USER:PASSWORD nor 'Bearer TOKEN'", name);
}
