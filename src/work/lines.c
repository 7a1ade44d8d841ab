/* See lines.h. */
#include "work/lines.h"

#include <string.h>

void lines_alloc(struct buf *gathered, uv_buf_t *out)
{
        if (buf_reserve(gathered, LINES_LONGEST) != 0)
                return;
        out->base = gathered->data + gathered->n;
        out->len = LINES_LONGEST;
}

void lines_take(struct buf *gathered, ssize_t n, void (*tell)(void *user, const char *line, int length), void *user)
{
        char *end;

        if (n > 0) {
                gathered->n += (size_t)n;
                gathered->data[gathered->n] = '\0';
        }
        while (gathered->n != 0 && (end = memchr(gathered->data, '\n', gathered->n)) != NULL) {
                size_t length = (size_t)(end - gathered->data);

                tell(user, gathered->data, (int)length);
                buf_consume(gathered, length + 1);
        }
        if (gathered->n >= LINES_LONGEST || (n < 0 && gathered->n != 0)) {
                tell(user, gathered->data, (int)gathered->n);
                buf_clear(gathered);
        }
}
