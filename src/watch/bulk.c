/* See bulk.h. */
#include "watch/bulk.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/frame.h"
#include "base/paths.h"

enum {
        SLICE_MAX = 24 << 20,           /* a process that sends a larger one is broken */
        PLACE_MAX = 64,
        SILENCE_MS = 60000,             /* it is given up after so long without a byte */
};

struct bulk {
        struct watcher *watcher;
        struct bulk_file file;
        uv_process_t process;
        uv_pipe_t out;
        uv_timer_t silence;
        unsigned n_handles;
        struct buf in;
        size_t frame;                   /* bytes of the slice that is under way */
        struct intake_ticket ticket;
        char key[256];
        bool submitted, waiting;        /* intake has a slice; it waits for intake to open */
        bool over, ended, stopping;     /* it said that all is there; its output is over; somebody wants an end */
        int64_t id;
        int r;
        char reason[256];
};

static void advance(struct bulk *b);

static void give_up(struct bulk *b, int r, const char *reason)
{
        if (b->r == 0) {
                b->r = r;
                snprintf(b->reason, sizeof(b->reason), "%s", reason);
        }
        /* One that could not be started has no number, or one that is not its own; one that has ended has it no more. */
        if (uv_is_active((uv_handle_t *)&b->process))
                (void)uv_process_kill(&b->process, SIGKILL);
}

static void on_handle_closed(uv_handle_t *handle)
{
        struct bulk *b = handle->data;

        if (--b->n_handles != 0)
                return;
        if (b->r == 0 && !b->over) {
                b->r = -EIO;
                snprintf(b->reason, sizeof(b->reason), "what reads it ended in the middle of it");
        }
        b->file.done(b->file.user, b->r, b->id, b->r < 0 ? b->reason : NULL);
        buf_deinit(&b->in);
        free(b);
}

static void close_handle(uv_handle_t *handle)
{
        if (!uv_is_closing(handle))
                uv_close(handle, on_handle_closed);
}

static void on_exited(uv_process_t *process, int64_t status, int signal_number)
{
        struct bulk *b = process->data;

        if (b->r == 0 && !b->over && (status != 0 || signal_number != 0)) {
                b->r = -EIO;
                snprintf(b->reason, sizeof(b->reason), "what reads it ended with %s %lld", signal_number != 0 ? "signal" : "status",
                         signal_number != 0 ? (long long)signal_number : (long long)status);
        }
        close_handle((uv_handle_t *)&b->process);
        advance(b);
}

static void on_silence(uv_timer_t *timer)
{
        give_up(timer->data, -ETIMEDOUT, "what reads it says nothing any more");
}

/* ---- slices ---- */

static void on_ticket_done(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct bulk *b = container_of(ticket, struct bulk, ticket);

        b->submitted = false;
        if (r < 0 && !intake_is_open(b->watcher->host->intake) && !b->stopping) {
                b->waiting = true;      /* bulk_go_on() tries again */
                return;
        }
        watcher_count(b->watcher, r, ticket->delivery.n_bytes);
        if (r < 0)
                give_up(b, r, reason);
        else
                b->id = id;
        buf_consume(&b->in, b->frame);
        b->frame = 0;
        advance(b);
}

static bool is_place(const char *s, size_t n)
{
        return n > 0 && n < PLACE_MAX && strspn(s, "0123456789abcdef-") >= n;
}

static void submit(struct bulk *b, const struct frame *frame, size_t size)
{
        b->frame = size;
        snprintf(b->key, sizeof(b->key), "%s-%.*s", b->file.key, (int)frame->n_head, frame->head);
        b->ticket = (struct intake_ticket){
                .delivery = {
                        .source = b->watcher->row->name,
                        .name = b->file.name,
                        .format = "warc",
                        .encoding = b->watcher->row->encoding,
                        .key = b->key,
                        .received = clock_wall_us(),
                        .bytes = frame->body,
                        .n_bytes = frame->n_body,
                },
                .done = on_ticket_done,
        };
        b->waiting = watcher_is_idle(b->watcher) || !intake_is_open(b->watcher->host->intake);
        if (b->waiting)
                return;
        b->submitted = true;
        intake_submit(b->watcher->host->intake, &b->ticket);
}

