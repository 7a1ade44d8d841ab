/*
 * The exec output: one program of the administrator's, which stays and gets events on its standard input, a JSON line
 * each.
 *
 * Standard input is a pipe, of which the kernel tells how much is still unread: the cursor follows what the program has
 * read, so what stood in the pipe when it died comes again. A full pipe is waited for. The program is started with the
 * first event, and again, after the output's back-off, when it has ended. It is a process group of its own; what it
 * prints goes where datelined's messages go.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "output/output.h"

enum {
        LOOK_MS = 50,                   /* how often what is unread is looked at, while something is */
        DRAIN_LOOKS = 20,               /* when stopping: for the program to read what is in the pipe */
        END_LOOKS = 10,                 /* then, after the end of its input, to end */
        TERM_LOOKS = 20,                /* and after SIGTERM */
};

/* A line in the pipe. */
struct unread {
        int64_t seq;
        uint64_t end;                   /* bytes written to this run up to its end */
};

struct exec {
        struct output *output;
        uv_timer_t timer;
        struct run *run;                /* NULL: it does not run */
        bool stopping, broken;          /* broken: the run was told to end */
        unsigned looks;                 /* since stopping or broken */
};

/* One run of the program. Freed when its handles are closed. */
struct run {
        struct exec *exec;
        uv_process_t process;
        uv_pipe_t in;
        uv_write_t write;
        struct buf rest;                /* of the line that did not fit into the pipe */
        bool writing, exited;
        unsigned open_handles;
        uint64_t written;
        int64_t seq;                    /* of the line that is being written */
        struct buf pending;             /* struct unread, oldest first */
};

static void on_look(uv_timer_t *timer);

static struct exec *exec_of(const struct output *output)
{
        return output->state;
}

/* ---- how far it has read ---- */

static void note_line(struct run *run, int64_t seq)
{
        const struct unread unread = { .seq = seq, .end = run->written };

        if (buf_append(&run->pending, &unread, sizeof(unread)) != 0)
                arena_out_of_memory();
        if (!uv_is_active((uv_handle_t *)&run->exec->timer))
                uv_timer_start(&run->exec->timer, on_look, LOOK_MS, LOOK_MS);
}

static void look(struct run *run)
{
        const struct unread *lines = (const struct unread *)(const void *)run->pending.data;
        size_t n = run->pending.n / sizeof(*lines), done = 0;
        int64_t seq = 0;
        int unread = 0;
        uv_os_fd_t fd;

        if (n == 0 || uv_fileno((uv_handle_t *)&run->in, &fd) < 0 || ioctl(fd, FIONREAD, &unread) < 0)
                return;
        while (done < n && lines[done].end + (uint64_t)unread <= run->written)
                seq = lines[done++].seq;
        if (done == 0)
                return;
        buf_consume(&run->pending, done * sizeof(*lines));
        output_safe(run->exec->output, seq, run->pending.n == 0);
}

/* ---- the end of a run ---- */

static void on_timer_closed(uv_handle_t *handle)
{
        struct exec *x = handle->data;

        output_stopped(x->output);
}

static void try_stop(struct exec *x)
{
        if (x->stopping && x->run == NULL && !uv_is_closing((uv_handle_t *)&x->timer))
                uv_close((uv_handle_t *)&x->timer, on_timer_closed);
}

static void on_run_handle_closed(uv_handle_t *handle)
{
        struct run *run = handle->data;
        struct exec *x = run->exec;

        if (--run->open_handles != 0)
                return;
        buf_deinit(&run->rest);
        buf_deinit(&run->pending);
        free(run);
        x->run = NULL;
        if (x->stopping)
                try_stop(x);
        else
                output_failed(x->output);
}

static void close_run_handle(uv_handle_t *handle)
{
        if (!uv_is_closing(handle))
                uv_close(handle, on_run_handle_closed);
}

static void on_exit_seen(uv_process_t *process, int64_t status, int signal)
{
        struct run *run = process->data;
        struct exec *x = run->exec;

        look(run);
        run->exited = true;
        if (!x->stopping && signal != 0)
                output_trouble(x->output, "the program was ended by signal %d (%s)", signal, strsignal(signal));
        else if (!x->stopping)
                output_trouble(x->output, "the program ended with status %lld", (long long)status);
        if (!x->stopping) {
                uv_timer_stop(&x->timer);
                output_pause(x->output);        /* until all is closed: there is one process at a time */
        }
        close_run_handle((uv_handle_t *)&run->in);
        close_run_handle((uv_handle_t *)&run->process);
}

/* ---- a run ---- */

static int make_pipe(struct run *run, int *reader)
{
        int fds[2], r;

        r = uv_pipe_init(run->exec->output->host->loop, &run->in, 0);
        if (r < 0)
                return r;
        run->open_handles++;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        r = uv_pipe_open(&run->in, fds[1]);     /* makes it non-blocking; owns it */
        if (r < 0) {
                close(fds[0]);
                close(fds[1]);
                return r;
        }
        *reader = fds[0];
        return 0;
}

