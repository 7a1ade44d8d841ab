/*
 * The command watcher: runs a program on a schedule and takes its standard output as one delivery. It is the proof that
 * a watcher needs nothing but time.
 *
 * The program runs without a shell, with nothing on standard input, in a session and process group of its own, so that a
 * timeout ends its children too. Only exit status 0 makes a delivery; everything else is trouble and is said. A run
 * never overlaps the one before; a run that falls into a hold is left out. Output that finds intake closed is kept
 * until it opens, and no new run begins before.
 */
#include "watch/watcher.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

enum {
        FIRST_MS = 200,
        GRACE_MS = 2000,                /* between SIGTERM and SIGKILL */
        LINE_MAX_ = 512,                /* of standard error */
        LINES_MAX = 50,                 /* of it that are logged, a run */
        READ_SIZE = 32768,
};

enum run_state {
        RUN_NONE,
        RUN_GOING,
        RUN_OUTPUT,             /* over; its output is to be submitted */
        RUN_SUBMITTED,
};

struct command {
        struct watcher watcher;
        uv_timer_t schedule, limit;
        uv_process_t process;
        uv_pipe_t out, err;
        unsigned n_handles, n_run_handles;
        enum run_state state;
        uint64_t due;                   /* loop time of the next run */
        int pid;
        bool exited, killed;
        int64_t exit_status;
        int signal;
        char *why_killed;
        struct buf output;
        char line[LINE_MAX_];           /* of standard error, being gathered */
        size_t n_line;
        char last_line[LINE_MAX_];
        unsigned n_lines;
        char read_buffer[READ_SIZE];
        struct intake_ticket ticket;
        uint64_t runs, failures;
        char **environment;
        bool closing;
};

static void schedule_next(struct command *c);
static void step_stop(struct command *c);

/* ---- the end of a run ---- */

static void on_ticket_done(struct intake_ticket *ticket, int r, int64_t id, const char *reason)
{
        struct command *c = container_of(ticket, struct command, ticket);

        (void)id;
        if (r < 0 && !intake_is_open(c->watcher.host->intake) && c->watcher.state == WATCHER_RUNNING) {
                c->state = RUN_OUTPUT;  /* resume() tries again */
                return;
        }
        watcher_count(&c->watcher, r, c->output.n);
        if (r < 0)
                watcher_trouble(&c->watcher, "the output could not be stored: %s", reason);
        buf_deinit(&c->output);
        c->state = RUN_NONE;
        if (c->watcher.state == WATCHER_STOPPING)
                step_stop(c);
        else
                schedule_next(c);
}

static void submit(struct command *c)
{
        const struct config_watch *row = c->watcher.row;
        const char *program = row->command.items[0], *slash = strrchr(program, '/');

        if (watcher_is_idle(&c->watcher) || !intake_is_open(c->watcher.host->intake))
                return;
        c->ticket = (struct intake_ticket){
                .delivery = {
                        .source = row->name,
                        .name = slash != NULL ? slash + 1 : program,
                        .format = row->format,
                        .encoding = row->encoding,
                        .received = clock_wall_us(),
                        .bytes = c->output.data,
                        .n_bytes = c->output.n,
                },
                .done = on_ticket_done,
        };
        c->state = RUN_SUBMITTED;
        intake_submit(c->watcher.host->intake, &c->ticket);
}

static void say_failure(struct command *c)
{
        const char *sep = c->last_line[0] != '\0' ? ": " : "";

        c->failures++;
        if (c->why_killed != NULL)
                watcher_trouble(&c->watcher, "the program was ended: %s%s%s", c->why_killed, sep, c->last_line);
        else if (c->signal != 0)
                watcher_trouble(&c->watcher, "the program was ended by signal %d (%s)%s%s", c->signal,
                                strsignal(c->signal), sep, c->last_line);
        else
                watcher_trouble(&c->watcher, "the program ended with status %lld%s%s", (long long)c->exit_status, sep,
                                c->last_line);
}

static void run_over(struct command *c)
{
        bool failed = c->why_killed != NULL || c->signal != 0 || c->exit_status != 0;

        uv_timer_stop(&c->limit);
        c->pid = 0;
        if (c->watcher.state == WATCHER_STOPPING) {
                c->state = RUN_NONE;
                step_stop(c);
                return;
        }
        if (failed)
                say_failure(c);
        else
                watcher_trouble_over(&c->watcher);
        free(STEAL(c->why_killed));
        if (failed || c->output.n == 0) {
                buf_deinit(&c->output);
                c->state = RUN_NONE;
                schedule_next(c);
                return;
        }
        c->state = RUN_OUTPUT;
        submit(c);
}

static void on_run_handle_closed(uv_handle_t *handle)
{
        struct command *c = handle->data;

        if (--c->n_run_handles == 0)
                run_over(c);
}

