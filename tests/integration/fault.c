/*
 * Loaded into datelined before its libraries (LD_PRELOAD): a disk and a clock that do what the test tells them. The test holds
 * the file that DATELINE_FAULT names; its first bytes are `struct orders`. It is for datelined alone: workers go on undisturbed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct orders {
        int32_t store;          /* the errno of what SQLite writes, 0: it works */
        int32_t files;          /* the errno of write() to a file */
        int64_t seconds;        /* that the wall clock is ahead */
        int64_t hits;           /* how often something failed */
        int32_t sync;           /* the errno of a sync alone */
        int32_t read;           /* the errno of what SQLite reads */
};

static volatile struct orders none, *orders = &none;

/* Before main(). */
__attribute__((constructor)) static void take_orders(void)
{
        const char *path = getenv("DATELINE_FAULT");
        int fd = path != NULL && strcmp(program_invocation_short_name, "datelined") == 0 ? open(path, O_RDWR | O_CLOEXEC) : -1;
        void *map = fd >= 0 ? mmap(NULL, sizeof(none), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

        if (map != MAP_FAILED)
                orders = map;
        if (fd >= 0)
                close(fd);
}

#define NEXT(name) static __typeof__(name) *next; if (next == NULL) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define FAIL(which)                             \
        do {                                    \
                int fault_ = (which);           \
                if (fault_ != 0) {              \
                        orders->hits++;         \
                        errno = fault_;         \
                        return -1;              \
                }                               \
        } while (0)

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
        NEXT(pwrite64);

        FAIL(orders->store);
        return next(fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
        NEXT(pwrite);

        FAIL(orders->store);
        return next(fd, bytes, n, at);
}

ssize_t pread64(int fd, void *bytes, size_t n, off64_t at)
{
        NEXT(pread64);

        FAIL(orders->read);
        return next(fd, bytes, n, at);
}

ssize_t pread(int fd, void *bytes, size_t n, off_t at)
{
        NEXT(pread);

        FAIL(orders->read);
        return next(fd, bytes, n, at);
}

int fdatasync(int fd)
{
        NEXT(fdatasync);

        FAIL(orders->store);
        FAIL(orders->sync);
        return next(fd);
}

int ftruncate64(int fd, off64_t size)
{
        NEXT(ftruncate64);

        FAIL(orders->store);
        return next(fd, size);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
        int fault = orders->files;
        struct stat st;
        NEXT(write);

        if (fault != 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
                FAIL(fault);
        return next(fd, bytes, n);
}

int clock_gettime(clockid_t id, struct timespec *out)
{
        int r;
        NEXT(clock_gettime);

        r = next(id, out);
        if (r == 0 && id == CLOCK_REALTIME)
                out->tv_sec += orders->seconds;
        return r;
}
