/* See wake.h. */
#include "store/wake.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"

static void on_poll(uv_poll_t *poll, int status, int events)
{
        struct wake *wake = container_of(poll, struct wake, poll);
        eventfd_t sends;

        (void)status;
        (void)events;
        /* Before it is looked at what came: a send from now on wakes anew. */
        if (eventfd_read(wake->fd, &sends) == 0)
                wake->woken(wake);
}

int wake_init(struct wake *wake, uv_loop_t *loop, void (*woken)(struct wake *wake))
{
        int r;

        *wake = (struct wake){ .woken = woken };
        wake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (wake->fd < 0)
                return error_origin(-errno);
        r = uv_poll_init(loop, &wake->poll, wake->fd);
        if (r < 0) {
                close(wake->fd);
                return error_origin(r);
        }
        (void)uv_poll_start(&wake->poll, UV_READABLE, on_poll);         /* fails for a closed handle only */
        return 0;
}

void wake_send(struct wake *wake)
{
        (void)eventfd_write(wake->fd, 1);       /* EAGAIN: it is told often enough */
}

static void on_closed(uv_handle_t *handle)
{
        struct wake *wake = container_of((uv_poll_t *)handle, struct wake, poll);

        close(wake->fd);
        wake->closed(wake);
}

void wake_close(struct wake *wake, void (*closed)(struct wake *wake))
{
        wake->closed = closed;
        uv_close((uv_handle_t *)&wake->poll, on_closed);
}

bool wake_is_closing(const struct wake *wake)
{
        return uv_is_closing((const uv_handle_t *)&wake->poll);
}