static void close_pipe(uv_pipe_t *pipe)
{
        if (!uv_is_closing((uv_handle_t *)pipe))
                uv_close((uv_handle_t *)pipe, on_run_handle_closed);
}

static void kill_group(struct command *c, int signal_number)
{
        if (c->pid > 0)
                (void)kill(-c->pid, signal_number);
}

static void on_grace_over(uv_timer_t *timer)
{
        struct command *c = timer->data;

        kill_group(c, SIGKILL);
        /* Whoever left the group and still holds the pipes is not waited for. */
        close_pipe(&c->out);
        close_pipe(&c->err);
}

/* End the run: the group gets SIGTERM, and SIGKILL after a while. `why` is static. */
static void end_run(struct command *c, const char *why)
{
        if (c->state != RUN_GOING || c->killed)
                return;
        c->killed = true;
        if (why != NULL)
                c->why_killed = strdup(why);
        kill_group(c, SIGTERM);
        uv_timer_start(&c->limit, on_grace_over, c->watcher.state == WATCHER_STOPPING ? GRACE_MS / 4 : GRACE_MS, 0);
}

static void on_limit(uv_timer_t *timer)
{
        end_run(timer->data, "it ran longer than its timeout");
}

static void on_exit_(uv_process_t *process, int64_t exit_status, int signal_number)
{
        struct command *c = process->data;

        c->exited = true;
        c->exit_status = exit_status;
        c->signal = signal_number;
        uv_close((uv_handle_t *)process, on_run_handle_closed);
}

/* ---- what it writes ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
        struct command *c = handle->data;

        (void)suggested;
        *buffer = uv_buf_init(c->read_buffer, READ_SIZE);
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
        struct command *c = stream->data;

        if (n < 0) {
                close_pipe(&c->out);
                return;
        }
        /* After the end of the run was decided the rest is read and thrown away, so that it does not hang in a write. */
        if (n > 0 && !c->killed && buf_append(&c->output, buffer->base, (size_t)n) != 0)
                end_run(c, "it wrote more than max_size");
}

static void end_line(struct command *c)
{
        const struct log_about about = { .source = c->watcher.row->name };

        c->line[c->n_line] = '\0';
        if (c->n_line > 0) {
                watcher_printable(c->line, c->last_line, sizeof(c->last_line));
                if (++c->n_lines <= LINES_MAX)
                        log_message(c->watcher.host->log, LOG_INFO, LOG_GENERAL, &about, "%s", c->last_line);
        }
        c->n_line = 0;
}

static void on_error_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
        struct command *c = stream->data;

        if (n < 0) {
                end_line(c);
                close_pipe(&c->err);
                return;
        }
        for (ssize_t i = 0; i < n; i++) {
                if (buffer->base[i] == '\n')
                        end_line(c);
                else if (buffer->base[i] != '\0' && c->n_line + 1 < LINE_MAX_)
                        c->line[c->n_line++] = buffer->base[i];
        }
}

/* ---- the start of a run ---- */

static int open_pipes(struct command *c)
{
        int r = uv_pipe_init(c->watcher.host->loop, &c->out, 0);

        if (r == 0)
                r = uv_pipe_init(c->watcher.host->loop, &c->err, 0);
        c->out.data = c->err.data = c->process.data = c;
        c->n_run_handles = 2;
        return r;
}

static int spawn(struct command *c)
{
        const struct schema_strings *command = &c->watcher.row->command;
        _cleanup_free_ char **args = calloc(command->n + 1, sizeof(args[0]));
        uv_stdio_container_t stdio[3] = {
                { .flags = UV_IGNORE },
                { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->out },
                { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->err },
        };
        uv_process_options_t options = {
                .exit_cb = on_exit_,
                .flags = UV_PROCESS_DETACHED,
                .stdio = stdio,
                .stdio_count = 3,
                .cwd = "/",
                .env = c->environment,
        };

        if (args == NULL)
                arena_out_of_memory();
        for (size_t i = 0; i < command->n; i++)
                args[i] = (char *)command->items[i];
        options.file = args[0];
        options.args = args;
        return uv_spawn(c->watcher.host->loop, &c->process, &options);
}

static void start_run(struct command *c)
{
        int r;

        c->state = RUN_GOING;
        c->runs++;
        c->exited = c->killed = false;
        c->exit_status = 0;
        c->signal = 0;
        c->n_line = 0;
        c->n_lines = 0;
        c->last_line[0] = '\0';
        c->output = BUF_BOUNDED((size_t)c->watcher.row->max_size);
        (void)open_pipes(c);    /* cannot fail without ipc */
        r = spawn(c);
        /* Even a failed uv_spawn() has made the process handle, which must be closed. */
        c->n_run_handles++;
        if (r < 0) {
                char why[128];

                snprintf(why, sizeof(why), "it could not be started: %s", uv_strerror(r));
                c->why_killed = strdup(why);
                uv_close((uv_handle_t *)&c->process, on_run_handle_closed);
                close_pipe(&c->out);
                close_pipe(&c->err);
                return;
        }
        c->pid = c->process.pid;
        if (uv_read_start((uv_stream_t *)&c->out, on_alloc, on_output) < 0)
                close_pipe(&c->out);
        if (uv_read_start((uv_stream_t *)&c->err, on_alloc, on_error_output) < 0)
                close_pipe(&c->err);
        uv_timer_start(&c->limit, on_limit, (uint64_t)c->watcher.row->timeout / 1000, 0);
}

