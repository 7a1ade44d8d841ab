/*
 * dateline-worker: spawned by datelined with its socket as descriptor 3. Takes the configuration's text, opens the
 * chain of modules, closes the sandbox, then answers jobs one by one until the socket closes.
 *
 * Single-threaded and blocking on purpose: a worker that waits costs nothing, one that hangs is the pool's to replace.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sysexits.h>
#include <syslog.h>

#include "base/error.h"
#include "config/config.h"
#include "worker/sandbox.h"
#include "worker/serve.h"
#include "worker/slicing.h"

enum {
        SOCKET = 3,
        INPUT_MAX = 320 << 20,
        LOG_LINE_MAX = 1024,
};

struct worker {
        struct arena lasting;           /* configuration and modules */
        struct arena scratch;           /* one job */
        struct buf in, out;
        struct chain *chain;
        bool sandboxed;                 /* debugging under valgrind and the like leaves the sandbox open */
        int64_t memory;
};

static int send_out(struct worker *w)
{
        int r = frame_write(SOCKET, w->out.data, w->out.n);

        buf_clear(&w->out);
        return r;
}

static void _printf_(3, 4) send_log(void *user, int level, const char *format, ...)
{
        struct worker *w = user;
        char line[LOG_LINE_MAX];
        va_list args;
        json_t *json;
        char *text;

        va_start(args, format);
        vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        json = json_pack("{s:i, s:s}", "level", level, "message", line);
        text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
        if (text != NULL && frame_append(&w->out, FRAME_LOG, text, strlen(text), NULL, 0) == 0)
                (void)send_out(w);
        free(text);
        json_decref(json);
}

/* The next whole frame, in w->in at the front; its size to be consumed. 0, 1 at the end of the stream, or -errno. */
static int next_frame(struct worker *w, struct frame *frame, size_t *size)
{
        for (;;) {
                int r = w->in.n == 0 ? FRAME_E_MORE : frame_parse(w->in.data, w->in.n, INPUT_MAX, frame, size);
                size_t want = 65536;
                ssize_t n;

                if (r == 0)
                        return 0;
                if (r == FRAME_E_BAD)
                        return error_origin(-EPROTO);
                if (w->in.n != 0 && *size > w->in.n)
                        want = *size - w->in.n;
                r = buf_reserve(&w->in, want);
                if (r != 0)
                        return error_trace(r < 0 ? r : -ENOMEM);
                n = read(SOCKET, w->in.data + w->in.n, want);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_origin(-errno);
                if (n == 0)
                        return 1;
                w->in.n += (size_t)n;
                w->in.data[w->in.n] = '\0';
        }
}

/* The setup frame: {"memory": BYTES, "sandbox": true}, body: path NUL text. Opens the chain. */
static int set_up(struct worker *w, const struct frame *frame, struct yaml_errors *errors)
{
        json_t *head = json_loadb(frame->head, frame->n_head, 0, NULL);
        const char *end = memchr(frame->body, '\0', frame->n_body);
        struct yaml_node *root = NULL;
        const char *path, *text;
        size_t n;
        int r;

        if (frame->type != FRAME_SETUP || head == NULL || end == NULL) {
                json_decref(head);
                return error_origin(-EPROTO);
        }
        w->memory = json_integer_value(json_object_get(head, "memory"));
        w->sandboxed = json_is_true(json_object_get(head, "sandbox"));
        json_decref(head);
        path = arena_strdup(&w->lasting, frame->body);
        n = frame->n_body - (size_t)(end + 1 - frame->body);
        text = arena_strndup(&w->lasting, end + 1, n);
        r = yaml_parse(&w->lasting, path, text, n, &root, errors);
        if (r != 0)
                return error_trace(r);
        return error_trace(chain_open(&w->chain, &w->lasting, path, config_find_modules(root), errors, send_log, w));
}

static int send_ready(struct worker *w)
{
        json_t *modules = json_array();
        json_t *json = json_pack("{s:o}", "modules", modules);
        char *text;
        int r;

        for (size_t i = 0; i < chain_count(w->chain); i++)
                json_array_append_new(modules, json_pack("{s:s, s:s}", "name", chain_module_name(w->chain, i),
                                                         "version",
                                                         chain_module_version(w->chain, i)));
        text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
        json_decref(json);
        if (text == NULL)
                return error_origin(-ENOMEM);
        r = frame_append(&w->out, FRAME_READY, text, strlen(text), NULL, 0);
        free(text);
        return r != 0 ? error_trace(r) : send_out(w);
}

/* Open everything, then the sandbox. 0; EX_CONFIG after the errors were sent; or -errno. */
static int start(struct worker *w)
{
        struct yaml_errors errors;
        struct frame frame;
        const char *what;
        size_t size;
        int r;

        yaml_errors_init(&errors, &w->lasting);
        r = next_frame(w, &frame, &size);
        if (r != 0)
                return r < 0 ? error_trace(r) : -EPIPE;
        r = set_up(w, &frame, &errors);
        buf_deinit(&w->in);
        if (r > 0) {
                _cleanup_free_ char *text = yaml_errors_text(&errors);

                r = serve_fail(&w->out, text != NULL ? text : "out of memory", false);
                return r != 0 ? error_trace(r) : (send_out(w), EX_CONFIG);
        }
        if (r < 0)
                return error_trace(r);
        r = w->sandboxed ? sandbox_enter(SANDBOX_WORKER, w->memory, &what) : 0;
        if (r < 0) {
                char reason[128];

                snprintf(reason, sizeof(reason), "the sandbox cannot be closed: %s: %s", what, strerror(-r));
                (void)serve_fail(&w->out, reason, false);
                (void)send_out(w);
                return r;
        }
        return send_ready(w);
}

static int work(struct worker *w)
{
        for (;;) {
                struct frame frame;
                size_t size;
                int r = next_frame(w, &frame, &size);

                if (r != 0)
                        return r < 0 ? error_trace(r) : 0;
                r = serve_job(w->chain, &w->scratch, &frame, &w->out);
                if (r < 0)
                        return error_trace(r);
                r = send_out(w);
                if (r < 0)
                        return error_trace(r);
                buf_consume(&w->in, size);
        }
}

int main(int argc, char **argv)
{
        struct worker w = { 0 };
        int r;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        signal(SIGINT, SIG_IGN);        /* Ctrl-C in a terminal is the daemon's to handle: it closes the socket */
        if (argc > 1 && strcmp(argv[1], "--slices") == 0) {
                sandbox_close_others(-1);
                return slicing_main(argc < 3 || strcmp(argv[2], "--no-sandbox") != 0);
        }
        sandbox_close_others(SOCKET);
        r = start(&w);
        if (r == 0)
                r = work(&w);
        if (r == -ENOMEM)
                arena_out_of_memory();
        chain_close(w.chain);
        buf_deinit(&w.in);
        buf_deinit(&w.out);
        arena_deinit(&w.scratch);
        arena_deinit(&w.lasting);
        return r < 0 ? EX_SOFTWARE : r;         /* not EX_OSERR, which says that its memory was not enough */
}
