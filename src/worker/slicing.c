/* See slicing.h. */
#include "worker/slicing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/frame.h"
#include "modules/decode/slices.h"
#include "worker/sandbox.h"

enum { HEAD = 65536, MEMORY = 512 << 20 };

static ssize_t read_input(void *user, char *out, size_t n)
{
        (void)user;
        for (;;) {
                ssize_t k = read(STDIN_FILENO, out, n);

                if (k >= 0 || errno != EINTR)
                        return k < 0 ? -errno : k;
        }
}

static int write_frame(enum frame_type type, const char *head, const struct buf *body)
{
        char header[FRAME_HEADER];
        size_t n_body = body != NULL ? body->n : 0;
        int r;

        frame_header(header, type, strlen(head), n_body);
        r = frame_write(STDOUT_FILENO, header, sizeof(header));
        if (r == 0)
                r = frame_write(STDOUT_FILENO, head, strlen(head));
        return r == 0 && n_body > 0 ? frame_write(STDOUT_FILENO, body->data, n_body) : r;
}

static int cut(struct slices *slices, struct buf *packed)
{
        struct slice slice;
        char head[64];
        int r;

        do {
                r = slices_next(slices, &slice);
                if (r < 0)
                        return write_frame(FRAME_FAIL, "", NULL), r;
                if (slice.records == 0)
                        continue;
                snprintf(head, sizeof(head), "%llx-%llx", (unsigned long long)slice.position.at,
                         (unsigned long long)slice.position.skip);
                r = slices_pack(slices, packed);
                if (r == 0)
                        r = write_frame(FRAME_RESULT, head, packed);
                if (r < 0)
                        return error_trace(r);
        } while (!slice.last);
        snprintf(head, sizeof(head), slices_damaged(slices) > 0 ? "%zu" : "%.0zu", slices_damaged(slices));
        return error_trace(write_frame(FRAME_READY, head, NULL));
}

int slicing_main(bool sandboxed)
{
        _cleanup_(slices_closep) struct slices *slices = NULL;
        struct buf packed = BUF_NULL;
        char head[HEAD];
        const char *what = "";
        ssize_t n = 0, k = 1;
        int r = sandboxed ? sandbox_enter(SANDBOX_WORKER, MEMORY, &what) : 0;

        if (r < 0) {
                fprintf(stderr, "dateline-worker: the sandbox cannot be closed: %s: %s\n", what, strerror(-r));
                return EX_OSERR;
        }
        while (n < HEAD && k > 0) {
                k = read_input(NULL, head + n, sizeof(head) - (size_t)n);
                n += MAX_OF(k, (ssize_t)0);
        }
        slices = slices_open(head, (size_t)n, read_input, NULL, NULL);
        r = slices != NULL ? cut(slices, &packed) : -ENOMEM;
        buf_deinit(&packed);
        return r < 0 ? EX_OSERR : 0;
}
