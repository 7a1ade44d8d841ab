/* The sandbox, proved by trying: each attempt in a child of its own, which must die by SIGSYS (or be refused). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/sandbox.h"

enum { DONE = 7, REFUSED = 8 };

/* Runs `what` in a sandboxed child; its wait status. */
static int run(enum sandbox_profile profile, int (*what)(void))
{
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                const char *layer;

                sandbox_close_others(-1);
                if (sandbox_enter(profile, 0, &layer) < 0)
                        _exit(1);
                _exit(what());
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status;
}

static void assert_killed(int status)
{
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void assert_done(int status)
{
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), DONE);
}

static int try_open(void)
{
        return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? DONE : REFUSED;
}

static int try_create(void)
{
        return open("/tmp/dateline-sandbox-test", O_WRONLY | O_CREAT, 0600) >= 0 ? DONE : REFUSED;
}

static int try_socket(void)
{
        return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? DONE : REFUSED;
}

static int try_fork(void)
{
        return fork() >= 0 ? DONE : REFUSED;
}

static int try_exec(void)
{
        execl("/bin/true", "true", (char *)NULL);
        return REFUSED;
}

static int try_kill(void)
{
        return kill(getppid(), 0) == 0 ? DONE : REFUSED;
}

static int try_executable_memory(void)
{
        void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        return p != MAP_FAILED ? DONE : REFUSED;
}

static int try_terminal(void)
{
        return isatty(STDOUT_FILENO) >= 0 ? DONE : REFUSED;
}

/* Of no descriptor, so that nothing is typed where it is let through. */
static int try_typing(void)
{
        return ioctl(-1, TIOCSTI, "x") == 0 ? DONE : REFUSED;
}

static int compute(void)
{
        size_t n = 8 << 20;
        char *p = malloc(n);

        if (p == NULL)
                return REFUSED;
        memset(p, 1, n);
        p = realloc(p, 2 * n);
        free(p);
        return p != NULL && write(STDOUT_FILENO, "", 0) == 0 ? DONE : REFUSED;
}

static void test_worker_computes(void **state)
{
        (void)state;
        assert_done(run(SANDBOX_WORKER, compute));
}

/* The sanitizers' run time needs more than the worker may have: there the filter is wider, and proves nothing. */
static void test_worker_is_killed(void **state)
{
        int (*const attempts[])(void) = { try_open,  try_create, try_socket,           try_fork,
                                          try_exec, try_kill,   try_executable_memory };

        (void)state;
#ifdef WITH_SANITIZERS
        skip();
#endif
        for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
                assert_killed(run(SANDBOX_WORKER, attempts[i]));
}

static void test_offline_reads_only(void **state)
{
        (void)state;
#ifdef WITH_SANITIZERS
        skip();
#endif
        assert_done(run(SANDBOX_OFFLINE, compute));
        assert_done(run(SANDBOX_OFFLINE, try_open));
        assert_done(run(SANDBOX_OFFLINE, try_terminal));
        assert_killed(run(SANDBOX_OFFLINE, try_typing));
        assert_killed(run(SANDBOX_OFFLINE, try_create));
        assert_killed(run(SANDBOX_OFFLINE, try_socket));
        assert_killed(run(SANDBOX_OFFLINE, try_fork));
        assert_killed(run(SANDBOX_OFFLINE, try_exec));
}

static int hog(void)
{
        return malloc((size_t)256 << 20) == NULL ? DONE : REFUSED;
}

static void test_memory(void **state)
{
        pid_t pid;
        int status;

        (void)state;
#ifdef WITH_SANITIZERS
        skip();
#endif
        pid = fork();
        if (pid == 0) {
                const char *layer;

                if (sandbox_enter(SANDBOX_WORKER, 128 << 20, &layer) < 0)
                        _exit(1);
                _exit(hog());
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_done(status);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_worker_computes),
                cmocka_unit_test(test_worker_is_killed),
                cmocka_unit_test(test_offline_reads_only),
                cmocka_unit_test(test_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
