/* See exec.h. The child is a process group of its own, so that what it started dies with it. */
#include "work/exec.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "work/lines.h"

enum {
        LINE_MAX_BYTES = 32 << 20,
        RESTART_MIN_MS = 100,
        RESTART_MAX_MS = 10000,
};

struct exec {
        uv_loop_t *loop;
        struct log *log;
        struct config *config;
        const struct config_module *module;

        struct list waiting;
        struct work_job *running;
        struct child *child;            /* NULL: not started, or waits for its restart */
        uv_timer_t deadline, restart;
        unsigned failures;              /* in a row, without an answer between */
        size_t open_handles;            /* timers and children */

        bool closing;
        void (*closed)(void *user);
        void *closed_user;
};

/* One run of the program. It outlives its place in `exec` until its handles are closed. */
struct child {
        struct exec *exec;
        uv_process_t process;
        uv_pipe_t in, out, errors;
        int pid;                        /* and its group's */
        unsigned open_handles;
        bool exited;
        struct buf line, error_line;
        char reason[128];
};

static void pump(struct exec *exec);

static void try_finish(struct exec *exec)
{
        if (!exec->closing || exec->open_handles != 0)
                return;
        exec->closed(exec->closed_user);
        config_unref(exec->config);
        free(exec);
}

static void on_child_handle_closed(uv_handle_t *handle)
{
        struct child *child = handle->data;
        struct exec *exec = child->exec;

        if (--child->open_handles != 0)
                return;
        buf_deinit(&child->line);
        buf_deinit(&child->error_line);
        free(child);
        exec->open_handles--;
        try_finish(exec);
}

static void close_handle(uv_handle_t *handle, uv_close_cb closed)
{
        if (!uv_is_closing(handle))
                uv_close(handle, closed);
}

static void tell_error_line(void *user, const char *line, int length)
{
        struct child *child = user;

        log_message(child->exec->log, LOG_INFO, LOG_WORKER_SAID, NULL, "exec %s: %.*s", child->exec->module->name,
                    length, line);
}

static void close_child(struct child *child)
{
        lines_take(&child->error_line, -1, tell_error_line, child);
        close_handle((uv_handle_t *)&child->process, on_child_handle_closed);
        close_handle((uv_handle_t *)&child->in, on_child_handle_closed);
        close_handle((uv_handle_t *)&child->out, on_child_handle_closed);
        close_handle((uv_handle_t *)&child->errors, on_child_handle_closed);
}

static void end_running(struct exec *exec, enum work_outcome outcome, const char *text, size_t n)
{
        struct work_job *job = STEAL(exec->running);

        uv_timer_stop(&exec->deadline);
        if (job != NULL)
                job->done(job, outcome, text, n);
}

static void child_kill(struct child *child, const char *reason)
{
        if (child->reason[0] == '\0')
                snprintf(child->reason, sizeof(child->reason), "%s", reason);
        if (!child->exited)
                uv_kill(-child->pid, SIGKILL);
}

static void on_restart(uv_timer_t *timer)
{
        pump(timer->data);
}

static void on_child_exit(uv_process_t *process, int64_t status, int signal)
{
        struct child *child = process->data;
        struct exec *exec = child->exec;
        char reason[256], place[256];

        child->exited = true;
        (void)uv_kill(-child->pid, SIGKILL);    /* what it left behind */
        if (child->reason[0] != '\0')
                snprintf(reason, sizeof(reason), "exec %s: %s", exec->module->name, child->reason);
        else if (signal != 0)
                snprintf(reason, sizeof(reason), "exec %s: killed by signal %d", exec->module->name, signal);
        else
                snprintf(reason, sizeof(reason), "exec %s: ended with status %d", exec->module->name, (int)status);
        close_child(child);
        if (exec->child == child)
                exec->child = NULL;
        if (exec->closing) {
                end_running(exec, WORK_GIVEN_BACK, reason, strlen(reason));
                return;
        }
        job_place(exec->running, place, sizeof(place));
        log_message(exec->log, LOG_WARNING, LOG_EXEC_LOST, exec->running != NULL ? &exec->running->about : NULL,
                    "%s%s; it is restarted", reason, place);
        exec->failures++;
        end_running(exec, WORK_FAILED, reason, strlen(reason));
        uv_timer_start(&exec->restart, on_restart,
                       MIN_OF((uint64_t)RESTART_MIN_MS << MIN_OF(exec->failures, 10U), (uint64_t)RESTART_MAX_MS), 0);
}

