/* See process.h. */
#include "work/process.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/error.h"
#include "work/lines.h"

enum {
        ANSWER_MAX = 64 << 20,          /* a worker that answers more is flooding */
        LEAVE_US = 5 * 1000000,         /* a worker whose socket was closed ends within this */
        TEXT_MAX = 256 << 10,           /* the head of a frame that says a reason or a line */
};

/* One write; header and parts in one piece of memory behind it. */
struct message {
        uv_write_t write;
        struct process *process;
        char bytes[];
};

static void on_closed(uv_handle_t *handle)
{
        struct process *p = handle->data;

        if (--p->open_handles != 0)
                return;
        p->callbacks->gone(p);
        buf_deinit(&p->in);
        buf_deinit(&p->error_line);
        free(p);
}

static void close_handle(uv_handle_t *handle)
{
        if (!uv_is_closing(handle))
                uv_close(handle, on_closed);
}

/* Once the exit was seen. Standard error closes by itself at its end: a sanitizer's report may still be in it. */
static void close_all(struct process *p)
{
        close_handle((uv_handle_t *)&p->socket);
        close_handle((uv_handle_t *)&p->deadline);
        close_handle((uv_handle_t *)&p->handle);
}

/* Why it died, in words. What we found comes second: it may have died of something else before the signal reached
 * it. */
static void death_reason(const struct process *p, char *out, size_t size)
{
        if (p->reason[0] != '\0' && (p->exit_signal == SIGKILL || (p->exit_signal == 0 && p->exit_status == 0)))
                snprintf(out, size, "%s", p->reason);
        else if (p->exit_signal == SIGSYS)
                snprintf(out, size, "the worker was killed by the sandbox (SIGSYS): it tried a forbidden system call");
        else if (p->exit_signal != 0)
                snprintf(out, size, "the worker was killed by signal %d (%s)", p->exit_signal,
                         strsignal(p->exit_signal));
        else if (p->exit_status == ARENA_EXIT_OUT_OF_MEMORY)
                snprintf(out, size, "the worker ran out of its memory (work.memory)");
        else
                snprintf(out, size, "the worker ended with status %d", (int)p->exit_status);
}

static void tell_lost(struct process *p, const char *reason, bool refused)
{
        if (p->told)
                return;
        p->told = true;
        p->callbacks->lost(p, reason, refused);
}

/* The one place where a process changes its state. */
static void set_state(struct process *p, enum process_state state)
{
        if (p->state == PROCESS_DYING)
                return;
        p->state = state;
        if (state != PROCESS_BUSY)
                uv_timer_stop(&p->deadline);
        if (state == PROCESS_LEAVING || state == PROCESS_DYING)
                uv_read_stop((uv_stream_t *)&p->socket);
        if (state == PROCESS_LEAVING)
                close_handle((uv_handle_t *)&p->socket);
        if (state == PROCESS_DYING && !p->exited)
                uv_process_kill(&p->handle, SIGKILL);
}

static void on_exit_seen(uv_process_t *handle, int64_t status, int signal)
{
        struct process *p = handle->data;
        char reason[512];

        p->exited = true;
        p->exit_status = status;
        p->exit_signal = signal;
        set_state(p, PROCESS_DYING);
        death_reason(p, reason, sizeof(reason));
        tell_lost(p, reason, false);
        close_all(p);
}

void process_kill(struct process *p, const char *reason)
{
        if (p->state == PROCESS_DYING)
                return;
        snprintf(p->reason, sizeof(p->reason), "%s", reason);
        set_state(p, PROCESS_DYING);
}

static void on_deadline(uv_timer_t *timer)
{
        struct process *p = timer->data;
        char reason[128];

        snprintf(reason, sizeof(reason), "the worker did not %s within %.1f s",
                 p->state == PROCESS_STARTING ? "start" : p->state == PROCESS_LEAVING ? "leave" : "answer",
                 (double)p->deadline_us / 1e6);
        process_kill(p, reason);
}

static void start_deadline(struct process *p, int64_t us)
{
        p->deadline_us = us;
        uv_timer_start(&p->deadline, on_deadline, (uint64_t)(us + 999) / 1000, 0);
}

void process_retire(struct process *p)
{
        p->told = true;
        if (p->state == PROCESS_DYING || p->state == PROCESS_LEAVING)
                return;
        set_state(p, PROCESS_LEAVING);
        start_deadline(p, LEAVE_US);
}

