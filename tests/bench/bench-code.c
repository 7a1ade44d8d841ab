/*
 * bench-code [-d FOLDER] DATA [FILE...]: sentences a second of read and code together on one core, the share of each,
 * start-up and memory.
 * DATA is the folder of model and dictionaries, FOLDER one of more dictionaries. Each file is a story; all are gone
 * through three times, the fastest round counts. Without files, only the start is told.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "modules/read/reading.h"
#include "offline/offline.h"

enum { ROUNDS = 3, FILE_MAX = 16 << 20 };

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct totals {
        double read, code;
        size_t sentences, tokens, events, statements;
};

static void one(struct arena *arena, const struct module *read, void *read_state, const struct module *code,
                void *code_state, const struct buf *bytes, struct totals *totals)
{
        struct story story = {
                .id = "bench", .text = bytes->data, .n_text = bytes->n, .published = CLOCK_NONE, .updated = CLOCK_NONE
        };
        struct job job = { .arena = arena, .story = &story };
        double start = now(), middle;

        if (read->process(read_state, &job) != 0)
                return;
        middle = now();
        if (code->process(code_state, &job) != 0)
                return;
        totals->read += middle - start;
        totals->code += now() - middle;
        totals->sentences += job.reading->n_sentences;
        totals->tokens += job.reading->n_tokens;
        totals->events += json_array_size(json_object_get(job.coded, "events"));
        totals->statements += json_array_size(json_object_get(job.coded, "statements"));
        json_decref(job.coded);
}

/* The fastest of three rounds over the files. */
static struct totals fastest(struct chain *chain, char **files, int n)
{
        struct arena arena = ARENA_NULL;
        struct buf bytes = BUF_NULL;
        struct totals best = { 0 };
        void *read_state, *code_state;
        const struct module *read = chain_find(chain, "read", &read_state);
        const struct module *code = chain_find(chain, "code", &code_state);

        for (int round = 0; round < ROUNDS; round++) {
                struct totals totals = { 0 };

                for (int i = 0; i < n; i++) {
                        if (offline_read_file(files[i], FILE_MAX, &bytes) == 0 && bytes.n > 0)
                                one(&arena, read, read_state, code, code_state, &bytes, &totals);
                        arena_reset(&arena);
                }
                if (round == 0 || totals.read + totals.code < best.read + best.code)
                        best = totals;
        }
        buf_deinit(&bytes);
        arena_deinit(&arena);
        return best;
}

static void tell(const struct totals *best)
{
        printf("%zu sentences, %zu tokens: %.0f sentences/s read + code (%.0f read, %.0f code)\n", best->sentences,
               best->tokens, (double)best->sentences / (best->read + best->code), (double)best->sentences / best->read,
               (double)best->sentences / best->code);
        printf("%.0f%% of the time reads, %.0f%% codes; %zu events, %zu statements\n",
               100 * best->read / (best->read + best->code), 100 * best->code / (best->read + best->code), best->events,
               best->statements);
}

int main(int argc, char **argv)
{
        struct arena forever = ARENA_NULL;
        struct offline_options options = { .quiet = true };
        struct chain *chain = NULL;
        struct rusage usage;
        const char *more = NULL, *data;
        double start = now(), opened;

        if (argc > 2 && strcmp(argv[1], "-d") == 0) {
                more = argv[2];
                argv += 2;
                argc -= 2;
        }
        if (argc < 2)
                return fputs("usage: bench-code [-d FOLDER] DATA [FILE...]\n", stderr), 1;
        data = argv[1];
        options.model = arena_printf(&forever, "%s/en.model", data);
        options.dictionaries[options.n_dictionaries++] = arena_printf(&forever, "%s/dictionaries", data);
        if (more != NULL)
                options.dictionaries[options.n_dictionaries++] = more;
        if (offline_open(&chain, &forever, &options) != 0)
                return 1;
        opened = now() - start;
        if (argc > 2) {
                struct totals best = fastest(chain, argv + 2, argc - 2);

                tell(&best);
        }
        getrusage(RUSAGE_SELF, &usage);
        printf("start%s%s %.1f ms; %.1f MB resident at most\n", more != NULL ? " with " : "", more != NULL ? more : "",
               1000 * opened, (double)usage.ru_maxrss / 1024);
        chain_close(chain);
        arena_deinit(&forever);
        return 0;
}
