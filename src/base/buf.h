/*
 * A byte buffer that grows to a bound. What comes from outside is always gathered in one of these, so that nothing
 * grows without a limit.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct buf {
        char *data;             /* NUL-terminated when not NULL; the NUL is not counted in `n` */
        size_t n;               /* bytes in use */
        size_t size;            /* bytes allocated */
        size_t max;             /* 0: no bound but memory */
};

#define BUF_NULL ((struct buf){ 0 })
#define BUF_BOUNDED(max_) ((struct buf){ .max = (max_) })

enum {
        BUF_E_FULL = 1,         /* the bound would be passed; the buffer is as it was */
};

/* Room for `n` more bytes: 0, BUF_E_FULL or -ENOMEM. */
int buf_reserve(struct buf *b, size_t n);
int buf_append(struct buf *b, const void *bytes, size_t n);
int buf_append_string(struct buf *b, const char *s);
int buf_printf(struct buf *b, const char *format, ...) _printf_(2, 3);
/* Drop the first `n` bytes (n <= b->n). */
void buf_consume(struct buf *b, size_t n);
void buf_clear(struct buf *b);
/* The bytes, now the caller's (free()); the buffer is empty. "" is allocated where there are none; NULL: no memory. */
char *buf_steal(struct buf *b);
/* May be called twice. */
void buf_deinit(struct buf *b);
