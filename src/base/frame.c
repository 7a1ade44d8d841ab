/* See frame.h. */
#include "base/frame.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static uint32_t get_u32(const char *p)
{
        const unsigned char *u = (const unsigned char *)p;

        return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static void put_u32(char *p, uint32_t v)
{
        for (int i = 0; i < 4; i++)
                p[i] = (char)(v >> (8 * i));
}

int frame_parse(const char *data, size_t n, size_t max, struct frame *frame, size_t *size)
{
        size_t n_head, n_body;

        *size = 0;
        if (n < FRAME_HEADER)
                return FRAME_E_MORE;
        n_head = get_u32(data + 4);
        n_body = get_u32(data + 8);
        if (data[0] < FRAME_SETUP || data[0] >= FRAME_MAX_ || data[1] != 0 || data[2] != 0 || data[3] != 0 ||
            get_u32(data + 12) != 0)
                return FRAME_E_BAD;
        if (n_head > FRAME_HEAD_MAX || n_body > FRAME_BODY_MAX || n_head + n_body > max)
                return FRAME_E_BAD;
        *size = FRAME_HEADER + n_head + n_body;
        if (n < *size)
                return FRAME_E_MORE;
        *frame = (struct frame){
                .type = (enum frame_type)data[0],
                .head = data + FRAME_HEADER,
                .n_head = n_head,
                .body = data + FRAME_HEADER + n_head,
                .n_body = n_body,
        };
        return 0;
}

void frame_header(char header[FRAME_HEADER], enum frame_type type, size_t n_head, size_t n_body)
{
        memset(header, 0, FRAME_HEADER);
        header[0] = (char)type;
        put_u32(header + 4, (uint32_t)n_head);
        put_u32(header + 8, (uint32_t)n_body);
}

int frame_append(struct buf *b, enum frame_type type, const void *head, size_t n_head, const void *body, size_t n_body)
{
        char header[FRAME_HEADER];
        int r;

        if (n_head > FRAME_HEAD_MAX || n_body > FRAME_BODY_MAX)
                return error_origin(-EMSGSIZE);
        r = buf_reserve(b, FRAME_HEADER + n_head + n_body);
        if (r != 0)
                return r;
        frame_header(header, type, n_head, n_body);
        (void)buf_append(b, header, FRAME_HEADER);
        (void)buf_append(b, head, n_head);
        return buf_append(b, body, n_body);
}

int frame_write(int fd, const char *data, size_t n)
{
        while (n != 0) {
                ssize_t done = write(fd, data, n);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done < 0)
                        return error_origin(-errno);
                data += done;
                n -= (size_t)done;
        }
        return 0;
}
