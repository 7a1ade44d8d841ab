/*
 * main() for a fuzz target where there is no libFuzzer (gcc, `make check`): the seeds of its corpus, each cut at every
 * length up to a bound, then some thousand mutations of them. The mutations are the same at every run, so a failure can be run again:
 * the target is given the number of a mutation (fuzz-NAME 4711), or a file.
 *
 * It looks for crashes and broken promises (the targets abort()); the real search is libFuzzer's, see tests/fuzz/run.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

enum {
        SEEDS_MAX = 1000,
        SEED_MAX = 1 << 20,
        CUTS = 256,
        MUTATIONS = 4000,
        SECONDS = 20,           /* where a target is slow (valgrind), fewer mutations are tried, and it is said how many */
};

struct seed {
        uint8_t *bytes;
        size_t n;
};

static struct seed seeds[SEEDS_MAX];
static size_t n_seeds;
static long running;            /* the number of the mutation, for the message */

/* xorshift64* */
static uint64_t next(uint64_t *state)
{
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        return *state * UINT64_C(2685821657736338717);
}

static size_t below(uint64_t *state, size_t n)
{
        return n != 0 ? (size_t)(next(state) % n) : 0;
}

static void add_seed(const char *path)
{
        struct stat st;
        FILE *f = fopen(path, "re");
        struct seed *seed = &seeds[n_seeds];

        if (f == NULL || fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > SEED_MAX || n_seeds == SEEDS_MAX) {
                if (f != NULL)
                        fclose(f);
                return;
        }
        seed->bytes = malloc((size_t)st.st_size + 1);
        if (seed->bytes != NULL)
                seed->n = fread(seed->bytes, 1, (size_t)st.st_size, f);
        fclose(f);
        n_seeds += seed->bytes != NULL;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

/* Sorted, so that a mutation's number means the same everywhere. */
static void add_corpus(const char *folder)
{
        struct dirent **entries = NULL;
        int n = scandir(folder, &entries, NULL, by_name);

        for (int i = 0; i < n; i++) {
                char *path = NULL;

                if (entries[i]->d_name[0] != '.' && asprintf(&path, "%s/%s", folder, entries[i]->d_name) >= 0)
                        add_seed(path);
                free(path);
                free(entries[i]);
        }
        free(entries);
}

/* From memory of exactly this size, so that a sanitizer sees a read behind it. */
static void run(const uint8_t *bytes, size_t n)
{
        uint8_t *copy = malloc(n != 0 ? n : 1);

        if (copy == NULL)
                abort();
        memcpy(copy, bytes, n);
        (void)LLVMFuzzerTestOneInput(copy, n);
        free(copy);
}

static size_t mutate_once(uint8_t *bytes, size_t n, size_t size, uint64_t *state)
{
        static const uint8_t telling[] = { 0x00, 0x01, 0x7f, 0x80, 0xc0, 0xff, '\n', '\r', '"', '<', '>', '&', '{', '}', '[' };
        const struct seed *other = &seeds[below(state, n_seeds)];
        size_t at = below(state, n + 1), count = below(state, 64), from = below(state, other->n + 1);

        switch (next(state) % 7) {
        case 0:                 /* a bit */
                if (n != 0)
                        bytes[below(state, n)] ^= (uint8_t)(1u << below(state, 8));
                return n;
        case 1:                 /* a byte that means something somewhere */
                if (n != 0)
                        bytes[below(state, n)] = telling[below(state, sizeof(telling))];
                return n;
        case 2:                 /* cut */
                return at;
        case 3:                 /* take out */
                count = count < n - at ? count : n - at;
                memmove(bytes + at, bytes + at + count, n - at - count);
                return n - count;
        case 4:                 /* double a piece */
                count = count < n - at ? count : n - at;
                count = count < size - n ? count : size - n;
                memmove(bytes + at + count, bytes + at, n - at);
                return n + count;
        case 5:                 /* go on with another seed */
                count = other->n - from < size - at ? other->n - from : size - at;
                memcpy(bytes + at, other->bytes + from, count);
                return at + count;
        default:                /* noise */
                count = count < n - at ? count : n - at;
                for (size_t i = 0; i < count; i++)
                        bytes[at + i] = (uint8_t)next(state);
                return n;
        }
}

static void mutation(long number)
{
        uint64_t state = (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15) + 1;
        const struct seed *seed = &seeds[below(&state, n_seeds)];
        size_t n = seed->n, size = 2 * SEED_MAX;
        uint8_t *bytes = malloc(size);

        if (bytes == NULL)
                abort();
        running = number;
        memcpy(bytes, seed->bytes, n);
        for (size_t times = 1 + below(&state, 8); times != 0; times--)
                n = mutate_once(bytes, n, size, &state);
        run(bytes, n);
        free(bytes);
}

static void on_abort(int number)
{
        char line[96];
        int n = snprintf(line, sizeof(line), "\nsignal %d at mutation %ld\n", number, running);

        (void)!write(2, line, (size_t)n);
        signal(number, SIG_DFL);
        raise(number);
}

static void run_all(const char *name)
{
        time_t end = time(NULL) + SECONDS;
        long i;

        for (size_t s = 0; s < n_seeds; s++) {
                running = -(long)s - 1;
                run(seeds[s].bytes, seeds[s].n);
                for (size_t n = 0; n < seeds[s].n && n < CUTS; n++)
                        run(seeds[s].bytes, n);
        }
        for (i = 1; i <= MUTATIONS && (i % 100 != 0 || time(NULL) < end); i++)
                mutation(i);
        printf("%s: %zu seeds, %ld mutations\n", name, n_seeds, i - 1);
}

int main(int argc, char *argv[])
{
        const char *slash = strrchr(argv[0], '/'), *name = slash != NULL ? slash + 1 : argv[0];
        const char *source = getenv("top_srcdir");
        char folder[4096];

        signal(SIGABRT, on_abort);
        signal(SIGSEGV, on_abort);
        if (LLVMFuzzerInitialize != NULL)
                LLVMFuzzerInitialize(&argc, &argv);
        snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", source != NULL ? source : ".",
                 strncmp(name, "fuzz-", 5) == 0 ? name + 5 : name);
        add_corpus(folder);
        if (n_seeds == 0) {
                fprintf(stderr, "%s: there are no seeds in %s\n", name, folder);
                return 1;
        }
        if (argc < 2) {
                run_all(name);
        } else if (strchr(argv[1], '/') != NULL) {
                n_seeds = 0;
                add_seed(argv[1]);
                if (n_seeds == 1)
                        run(seeds[0].bytes, seeds[0].n);
        } else {
                mutation(atol(argv[1]));
        }
        return 0;
}