static int spawn(struct run *run, int reader)
{
        const struct schema_strings *command = &run->exec->output->row->exec;
        _cleanup_free_ char **arguments = calloc(command->n + 1, sizeof(*arguments));
        uv_stdio_container_t stdio[3] = {
                { .flags = UV_INHERIT_FD, .data.fd = reader },
                { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
                { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
        };
        uv_process_options_t options = {
                .exit_cb = on_exit_seen,
                .file = command->items[0],
                .args = arguments,
                .flags = UV_PROCESS_DETACHED,
                .cwd = "/",
                .stdio = stdio,
                .stdio_count = N_ELEMENTS(stdio),
        };

        if (arguments == NULL)
                return -ENOMEM;
        for (size_t i = 0; i < command->n; i++)
                arguments[i] = (char *)command->items[i];
        run->open_handles++;            /* even where it fails, the handle is made */
        return uv_spawn(run->exec->output->host->loop, &run->process, &options);
}

/* 0, or -errno: then the run closes by itself and output_failed() follows. */
static int start(struct exec *x)
{
        _cleanup_close_ int reader = -1;
        struct run *run = calloc(1, sizeof(*run));
        int r;

        if (run == NULL)
                arena_out_of_memory();
        run->exec = x;
        run->process.data = run->in.data = run->write.data = run;
        x->run = run;
        x->broken = false;
        r = make_pipe(run, &reader);
        if (r == 0)
                r = spawn(run, reader);
        if (r == 0)
                return 0;
        run->exited = true;
        output_trouble(x->output, "the program cannot be started: %s", uv_strerror(r));
        if (run->open_handles == 2)
                close_run_handle((uv_handle_t *)&run->process);
        close_run_handle((uv_handle_t *)&run->in);
        return error_origin(r);
}

/* It has closed its input, or cannot be written to: it ends, and its end is told. */
static void break_off(struct run *run, int r)
{
        output_trouble(run->exec->output, "the program takes nothing any more: %s", uv_strerror(r));
        if (run->exited)
                return;
        run->exec->broken = true;
        run->exec->looks = 0;
        (void)kill(-run->process.pid, SIGTERM);
        uv_timer_start(&run->exec->timer, on_look, LOOK_MS, LOOK_MS);
}

static void on_written(uv_write_t *write, int status)
{
        struct run *run = write->data;
        struct exec *x = run->exec;

        run->writing = false;
        if (status < 0) {
                if (!x->stopping && !run->exited)
                        break_off(run, status); /* output_failed() follows its end */
                return;
        }
        run->written += run->rest.n;
        buf_clear(&run->rest);
        note_line(run, run->seq);
        output_held(x->output, false);
}

/* What did not fit. */
static int write_rest(struct run *run, const struct stream_line *line, size_t done)
{
        uv_buf_t buffer;
        int r;

        buf_clear(&run->rest);
        if ((done < line->n && buf_append(&run->rest, line->text + done, line->n - done) != 0) ||
            buf_append(&run->rest, "\n", 1) != 0)
                arena_out_of_memory();
        buffer = uv_buf_init(run->rest.data, (unsigned)run->rest.n);
        run->written += done;
        run->seq = line->seq;
        r = uv_write(&run->write, (uv_stream_t *)&run->in, &buffer, 1, on_written);
        run->writing = r == 0;
        return r;
}

static int exec_deliver(struct output *output, struct stream_line *line)
{
        struct exec *x = exec_of(output);
        uv_buf_t buffers[] = { uv_buf_init((char *)line->text, (unsigned)line->n), uv_buf_init((char *)"\n", 1) };
        int r;

        if (x->run == NULL && start(x) < 0)
                return OUTPUT_E_LATER;  /* output_failed() when its handles are closed */
        r = uv_try_write((uv_stream_t *)&x->run->in, buffers, N_ELEMENTS(buffers));
        if (r == UV_EAGAIN)
                r = 0;
        if (r >= 0 && (size_t)r == line->n + 1) {
                x->run->written += line->n + 1;
                note_line(x->run, line->seq);
                return OUTPUT_E_HELD;
        }
        if (r >= 0)
                r = write_rest(x->run, line, (size_t)r);
        if (r < 0)
                break_off(x->run, r);
        return OUTPUT_E_LATER;
}

/* ---- stopping ---- */

static void look_at_end(struct exec *x, struct run *run)
{
        x->looks++;
        if (x->looks <= DRAIN_LOOKS && (run->pending.n != 0 || run->writing))
                return;
        if (!uv_is_closing((uv_handle_t *)&run->in)) {
                close_run_handle((uv_handle_t *)&run->in);
                x->looks = DRAIN_LOOKS;
        }
        if (run->exited)
                return;
        if (x->looks == DRAIN_LOOKS + END_LOOKS)
                (void)kill(-run->process.pid, SIGTERM);
        else if (x->looks == DRAIN_LOOKS + END_LOOKS + TERM_LOOKS)
                (void)kill(-run->process.pid, SIGKILL);
}

static void on_look(uv_timer_t *timer)
{
        struct exec *x = timer->data;

        if (x->run == NULL)
                return;
        if (!uv_is_closing((uv_handle_t *)&x->run->in))
                look(x->run);
        if (x->stopping)
                look_at_end(x, x->run);
        else if (x->broken && ++x->looks == TERM_LOOKS && !x->run->exited)
                (void)kill(-x->run->process.pid, SIGKILL);
        else if (x->broken)
                return;
        else if (x->run->pending.n == 0)
                uv_timer_stop(timer);
}

static void exec_stop(struct output *output)
{
        struct exec *x = exec_of(output);

        x->stopping = true;
        uv_timer_stop(&x->timer);
        if (x->run != NULL)
                uv_timer_start(&x->timer, on_look, 0, LOOK_MS);
        try_stop(x);
}

static int exec_create(struct output *output)
{
        struct exec *x = calloc(1, sizeof(*x));

        if (x == NULL)
                return error_origin(-ENOMEM);
        x->output = output;
        uv_timer_init(output->host->loop, &x->timer);
        x->timer.data = x;
        output->state = x;
        return 0;
}

static void exec_free(struct output *output)
{
        free(output->state);
}

static bool is_exec(const struct config_output *row)
{
        return row->exec.n != 0;
}

const struct output_kind output_exec = {
        .name = "exec",
        .is = is_exec,
        .deliver = exec_deliver,
        .create = exec_create,
        .stop = exec_stop,
        .free = exec_free,
};