static void on_due(uv_timer_t *timer)
{
        struct command *c = timer->data;
        uint64_t every = (uint64_t)c->watcher.row->every / 1000, now = uv_now(timer->loop);

        if (every == 0)
                every = 1;
        /* Times that were missed (a long run, a machine asleep) are not caught up. */
        do
                c->due += every;
        while (c->due <= now);
        if (!watcher_is_idle(&c->watcher) && c->state == RUN_NONE)
                start_run(c);
        else
                schedule_next(c);
}

static void schedule_next(struct command *c)
{
        uint64_t now = uv_now(c->watcher.host->loop);

        if (c->watcher.state == WATCHER_RUNNING)
                uv_timer_start(&c->schedule, on_due, c->due > now ? c->due - now : 0, 0);
}

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle)
{
        struct command *c = handle->data;

        if (--c->n_handles == 0)
                watcher_closed(&c->watcher);
}

static void step_stop(struct command *c)
{
        if (c->state == RUN_OUTPUT)
                c->state = RUN_NONE;
        if (c->state != RUN_NONE || c->closing)
                return;
        c->closing = true;
        uv_close((uv_handle_t *)&c->schedule, on_handle_closed);
        uv_close((uv_handle_t *)&c->limit, on_handle_closed);
}

/* ---- the contract ---- */

/* What systemd told us is not for the program. */
static char **make_environment(void)
{
        static const char *const ours[] = { "NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_", "MAINPID=", "JOURNAL_STREAM=" };
        size_t n = 0, n_kept = 0;
        char **environment;

        while (environ[n] != NULL)
                n++;
        environment = calloc(n + 1, sizeof(environment[0]));
        for (size_t i = 0; environment != NULL && i < n; i++) {
                bool kept = true;

                for (size_t k = 0; k < N_ELEMENTS(ours); k++)
                        kept = kept && strncmp(environ[i], ours[k], strlen(ours[k])) != 0;
                if (kept)
                        environment[n_kept++] = environ[i];
        }
        return environment;
}

static int command_create(struct watcher **out)
{
        struct command *c = calloc(1, sizeof(*c));

        if (c == NULL)
                return error_origin(-ENOMEM);
        c->environment = make_environment();
        if (c->environment == NULL) {
                free(c);
                return error_origin(-ENOMEM);
        }
        *out = &c->watcher;
        return 0;
}

static int command_start(struct watcher *watcher)
{
        struct command *c = container_of(watcher, struct command, watcher);

        uv_timer_init(watcher->host->loop, &c->schedule);
        uv_timer_init(watcher->host->loop, &c->limit);
        c->schedule.data = c->limit.data = c;
        c->n_handles = 2;
        c->due = uv_now(watcher->host->loop) + MIN_OF((uint64_t)FIRST_MS, (uint64_t)watcher->row->every / 1000);
        schedule_next(c);
        watcher_settled(watcher);
        return 0;
}

static void command_hold(struct watcher *watcher)
{
        (void)watcher;  /* on_due() asks watcher_is_idle() */
}

static void command_resume(struct watcher *watcher)
{
        struct command *c = container_of(watcher, struct command, watcher);

        if (c->state == RUN_OUTPUT)
                submit(c);
}

static void command_stop(struct watcher *watcher)
{
        struct command *c = container_of(watcher, struct command, watcher);

        uv_timer_stop(&c->schedule);
        end_run(c, NULL);
        step_stop(c);
}

static void command_free(struct watcher *watcher)
{
        struct command *c = container_of(watcher, struct command, watcher);

        buf_deinit(&c->output);
        free(c->why_killed);
        free(c->environment);
        free(c);
}

static void command_describe(const struct watcher *watcher, char *out, size_t size)
{
        const struct command *c = container_of(watcher, struct command, watcher);

        snprintf(out, size, "%llu runs, %llu failed%s", (unsigned long long)c->runs, (unsigned long long)c->failures,
                 c->state == RUN_GOING ? ", one is under way" : "");
}

const struct watcher_kind watcher_command = {
        .name = "command",
        .create = command_create,
        .start = command_start,
        .hold = command_hold,
        .resume = command_resume,
        .stop = command_stop,
        .free = command_free,
        .describe = command_describe,
};
