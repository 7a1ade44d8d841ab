/* See backfill.h. */
#include "offline/backfill.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "modules/decode/records.h"
#include "modules/decode/stream.h"
#include "offline/ending.h"
#include "offline/offline.h"

enum {
        RECORD = 4096,                  /* bytes of FILE.position */
        PACKED_HEAD = 4096,
        SAVE_US = 1000000,
        SHOW_US = 1000000,              /* on a terminal */
        SAY_US = 10000000,              /* elsewhere */
};

bool backfill_option(struct backfill_options *options, int c, const char *argument)
{
        if (c == BACKFILL_OUTPUT)
                options->output = argument;
        else if (c == BACKFILL_RESUME)
                options->resume = true;
        else if (c == BACKFILL_PROGRESS)
                options->progress = true;
        else
                return false;
        return true;
}

/* ---- its end ---- */

static bool is_interrupted(struct backfill *b)
{
        if (ending_asked())
                b->interrupted = true;
        return b->interrupted;
}

bool backfill_stopped(struct backfill *b)
{
        return is_interrupted(b) || b->write_error != 0;
}

void backfill_hold(struct backfill *b _unused_)
{
        ending_hold();
}

void backfill_release(struct backfill *b)
{
        errno = 0;
        if ((fflush(stdout) != 0 || ferror(stdout)) && b->write_error == 0)
                b->write_error = errno != 0 ? errno : EIO;
        ending_release();
}

/* ---- the position ---- */

/* The name that is remembered: of a long one its end. */
static const char *short_path(const struct backfill *b, const char *path)
{
        size_t n = strlen(path);

        return n < sizeof(b->first_path) ? path : path + n - sizeof(b->first_path) + 1;
}

/* All lines before `b->at` are in the output: remember that. */
static void save(struct backfill *b, bool done)
{
        char record[RECORD + 1];
        json_t *json;
        char *text;

        b->saved = clock_monotonic_us();
        if (b->position_fd < 0 || b->write_error != 0)
                return;
        json = json_pack("{s:b, s:i, s:s%, s:I, s:I, s:I, s:i, s:I}", "done", done, "file", b->index, "path",
                         short_path(b, b->path), strlen(short_path(b, b->path)), "size", (json_int_t)b->size, "at",
                         (json_int_t)b->at.at, "skip", (json_int_t)b->at.skip, "stories", (int)b->at_stories, "output",
                         (json_int_t)b->at_output);
        text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
        json_decref(json);
        if (text == NULL || strlen(text) >= RECORD) {
                free(text);
                return;
        }
        snprintf(record, sizeof(record), "%-*s\n", RECORD - 1, text);
        free(text);
        /* After a power cut the position must not be ahead of the output. */
        if (fdatasync(STDOUT_FILENO) < 0 && errno != EINVAL && errno != EROFS)
                return;
        if (pwrite(b->position_fd, record, RECORD, 0) != RECORD)
                fprintf(stderr, "dateline: the position cannot be written: %s\n", strerror(errno));
}

/* The record of an earlier run; 0 where there is none, -EINVAL where it makes no sense. */
static int load(struct backfill *b, bool *done, int64_t *output)
{
        char record[RECORD];
        ssize_t n = pread(b->position_fd, record, sizeof(record), 0);
        json_t *json;
        const char *path = NULL;
        json_int_t size = 0, at = 0, skip = 0, out = 0;
        int r, is_done;

        if (n <= 0)
                return n < 0 ? -errno : 0;
        json = json_loadb(record, (size_t)n, 0, NULL);
        r = json_unpack(json, "{s:b, s:i, s:s, s:I, s:I, s:I, s:i, s:I}", "done", &is_done, "file", &b->first, "path",
                        &path, "size", &size,
                        "at", &at, "skip", &skip, "stories", &b->first_stories, "output", &out);
        if (r == 0) {
                *done = is_done != 0;
                snprintf(b->first_path, sizeof(b->first_path), "%s", path);
                b->first_size = size;
                b->first_at = (struct job_position){ .at = at, .skip = skip };
                *output = out;
        }
        json_decref(json);
        return r == 0 && at >= 0 && skip >= 0 && out >= 0 && b->first >= 0 ? 1 : -EINVAL;
}

