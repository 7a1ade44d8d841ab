/*
 * A worker module for the tests: it codes what a story's lines say, and misbehaves when it is told to.
 *
 *   FRA CONSULT DEU     an event with these actors and this type
 *   do THING            one of orders[] below
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/frame.h"
#include "worker/module.h"

enum { SOCKET = 3, PIECE = 1 << 20 };

struct settings {
        const char *agency;
        bool fail, die;
        int64_t spend;
};

#define SETTING(field) .name = #field, .offset = offsetof(struct settings, field)

static const struct schema_item items[] = {
        { SETTING(agency), .type = SCHEMA_STRING, .fallback = "Test", .min = 1, .max = 100, .help = "Who says it all." },
        { SETTING(fail), .type = SCHEMA_BOOL, .help = "Refuse to open." },
        { SETTING(die), .type = SCHEMA_BOOL, .help = "Die while opening." },
        { SETTING(spend), .type = SCHEMA_SPAN, .fallback = "0s", .min = 0, .max = 10000000,
          .help = "Compute for so long on every story." },
        { 0 },
};

static const struct schema schema = {
        .name = "module-test", .size = sizeof(struct settings), .items = items, .help = "For the tests.",
};

/* Computing rather than sleeping: the sandbox has no nanosleep(). */
static void spend(int64_t us)
{
        struct timespec now;
        int64_t end = 0;

        do {
                clock_gettime(CLOCK_MONOTONIC, &now);
                if (end == 0)
                        end = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000 + us;
        } while (now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000 < end);
}

static int module_open(struct module_host *host, const void *settings, void **state)
{
        const struct settings *s = settings;

        if (s->fail) {
                schema_error(host->context, NULL, "fail", "was asked to fail");
                return MODULE_E_REFUSED;
        }
        if (s->die)
                abort();
        host->log(host->user, LOG_INFO, "module-test is open");
        *state = (void *)settings;
        return 0;
}

/* ---- orders ---- */

static void do_crash(struct job *job)
{
        (void)job;
        __builtin_trap();
}

static void do_segfault(struct job *job)
{
        volatile char *volatile nowhere = NULL;

        (void)job;
        *nowhere = 1;
}

static void do_exit(struct job *job)
{
        (void)job;
        _exit(7);
}

static void do_hang(struct job *job)
{
        (void)job;
        spend(INT64_C(600) * 1000000);
}

static void do_leak(struct job *job)
{
        for (;;)
                memset(arena_alloc(job->arena, PIECE), 1, PIECE);
}

/* A little that is never given back, and goes on as if nothing were. */
static void do_drip(struct job *job)
{
        enum { DROP = 8 << 20 };
        char *bytes = malloc(DROP);

        (void)job;
        if (bytes == NULL)
                abort();
        memset(bytes, 1, DROP);
        __asm__ volatile("" : : "r"(bytes) : "memory");         /* or it would not be taken at all */
}

