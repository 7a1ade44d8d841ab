/*
 * libFuzzer target: any bytes as a dictionary; the first byte says whether as one of the three kinds of PETRARCH and
 * TABARI or as dateline's own YAML. Beside the sanitizers it holds the promises: a bad line is reported at a line that
 * the text has, what was taken has a code and a name, and every frame has its roles and a code or is none.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modules/code/petrarch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool promise)
{
        if (!promise)
                abort();
}

static unsigned count_lines(const char *text, size_t n)
{
        unsigned lines = 1;

        for (size_t i = 0; i < n; i++)
                lines += text[i] == '\n' || text[i] == '\0';     /* a NUL ends a line, too */
        return lines;
}

static void check_entries(const struct dictionary *d, const char *path, size_t code_max)
{
        for (size_t i = 1; i < d->n_entries; i++) {
                const struct dictionary_entry *e = &d->entries[i];

                require(e->name != NULL && e->code != NULL && e->from <= e->to && strcmp(e->file, path) == 0);
                require(strlen(e->code) < code_max);
        }
}

static void check_errors(const struct yaml_errors *errors, unsigned lines)
{
        for (const struct yaml_error *e = errors->first; e; e = e->next)
                require(e->line >= 1 && e->line <= lines && e->message[0] != '\0');
}

static void field_format(const char *path, const char *bytes, size_t n)
{
        struct arena arena = ARENA_NULL;
        struct dictionary d = { .arena = &arena };
        struct yaml_errors errors;

        d.phrases = phrases_new(&arena);
        d.surnames = phrases_new(&arena);
        d.given = phrases_new(&arena);
        dictionary_add_entry(&d, &(struct dictionary_entry){ .kind = DICTIONARY_DISCARD, .name = "", .code = "" });
        yaml_errors_init(&errors, &arena);
        require(petrarch_knows(path));
        petrarch_load(&d, path, arena_strndup(&arena, bytes, n), n, &errors);
        check_errors(&errors, count_lines(bytes, n));
        check_entries(&d, path, 64);
        arena_deinit(&arena);
}

static void own_format(const char *bytes, size_t n)
{
        struct arena arena = ARENA_NULL;
        struct yaml_errors errors;
        struct dictionary *d = NULL;
        const struct lexicon_word *word;
        char path[64];
        const char *paths[1] = { path };
        int fd = memfd_create("dictionary", MFD_CLOEXEC);

        require(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        yaml_errors_init(&errors, &arena);
        require(dictionary_load(&d, &arena, paths, 1, &errors) >= 0);
        check_errors(&errors, (unsigned)n + 1);         /* YAML has more marks than one that end a line */
        check_entries(d, path, SIZE_MAX);
        for (size_t i = 0; (word = lexicon_word_at(d->lexicon, i)) != NULL; i++)
                for (int kind = 0; kind < LEXICON_KIND_MAX_; kind++)
                        for (size_t k = 0; k < word->n_frames[kind]; k++) {
                                const struct lexicon_frame *f = word->frames[kind][k];

                                require(f->source != NULL && f->target != NULL);
                                require(f->n_prepositions <= LEXICON_PREPS_MAX);
                                require((f->code != NULL || f->nothing) && strcmp(f->lemma, word->lemma) == 0);
                        }
        close(fd);
        arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        static const char *const paths[] = { "fuzz.actors", "fuzz.agents.txt", "fuzz.discards" };

        if (n == 0)
                return 0;
        if (data[0] % 4 == 3)
                own_format((const char *)data + 1, n - 1);
        else
                field_format(paths[data[0] % 4], (const char *)data + 1, n - 1);
        return 0;
}
