/*
 * What reading costs: tokens a second of processor time from raw text for every kind of kernel, the time to load a
 * model, the memory it takes, and a long sentence against short ones of as many words.
 *
 *   bench-read MODEL TEXT [KERNEL [TIMES]]      with KERNEL, reads TEXT with it TIMES times and no more (for callgrind)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "modules/read/conllu.h"
#include "modules/read/kernel.h"
#include "modules/read/read.h"

enum { LONG = 200, SHORT = 20, ROUNDS = 5 };

static double seconds(clockid_t clock)
{
        struct timespec t;

        clock_gettime(clock, &t);
        return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu(void)
{
        return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static double resident(void)
{
        FILE *file = fopen("/proc/self/statm", "re");
        long pages = 0;

        if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
                pages = 0;
        if (file != NULL)
                fclose(file);
        return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static char *load_text(const char *path, size_t *n)
{
        char *text = NULL;
        size_t size = 0;
        FILE *file = fopen(path, "re");
        ssize_t got = file == NULL ? -1 : getdelim(&text, &size, '\0', file);

        if (file != NULL)
                fclose(file);
        if (got < 0) {
                fprintf(stderr, "bench-read: %s: cannot be read\n", path);
                exit(1);
        }
        *n = (size_t)got;
        return text;
}

/* Tokens a second, the best of some rounds: the clock of a shared machine only ever errs to the slow side. */
static double speed(struct reader *reader, const char *text, size_t n, size_t rounds, size_t *tokens)
{
        struct arena arena = ARENA_NULL;
        struct reading *reading;
        double best = 0;
        size_t i;

        for (i = 0; i < rounds; i++) {
                double t = cpu();

                arena_reset(&arena);
                if (reader_read(reader, &arena, text, n, &reading) != 0)
                        exit(1);
                t = cpu() - t;
                *tokens = reading->n_tokens;
                if ((double)reading->n_tokens / t > best)
                        best = (double)reading->n_tokens / t;
        }
        arena_deinit(&arena);
        return best;
}

static double time_words(struct reader *reader, const struct conllu_sentence *sentences, size_t n)
{
        struct arena arena = ARENA_NULL;
        struct reading *reading;
        double best = 1e9;
        size_t i;

        for (i = 0; i < 3 * ROUNDS; i++) {
                double t = cpu();

                if (reader_read_words(reader, &arena, sentences, n, &reading) != 0)
                        exit(1);
                t = cpu() - t;
                best = t < best ? t : best;
                arena_reset(&arena);
        }
        arena_deinit(&arena);
        return best;
}

/* One sentence of 200 words against ten of 20, the same words. */
static double long_against_short(struct reader *reader, const struct reading *reading)
{
        static struct conllu_word words[LONG];
        struct conllu_sentence one = { .words = words, .n_words = LONG }, ten[LONG / SHORT];
        size_t i;

        for (i = 0; i < LONG; i++)
                words[i] = (struct conllu_word){ .form = reading->tokens[i % reading->n_tokens].form,
                                                 .space_after = true };
        for (i = 0; i < LONG / SHORT; i++)
                ten[i] = (struct conllu_sentence){ .words = words + i * SHORT, .n_words = SHORT };
        return time_words(reader, &one, 1) / time_words(reader, ten, LONG / SHORT);
}

static void bench_kernel(const struct read_model *model, const struct kernel *kernel, const char *text, size_t n)
{
        struct arena arena = ARENA_NULL;
        struct reader *reader;
        struct reading *reading;
        size_t tokens = 0;
        double rate;

        if (reader_new_with(&reader, model, kernel) != 0 || reader_read(reader, &arena, text, n, &reading) != 0)
                exit(1);
        rate = speed(reader, text, n, ROUNDS, &tokens);
        printf("%-8s %9.0f tokens/s   a 200-word sentence takes %.2f times what ten of 20 take\n", kernel->name, rate,
               long_against_short(reader, reading));
        reader_free(reader);
        arena_deinit(&arena);
}

static struct read_model *open_model(const char *path)
{
        struct read_model *model;
        char *error;

        if (read_model_open(&model, path, &error) != 0) {
                fprintf(stderr, "bench-read: %s\n", error);
                exit(1);
        }
        return model;
}

/* The fastest of some loads, in milliseconds. */
static double load_time(const char *path)
{
        double best = 1e9;
        size_t i;

        for (i = 0; i < 20; i++) {
                double t = seconds(CLOCK_MONOTONIC);

                read_model_free(open_model(path));
                t = seconds(CLOCK_MONOTONIC) - t;
                best = t < best ? t : best;
        }
        return best * 1e3;
}

int main(int argc, char **argv)
{
        struct read_model *model;
        struct reader *reader;
        size_t n, tokens = 0;
        double before;
        char *text;
        int i;

        if (argc < 3) {
                fputs("usage: bench-read MODEL TEXT [KERNEL [TIMES]]\n", stderr);
                return 2;
        }
        text = load_text(argv[2], &n);
        if (argc > 3) {
                model = open_model(argv[1]);
                if (reader_new_with(&reader, model, kernel_choose(argv[3])) != 0)
                        return 1;
                speed(reader, text, n, argc > 4 ? strtoul(argv[4], NULL, 10) : 1, &tokens);
                printf("%zu\n", tokens);
                reader_free(reader);
                read_model_free(model);
                free(text);
                return 0;
        }
        printf("load      %9.2f ms\n", load_time(argv[1]));
        before = resident();
        model = open_model(argv[1]);
        if (reader_new(&reader, model) != 0)
                return 1;
        speed(reader, text, n, 1, &tokens);
        printf("memory    %9.1f MB resident, the model and one reader, text of %zu tokens\n", resident() - before,
               tokens);
        reader_free(reader);
        for (i = 0; i < KERNEL_MAX; i++)
                if (kernel_get(i) != NULL)
                        bench_kernel(model, kernel_get(i), text, n);
        read_model_free(model);
        free(text);
        return 0;
}
