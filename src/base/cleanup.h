/*
 * Cleanup attributes, container_of and the few macros that everything uses. systemd ties us to Linux, gcc and clang,
 * so the cleanup attribute is there; it replaces unwinding that is copied into every early return.
 *
 * The habit: a variable that owns something is declared with `_cleanup_(x_freep)`; ownership is handed over at the
 * very end by `*out = STEAL(x)`.
 */
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _unused_ __attribute__((unused))

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

/* The value, and the variable no longer owns it. */
#define STEAL(x)                                        \
        (__extension__({                                \
                __typeof__(x) stolen_ = (x);            \
                (x) = NULL;                             \
                stolen_;                                \
        }))

static inline void cleanup_freep(void *p)
{
        free(*(void **)p);
}

static inline void cleanup_closep(int *fd)
{
        if (*fd >= 0)
                close(*fd);
}

#define _cleanup_free_ _cleanup_(cleanup_freep)
#define _cleanup_close_ _cleanup_(cleanup_closep)
