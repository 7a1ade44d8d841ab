/* See offline.h. */
#include "offline/offline.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* Line by line; of what stands on the command line, the place in the text that was made of it says nothing to
 * anybody. */
static void print_errors(const char *said, const char *path)
{
        size_t n_path = strlen(path);

        while (*said != '\0') {
                size_t n = strcspn(said, "\n");
                const char *message = said, *colon;

                if (strncmp(message, path, n_path) == 0)
                        for (int i = 0; i < 3 && (colon = memchr(message, ':', n - (size_t)(message - said))) != NULL;
                             i++)
                                message = colon + 1;
                while (*message == ' ')
                        message++;
                fprintf(stderr, "dateline: %.*s\n", (int)(n - (size_t)(message - said)), message);
                said += n + (said[n] == '\n');
        }
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

                print_errors(said ? said : "the modules cannot be opened\n", path);
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

static int by_name(const FTSENT **a, const FTSENT **b)
{
        return strcmp((*a)->fts_name, (*b)->fts_name);
}

struct files {
        struct arena *arena;
        char **paths;
        int n, size;
};

static void add_file(struct files *f, const char *path)
{
        if (f->n == f->size) {
                char **more = arena_alloc(f->arena, (size_t)(f->size = 2 * f->size + 64) * sizeof(*more));

                if (f->n > 0)
                        memcpy(more, f->paths, (size_t)f->n * sizeof(*more));
                f->paths = more;
        }
        f->paths[f->n++] = arena_strdup(f->arena, path);
}

static int add_folder(struct files *f, char *path)
{
        char *roots[] = { path, NULL };
        FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
        FTSENT *entry;
        int r = 0;

        if (fts == NULL)
                return EX_OSERR;
        while ((entry = fts_read(fts)) != NULL) {
                if (entry->fts_level > FTS_ROOTLEVEL && entry->fts_name[0] == '.') {
                        fts_set(fts, entry, FTS_SKIP);
                        continue;
                }
                if (entry->fts_info == FTS_F) {
                        add_file(f, entry->fts_path);
                } else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS) {
                        fprintf(stderr, "dateline: %s: %s\n", entry->fts_path, strerror(entry->fts_errno));
                        r = EX_NOINPUT;
                }
        }
        fts_close(fts);
        return r;
}

int offline_files(struct arena *arena, int *n, char ***paths)
{
        struct files f = { .arena = arena };
        int r = 0;

        for (int i = 0; i < *n && r == 0; i++) {
                char *path = (*paths)[i];
                struct stat st;

                if (strcmp(path, "-") == 0 || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
                        add_file(&f, path);
                else
                        r = add_folder(&f, path);
        }
        if (r == 0 && f.n == 0) {
                fprintf(stderr, "dateline: %s: no files are in it\n", (*paths)[0]);
                r = EX_NOINPUT;
        }
        *n = f.n;
        *paths = f.paths;
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