static void on_deadline(uv_timer_t *timer)
{
        struct exec *exec = timer->data;
        char reason[96];

        snprintf(reason, sizeof(reason), "no answer within %.1f s", (double)exec->module->timeout / 1e6);
        if (exec->child != NULL)
                child_kill(exec->child, reason);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
        struct child *child = handle->data;

        (void)suggested;
        if (buf_reserve(&child->line, 65536) != 0)
                return;
        out->base = child->line.data + child->line.n;
        out->len = child->line.size - child->line.n - 1;
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *unused)
{
        struct child *child = stream->data;
        struct exec *exec = child->exec;
        char *end;

        (void)unused;
        if (n == UV_ENOBUFS)
                child_kill(child, "its line is longer than may be held");
        else if (n < 0)
                uv_read_stop(stream);   /* its exit is seen next and says why; if not, the deadline ends it */
        if (n <= 0 || child->reason[0] != '\0')
                return;
        end = memchr(child->line.data + child->line.n, '\n', (size_t)n);
        child->line.n += (size_t)n;
        child->line.data[child->line.n] = '\0';
        if (end == NULL)
                return;
        if (exec->running == NULL || end != child->line.data + child->line.n - 1) {
                child_kill(child, "it wrote more than one line for a story");
                return;
        }
        exec->failures = 0;
        end_running(exec, WORK_ANSWER, child->line.data, (size_t)(end - child->line.data));
        buf_clear(&child->line);
        pump(exec);
}

static void on_error_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
        struct child *child = handle->data;

        (void)suggested;
        lines_alloc(&child->error_line, out);
}

static void on_error_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *unused)
{
        struct child *child = stream->data;

        (void)unused;
        if (n < 0)
                uv_read_stop(stream);
        lines_take(&child->error_line, n, tell_error_line, child);
}

static int child_start(struct exec *exec)
{
        const struct schema_strings *command = &exec->module->command;
        struct child *child = calloc(1, sizeof(*child));
        char **arguments = calloc(command->n + 1, sizeof(*arguments));
        uv_stdio_container_t stdio[3];
        uv_process_options_t options = {
                .exit_cb = on_child_exit,
                .file = command->items[0],
                .args = arguments,
                .flags = UV_PROCESS_DETACHED,
                .stdio = stdio,
                .stdio_count = 3,
        };
        int r;

        if (child == NULL || arguments == NULL) {
                free(child);
                free(arguments);
                return error_origin(-ENOMEM);
        }
        for (size_t i = 0; i < command->n; i++)
                arguments[i] = (char *)command->items[i];
        child->exec = exec;
        child->line = BUF_BOUNDED(LINE_MAX_BYTES);
        child->error_line = LINES_NULL;
        uv_pipe_init(exec->loop, &child->in, 0);
        uv_pipe_init(exec->loop, &child->out, 0);
        uv_pipe_init(exec->loop, &child->errors, 0);
        child->process.data = child->in.data = child->out.data = child->errors.data = child;
        child->open_handles = 4;
        exec->open_handles++;
        stdio[0] = (uv_stdio_container_t){ .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
                                           .data.stream = (uv_stream_t *)&child->in };
        stdio[1] = (uv_stdio_container_t){ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                           .data.stream = (uv_stream_t *)&child->out };
        stdio[2] = (uv_stdio_container_t){ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                           .data.stream = (uv_stream_t *)&child->errors };
        r = uv_spawn(exec->loop, &child->process, &options);
        free(arguments);
        if (r < 0) {
                child->exited = true;
                close_child(child);
                return error_origin(r);
        }
        child->pid = child->process.pid;
        exec->child = child;
        uv_read_start((uv_stream_t *)&child->out, on_alloc, on_output);
        uv_read_start((uv_stream_t *)&child->errors, on_error_alloc, on_error_output);
        return 0;
}

