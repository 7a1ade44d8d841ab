/*
 * The files output: events in one of the formats, in files that appear whole under the name of their time and never
 * change again.
 *
 * What is written waits in hidden files, and counts for nothing, until its time is over. Then, in this order: the files
 * are fsynced and get a hidden name that holds the sequence number up to which they reach ("sealed"); the output's
 * cursor is committed with this number, durably; the files get their names. So the cursor alone decides: at every
 * start, and after every failure, sealed files that the cursor has reached get their names, all other hidden files are
 * removed, and the events behind the cursor come again. Whatever is killed when, no event is missing in the finished
 * files and none is in two of them.
 *
 * All file work is done on libuv's pool, one job at a time; while one runs the loop leaves this struct alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "output/format.h"
#include "output/output.h"
#include "output/period.h"

enum {
        FLUSH_BYTES = 256 << 10,        /* gathered in memory before they are written */
        NAMES_TRIED = 60,               /* where a name is taken: the clock was set back */
        FILE_NAME_MAX = 256,
};

struct files {
        struct output *output;
        const struct format *format;
        uv_timer_t rotate;
        uv_work_t work;
        bool working, due, stopping;

        int64_t begin;                  /* of the period, us */
        bool pending;                   /* there are lines that are not committed */
        struct buf parts[FORMAT_PARTS_MAX];
        int fds[FORMAT_PARTS_MAX];      /* hidden files that are being written, or -1 */
        int64_t seq;                    /* up to which they reach, once sealed; recovering: the cursor */

        int (*job)(struct files *f);
        void (*after)(struct files *f);
        int r;
        char error[512];                /* with r < 0: what went wrong where */
};

static struct files *files_of(const struct output *output)
{
        return output->state;
}

/* ---- on the pool ---- */

_printf_(2, 3) static int failed(struct files *f, const char *format, ...)
{
        int r = -errno;
        va_list args;
        char what[FILE_NAME_MAX + 64];

        va_start(args, format);
        vsnprintf(what, sizeof(what), format, args);
        va_end(args);
        snprintf(f->error, sizeof(f->error), "%.200s: %.200s: %s", f->output->row->files, what, strerror(-r));
        return error_origin(r < 0 ? r : -EIO);
}

