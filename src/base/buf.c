/* See buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

int buf_reserve(struct buf *b, size_t n)
{
        size_t size = b->size != 0 ? b->size : 64;
        char *data;

        if (n > SIZE_MAX / 4 || (b->max != 0 && (n > b->max || b->n > b->max - n)))
                return BUF_E_FULL;
        if (b->size > b->n + n)
                return 0;
        while (size <= b->n + n)
                size *= 2;
        data = realloc(b->data, size);
        if (data == NULL)
                return error_origin(-ENOMEM);
        b->data = data;
        b->size = size;
        b->data[b->n] = '\0';
        return 0;
}

int buf_append(struct buf *b, const void *bytes, size_t n)
{
        int r = buf_reserve(b, n);

        if (r != 0)
                return r;
        if (n != 0)
                memcpy(b->data + b->n, bytes, n);
        b->n += n;
        b->data[b->n] = '\0';
        return 0;
}

int buf_append_string(struct buf *b, const char *s)
{
        return buf_append(b, s, strlen(s));
}

int buf_printf(struct buf *b, const char *format, ...)
{
        va_list args;
        int n, r;

        va_start(args, format);
        n = vsnprintf(NULL, 0, format, args);
        va_end(args);
        if (n < 0)
                return error_origin(-EINVAL);
        r = buf_reserve(b, (size_t)n);
        if (r != 0)
                return r;
        va_start(args, format);
        vsnprintf(b->data + b->n, (size_t)n + 1, format, args);
        va_end(args);
        b->n += (size_t)n;
        return 0;
}

void buf_consume(struct buf *b, size_t n)
{
        if (n == 0)
                return;
        b->n -= n;
        memmove(b->data, b->data + n, b->n + 1);
}

void buf_clear(struct buf *b)
{
        b->n = 0;
        if (b->data != NULL)
                b->data[0] = '\0';
}

char *buf_steal(struct buf *b)
{
        char *data = b->data != NULL ? b->data : strdup("");

        b->data = NULL;
        b->n = b->size = 0;
        return data;
}

void buf_deinit(struct buf *b)
{
        free(b->data);
        b->data = NULL;
        b->n = b->size = 0;
}
