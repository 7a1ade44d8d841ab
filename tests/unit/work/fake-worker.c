/* See fake-worker.h. */
#include "fake-worker.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/frame.h"

enum { SOCKET = 3, BIG = 5 << 20 };

static bool next_frame(struct buf *in, struct frame *frame, size_t *size)
{
        for (;;) {
                char bytes[65536];
                ssize_t n;

                if (frame_parse(in->data, in->n, 320 << 20, frame, size) == 0)
                        return true;
                n = read(SOCKET, bytes, sizeof(bytes));
                if (n <= 0)
                        return false;
                if (buf_append(in, bytes, (size_t)n) != 0)
                        abort();
        }
}

static void say(enum frame_type type, const char *head)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        if (frame_append(&out, type, head, strlen(head), NULL, 0) != 0 || frame_write(SOCKET, out.data, out.n) != 0)
                _exit(99);
}

/* The first half of an answer's frame. */
static void say_half(void)
{
        _cleanup_(buf_deinit) struct buf out = BUF_NULL;

        if (frame_append(&out, FRAME_RESULT, "{\"half\":1}", 10, NULL, 0) != 0)
                abort();
        (void)frame_write(SOCKET, out.data, out.n / 2);
}

static void say_big(void)
{
        char *head = malloc(BIG + 1);

        if (head == NULL)
                abort();
        memset(head, ' ', BIG);
        memcpy(head, "{}", 2);
        head[BIG] = '\0';
        say(FRAME_RESULT, head);
        free(head);
}

/* The first time that it is asked, among all workers of a test. */
static bool is_first(const char *path)
{
        return mkdir(path, 0700) == 0;
}

static void start(const char *what, const char *once)
{
        if (strcmp(what, "dies-in-setup") == 0)
                _exit(3);
        if (strcmp(what, "refuses") == 0 || (strcmp(what, "refuses-later") == 0 && !is_first(once))) {
                say(FRAME_FAIL, "{\"reason\":\"f.yaml:1:1: no such model\"}");
                _exit(78);
        }
        if (strcmp(what, "sleeps-in-setup") == 0)
                sleep(60);
        if (strcmp(what, "speaks") == 0) {
                (void)!write(STDERR_FILENO, "one\ntwo\nno end", 14);
                say(FRAME_LOG, "{\"message\":\"a log line\"}");
        }
        say(FRAME_READY, "{\"modules\":[]}");
        if (strcmp(what, "dies-when-ready") == 0)
                _exit(4);
        if (strcmp(what, "chatters") == 0)
                say(FRAME_LOG, "{\"message\":\"I am idle\"}");
        if (strcmp(what, "answers-unasked") == 0)
                say(FRAME_RESULT, "{}");
}

/* As decode and code do: one story of a delivery, nothing of a story. */
static void answer(const struct frame *job)
{
        char text[256];

        if (memmem(job->head, job->n_head, "\"kind\":\"delivery\"", 17) != NULL) {
                snprintf(text, sizeof(text), "{\"stories\":[{\"text\":\"%.*s\"}],\"bad\":[]}", (int)job->n_body,
                         job->body);
                say(FRAME_RESULT, text);
        } else if (memmem(job->head, job->n_head, "\"kind\":", 7) != NULL) {
                say(FRAME_RESULT, "{\"statements\":[],\"actors\":[],\"events\":[]}");
        } else {
                say(FRAME_RESULT, "{\"answer\":1}");
        }
}

static void work(const struct frame *job, const char *what, const char *once)
{
        if (strcmp(what, "segfaults") == 0) {
                signal(SIGSEGV, SIG_DFL);       /* a sanitizer would take it */
                kill(getpid(), SIGSEGV);
        }
        if (strcmp(what, "dies-once") == 0 && is_first(once))
                _exit(5);
        if (strcmp(what, "refuses-later") == 0)
                _exit(5);
        if (strcmp(what, "half-then-dies") == 0) {
                say_half();
                _exit(6);
        }
        if (strcmp(what, "half-then-hangs") == 0) {
                say_half();
                sleep(60);
        }
        if (strcmp(what, "hangs") == 0 || (strcmp(what, "hangs-once") == 0 && is_first(once)))
                sleep(60);
        if (strcmp(what, "sleeps") == 0)
                usleep(300000);
        if (strcmp(what, "big-then-dies") == 0) {
                say_big();
                _exit(7);
        }
        if (strcmp(what, "twice") == 0)
                say(FRAME_RESULT, "{}");
        if (strcmp(what, "half-word") == 0)
                say(FRAME_RESULT, "{\"sto");
        else if (strcmp(what, "fails") == 0)
                say(FRAME_FAIL, "{\"reason\":\"not my language\"}");
        else if (strcmp(what, "strays") == 0)
                say(FRAME_FAIL, "{\"reason\":\"another story\",\"stray\":true}");
        else
                answer(job);
}

void fake_worker_main(void)
{
        struct buf in = BUF_NULL;
        struct frame frame;
        size_t size;
        char *what, *once;

        if (!next_frame(&in, &frame, &size))
                _exit(98);
        /* PATH NUL TEXT; what happens once makes a folder at PATH. */
        once = strndup(frame.body, frame.n_body);
        what = strndup(frame.body + strlen(once) + 1, frame.n_body - strlen(once) - 1);
        what = strrchr(what, ' ') != NULL ? strrchr(what, ' ') + 1 : what;
        buf_consume(&in, size);
        start(what, once);
        while (next_frame(&in, &frame, &size)) {
                if (strcmp(what, "deaf") == 0)
                        _exit(8);
                work(&frame, what, once);
                buf_consume(&in, size);
        }
        if (strcmp(what, "stays") == 0)
                sleep(60);
        _exit(0);
}

static void copy_program(const char *from, const char *folder, const char *name)
{
        _cleanup_free_ char *path = NULL;
        int in = open(from, O_RDONLY | O_CLOEXEC), out;
        struct stat st;

        if (asprintf(&path, "%s/%s", folder, name) < 0)
                abort();
        out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
        if (in < 0 || out < 0 || fstat(in, &st) < 0)
                abort();
        while (st.st_size > 0) {
                ssize_t n = sendfile(out, in, NULL, (size_t)st.st_size);

                if (n <= 0)
                        abort();
                st.st_size -= n;
        }
        close(in);
        close(out);
}

const char *fake_worker_program(char path[4096])
{
        ssize_t n = readlink("/proc/self/exe", path, 4095);

        if (n < 0)
                abort();
        path[n] = '\0';
        return path;
}

const char *fake_worker_begin(int argc, char **argv)
{
        char own[4096];
        const char *folder = getenv("TEST_FOLDER");
        _cleanup_free_ char *path = NULL;
        char made[] = "/tmp/dateline-test-XXXXXX";

        if (argc > 0 && strcmp(argv[0], "dateline-worker") == 0)
                fake_worker_main();
        signal(SIGPIPE, SIG_IGN);
        if (folder != NULL)
                return folder;
        if (mkdtemp(made) == NULL)
                abort();
        copy_program(fake_worker_program(own), made, "test");
        copy_program(own, made, "dateline-worker");
        setenv("TEST_FOLDER", made, 1);
        if (asprintf(&path, "%s/test", made) >= 0)
                execv(path, argv);
        abort();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
        (void)st;
        (void)type;
        (void)where;
        return remove(path);
}

void fake_worker_leave(const char *folder)
{
        (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