char *process_text(const char *head, size_t n, const char *member)
{
        json_t *json = json_loadb(head, MIN_OF(n, (size_t)TEXT_MAX), 0, NULL);
        const char *text = json_string_value(json_object_get(json, member));
        char *copy = strdup(text != NULL ? text : "the worker gave no reason");

        json_decref(json);
        return copy;
}

bool process_flag(const char *head, size_t n, const char *member)
{
        json_t *json = json_loadb(head, MIN_OF(n, (size_t)TEXT_MAX), 0, NULL);
        bool flag = json_is_true(json_object_get(json, member));

        json_decref(json);
        return flag;
}

static void take_log(struct process *p, const char *head, size_t n)
{
        _cleanup_free_ char *text = process_text(head, n, "message");

        log_message(p->log, LOG_INFO, LOG_WORKER_SAID, &(struct log_about){ .worker = p->pid }, "worker %d: %s", p->pid,
                    text != NULL ? text : "");
}

static void take_frame(struct process *p, const struct frame *frame)
{
        switch (frame->type) {
        case FRAME_LOG:
                if (p->state == PROCESS_IDLE)
                        break;          /* nothing would end its chatter */
                take_log(p, frame->head, frame->n_head);
                return;
        case FRAME_READY:
                if (p->state != PROCESS_STARTING)
                        break;
                set_state(p, PROCESS_IDLE);
                p->callbacks->ready(p, frame->head, frame->n_head);
                return;
        case FRAME_FAIL:
                if (p->state == PROCESS_STARTING) {
                        char *reason = process_text(frame->head, frame->n_head, "reason");

                        tell_lost(p, reason != NULL ? reason : "out of memory", true);
                        free(reason);
                        process_kill(p, "its settings are wrong");
                        return;
                }
                __attribute__((fallthrough));
        case FRAME_RESULT:
                if (p->state != PROCESS_BUSY)
                        break;
                set_state(p, PROCESS_IDLE);
                p->jobs++;
                p->callbacks->answer(p, frame->type, frame->head, frame->n_head);
                return;
        default:
                break;
        }
        process_kill(p, "the worker sent a frame that nobody asked for");
}

static void take_frames(struct process *p)
{
        size_t done = 0;

        while (p->state < PROCESS_LEAVING && done < p->in.n) {
                struct frame frame;
                size_t size;
                int r = frame_parse(p->in.data + done, p->in.n - done, ANSWER_MAX, &frame, &size);

                if (r == FRAME_E_MORE)
                        break;
                if (r == FRAME_E_BAD) {
                        process_kill(p, "the worker broke the protocol of its socket");
                        break;
                }
                take_frame(p, &frame);
                done += size;
        }
        buf_consume(&p->in, done);
        if (p->in.n == 0 && p->in.size > (1 << 20))
                buf_deinit(&p->in);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
        struct process *p = handle->data;

        (void)suggested;
        if (buf_reserve(&p->in, 65536) != 0)
                return;
        out->base = p->in.data + p->in.n;
        out->len = p->in.size - p->in.n - 1;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *unused)
{
        struct process *p = stream->data;

        (void)unused;
        if (n > 0) {
                p->in.n += (size_t)n;
                p->in.data[p->in.n] = '\0';
                take_frames(p);
        } else if (n == UV_ENOBUFS) {
                process_kill(p, "the worker answered more than may be held");
        } else if (n < 0) {
                uv_read_stop(stream);           /* the exit is seen next and says why */
        }
}

static void on_error_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
        struct process *p = handle->data;

        (void)suggested;
        lines_alloc(&p->error_line, out);
}

static void tell_error_line(void *user, const char *line, int length)
{
        struct process *p = user;

        log_message(p->log, LOG_WARNING, LOG_WORKER_SAID, &(struct log_about){ .worker = p->pid }, "worker %d: %.*s",
                    p->pid,
                    length, line);
}

static void on_error_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *unused)
{
        struct process *p = stream->data;

        (void)unused;
        if (n < 0)
                close_handle((uv_handle_t *)stream);
        lines_take(&p->error_line, n, tell_error_line, p);
}