static int complain(int exit_code, const char *what, const char *path, const char *why)
{
        fprintf(stderr, "dateline: %s %s: %s\n", what, path, why);
        return exit_code;
}

/* An earlier run read all of its files. -1: they are these; 0: there are more of them now; an exit code: they are
 * others. */
static int go_behind(struct backfill *b, const struct backfill_options *o)
{
        if (b->first >= o->n || strcmp(b->first_path, short_path(b, o->paths[b->first])) != 0)
                return complain(EX_USAGE, "cannot go on in", o->output,
                                "the run that wrote it had read other files, and finished");
        if (b->first + 1 == o->n) {
                fprintf(stderr, "dateline: %s: nothing is left to do, the run had finished\n", o->output);
                return -1;
        }
        b->first++;
        b->first_path[0] = '\0';
        b->first_at = (struct job_position){ 0 };
        b->first_stories = 0;
        return 0;
}

/* Standard output becomes the file, at the place from which to go on. */
static int open_output(struct backfill *b, const struct backfill_options *o)
{
        _cleanup_free_ char *beside = NULL;
        _cleanup_close_ int fd = -1;
        int64_t output = 0;
        bool done = false;
        int r;

        if (asprintf(&beside, "%s.position", o->output) < 0)
                return EX_OSERR;
        b->position_fd = open(beside, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (b->position_fd < 0)
                return complain(EX_CANTCREAT, "cannot open", beside, strerror(errno));
        r = load(b, &done, &output);
        if (r < 0)
                return complain(EX_DATAERR, "cannot read", beside,
                                "it is not what dateline writes there; remove it to begin anew");
        if (r > 0 && !done && !o->resume)
                return complain(EX_USAGE, "an earlier run was interrupted, as it says in", beside,
                                "--resume goes on; remove the file to begin anew");
        if (r > 0 && done && o->resume) {
                int behind = go_behind(b, o);

                if (behind != 0)
                        return behind;
        }
        fd = open(o->output, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0 || ftruncate(fd, o->resume ? output : 0) < 0 || lseek(fd, 0, SEEK_END) < 0 ||
            dup2(fd, STDOUT_FILENO) < 0)
                return complain(EX_CANTCREAT, "cannot write", o->output, strerror(errno));
        b->resumable = true;
        if (!o->resume || r == 0) {
                b->first = 0;
                b->first_path[0] = '\0';
                b->first_at = (struct job_position){ 0 };
                b->first_stories = 0;
        }
        return 0;
}

int backfill_open(struct backfill *b, const struct backfill_options *o)
{
        *b = (struct backfill){ .fd = -1, .position_fd = -1, .n_files = o->n, .terminal = isatty(STDERR_FILENO) == 1 };
        b->progress = o->progress || b->terminal;
        if (o->resume && o->output == NULL)
                return fputs("dateline: --resume wants the --output of the run that was interrupted\n",
                             stderr), EX_USAGE;
        ending_catch(o->output != NULL ? "dateline: interrupted; the same command with --resume goes on\n"
                                       : "dateline: interrupted\n");
        return o->output != NULL ? open_output(b, o) : 0;
}

/* ---- the display ---- */

static void put_left(double seconds)
{
        int left = (int)MIN_OF(seconds, 1e8);

        fprintf(stderr, ", %d:%02d:%02d left", left / 3600, left / 60 % 60, left % 60);
}

/* Of all inputs, how much is done, from 0 to 1: each counts the same. */
static double share(const struct backfill *b)
{
        double of_this = b->fd < 0 ? 1 : b->size > 0 ? MIN_OF((double)b->read / (double)b->size, 1.0) : 0;

        return (b->index + of_this) / MAX_OF(b->n_files, 1);
}

/* "dateline: file 33 of 400, 32 stories, 45/s, 0:00:08 left: stories/33.txt" */
static void show_all(struct backfill *b, int64_t now)
{
        double seconds = (double)MAX_OF(now - b->began, INT64_C(1)) / 1e6, done = share(b);

        b->said = now;
        b->shown = true;
        fprintf(stderr, "%sdateline: file %d of %d (%d%%), %u stories, %.0f/s", b->terminal ? "\r" : "", b->index + 1,
                b->n_files, (int)(100 * done), b->all_stories, b->all_stories / seconds);
        if (done > b->began_share && done < 1)
                put_left(seconds * (1 - done) / (done - b->began_share));
        fprintf(stderr, ": %.60s%s", b->path, b->terminal ? "\033[K" : "\n");
}

static void show(struct backfill *b, int64_t now)
{
        double seconds = (double)MAX_OF(now - b->began, INT64_C(1)) / 1e6;
        double rate = (double)(b->read - b->began_read) / seconds;
        double stories = (double)(b->stories - b->began_stories) / seconds;

        b->said = now;
        b->shown = true;
        fprintf(stderr, "%sdateline: %.60s: %.1f", b->terminal ? "\r" : "", b->path, (double)b->read / 1e6);
        if (b->size > 0)
                fprintf(stderr, " of %.1f MB (%d%%)", (double)b->size / 1e6, (int)(100 * b->read / b->size));
        else
                fputs(" MB", stderr);
        fprintf(stderr, ", %u stories, %.0f/s", b->stories, stories);
        if (b->size > b->read && rate > 0) {
                put_left((double)(b->size - b->read) / rate);
        }
        fputs(b->terminal ? "\033[K" : "\n", stderr);
}

static void perhaps_show(struct backfill *b)
{
        int64_t now;

        if (!b->progress)
                return;
        now = clock_monotonic_us();
        if (now - b->said < (b->terminal ? SHOW_US : SAY_US))
                return;
        if (b->n_files > 1)
                show_all(b, now);
        else
                show(b, now);
}

/* ---- an input ---- */

/* To where an earlier run ended; standard input is read up to there. */
static int go_to(struct backfill *b, int64_t at)
{
        char bytes[65536];

        if (at == 0 || lseek(b->fd, at, SEEK_SET) == at)
                return 0;
        while (at > 0) {
                ssize_t n = read(b->fd, bytes, (size_t)MIN_OF(at, (int64_t)sizeof(bytes)));

                if (n <= 0)
                        return complain(EX_DATAERR, "cannot go on in", b->path,
                                        "it is shorter than what was read of it before");
                at -= n;
        }
        return 0;
}

/* All before `at` is done. */
static void note(struct backfill *b, const struct job_position *at)
{
        b->at = *at;
        b->at_stories = b->stories;
        b->at_output = b->resumable ? ftello(stdout) : 0;
}

int backfill_begin(struct backfill *b, int index, const char *path)
{
        bool goes_on = index == b->first && b->first_path[0] != '\0';
        struct stat st;

        if (index < b->first)
                return -1;
        b->index = index;
        b->path = path;
        b->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
        if (b->fd < 0 || fstat(b->fd, &st) < 0)
                return fprintf(stderr, "dateline: %s: %s\n", path, strerror(errno)), EX_NOINPUT;
        b->size = S_ISREG(st.st_mode) ? st.st_size : 0;
        /* Of a file that nothing was taken from yet it does not matter what was in it. */
        if (goes_on && (strcmp(b->first_path, short_path(b, path)) != 0 ||
                        (b->first_size > b->size && b->size > 0 && (b->first_at.at > 0 || b->first_at.skip > 0))))
                return complain(EX_USAGE, "cannot go on with", path,
                                "the run that was interrupted read another file here");
        b->stories = goes_on ? b->first_stories : 0;
        note(b, goes_on ? &b->first_at : &(struct job_position){ 0 });
        b->read = b->began_read = b->at.at;
        b->began_stories = b->stories;
        if (b->n_files > 1 && b->began != 0)
                return go_to(b, b->at.at);
        b->began_share = share(b);
        b->began = b->said = b->saved = clock_monotonic_us();
        b->shown = false;
        return go_to(b, b->at.at);
}

void backfill_end(struct backfill *b)
{
        if (b->fd < 0)
                return;
        if (b->n_files == 1 && b->progress && (b->shown || !b->terminal)) {
                show(b, clock_monotonic_us());
                if (b->terminal)
                        fputc('\n', stderr);
        }
        if (b->fd > STDIN_FILENO)
                close(b->fd);
        b->fd = -1;
        if (b->interrupted) {
                ending_calm();
                save(b, false);
        }
}

bool backfill_take(struct backfill *b, const struct job_position *at)
{
        if (backfill_stopped(b))
                return false;
        if (at->at != b->at.at || at->skip != b->at.skip) {
                note(b, at);
                if (clock_monotonic_us() - b->saved >= SAVE_US)
                        save(b, false);
        }
        b->stories++;
        b->all_stories++;
        perhaps_show(b);
        return true;
}

const char *backfill_story_id(const struct backfill *b, struct arena *arena)
{
        const char *name = offline_base_name(arena, b->path);

        return b->stories == 1 ? name : arena_printf(arena, "%s.%u", name, b->stories);
}

/* Nothing may ever come of a terminal or a pipe: a signal ends this, but not read(), see ending_catch(). */
static void wait_for_input(const struct backfill *b)
{
        (void)poll(&(struct pollfd){ .fd = b->fd, .events = POLLIN }, 1, -1);
}

static ssize_t read_more(void *user, char *out, size_t n)
{
        struct backfill *b = user;

        perhaps_show(b);
        wait_for_input(b);
        if (is_interrupted(b))
                return -EINTR;
        for (;;) {
                ssize_t k = read(b->fd, out, n);

                if (k < 0 && errno == EINTR)
                        continue;
                b->read += MAX_OF(k, (ssize_t)0);
                return k < 0 ? -errno : k;
        }
}

/* At most `max` bytes in all; 0 or an exit code. *end: nothing comes behind. */
static int append(struct backfill *b, const char *bytes, ssize_t n, size_t max, struct buf *out, bool *end)
{
        int r;

        *end = n == 0;
        if (b->interrupted)
                return ENDING_EXIT;
        if (n < 0)
                return fprintf(stderr, "dateline: %s: %s\n", b->path, strerror((int)-n)), EX_NOINPUT;
        out->max = max;
        r = buf_append(out, bytes, (size_t)n);
        if (r != 0)
                fprintf(stderr, "dateline: %s: %s\n", b->path, r > 0 ? "larger than the bound" : strerror(-r));
        return r > 0 ? OFFLINE_EXIT_INPUT : r < 0 ? EX_OSERR : 0;
}

static int read_some(struct backfill *b, size_t max, struct buf *out, bool *end)
{
        char chunk[65536];

        return append(b, chunk, read_more(b, chunk, sizeof(chunk)), max, out, end);
}

static int unpack_some(struct backfill *b, struct stream *packed, size_t max, struct buf *out, bool *end)
{
        const char *bytes = NULL;
        size_t n = 0;
        int r = stream_next(packed, &bytes, &n);

        return append(b, bytes, r < 0 ? r : (ssize_t)n, max, out, end);
}

int backfill_decode(struct backfill *b, struct chain *chain, struct job *job, size_t max, struct buf *bytes, int *r)
{
        struct envelope envelope = *job->envelope;
        bool end = false, stream;
        int exit_code = 0;

        buf_clear(bytes);
        while (exit_code == 0 && !end && bytes->n < 4096)       /* enough to see what it is */
                exit_code = read_some(b, max, bytes, &end);
        stream = b->at.at > 0 || b->at.skip > 0 || strcmp(envelope.format, "warc") == 0 || records_begin(bytes->data,
                                                                                                         bytes->n);
        while (exit_code == 0 && !stream && !end)
                exit_code = read_some(b, max, bytes, &end);
        if (exit_code != 0)
                return exit_code;
        if (stream)
                envelope.format = "warc";
        job->envelope = &envelope;
        job->bytes = bytes->data != NULL ? bytes->data : "";
        job->n_bytes = bytes->n;
        job->read = stream ? read_more : NULL;
        job->read_user = b;
        job->start = job->position = b->at;
        *r = chain_decode(chain, job);
        return 0;
}

/* A gzipped file of lines, NULL where the input is none: positions count unpacked bytes, and those before the
 * position are unpacked again. `head` must live as long. 0 or an exit code. */
static int open_packed(struct backfill *b, char head[static PACKED_HEAD], struct buf *bytes, struct stream **out)
{
        ssize_t n = pread(b->fd, head, PACKED_HEAD, 0);
        int64_t before = b->at.at;
        bool end = false;
        int r = 0;

        if (n <= 0 || !stream_is_gzip(head, (size_t)n) || lseek(b->fd, n, SEEK_SET) != n)
                return 0;
        *out = stream_open(head, (size_t)n, read_more, b);
        if (*out == NULL)
                return EX_OSERR;
        b->read = n;
        while (r == 0 && before > 0 && !end) {
                size_t passed;

                r = unpack_some(b, *out, 0, bytes, &end);
                passed = (size_t)MIN_OF(before, (int64_t)bytes->n);
                buf_consume(bytes, passed);
                before -= (int64_t)passed;
        }
        return r;
}

int backfill_lines(struct backfill *b, size_t max, struct buf *bytes,
                   int (*line)(void *user, const char *line, size_t n, unsigned number), void *user)
{
        _cleanup_(stream_closep) struct stream *packed = NULL;
        char head[PACKED_HEAD];
        struct job_position at = b->at;
        bool end = false;
        int r, worst = 0;

        buf_clear(bytes);
        r = open_packed(b, head, bytes, &packed);
        while (r == 0 && !(end && bytes->n == 0)) {
                char *stop = bytes->n > 0 ? memchr(bytes->data, '\n', bytes->n) : NULL;
                size_t done = 0;

                if (stop == NULL && !end) {
                        r = packed != NULL ? unpack_some(b, packed, max, bytes, &end) : read_some(b, max, bytes, &end);
                        continue;
                }
                /* All whole lines that are there, then what is left goes to the front. */
                while (done < bytes->n && (stop != NULL || end)) {
                        size_t n = stop != NULL ? (size_t)(stop - bytes->data) - done : bytes->n - done;

                        if (!backfill_take(b, &at))
                                return worst;
                        r = n > 0 ? line(user, bytes->data + done, n, b->stories) : 0;
                        worst = MAX_OF(worst, r);
                        done += n + (stop != NULL);
                        at.at += (int64_t)n + (stop != NULL);
                        stop = done < bytes->n ? memchr(bytes->data + done, '\n', bytes->n - done) : NULL;
                }
                r = 0;
                buf_consume(bytes, done);
        }
        if (packed != NULL && stream_damaged(packed) > 0) {
                fprintf(stderr, "dateline: %s: damaged gzip\n", b->path);
                r = MAX_OF(r, OFFLINE_EXIT_INPUT);
        }
        return MAX_OF(r, worst);
}

int backfill_close(struct backfill *b, int exit_code)
{
        ending_calm();
        if (b->n_files > 1 && b->path != NULL && b->progress && (b->shown || !b->terminal)) {
                show_all(b, clock_monotonic_us());
                if (b->terminal)
                        fputc('\n', stderr);
        }
        if (b->write_error != 0) {
                fprintf(stderr, "dateline: the output cannot be written: %s%s\n", strerror(b->write_error),
                        b->resumable ? "; the same command with --resume goes on" : "");
                exit_code = EX_IOERR;
        } else if (b->interrupted) {
                fprintf(stderr, "dateline: interrupted%s\n",
                        b->resumable ? "; the same command with --resume goes on" : "");
                exit_code = ENDING_EXIT;
        } else if (b->path != NULL && exit_code <= OFFLINE_EXIT_INPUT) {
                note(b, &b->at);        /* the last story is written, too */
                save(b, true);
        }
        return exit_code;
}