static int open_folder(struct files *f)
{
        int fd = open(f->output->row->files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd >= 0 ? fd : failed(f, "cannot be opened");
}

static void hidden_name(const struct files *f, size_t part, char out[FILE_NAME_MAX])
{
        snprintf(out, FILE_NAME_MAX, ".%s.new.%zu", f->output->row->name, part);
}

static void final_name(const struct files *f, size_t part, int64_t begin, char out[FILE_NAME_MAX])
{
        char stamp[PERIOD_STAMP_MAX];

        snprintf(out, FILE_NAME_MAX, "%s%s%s", f->format->parts[part].before, period_stamp(begin, stamp),
                 f->format->parts[part].after);
}

static void sealed_name(const struct files *f, size_t part, char out[FILE_NAME_MAX])
{
        char final[FILE_NAME_MAX / 2];
        char stamp[PERIOD_STAMP_MAX];

        snprintf(final, sizeof(final), "%s%s%s", f->format->parts[part].before, period_stamp(f->begin, stamp),
                 f->format->parts[part].after);
        snprintf(out, FILE_NAME_MAX, ".%s.%lld.%s", f->output->row->name, (long long)f->seq, final);
}

static int write_all(struct files *f, int fd, const char *bytes, size_t n, const char *name)
{
        while (n != 0) {
                ssize_t k = write(fd, bytes, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k <= 0)
                        return failed(f, "%s cannot be written", name);
                bytes += k;
                n -= (size_t)k;
        }
        return 0;
}

/* What was gathered to the hidden files. */
static int flush(struct files *f)
{
        _cleanup_close_ int folder = open_folder(f);

        if (folder < 0)
                return folder;
        for (size_t i = 0; i < f->format->n_parts; i++) {
                const char *header = f->format->parts[i].header;
                char name[FILE_NAME_MAX];
                int r = 0;

                hidden_name(f, i, name);
                if (f->fds[i] < 0) {
                        /* Files are for others, the unit's umask is for the store. Who gets to them, the directory
                         * says. */
                        f->fds[i] = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
                        if (f->fds[i] < 0)
                                return failed(f, "%s cannot be made", name);
                        (void)fchmod(f->fds[i], 0644);
                        if (header != NULL)
                                r = write_all(f, f->fds[i], header, strlen(header), name);
                }
                if (r == 0)
                        r = write_all(f, f->fds[i], f->parts[i].data, f->parts[i].n, name);
                if (r < 0)
                        return r;
                buf_clear(&f->parts[i]);
        }
        return 0;
}

/* A time whose names are all free. */
static int find_names(struct files *f, int folder)
{
        for (int k = 0; k < NAMES_TRIED; k++, f->begin += CLOCK_SECOND) {
                bool is_free = true;

                for (size_t i = 0; i < f->format->n_parts; i++) {
                        char name[FILE_NAME_MAX];

                        final_name(f, i, f->begin, name);
                        is_free = is_free && faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
                }
                if (is_free)
                        return 0;
        }
        errno = EEXIST;
        return failed(f, "the names of this time are taken");
}

static int seal(struct files *f)
{
        _cleanup_close_ int folder = open_folder(f);
        int r = folder < 0 ? folder : flush(f);

        for (size_t i = 0; r == 0 && i < f->format->n_parts; i++) {
                if (fsync(f->fds[i]) < 0)
                        r = failed(f, "cannot be written to disk");
                close(f->fds[i]);
                f->fds[i] = -1;
        }
        if (r == 0)
                r = find_names(f, folder);
        for (size_t i = 0; r == 0 && i < f->format->n_parts; i++) {
                char hidden[FILE_NAME_MAX], sealed[FILE_NAME_MAX];

                hidden_name(f, i, hidden);
                sealed_name(f, i, sealed);
                if (renameat(folder, hidden, folder, sealed) < 0)
                        r = failed(f, "%s cannot be renamed", hidden);
        }
        if (r == 0 && fsync(folder) < 0)
                r = failed(f, "cannot be written to disk");
        return r;
}

/* Remove what is older than `keep`; what cannot be removed is tried again with the next file. */
static void expire(struct files *f, int folder, const char *name)
{
        int64_t begin, limit = clock_wall_us() - f->output->row->keep - f->output->row->every;

        for (size_t i = 0; f->output->row->keep != 0 && i < f->format->n_parts; i++)
                if (period_of_name(&f->format->parts[i], name, &begin) && begin < limit)
                        (void)unlinkat(folder, name, 0);
}

/* One name of the folder: sealed files that the cursor has reached get their names, other hidden ones of ours go. */
static int settle(struct files *f, int folder, const char *name)
{
        char mine[FILE_NAME_MAX];
        const char *final;
        int64_t seq;

        if (name[0] != '.') {
                expire(f, folder, name);
                return 0;
        }
        if (period_parse_sealed(f->output->row->name, name, &seq, &final)) {
                if (seq <= f->seq)
                        return renameat2(folder, name, folder, final, RENAME_NOREPLACE) < 0
                                       ? failed(f, "%s cannot be renamed", name)
                                       : 0;
                return unlinkat(folder, name, 0) < 0 ? failed(f, "%s cannot be removed", name) : 0;
        }
        for (size_t i = 0; i < FORMAT_PARTS_MAX; i++) {
                hidden_name(f, i, mine);
                if (strcmp(name, mine) == 0 && unlinkat(folder, name, 0) < 0)
                        return failed(f, "%s cannot be removed", name);
        }
        return 0;
}

static void close_dirp(DIR **dir)
{
        if (*dir != NULL)
                closedir(*dir);
}

/* After the cursor is known: at a start, after a failure, and to give sealed files their names. */
static int recover(struct files *f)
{
        _cleanup_(close_dirp) DIR *dir = opendir(f->output->row->files);
        struct dirent *entry;
        int r = dir == NULL ? failed(f, "cannot be opened") : 0;

        errno = 0;
        while (r == 0 && (entry = readdir(dir)) != NULL) {
                r = settle(f, dirfd(dir), entry->d_name);
                errno = 0;
        }
        if (r == 0 && errno != 0)
                r = failed(f, "cannot be read");
        if (r == 0 && faccessat(dirfd(dir), ".", W_OK, AT_EACCESS) < 0)
                r = failed(f, "cannot be written to");
        if (r == 0 && fsync(dirfd(dir)) < 0)
                r = failed(f, "cannot be written to disk");
        return r;
}

/* ---- on the loop ---- */

static void forget(struct files *f)
{
        f->pending = f->due = false;
        for (size_t i = 0; i < FORMAT_PARTS_MAX; i++) {
                if (f->fds[i] >= 0)
                        close(f->fds[i]);
                f->fds[i] = -1;
                buf_deinit(&f->parts[i]);
        }
}

static void on_timer_closed(uv_handle_t *handle)
{
        struct files *f = handle->data;

        output_stopped(f->output);
}

static void try_stop(struct files *f)
{
        if (f->stopping && !f->working && !uv_is_closing((uv_handle_t *)&f->rotate))
                uv_close((uv_handle_t *)&f->rotate, on_timer_closed);
}

static void on_job(uv_work_t *work)
{
        struct files *f = work->data;

        f->r = f->job(f);
}

/* All begins anew, with what the store says of the cursor. */
static void fail(struct files *f)
{
        uv_timer_stop(&f->rotate);
        forget(f);
        output_trouble(f->output, "%s", f->error);
        output_failed(f->output);
}

static void on_job_done(uv_work_t *work, int status)
{
        struct files *f = work->data;

        (void)status;
        f->working = false;
        if (f->stopping)
                try_stop(f);
        else if (f->r < 0)
                fail(f);
        else
                f->after(f);
}

static void start(struct files *f, int (*job)(struct files *f), void (*after)(struct files *f))
{
        f->working = true;
        f->job = job;
        f->after = after;
        if (uv_queue_work(f->output->host->loop, &f->work, on_job, on_job_done) < 0)
                arena_out_of_memory();
}

static void on_published(struct files *f)
{
        output_safe(f->output, f->seq, true);
        output_go_on(f->output);
}

static void on_committed(struct output *output, int r)
{
        struct files *f = files_of(output);

        f->working = false;
        if (f->stopping) {
                try_stop(f);
        } else if (r < 0) {
                snprintf(f->error, sizeof(f->error), "its place cannot be written to the store: %s", strerror(-r));
                fail(f);
        } else {
                start(f, recover, on_published);
        }
}

static void on_sealed(struct files *f)
{
        forget(f);
        f->working = true;
        output_commit(f->output, f->seq, on_committed);
}

/* The output is paused: nothing comes before on_published(). */
static void finish(struct files *f)
{
        uv_timer_stop(&f->rotate);
        f->seq = f->output->taken;
        start(f, seal, on_sealed);
}

static void on_rotate(uv_timer_t *timer)
{
        struct files *f = timer->data;

        if (f->working) {
                f->due = true;
                return;
        }
        output_pause(f->output);
        finish(f);
}

static void on_flushed(struct files *f)
{
        bool due = f->due;

        output_held(f->output, due);
        if (due)
                finish(f);
}

static void begin_period(struct files *f)
{
        int64_t now = clock_wall_us(), every = f->output->row->every;

        f->pending = true;
        f->begin = period_begin(now, every);
        uv_timer_start(&f->rotate, on_rotate, (uint64_t)((f->begin + every - now) / 1000 + 1), 0);
}

static int files_deliver(struct output *output, struct stream_line *line)
{
        struct files *f = files_of(output);
        json_t *event = output_record(output, line);
        size_t bytes = 0;

        if (event != NULL && f->format->lines(event, line->text, line->n, f->parts) != 0)
                arena_out_of_memory();
        for (size_t i = 0; i < f->format->n_parts; i++)
                bytes += f->parts[i].n;
        if (bytes == 0)
                return f->pending ? OUTPUT_E_HELD : 0;
        if (!f->pending)
                begin_period(f);
        if (bytes < FLUSH_BYTES)
                return OUTPUT_E_HELD;
        start(f, flush, on_flushed);
        return OUTPUT_E_LATER;
}

static void on_recovered(struct files *f)
{
        output_ready(f->output);
}

static void files_begin(struct output *output, int64_t cursor)
{
        struct files *f = files_of(output);

        f->seq = cursor;
        start(f, recover, on_recovered);
}

static int files_create(struct output *output)
{
        struct files *f = calloc(1, sizeof(*f));

        if (f == NULL)
                return error_origin(-ENOMEM);
        f->output = output;
        f->format = format_find(config_formats[output->row->format]);
        for (size_t i = 0; i < FORMAT_PARTS_MAX; i++)
                f->fds[i] = -1;
        uv_timer_init(output->host->loop, &f->rotate);
        f->rotate.data = f->work.data = f;
        output->state = f;
        return 0;
}

static void files_stop(struct output *output)
{
        struct files *f = files_of(output);

        f->stopping = true;
        uv_timer_stop(&f->rotate);
        try_stop(f);
}

static void files_free(struct output *output)
{
        struct files *f = files_of(output);

        forget(f);
        free(f);
}

static bool is_files(const struct config_output *row)
{
        return row->files != NULL;
}

static unsigned files_changes(const struct config_output *row)
{
        return format_find(config_formats[row->format])->changes;
}

const struct output_kind output_files = {
        .name = "files",
        .changes = files_changes,
        .is = is_files,
        .deliver = files_deliver,
        .create = files_create,
        .begin = files_begin,
        .stop = files_stop,
        .free = files_free,
};
