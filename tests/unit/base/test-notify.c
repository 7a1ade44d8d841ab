/* What systemd would hear, on a socket of our own, and the sockets that it would pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/notify.h"

struct fixture {
        int fd;
        char folder[32];
        char heard[1024];
};

static int setup(void **state)
{
        static struct fixture f;
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        strcpy(f.folder, "/tmp/test-notify-XXXXXX");
        if (mkdtemp(f.folder) == NULL)
                return -1;
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", f.folder);
        f.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (f.fd < 0 || bind(f.fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -1;
        setenv("NOTIFY_SOCKET", address.sun_path, 1);
        *state = &f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        char path[64];

        unsetenv("NOTIFY_SOCKET");
        close(f->fd);
        snprintf(path, sizeof(path), "%s/socket", f->folder);
        unlink(path);
        rmdir(f->folder);
        return 0;
}

/* One datagram; "" where none came. */
static const char *heard(struct fixture *f)
{
        ssize_t n = recv(f->fd, f->heard, sizeof(f->heard) - 1, 0);

        f->heard[n > 0 ? n : 0] = '\0';
        return f->heard;
}

static void test_states(void **state)
{
        struct fixture *f = *state;

        notify_ready("3 sources");
        assert_string_equal(heard(f), "READY=1\nSTATUS=3 sources");
        notify_status("%d stories", 42);
        assert_string_equal(heard(f), "STATUS=42 stories");
        notify_stopping("finishing 7 jobs");
        assert_string_equal(heard(f), "STOPPING=1\nSTATUS=finishing 7 jobs");
        notify_watchdog();
        assert_string_equal(heard(f), "WATCHDOG=1");
        notify_extend(5 * CLOCK_SECOND);
        assert_string_equal(heard(f), "EXTEND_TIMEOUT_USEC=5000000");
        assert_string_equal(heard(f), "");
}

static void test_reloading(void **state)
{
        struct fixture *f = *state;
        int64_t before = clock_monotonic_us(), said;
        long long number;

        notify_reloading();
        assert_int_equal(sscanf(heard(f), "RELOADING=1\nMONOTONIC_USEC=%lld", &number), 1);
        said = number;
        assert_true(said >= before && said <= clock_monotonic_us());
        assert_string_equal(heard(f), "");      /* in one datagram */
}

static void test_long_status(void **state)
{
        struct fixture *f = *state;

        notify_status("%*d", 2000, 7);
        assert_int_equal(strlen(heard(f)), sizeof("STATUS=") - 1 + 255);
}

static void test_watchdog_us(void **state)
{
        char pid[32];

        (void)state;
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        assert_int_equal(notify_watchdog_us(), 0);
        setenv("WATCHDOG_USEC", "3000000", 1);
        assert_int_equal(notify_watchdog_us(), 3000000);
        setenv("WATCHDOG_PID", "1", 1);         /* another process is meant */
        assert_int_equal(notify_watchdog_us(), 0);
        snprintf(pid, sizeof(pid), "%d", (int)getpid());
        setenv("WATCHDOG_PID", pid, 1);
        assert_int_equal(notify_watchdog_us(), 3000000);
        setenv("WATCHDOG_USEC", "soon", 1);
        assert_int_equal(notify_watchdog_us(), 0);
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
}

static void test_outside_systemd(void **state)
{
        struct notify_sockets sockets = NOTIFY_SOCKETS_NULL;
        struct fixture *f = *state;
        _cleanup_free_ char *path = strdup(getenv("NOTIFY_SOCKET"));

        unsetenv("NOTIFY_SOCKET");
        notify_ready("x");
        notify_status("x");
        notify_reloading();
        notify_stopping("x");
        notify_watchdog();
        notify_extend(1);
        assert_string_equal(heard(f), "");
        setenv("NOTIFY_SOCKET", path, 1);
        unsetenv("LISTEN_FDS");
        assert_int_equal(notify_sockets_take(&sockets), 0);
        assert_int_equal(sockets.n, 0);
        assert_int_equal(notify_sockets_claim(&sockets, "wire"), -1);
        notify_sockets_deinit(&sockets);
        notify_sockets_deinit(&sockets);
}

#define CHECK(what)                     \
        do {                            \
                if (!(what))            \
                        _exit(__LINE__ % 256); \
        } while (0)

static bool is_open(int fd)
{
        return fcntl(fd, F_GETFD) >= 0;
}

/* In a child, since the descriptors must be 3 and up: the exit status is the line that failed. */
static void child(const char *n, const char *names, void (*body)(void))
{
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                char text[32];
                int fd = open("/dev/null", O_RDONLY);

                for (int i = 3; i < 6; i++)
                        CHECK(dup2(fd, i) == i);
                if (fd > 5)
                        close(fd);
                snprintf(text, sizeof(text), "%d", (int)getpid());
                setenv("LISTEN_PID", text, 1);
                setenv("LISTEN_FDS", n, 1);
                if (names != NULL)
                        setenv("LISTEN_FDNAMES", names, 1);
                body();
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void take_and_claim(void)
{
        struct notify_sockets sockets;

        CHECK(notify_sockets_take(&sockets) == 0);
        CHECK(sockets.n == 3);
        CHECK(getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL);
        CHECK((fcntl(3, F_GETFD) & FD_CLOEXEC) != 0);
        CHECK(notify_sockets_claim(&sockets, "none") == -1);
        CHECK(notify_sockets_claim(&sockets, "control") == 4);
        CHECK(notify_sockets_claim(&sockets, "control") == -1);
        CHECK(notify_sockets_claim(&sockets, "wire") == 3);
        CHECK(notify_sockets_claim(&sockets, "wire") == 5);     /* one name may have several */
        CHECK(notify_sockets_claim(&sockets, "wire") == -1);
        notify_sockets_deinit(&sockets);
        CHECK(is_open(3) && is_open(4) && is_open(5));
}

static void leave_unclaimed(void)
{
        struct notify_sockets sockets;

        CHECK(notify_sockets_take(&sockets) == 0);
        CHECK(notify_sockets_claim(&sockets, "control") == 4);
        notify_sockets_deinit(&sockets);
        CHECK(!is_open(3) && is_open(4) && !is_open(5));
        notify_sockets_deinit(&sockets);
}

static void take_unnamed(void)
{
        struct notify_sockets sockets;

        CHECK(notify_sockets_take(&sockets) == 0);
        CHECK(sockets.n == 3);
        CHECK(notify_sockets_claim(&sockets, "unknown") == 3);
        notify_sockets_deinit(&sockets);
}

static void take_nonsense(void)
{
        struct notify_sockets sockets;

        CHECK(notify_sockets_take(&sockets) < 0);
        CHECK(sockets.n == 0 && sockets.items == NULL);
        notify_sockets_deinit(&sockets);
}

static void test_sockets(void **state)
{
        (void)state;
        child("3", "wire:control:wire", take_and_claim);
        child("3", "wire:control:other", leave_unclaimed);
        child("3", NULL, take_unnamed);
        child("3", "wire", take_nonsense);
        child("many", "wire", take_nonsense);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_states),          cmocka_unit_test(test_reloading),
                cmocka_unit_test(test_long_status),     cmocka_unit_test(test_watchdog_us),
                cmocka_unit_test(test_outside_systemd), cmocka_unit_test(test_sockets),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
