/*
 * Wakes the loop: from another thread, or the loop itself for a turn of its own. An eventfd that the loop polls.
 *
 * Not uv_async_t: libuv 1.44 lets the loop spin (uv__async_spin() in src/unix/async.c) from the sender's write until the
 * sender has marked its send as over. Who wakes is often the one that is preempted, so that the loop burns a whole slice of
 * the processor, and does nothing in it, just when there is much to do.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

struct wake {
        uv_poll_t poll;
        int fd;
        void (*woken)(struct wake *wake);
        void (*closed)(struct wake *wake);
};

/* `woken` is called on the loop, once for any number of sends before it. 0 or -errno, then nothing is to be closed. */
int wake_init(struct wake *wake, uv_loop_t *loop, void (*woken)(struct wake *wake));
/* From any thread, until wake_close(). */
void wake_send(struct wake *wake);
/* `closed` may free what holds it. */
void wake_close(struct wake *wake, void (*closed)(struct wake *wake));
bool wake_is_closing(const struct wake *wake);