/* A program that does not listen any more has ended, which is seen, or does not answer. */
static void on_written(uv_write_t *write, int r)
{
        (void)r;
        free(write);
}

static int send_line(struct child *child, const struct work_job *job)
{
        uv_write_t *write = malloc(sizeof(*write) + job->n_head + 1);
        char *line = (char *)(write + 1);
        uv_buf_t buf;
        int r;

        if (write == NULL)
                return error_origin(-ENOMEM);
        memcpy(line, job->head, job->n_head);
        line[job->n_head] = '\n';
        buf = uv_buf_init(line, (unsigned)job->n_head + 1);
        r = uv_write(write, (uv_stream_t *)&child->in, &buf, 1, on_written);
        if (r < 0)
                free(write);
        return r;
}

/* Start the next job where nothing runs; never in a program that is being killed, whose exit comes here again. */
static void pump(struct exec *exec)
{
        struct list *first;
        int r = 0;

        if (exec->running != NULL || exec->closing || uv_is_active((uv_handle_t *)&exec->restart) ||
            list_is_empty(&exec->waiting) || (exec->child != NULL && exec->child->reason[0] != '\0'))
                return;
        first = list_pop(&exec->waiting);
        exec->running = list_entry(first, struct work_job, link);
        uv_timer_start(&exec->deadline, on_deadline, (uint64_t)exec->module->timeout / 1000, 0);
        if (exec->child == NULL)
                r = child_start(exec);
        if (r == 0)
                r = send_line(exec->child, exec->running);
        if (r < 0) {
                char reason[256];

                snprintf(reason, sizeof(reason), "exec %s: cannot run %s: %s", exec->module->name,
                         exec->module->command.items[0], uv_strerror(r));
                log_message(exec->log, LOG_WARNING, LOG_EXEC_LOST, NULL, "%s", reason);
                exec->failures++;
                end_running(exec, WORK_FAILED, reason, strlen(reason));
                uv_timer_start(&exec->restart, on_restart, RESTART_MAX_MS / 10, 0);
        }
}

int exec_new(struct exec **out, uv_loop_t *loop, struct log *log, struct config *config,
             const struct config_module *module)
{
        struct exec *exec = calloc(1, sizeof(*exec));

        if (exec == NULL)
                return error_origin(-ENOMEM);
        *exec = (struct exec){ .loop = loop, .log = log, .module = module, .open_handles = 2 };
        exec->config = config_ref(config);
        list_init(&exec->waiting);
        uv_timer_init(loop, &exec->deadline);
        uv_timer_init(loop, &exec->restart);
        exec->deadline.data = exec->restart.data = exec;
        *out = exec;
        return 0;
}

void exec_run(struct exec *exec, struct work_job *job)
{
        list_append(&exec->waiting, &job->link);
        pump(exec);
}

void exec_restart(struct exec *exec, const char *reason)
{
        if (exec->child == NULL || exec->closing)
                return;
        child_kill(exec->child, reason);
        end_running(exec, WORK_GIVEN_BACK, "", 0);
}

static void on_timer_closed(uv_handle_t *handle)
{
        struct exec *exec = handle->data;

        exec->open_handles--;
        try_finish(exec);
}

void exec_close(struct exec *exec, void (*closed)(void *user), void *user)
{
        struct list *first;

        exec->closing = true;
        exec->closed = closed;
        exec->closed_user = user;
        end_running(exec, WORK_GIVEN_BACK, "", 0);
        while ((first = list_pop(&exec->waiting)) != NULL) {
                struct work_job *job = list_entry(first, struct work_job, link);

                job->done(job, WORK_GIVEN_BACK, "", 0);
        }
        if (exec->child != NULL)
                child_kill(exec->child, "the daemon stops");
        uv_close((uv_handle_t *)&exec->deadline, on_timer_closed);
        uv_close((uv_handle_t *)&exec->restart, on_timer_closed);
}
