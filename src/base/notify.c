/* See notify.h. */
#include "base/notify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

enum { FDS_MAX = 200 };         /* in one datagram; the kernel takes 253 */

void notify_ready(const char *status)
{
        sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_reloading(void)
{
        sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_monotonic_us());
}

void notify_stopping(const char *status)
{
        sd_notifyf(0, "STOPPING=1\nSTATUS=%s", status);
}

void notify_status(const char *format, ...)
{
        char status[256];
        va_list args;

        va_start(args, format);
        vsnprintf(status, sizeof(status), format, args);
        va_end(args);
        sd_notifyf(0, "STATUS=%s", status);
}

void notify_watchdog(void)
{
        sd_notify(0, "WATCHDOG=1");
}

int64_t notify_watchdog_us(void)
{
        uint64_t us = 0;

        return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)us : 0;
}

void notify_extend(int64_t us)
{
        sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%lld", (long long)us);
}

static int64_t store_room(void)
{
        const char *room = getenv("FDSTORE");

        return room != NULL && getenv("NOTIFY_SOCKET") != NULL ? MAX_OF(atoll(room), 0LL) : 0;
}

int notify_store(const char *name, const int *fds, size_t n)
{
        char state[256];

        snprintf(state, sizeof(state), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
        for (size_t i = 0; i < n;) {
                size_t piece = MIN_OF(n - i, (size_t)FDS_MAX);
                int r = sd_pid_notify_with_fds(0, 0, state, fds + i, (unsigned)piece);

                if (r <= 0)
                        return error_origin(r < 0 ? r : -ENOTCONN);
                i += piece;
        }
        return 0;
}

void notify_store_remove(const char *name)
{
        sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

int notify_barrier(int64_t us)
{
        int r = sd_notify_barrier(0, (uint64_t)us);

        return r < 0 ? error_origin(r) : 0;
}

int notify_sockets_take(struct notify_sockets *out)
{
        char **names = NULL;
        int n = sd_listen_fds_with_names(1, &names);

        *out = (struct notify_sockets){ .room = store_room(), .keeps = store_room() > 0 };
        if (n <= 0)
                return error_trace(n);
        out->items = calloc((size_t)n, sizeof(out->items[0]));
        if (out->items == NULL)
                return error_origin(-ENOMEM);
        out->n = n;
        for (int i = 0; i < n; i++) {
                out->items[i].fd = SD_LISTEN_FDS_START + i;
                out->items[i].name = names[i];
        }
        free(names);
        return 0;
}

int notify_sockets_claim(struct notify_sockets *sockets, const char *name)
{
        for (int i = 0; i < sockets->n; i++) {
                int fd = sockets->items[i].fd;

                if (fd >= 0 && strcmp(sockets->items[i].name, name) == 0) {
                        sockets->items[i].fd = -1;
                        return fd;
                }
        }
        return -1;
}

void notify_sockets_return(struct notify_sockets *sockets, const char *name, int fd)
{
        char *copy = strdup(name);
        int at = 0;

        while (at < sockets->n && sockets->items[at].fd >= 0)
                at++;
        if (copy != NULL && at == sockets->n) {
                void *more = realloc(sockets->items, (size_t)(at + 1) * sizeof(sockets->items[0]));

                if (more != NULL) {
                        sockets->items = more;
                        memset(&sockets->items[sockets->n++], 0, sizeof(sockets->items[0]));
                }
        }
        if (copy == NULL || at == sockets->n) {
                free(copy);
                close(fd);
                return;
        }
        free(sockets->items[at].name);
        sockets->items[at].name = copy;
        sockets->items[at].fd = fd;
}

void notify_sockets_leave(const struct notify_sockets *sockets)
{
        for (int i = 0; i < sockets->n; i++)
                if (sockets->items[i].fd >= 0 && strchr(sockets->items[i].name, '@') != NULL)
                        (void)notify_store(sockets->items[i].name, &sockets->items[i].fd, 1);
}

void notify_sockets_deinit(struct notify_sockets *sockets)
{
        for (int i = 0; i < sockets->n; i++) {
                if (sockets->items[i].fd >= 0)
                        close(sockets->items[i].fd);
                free(sockets->items[i].name);
        }
        free(sockets->items);
        *sockets = NOTIFY_SOCKETS_NULL;
}
