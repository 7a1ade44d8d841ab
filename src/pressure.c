/* See pressure.h. */
#include "pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/error.h"
#include "daemon.h"
#include "store/db.h"

enum { PAUSE_US = 10 * 1000000, WRITE_MAX = 4096 };

struct pressure {
        uv_poll_t poll;
        int fd;
        bool drains;            /* what comes is read, and means nothing */
        int64_t last;           /* monotonic us */
        struct daemon *daemon;
};

/* A connection to the store gives its cache back, on its own thread. */
static int shrink_run(struct store_job *job, struct db *db)
{
        (void)job;
        sqlite3_db_release_memory(db_handle(db));
        return 0;
}

static void shrink_done(struct store_job *job, int r)
{
        (void)r;
        free(job);
        malloc_trim(0);
}

static void shrink(struct store *store, void (*submit)(struct store *store, struct store_job *job))
{
        struct store_job *job = calloc(1, sizeof(*job));

        if (job == NULL)
                return;
        job->run = shrink_run;
        job->done = shrink_done;
        submit(store, job);
}

static void squeeze(struct daemon *d)
{
        size_t n;

        shrink(d->store, store_write);
        shrink(d->store, store_read);
        n = work_refresh(d->work);
        malloc_trim(0);
        log_message(d->log, LOG_NOTICE, LOG_MEMORY, NULL,
                    "memory is scarce: caches are given back, %zu workers replaced", n);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
        struct pressure *p = poll->data;
        int64_t now = clock_monotonic_us();
        char bytes[256];
        ssize_t n = -1;

        (void)events;
        while (p->drains && (n = read(p->fd, bytes, sizeof(bytes))) > 0)
                ;
        /* Whoever told it is gone. */
        if (status < 0 || n == 0) {
                uv_poll_stop(poll);
                return;
        }
        if (p->daemon->state != DAEMON_RUNNING || (p->last != 0 && now - p->last < PAUSE_US))
                return;
        p->last = now;
        squeeze(p->daemon);
}

static int open_socket(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int result;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        result = fd;
        fd = -1;
        return result;
}

/* What stands in the kernel's file once opened says which pressure is meant. */
static int write_order(int fd)
{
        const char *text = getenv("MEMORY_PRESSURE_WRITE");
        _cleanup_(buf_deinit) struct buf order = BUF_BOUNDED(WRITE_MAX);

        if (text == NULL)
                return 0;
        if (base64_decode(&order, text, strlen(text)) != 0)
                return -EINVAL;
        return order.n == 0 || write(fd, order.data, order.n) == (ssize_t)order.n ? 0 : -errno;
}

/* The descriptor, or -errno. *events: what to wait for; *drains. */
static int open_watch(const char *path, int *events, bool *drains)
{
        _cleanup_close_ int fd = -1;
        struct stat st;
        int r;

        if (stat(path, &st) < 0)
                return -errno;
        *drains = !S_ISREG(st.st_mode);
        *events = *drains ? UV_READABLE : UV_PRIORITIZED;
        if (S_ISSOCK(st.st_mode))
                fd = open_socket(path);
        else if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode))
                fd = open(path, (getenv("MEMORY_PRESSURE_WRITE") != NULL || S_ISFIFO(st.st_mode) ? O_RDWR : O_RDONLY) |
                          O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        else
                return -EINVAL;
        if (fd < 0)
                return S_ISSOCK(st.st_mode) ? fd : -errno;
        r = write_order(fd);
        if (r < 0)
                return r;
        r = fd;
        fd = -1;
        return r;
}

static void on_closed(uv_handle_t *handle)
{
        struct pressure *p = handle->data;

        close(p->fd);
        free(p);
}

int pressure_new(struct pressure **out, struct daemon *d)
{
        const char *path = getenv("MEMORY_PRESSURE_WATCH");
        struct pressure *p;
        int events, r;

        *out = NULL;
        if (path == NULL || path[0] != '/' || strcmp(path, "/dev/null") == 0)
                return 0;
        p = calloc(1, sizeof(*p));
        if (p == NULL)
                return error_origin(-ENOMEM);
        *p = (struct pressure){ .daemon = d };
        p->fd = open_watch(path, &events, &p->drains);
        r = p->fd < 0 ? p->fd : uv_poll_init(&d->loop, &p->poll, p->fd);
        if (r < 0) {
                log_message(d->log, LOG_NOTICE, LOG_GENERAL, NULL, "memory pressure is not watched: %s: %s", path,
                            strerror(-r));
                if (p->fd >= 0)
                        close(p->fd);
                free(p);
                return 0;
        }
        p->poll.data = p;
        (void)uv_poll_start(&p->poll, events, on_poll);
        *out = p;
        return 0;
}

void pressure_close(struct pressure *p)
{
        if (p != NULL)
                uv_close((uv_handle_t *)&p->poll, on_closed);
}