static void do_open(struct job *job)
{
        (void)job;
        (void)open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void do_socket(struct job *job)
{
        (void)job;
        (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void do_unix_socket(struct job *job)
{
        (void)job;
        (void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void do_fork(struct job *job)
{
        (void)job;
        if (fork() == 0)
                _exit(0);
}

static void do_exec(struct job *job)
{
        (void)job;
        execl("/bin/true", "true", NULL);
}

static void do_map_code(struct job *job)
{
        (void)job;
        (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_kill(struct job *job)
{
        (void)job;
        (void)kill(1, 0);
}

static void put(const void *data, size_t n)
{
        const char *p = data;

        while (n != 0) {
                ssize_t done = write(SOCKET, p, n);

                if (done <= 0)
                        _exit(8);
                p += done;
                n -= (size_t)done;
        }
}

/* Bytes without end that are no frames. */
static void do_garbage(struct job *job)
{
        static const char bytes[4096] = "this is not a frame";

        (void)job;
        for (;;)
                put(bytes, sizeof(bytes));
}

/* Log lines without end: the pipe stays busy, the deadline ends it. */
static void do_chatter(struct job *job)
{
        static const char text[] = "{\"level\": 6, \"message\": \"again\"}";
        char header[FRAME_HEADER];

        (void)job;
        frame_header(header, FRAME_LOG, sizeof(text) - 1, 0);
        for (;;) {
                put(header, sizeof(header));
                put(text, sizeof(text) - 1);
        }
}

/* An answer of more than the daemon holds, its length honestly told. */
static void do_flood(struct job *job)
{
        char header[FRAME_HEADER];
        char *piece = arena_zalloc(job->arena, PIECE);

        frame_header(header, FRAME_RESULT, 63 << 20, 32 << 20);
        put(header, sizeof(header));
        for (;;)
                put(piece, PIECE);
}

static void do_frame(struct job *job)
{
        char header[FRAME_HEADER];

        (void)job;
        frame_header(header, FRAME_SETUP, 2, 0);
        put(header, sizeof(header));
        put("{}", 2);
        spend(INT64_C(600) * 1000000);
}

static void do_nonsense(struct job *job)
{
        json_object_set_new(job->coded, "events", json_string("none"));
}

static void do_bad_event(struct job *job)
{
        json_array_append_new(json_object_get(job->coded, "events"), json_pack("{s:s}", "event", "not a type"));
}

static void do_many(struct job *job)
{
        json_t *first = json_array_get(json_object_get(job->coded, "events"), 0);

        for (int i = 0; i < 2000; i++)
                json_array_append(json_object_get(job->coded, "events"), first);
}

static void do_stderr(struct job *job)
{
        (void)job;
        (void)!write(2, "a line on standard error\n", 25);
}

static void do_slow(struct job *job)
{
        (void)job;
        spend(50000);
}

static const struct {
        const char *name;
        void (*run)(struct job *job);
} orders[] = {
        { "crash", do_crash },   { "segfault", do_segfault },   { "exit", do_exit },         { "hang", do_hang },
        { "leak", do_leak },     { "open", do_open },     { "socket", do_socket },     { "unix socket", do_unix_socket },
        { "fork", do_fork },     { "exec", do_exec },     { "map code", do_map_code }, { "kill", do_kill },
        { "garbage", do_garbage }, { "chatter", do_chatter }, { "flood", do_flood },   { "frame", do_frame },
        { "nonsense", do_nonsense }, { "bad event", do_bad_event }, { "many", do_many }, { "stderr", do_stderr },
        { "slow", do_slow },     { "drip", do_drip },
};

static bool run_order(struct job *job, const char *name)
{
        for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
                if (strcmp(orders[i].name, name) != 0)
                        continue;
                orders[i].run(job);
                return true;
        }
        return false;
}

static json_t *actor(const char *code)
{
        return json_pack("[{s:s, s:s}]", "code", code, "name", code);
}

static void add_event(struct job *job, const struct settings *s, const char *source, const char *type,
                      const char *target, const char *line)
{
        size_t at = (size_t)(line - job->story->text);
        json_t *event = json_pack("{s:s, s:n, s:s, s:o, s:o, s:{s:s, s:[i,i]}, s:[{s:s, s:s}]}", "event", type, "cameo",
                                  "status", "happened", "source", actor(source), "target", actor(target), "trigger",
                                  "text", type, "span", (int)at, (int)(at + strlen(type)), "attribution", "name",
                                  s->agency, "kind", "indirect");

        if (event != NULL)
                json_array_append_new(json_object_get(job->coded, "events"), event);
}

static int module_process(void *state, struct job *job)
{
        const struct settings *s = state;
        char line[256], source[32], type[32], target[32], extra;
        const char *at = job->story->text;

        if (job->coded == NULL)
                job->coded = json_pack("{s:[], s:[], s:[]}", "statements", "actors", "events");
        if (s->spend != 0)
                spend(s->spend);
        for (; at != NULL && *at != '\0'; at = strchr(at, '\n') != NULL ? strchr(at, '\n') + 1 : NULL) {
                snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
                if (strncmp(line, "do refuse ", 10) == 0) {
                        job->reason = arena_strdup(job->arena, line + 10);
                        return MODULE_E_REFUSED;
                }
                if (strncmp(line, "do ", 3) == 0 && run_order(job, line + 3))
                        continue;
                if (sscanf(line, "%31[A-Z0-9] %31[A-Z] %31[A-Z0-9] %c", source, type, target, &extra) == 3)
                        add_event(job, s, source, type, target, at);
        }
        return 0;
}

/* Its symbol is what a worker looks for: see MODULE_SYMBOL. */
extern const struct module dateline_module;
const struct module dateline_module = {
        .abi = MODULE_ABI,
        .name = "module-test",
        .version = "1",
        .settings = &schema,
        .open = module_open,
        .process = module_process,
};