static void take_frame(struct bulk *b, const struct frame *frame, size_t size)
{
        if (frame->type == FRAME_RESULT && is_place(frame->head, frame->n_head)) {
                submit(b, frame, size);
                return;
        }
        if (frame->type == FRAME_READY)
                b->over = true;
        else
                give_up(b, -EIO, frame->type == FRAME_FAIL ? "it cannot be read to its end" : "what reads it speaks nonsense");
        if (frame->type == FRAME_READY && frame->n_head > 0)
                watcher_report(b->watcher, LOG_WARNING, "%s: %.*s of its records could not be read whole, or were too large",
                               b->file.name, (int)MIN_OF(strspn(frame->head, "0123456789"), frame->n_head), frame->head);
        buf_consume(&b->in, size);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
        struct bulk *b = handle->data;

        (void)suggested;
        if (buf_reserve(&b->in, 65536) != 0)
                return;
        *out = uv_buf_init(b->in.data + b->in.n, (unsigned)(b->in.size - b->in.n - 1));
}

static void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
        struct bulk *b = stream->data;

        (void)buffer;
        if (n > 0) {
                b->in.n += (size_t)n;
                b->in.data[b->in.n] = '\0';
        } else if (n < 0) {
                b->ended = true;
                if (n != UV_EOF)
                        give_up(b, -EIO, n == UV_ENOBUFS ? "a slice of it is larger than may be held" : uv_strerror((int)n));
        }
        advance(b);
}

/* The one place where it is decided what is done next. */
static void advance(struct bulk *b)
{
        struct frame frame;
        size_t size;
        int e = FRAME_E_MORE;

        while (!b->submitted && !b->waiting && b->r == 0 && b->in.n > 0) {
                e = frame_parse(b->in.data, b->in.n, SLICE_MAX, &frame, &size);
                if (e == FRAME_E_BAD)
                        give_up(b, -EIO, "what reads it speaks nonsense");
                if (e != 0)
                        break;
                take_frame(b, &frame, size);
        }
        if (b->submitted)
                return (void)uv_read_stop((uv_stream_t *)&b->out), (void)uv_timer_stop(&b->silence);
        if (b->waiting && !b->stopping)
                return (void)uv_read_stop((uv_stream_t *)&b->out), (void)uv_timer_stop(&b->silence);
        if (b->r != 0 || b->ended) {
                close_handle((uv_handle_t *)&b->out);
                close_handle((uv_handle_t *)&b->silence);
                return;
        }
        uv_timer_start(&b->silence, on_silence, SILENCE_MS, 0);
        (void)uv_read_start((uv_stream_t *)&b->out, on_alloc, on_bytes);
}

void bulk_go_on(struct bulk *b)
{
        if (!b->waiting || watcher_is_idle(b->watcher) || !intake_is_open(b->watcher->host->intake))
                return;
        b->waiting = false;
        b->submitted = true;
        intake_submit(b->watcher->host->intake, &b->ticket);
}

void bulk_stop(struct bulk *b)
{
        if (b->stopping)
                return;
        b->stopping = true;
        b->waiting = false;
        give_up(b, -ECANCELED, "dateline stops");
        advance(b);
}

/* ---- the start ---- */

static int spawn(struct bulk *b)
{
        _cleanup_free_ char *program = paths_worker();
        char *arguments[] = { (char *)"dateline-worker", (char *)"--slices",
                              b->watcher->host->unconfined ? (char *)"--no-sandbox" : NULL, NULL };
        uv_stdio_container_t stdio[3] = {
                { .flags = UV_INHERIT_FD, .data.fd = b->file.fd },
                { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&b->out },
                { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
        };
        uv_process_options_t options = {
                .exit_cb = on_exited,
                .file = program,
                .args = arguments,
                .stdio = stdio,
                .stdio_count = N_ELEMENTS(stdio),
        };

        if (program == NULL)
                arena_out_of_memory();
        return uv_spawn(b->watcher->host->loop, &b->process, &options);
}

int bulk_start(struct bulk **out, struct watcher *watcher, const struct bulk_file *file)
{
        struct bulk *b = calloc(1, sizeof(*b));
        int r;

        if (b == NULL) {
                close(file->fd);
                return error_origin(-ENOMEM);
        }
        b->watcher = watcher;
        b->file = *file;
        b->in = BUF_BOUNDED(SLICE_MAX + FRAME_HEADER + 65536);
        uv_pipe_init(watcher->host->loop, &b->out, 0);
        uv_timer_init(watcher->host->loop, &b->silence);
        b->out.data = b->silence.data = b->process.data = b;
        b->n_handles = 3;
        r = spawn(b);
        close(file->fd);
        *out = b;
        if (r < 0) {
                b->r = r;
                snprintf(b->reason, sizeof(b->reason), "dateline-worker cannot be started: %s", uv_strerror(r));
                /* Even a failed uv_spawn() has made the process handle. */
                close_handle((uv_handle_t *)&b->process);
        }
        advance(b);
        return 0;
}
