/* See offline.h. */
#include "offline/offline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/error.h"
#include "worker/sandbox.h"

static void say(void *user, int level, const char *format, ...) _printf_(3, 4);

static void say(void *user, int level, const char *format, ...)
{
        const struct offline_options *options = user;
        va_list args;

        if (level > LOG_WARNING || options->quiet)
                return;
        fputs("dateline: ", stderr);
        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
        fputc('\n', stderr);
}

/* A YAML string in double quotes. */
static int append_quoted(struct buf *out, const char *s)
{
        int r = buf_append_string(out, "\"");

        for (; *s && r == 0; s++)
                r = *s == '"' || *s == '\\' ? buf_printf(out, "\\%c", *s) : buf_append(out, s, 1);
        return r ? r : buf_append_string(out, "\"");
}

/* The options as the list that a configuration would hold. */
static int modules_text(const struct offline_options *options, struct buf *out)
{
        int r = buf_append_string(out, "modules:\n  - decode: {max_size: 256M}\n  - read: {");

        if (r == 0 && options->model)
                r = buf_append_string(out, "model: ") || append_quoted(out, options->model);
        if (r == 0)
                r = buf_append_string(out, "}\n  - code: {");
        for (size_t i = 0; r == 0 && i < options->n_dictionaries; i++)
                r = buf_append_string(out, i ? ", " : "dictionaries: [") || append_quoted(out,
                                                                                          options->dictionaries[i]);
        if (r == 0 && options->n_dictionaries)
                r = buf_append_string(out, "]");
        if (r == 0 && options->min_confidence)
                r = buf_printf(out, "%smin_confidence: %s", options->n_dictionaries ? ", " : "",
                               options->min_confidence);
        return r ? r : buf_append_string(out, "}\n");
}

int offline_open(struct chain **out, struct arena *arena, const struct offline_options *options)
{
        struct buf text = BUF_NULL;
        struct yaml_errors errors;
        struct yaml_node *root = NULL;
        char folder[4096];
        const char *path;
        int r;

        yaml_errors_init(&errors, arena);
        r = modules_text(options, &text);
        /* Relative paths on the command line are relative to where the user stands. */
        path = getcwd(folder, sizeof folder) ? arena_printf(arena, "%s/the command line", folder) : "the command line";
        if (r == 0)
                r = yaml_parse(arena, path, arena_strndup(arena, text.data, text.n), text.n, &root, &errors);
        buf_deinit(&text);
        if (r == 0)
                r = chain_open(out, arena, path, yaml_get(root, "modules"), &errors, say, (void *)options);
        if (r > 0) {
                _cleanup_free_ char *said = yaml_errors_text(&errors);

                fprintf(stderr, "%s", said ? said : "dateline: the modules cannot be opened\n");
                return EX_CONFIG;
        }
        if (r < 0) {
                fprintf(stderr, "dateline: the modules cannot be opened: %s\n", strerror(-r));
                return r == -ENOMEM ? EX_OSERR : EX_CONFIG;
        }
        return 0;
}

/* A descriptor to read from: -1 after saying why there is none. Standard input stays open for whom it belongs to. */
static int open_input(const char *path)
{
        int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                fprintf(stderr, "dateline: %s: %s\n", path, strerror(errno));
        return fd;
}

static void close_input(int *fd)
{
        if (*fd > STDIN_FILENO)
                close(*fd);
}

/* For job->read: `user` points to the descriptor. */
static ssize_t read_more(void *user, char *out, size_t n)
{
        for (;;) {
                ssize_t k = read(*(int *)user, out, n);

                if (k >= 0 || errno != EINTR)
                        return k < 0 ? -errno : k;
        }
}

/* At most `max` bytes in all; 0 or an exit code. *end: nothing comes behind. */
static int read_some(int fd, const char *path, size_t max, struct buf *out, bool *end)
{
        char chunk[65536];
        ssize_t n = read_more(&fd, chunk, sizeof chunk);
        int r;

        *end = n == 0;
        if (n < 0) {
                fprintf(stderr, "dateline: %s: %s\n", path, strerror((int)-n));
                return EX_NOINPUT;
        }
        out->max = max;
        r = buf_append(out, chunk, (size_t)n);
        if (r != 0)
                fprintf(stderr, "dateline: %s: %s\n", path, r > 0 ? "larger than the bound" : strerror(-r));
        return r > 0 ? OFFLINE_EXIT_INPUT : r < 0 ? EX_OSERR : 0;
}

int offline_read_file(const char *path, size_t max, struct buf *out)
{
        _cleanup_(close_input) int fd = open_input(path);
        bool end = false;
        int r = fd < 0 ? EX_NOINPUT : 0;

        buf_clear(out);
        while (r == 0 && !end)
                r = read_some(fd, path, max, out, &end);
        return r;
}

const char *offline_base_name(struct arena *arena, const char *path)
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');

        return dot && dot > name ? arena_strndup(arena, name, (size_t)(dot - name)) : arena_strdup(arena, name);
}

int offline_enter_sandbox(void)
{
        const char *what = "";
        int r = sandbox_enter(SANDBOX_OFFLINE, 0, &what);

        if (r == 0)
                return 0;
        fprintf(stderr, "dateline: the sandbox cannot be closed (%s): %s\n", what, strerror(-r));
        return EX_OSERR;
}
