/* See sandbox.h. Landlock by its system calls, since Debian 12 has no library for it (landlock(7)). */
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

#ifdef WITH_SANITIZERS
/* The leak checker stops the process by ptrace at its exit, which hangs behind the filter. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
        return "detect_leaks=0";
}
#endif

/* What the modules, malloc, jansson and the C library need once everything is open. */
static const int allowed_always[] = {
        SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(close),
        SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
        SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn),
        SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
        SCMP_SYS(getrandom), SCMP_SYS(exit), SCMP_SYS(exit_group),
        SCMP_SYS(sysinfo),              /* by qsort() of glibc 2.36, for large arrays */
#ifdef WITH_SANITIZERS
        SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(fstat),
        SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(lseek), SCMP_SYS(prctl), SCMP_SYS(clone), SCMP_SYS(wait4),
        SCMP_SYS(ptrace), SCMP_SYS(getdents64), SCMP_SYS(process_vm_readv), SCMP_SYS(tgkill), SCMP_SYS(ioctl),
        SCMP_SYS(sched_getaffinity), SCMP_SYS(getuid), SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(nanosleep),
#endif
};

static const int allowed_offline[] = {
        SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(pread64), SCMP_SYS(fadvise64), SCMP_SYS(getdents64),
        SCMP_SYS(pwrite64), SCMP_SYS(fdatasync), SCMP_SYS(poll), SCMP_SYS(ppoll),
        SCMP_SYS(alarm), SCMP_SYS(setitimer),   /* the time that a story has after a signal */
};

static int allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);

                if (r < 0 && r != -EDOM && r != -EEXIST)
                        return error_origin(r);
        }
        return 0;
}

/* Anonymous memory only: no file is mapped, nothing becomes executable. */
static int allow_memory(scmp_filter_ctx filter)
{
        int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                                 SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));

        if (r < 0)
                return error_origin(r);
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
        return r < 0 ? error_origin(r) : 0;
}

static int allow_reading(scmp_filter_ctx filter)
{
        int r = allow(filter, allowed_offline, N_ELEMENTS(allowed_offline));

        if (r < 0)
                return r;
#ifndef WITH_SANITIZERS         /* there it is allowed already */
        /* Whether a stream is a terminal, and no more: TIOCSTI would type into the one that it was started from. */
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, TCGETS));
        if (r < 0)
                return error_origin(r);
#endif
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
        return r < 0 ? error_origin(r) : 0;
}

static int filter_load(enum sandbox_profile profile)
{
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
        int r;

        if (filter == NULL)
                return error_origin(-ENOMEM);
        r = allow(filter, allowed_always, N_ELEMENTS(allowed_always));
#ifndef WITH_SANITIZERS
        if (r == 0)
                r = allow_memory(filter);
#else
        (void)allow_memory;
#endif
        if (r == 0 && profile == SANDBOX_OFFLINE)
                r = allow_reading(filter);
        if (r == 0)
                r = error_trace(seccomp_load(filter));
        seccomp_release(filter);
        return r;
}

/* A ruleset that handles every kind of access and allows none. Kernels without Landlock lose nothing: seccomp
 * stands. */
static int landlock_deny_all(void)
{
        struct landlock_ruleset_attr attr = {
                .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                                     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_SYM,
        };
        int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
        int r = 0;

        if (fd < 0)
                return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : error_origin(-errno);
        if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
                r = error_origin(-errno);
        close(fd);
        return r;
}

static int limit(int resource, rlim_t value)
{
        struct rlimit old, want = { value, value };

        if (getrlimit(resource, &old) < 0)
                return error_origin(-errno);
        if (old.rlim_max != RLIM_INFINITY && want.rlim_max > old.rlim_max)
                want.rlim_cur = want.rlim_max = old.rlim_max;
        return setrlimit(resource, &want) < 0 ? error_origin(-errno) : 0;
}

static int limits(enum sandbox_profile profile, int64_t memory)
{
        int r = limit(RLIMIT_CORE, 0);

        if (r == 0 && profile == SANDBOX_WORKER)
                r = limit(RLIMIT_FSIZE, 0);
#ifndef WITH_SANITIZERS
        if (r == 0 && memory > 0)
                r = limit(RLIMIT_AS, (rlim_t)memory);
#else
        (void)memory;
#endif
        return r;
}

int sandbox_enter(enum sandbox_profile profile, int64_t memory, const char **what)
{
        int r;

        *what = "no_new_privs";
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return error_origin(-errno);
        *what = "dumpable";
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return error_origin(-errno);
        *what = "resource limits";
        r = limits(profile, memory);
        if (r < 0)
                return r;
        *what = "Landlock";
        r = profile == SANDBOX_WORKER ? landlock_deny_all() : 0;
        if (r < 0)
                return r;
        *what = "seccomp";
        return filter_load(profile);
}

void sandbox_close_others(int keep)
{
        if (keep < 3) {
                (void)close_range(3, ~0U, 0);
                return;
        }
        if (keep > 3)
                (void)close_range(3, (unsigned)keep - 1, 0);
        (void)close_range((unsigned)keep + 1, ~0U, 0);
}