static void on_written(uv_write_t *write, int r)
{
        struct message *message = container_of(write, struct message, write);

        if (r < 0 && r != UV_ECANCELED)
                process_kill(message->process, "the worker stopped listening");
        free(message);
}

static int send_frame(struct process *p, enum frame_type type, const char *head, size_t n_head, const char *body,
                      size_t n_body)
{
        struct message *message = malloc(sizeof(*message) + FRAME_HEADER + n_head + n_body);
        uv_buf_t buf;
        int r;

        if (message == NULL)
                return error_origin(-ENOMEM);
        message->process = p;
        frame_header(message->bytes, type, n_head, n_body);
        memcpy(message->bytes + FRAME_HEADER, head, n_head);
        if (n_body != 0)
                memcpy(message->bytes + FRAME_HEADER + n_head, body, n_body);
        buf = uv_buf_init(message->bytes, (unsigned)(FRAME_HEADER + n_head + n_body));
        r = uv_write(&message->write, (uv_stream_t *)&p->socket, &buf, 1, on_written);
        if (r < 0) {
                free(message);
                return error_origin(r);
        }
        return 0;
}

int process_run(struct process *p, const char *head, size_t n_head, const char *body, size_t n_body,
                int64_t deadline_us)
{
        int r = send_frame(p, FRAME_JOB, head, n_head, body, n_body);

        if (r < 0) {
                process_kill(p, "the worker cannot be reached");
                return error_trace(r);
        }
        set_state(p, PROCESS_BUSY);
        start_deadline(p, deadline_us);
        return 0;
}

static int send_setup(struct process *p, const struct process_options *options)
{
        _cleanup_(buf_deinit) struct buf body = BUF_NULL;
        char head[128];
        int r;

        snprintf(head, sizeof(head), "{\"memory\":%lld,\"sandbox\":%s}", (long long)options->memory,
                 options->sandbox ? "true" : "false");
        r = buf_append(&body, options->config_path, strlen(options->config_path) + 1);
        if (r == 0)
                r = buf_append(&body, options->config_text, options->n_config_text);
        if (r == 0)
                r = send_frame(p, FRAME_SETUP, head, strlen(head), body.data, body.n);
        return error_trace(r);
}

static int spawn(struct process *p, const struct process_options *options)
{
        char *arguments[] = { (char *)"dateline-worker", NULL };
        uv_stdio_container_t stdio[] = {
                { .flags = UV_IGNORE },
                { .flags = UV_IGNORE },
                { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->errors },
                { .flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE,
                  .data.stream = (uv_stream_t *)&p->socket },
        };
        uv_process_options_t spawn_options = {
                .exit_cb = on_exit_seen,
                .file = options->program,
                .args = arguments,
                .stdio = stdio,
                .stdio_count = N_ELEMENTS(stdio),
        };

        return uv_spawn(options->loop, &p->handle, &spawn_options);
}

int process_start(struct process **out, const struct process_options *options,
                  const struct process_callbacks *callbacks, void *user)
{
        struct process *p = calloc(1, sizeof(*p));
        int r;

        if (p == NULL)
                return error_origin(-ENOMEM);
        p->callbacks = callbacks;
        p->user = user;
        p->log = options->log;
        p->in = BUF_BOUNDED(ANSWER_MAX + FRAME_HEADER + 65536);
        p->error_line = LINES_NULL;
        uv_pipe_init(options->loop, &p->socket, 0);
        uv_pipe_init(options->loop, &p->errors, 0);
        uv_timer_init(options->loop, &p->deadline);
        p->socket.data = p->errors.data = p->deadline.data = p->handle.data = p;
        p->open_handles = 4;
        r = spawn(p, options);
        *out = p;
        if (r < 0) {
                snprintf(p->reason, sizeof(p->reason), "%s cannot be started: %s", options->program, uv_strerror(r));
                p->exited = p->told = true;
                p->state = PROCESS_DYING;
                close_all(p);
                close_handle((uv_handle_t *)&p->errors);
                return error_origin(r);
        }
        p->pid = p->handle.pid;
        uv_read_start((uv_stream_t *)&p->socket, on_alloc, on_read);
        uv_read_start((uv_stream_t *)&p->errors, on_error_alloc, on_error_read);
        start_deadline(p, options->start_us);
        r = send_setup(p, options);
        if (r < 0)
                process_kill(p, "the worker cannot be reached");
        return 0;
}
